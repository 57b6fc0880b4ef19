// Comparing two runs of the session. In: their numbers. Out: what differs, tensor by tensor, and the command line that says
// the same. The engine reads the values; main only knows where they are.
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { ComparisonView } from '../../preload/contract/views';
import type { RunComparison } from '../compare/compare';
import type { RunRecord, RunSummary } from '../golden/record';
import type { JobContext, JobResult } from '../jobs/jobs';
import type { Progress } from '../jobs/protocol';
import type { Arithmetic } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import { compareCommand } from '../session/command';
import type { HandlersOf } from './dispatch';
import type { Workbench } from './workbench';

export function compareHandlers(workbench: Workbench): HandlersOf<'compare'> {
  return {
    'compare.runs': (request) => compareRuns(workbench, request),
    'compare.channels': ({ a, b, ...of }) => {
      const { engine, sessions } = workbench;
      const where = (run: number) => {
        const { sha256, offset, type, shape } = sessions.tensors.find({ ...of, run });
        return { path: sessions.current.blobs.pathOf(sha256), offset, type, shape: [...shape] };
      };
      return engine.request('compareChannels', { a: where(a), b: where(b) });
    },
  };
}

/** A job, beside what else works; settles with it. */
async function compareRuns(
  { engine, jobs, sessions }: Workbench,
  { a, b }: Request<'compare.runs'>,
): Promise<ComparisonView> {
  const session = sessions.current;
  const [runA, runB] = [finished(session.run(a)), finished(session.run(b))];
  if (runA.network !== runB.network)
    throw userFailure(
      'runs-of-two-networks',
      `Run ${a} is of ${runA.record.network.name}, run ${b} of ${runB.record.network.name}.`,
      'Choose two runs of one network.',
    );
  const view = session.network(runA.network);
  const asked = { blobs: session.blobs.folder, a: runA.record, b: runB.record, view };
  const command = compareCommand(path.basename(session.file), a, b);
  const comparison = await new Promise<RunComparison>((resolve, reject) => {
    const what = { verb: 'compare', name: `Comparing run ${a} with run ${b}`, command } as const;
    const work = async ({ signal, progress }: JobContext): Promise<JobResult> => {
      const onProgress = ({ done, total, note }: Progress): void => progress(done / total, note);
      const found = engine.request('compare', asked, { signal, onProgress });
      found.then(resolve, reject);
      await found;
      return { network: runA.network, run: null };
    };
    jobs.start(what, work, true);
  });
  const of = ({ record }: Finished, operator: number): Arithmetic | null =>
    record.operators.find((one) => one.operator === operator)?.arithmetic ?? null;
  const arithmetics = view.operators.map(({ index }) => ({ a: of(runA, index), b: of(runB, index) }));
  return { a: summaryOf(runA), b: summaryOf(runB), comparison, arithmetics, command };
}

type Finished = RunSummary & { readonly record: RunRecord };

/** A run that failed or was stopped is compared as far as it came. */
function finished(run: RunSummary & { readonly record: RunRecord | null }): Finished {
  if (run.record && run.state !== 'running') return { ...run, record: run.record };
  throw userFailure(
    'run-not-finished',
    `Run ${run.id} has nothing to compare: it is ${run.state}.`,
    'Choose a finished run.',
  );
}

const summaryOf = ({ record: _, ...summary }: Finished): RunSummary => summary;
