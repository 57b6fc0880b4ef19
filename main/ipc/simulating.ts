// Simulations: layers of a network through the RTL, on the inputs of a golden run. In: numbers of runs, an array. Out: jobs
// and records. A folder of other RTL is chosen by dialog and known here alone; waves lie in a folder beside the session.
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { JobView } from '../../preload/contract/views';
import { checkArray } from '../array/array';
import { usualEngine } from '../golden/engines';
import { Failure, recordFailure, userFailure } from '../network/failure';
import { PROGRAM } from '../network/program';
import { findAppRoot } from '../session/binding';
import { simulateCommand } from '../session/command';
import { defaultCacheFolder } from '../simulate/build';
import { askTools } from '../simulate/versions';
import type { HandlersOf } from './dispatch';
import { checkFolder } from './grants';
import { namesInCheckout } from './names';
import type { Workbench } from './workbench';

export function simulateHandlers(workbench: Workbench): HandlersOf<'simulate'> {
  const { dialogs, sessions } = workbench;
  let otherRtl: string | null = null;
  return {
    'simulate.tools': async () => {
      try {
        await askTools(defaultCacheFolder());
        return null;
      } catch (error) {
        if (error instanceof Failure && error.kind === 'unavailable') return recordFailure(error);
        throw error;
      }
    },
    'simulate.start': (request) => start(workbench, request, request.otherRtl ? otherRtl : null),
    'simulate.chooseRtl': async () => {
      const chosen = await dialogs.openFolder();
      if (chosen === null) return null;
      otherRtl = (await checkFolder(chosen)).path;
      return path.basename(otherRtl);
    },
    'simulate.list': ({ network }) => sessions.current.simulations(network),
    'simulate.result': ({ run }) => sessions.current.simulation(run),
  };
}

async function start(
  workbench: Workbench,
  { golden, array: given, layers, chain, seed, throttle, waves }: Request<'simulate.start'>,
  rtlFolder: string | null,
): Promise<JobView> {
  const { engine, jobs, log, sessions } = workbench;
  const session = sessions.current;
  const { network, record, state, kernels } = session.run(golden);
  if (state !== 'done' || !record)
    throw userFailure('run-not-finished', `Run ${golden} has no result.`, 'Run the golden model first.');
  const array = checkArray(given, 'the array');
  const view = session.network(network);
  const { inputs } = record;
  const names = await namesInCheckout(workbench, view, inputs);
  const rtl = rtlFolder === null ? null : path.basename(rtlFolder);
  const command = simulateCommand(names.network, names.inputs, {
    kernels,
    array,
    layers,
    chain,
    seed,
    throttle,
    waves,
    rtl,
  });
  return jobs.start({ verb: 'simulate', name: `Simulation of ${view.name} on ${array.name}`, command }, async (job) => {
    const run = session.startRun(network, kernels, command, { inputs, program: PROGRAM, engine: `rtl ${array.name}` });
    try {
      const done = await engine.request(
        'simulate',
        {
          blobs: session.blobs.folder,
          network: view.sha256,
          name: `${view.name}.tflite`,
          options: { kernels, engine: usualEngine(), threads: 1, keep: 'accumulators' },
          inputs,
          array,
          layers,
          chain,
          seed,
          throttle,
          waves,
          rtlFolder,
          folder: wavesFolder(session.file, run),
          appRoot: findAppRoot(),
          cacheFolder: defaultCacheFolder(),
          program: PROGRAM,
        },
        {
          signal: job.signal,
          onProgress: ({ done, total, note, said }) => {
            if (said !== undefined) log.info('simulate', said);
            job.progress(done / total, note);
          },
        },
      );
      session.finishRun(run, done.run);
      session.addSimulation(run, golden, done.simulation);
      return { network, run };
    } catch (error) {
      if (!(error instanceof Failure)) log.error('jobs', `${view.name}, run ${run}`, error);
      session.endRun(run, recordFailure(error));
      throw error;
    }
  });
}

const wavesFolder = (session: string, run: number): string =>
  path.join(`${session.replace(/\.sqlite$/i, '')}.waves`, `run-${run}`);

/** The waves of a run that is removed go with it. */
export const removeWaves = (session: string, run: number): void =>
  rmSync(wavesFolder(session, run), { recursive: true, force: true });
