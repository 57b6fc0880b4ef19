// Comparing two runs of the session, or one with a folder of dumps. In: their numbers; the folder comes from a dialog. Out: what
// differs, tensor by tensor, and the command line that says the same. The engine reads the values; main only knows where they are.
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { ComparisonView } from '../../preload/contract/views';
import type { RunComparison } from '../compare/compare';
import type { RunRecord, RunSummary } from '../golden/record';
import type { RequestOptions } from '../jobs/host';
import type { JobContext, JobResult } from '../jobs/jobs';
import type { Progress } from '../jobs/protocol';
import type { Arithmetic } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import { compareCommand, compareDumpCommand } from '../session/command';
import type { HandlersOf } from './dispatch';
import { type GivenFile, checkFolder } from './grants';
import type { Workbench } from './workbench';

export function compareHandlers(workbench: Workbench): HandlersOf<'compare'> {
  let dump: GivenFile | null = null; // chosen last; the window knows its name alone
  return {
    'compare.runs': (request) => compareRuns(workbench, request),
    'compare.chooseDump': async () => {
      const chosen = await workbench.dialogs.openFolder('dumps');
      if (chosen === null) return null;
      dump = await checkFolder(chosen);
      return dump.name;
    },
    'compare.dump': ({ run }) => {
      if (!dump) throw userFailure('dump-not-chosen', 'No folder of a dump was chosen.', 'Choose it: Compare a dump.');
      return compareDump(workbench, run, dump);
    },
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

async function compareRuns(workbench: Workbench, { a, b }: Request<'compare.runs'>): Promise<ComparisonView> {
  const { engine, sessions } = workbench;
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
  const what = { name: `Comparing run ${a} with run ${b}`, command, network: runA.network };
  const comparison = await settleAsJob(workbench, what, (options) => engine.request('compare', asked, options));
  const arithmetics = view.operators.map(({ index }) => ({
    a: arithmeticOf(runA, index),
    b: arithmeticOf(runB, index),
  }));
  return { a: summaryOf(runA), b: summaryOf(runB), comparison, arithmetics, command };
}

async function compareDump(
  workbench: Workbench,
  id: number,
  { path: folder, name }: GivenFile,
): Promise<ComparisonView> {
  const { engine, sessions } = workbench;
  const session = sessions.current;
  const run = finished(session.run(id));
  const view = session.network(run.network);
  const asked = { blobs: session.blobs.folder, run: run.record, view, folder };
  const command = compareDumpCommand(path.basename(session.file), id, name);
  const what = { name: `Comparing run ${id} with the dump ${name}`, command, network: run.network };
  const comparison = await settleAsJob(workbench, what, (options) => engine.request('compareDump', asked, options));
  const arithmetics = view.operators.map(({ index }) => ({ a: arithmeticOf(run, index), b: arithmeticOf(run, index) }));
  return { a: summaryOf(run), b: { dump: name }, comparison, arithmetics, command };
}

/** A job, beside what else works; settles with it. */
function settleAsJob(
  { jobs }: Workbench,
  { network, ...what }: { readonly name: string; readonly command: string; readonly network: number },
  ask: (options: RequestOptions) => Promise<RunComparison>,
): Promise<RunComparison> {
  return new Promise((resolve, reject) => {
    const work = async ({ signal, progress }: JobContext): Promise<JobResult> => {
      const onProgress = ({ done, total, note }: Progress): void => progress(done / total, note);
      const found = ask({ signal, onProgress });
      found.then(resolve, reject);
      await found;
      return { network, run: null };
    };
    jobs.start({ verb: 'compare', ...what }, work, true);
  });
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

const arithmeticOf = ({ record }: Finished, operator: number): Arithmetic | null =>
  record.operators.find((one) => one.operator === operator)?.arithmetic ?? null;
const summaryOf = ({ record: _, ...summary }: Finished): RunSummary => summary;
