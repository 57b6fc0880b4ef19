// Many inputs through one network, in the engine. In: a folder or a .npy. Out: the batch's record; nothing else is kept.
import { openNetwork, runBatch } from '../flow';
import { engineOf } from '../golden/engines';
import { readBatch } from '../import/batch';
import { Blobs } from '../session/blobs';
import type { Args, Reply } from './protocol';
import type { Context } from './serve';

export function batch(args: Args<'batch'>, { progress }: Context): Reply<'batch'> {
  const { blobs, network: sha256, name, place, options, top, program, classes, preprocessing } = args;
  const { network } = openNetwork(new Blobs(blobs).readWhole(sha256, `The file of network ${name}`), name);
  const given = readBatch(place);
  const total = given.items.length;
  const entries = runBatch(network, given, {
    kernels: options.kernels,
    engine: engineOf(options.engine, options.threads),
    top,
    program,
    classes,
    preprocessing,
  });
  for (let done = 0; ; done++) {
    progress({
      done,
      total,
      note: done < total ? `input ${done + 1} of ${total} · ${given.items[done]!.name}` : 'counting',
    });
    const step = entries.next();
    if (step.done) return step.value;
  }
}
