// Bundles and their previews, in the engine. In: a network and inputs in the session's blobs, an array, a choice of layers, levels
// and formats. Out: the size of what was written, or would be; the first words of a packet.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Bundle, type BundleRequest } from '../export/bundle';
import { BundleFolder, DryRun, MANIFEST } from '../export/folder';
import { chooseLayers, numberPackets, readInputs, readLayer } from '../export/layer';
import { measureBundle } from '../export/measure';
import { previewPacket } from '../export/preview';
import { exportBundle } from '../flow';
import { engineOf } from '../golden/engines';
import { runOperator } from '../golden/run';
import { arithmeticFor } from '../golden/support';
import { cancelled } from '../network/failure';
import { Blobs } from '../session/blobs';
import { defineEngine } from '../simulate/engine';
import { tellingDisk } from '../import/disk';
import { openKept, readValue } from './asking';
import type { Args, Reply } from './protocol';
import type { Context } from './serve';
import { watchRequest } from './watching';
import { readInput, readNetwork } from './working';

export async function exporting(args: Args<'export'>, { progress }: Context): Promise<Reply<'export'>> {
  const { options, folder, inputs, ...choice } = args;
  const blobs = new Blobs(args.blobs);
  const { network } = readNetwork(blobs, args.network, args.name);
  const watch = watchRequest(progress, 'golden runs');
  const request: BundleRequest = {
    ...choice,
    network,
    inputs: new Map(inputs.map((input) => [input.tensor, readInput(blobs, network, input)])),
    kernels: options.kernels,
    goldenEngine: engineOf(options.engine, options.threads),
    onProgress: (done, total, bytes) =>
      watch.tell({ done, total, note: `operator ${done} of ${total}, ${(bytes / 1e6).toFixed(1)} MB` }),
  };
  try {
    if (folder === null)
      return { size: measureBundle(await exportBundle(request, new DryRun(watch.signal))), manifest: null };
    const bundle = await writeFolder(request, folder, watch.signal);
    const manifest = path.join(folder.place, MANIFEST);
    const bytes = tellingDisk(manifest, () => readFileSync(manifest));
    return { size: measureBundle(bundle), manifest: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    throw watch.signal.aborted ? cancelled('The work') : error;
  } finally {
    watch.end();
  }
}

/** Whole, or not at all. */
async function writeFolder(
  request: BundleRequest,
  { place, aside }: NonNullable<Args<'export'>['folder']>,
  signal: AbortSignal,
): Promise<Bundle> {
  const sink = new BundleFolder(place, signal, aside);
  try {
    const bundle = await exportBundle(request, sink);
    sink.finish();
    return bundle;
  } finally {
    sink.abandon();
  }
}

/** The operator runs once more on what it read: a run need not have kept its sums. */
export function preview(args: Args<'preview'>): Reply<'preview'> {
  const network = openKept(args);
  const operator = network.operators[args.operator]!;
  const engine = defineEngine(args.array);
  const values = new Map(args.values.map(({ tensor, ...bytes }) => [tensor, readValue(bytes)]));
  const inputs = readInputs(operator, network, values);
  const arithmetic = args.arithmetic ?? arithmeticFor(operator, network, args.kernels);
  const result = runOperator(network, operator, arithmetic, values);
  const layer = readLayer(network, result, inputs, engine);
  if (typeof layer === 'string') return { why: layer };
  const tags = numberPackets(network, chooseLayers(network, args.layers), engine);
  return previewPacket(layer, engine, tags.get(operator.index) ?? 0, args.at);
}
