// Sweeps of the session. In: layers and an array, or a sweep's number. Out: jobs and points. Points are stored as they
// come; what stopped goes on where it was.
import type { SweepStarted } from '../../preload/contract/views';
import { checkArray } from '../array/array';
import type { SweepRequest } from '../estimate/sweep';
import type { SweepPart } from '../estimate/sweepRecord';
import { Failure, userFailure } from '../network/failure';
import { PLANNER } from '../network/program';
import { sweepCommand } from '../estimate/command';
import type { HandlersOf } from './dispatch';
import type { SessionDoor, Workbench } from './workbench';

/** Points in one reply: some megabytes at most. */
const PART = 5000;

export function sweepHandlers(workbench: Workbench): HandlersOf<'sweep'> {
  const { sessions } = workbench;
  return {
    'sweep.start': ({ workload: { name, file, steps }, array, objective, axes }) => {
      const request: SweepRequest = { name, steps, array: checkArray(array, 'the design'), objective, axes };
      const { sweeps } = sessions.current;
      return startSweep(workbench, sweeps.add(request, sweepCommand(file, request), PLANNER));
    },
    'sweep.resume': ({ sweep }) => {
      const { state } = sessions.current.sweeps.read(sweep);
      if (state === 'running' || state === 'done')
        throw userFailure(`sweep-${state}`, `Sweep ${sweep} is ${state}.`, 'Only a stopped one can go on.');
      return startSweep(workbench, sweep);
    },
    'sweep.list': () => sessions.current.sweeps.list(),
    'sweep.part': ({ sweep, from }) => readPart(sessions.current, sweep, from),
    'sweep.remove': ({ sweep }) => {
      sessions.current.sweeps.remove(sweep);
      return null;
    },
  };
}

function startSweep({ engine, jobs, log, sessions }: Workbench, id: number): SweepStarted {
  const { sweeps } = sessions.current; // the job writes to the session it began in
  const { name, array, command } = sweeps.read(id);
  const job = jobs.start({ verb: 'sweep', name: `Sweep of ${name} on ${array}`, command }, async (context) => {
    const asked = sweeps.begin(id, PLANNER);
    const start = performance.now();
    const took = () => performance.now() - start;
    try {
      await engine.request('sweep', asked, {
        signal: context.signal,
        onProgress: ({ done, total, note, points }) => {
          if (points) sweeps.record(id, points);
          context.progress(done / total, note);
        },
      });
      sweeps.end(id, 'done', took());
      return { network: null, run: null, sweep: id };
    } catch (error) {
      const isCancelled = error instanceof Failure && error.kind === 'cancelled';
      if (!(error instanceof Failure)) log.error('jobs', `sweep ${id}`, error);
      sweeps.end(id, isCancelled ? 'stopped' : 'failed', took());
      throw error;
    }
  });
  return { sweep: id, job };
}

function readPart({ sweeps }: Pick<SessionDoor, 'sweeps'>, id: number, from: number): SweepPart {
  const { array: base, objective, axes } = sweeps.request(id);
  return { sweep: sweeps.read(id), base, objective, axes, from, points: sweeps.points(id, from, PART) };
}
