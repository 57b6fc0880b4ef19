// Layers through the RTL, in the engine. In: a network and inputs in the session's blobs, an array. Out: what golden and RTL
// made together as a run's record, and each layer's verdict. It waits for other programs, so its request is looked at often.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { recordSimulation, throttled } from '../compare/simulation';
import { simulate as runSimulation } from '../flow';
import { engineOf } from '../golden/engines';
import { recordRun } from '../golden/recorder';
import { tellingDisk } from '../import/disk';
import { cancelled } from '../network/failure';
import { Blobs } from '../session/blobs';
import type { Args, Reply } from './protocol';
import type { Context } from './serve';
import { watchRequest } from './watching';
import { readInput, readNetwork } from './working';

/** Share of the progress before the first layer: golden, and the build. */
const FIRST = 0.05;

export async function simulate(args: Args<'simulate'>, { progress }: Context): Promise<Reply<'simulate'>> {
  const { folder, options, array, chain, seed, throttle, waves, rtlFolder, appRoot, cacheFolder, layers } = args;
  const blobs = new Blobs(args.blobs);
  const { network } = readNetwork(blobs, args.network, args.name);
  const inputs = new Map(args.inputs.map((input) => [input.tensor, readInput(blobs, network, input)]));
  const { kernels } = options;
  const startedAt = new Date().toISOString();
  const start = performance.now();
  tellingDisk(folder, () => mkdirSync(folder, { recursive: true }));
  const stop = watchRequest(progress, 'golden runs');
  try {
    const done = await runSimulation(network, array, inputs, {
      appRoot,
      cacheFolder,
      rtlFolder: rtlFolder ?? undefined,
      folder,
      kernels,
      layers,
      chain,
      waves,
      golden: engineOf(options.engine, options.threads),
      settings: throttled(seed, throttle),
      processes: Math.min(2, availableParallelism()),
      signal: stop.signal,
      onProgress: (count, total, note) => stop.tell({ done: FIRST + (1 - FIRST) * (count / total), total: 1, note }),
      onVerdict: ({ operator, name, result, why, clocks }) =>
        stop.say(`layer ${operator} ${name}: ${result === 'equal' ? 'equal' : why} ${clocks.total} clocks`),
    });
    const choice = {
      network: { name: network.name, sha256: network.sha256 },
      array,
      kernels,
      chain,
      seed,
      throttle,
      startedAt,
      outputs: network.outputs,
    };
    const simulation = recordSimulation(choice, done, performance.now() - start);
    const description = { description: `rtl ${array.name}` };
    const records = recordRun(
      network,
      kernels,
      description,
      args.inputs,
      done.results,
      (bytes) => blobs.put(bytes),
      args.program,
    );
    for (;;) {
      const step = records.next();
      if (!step.done) continue;
      blobs.sync();
      stop.say(simulation.conclusion);
      return { run: { ...step.value, startedAt, ms: simulation.ms }, simulation };
    }
  } catch (error) {
    throw stop.signal.aborted ? cancelled('The work') : error;
  } finally {
    stop.end();
    leaveWaves(folder);
  }
}

/** Streams and sums are made again whenever they are needed; waves are what people look at. */
function leaveWaves(folder: string): void {
  for (const layer of readdirSync(folder)) {
    const files = readdirSync(path.join(folder, layer));
    if (!files.includes('waves.fst')) rmSync(path.join(folder, layer), { recursive: true, force: true });
    else
      for (const file of files)
        if (file !== 'waves.fst') rmSync(path.join(folder, layer, file), { recursive: true, force: true });
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true, force: true });
}
