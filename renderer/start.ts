// What happens when the window stands, and on each event of main. In: the keyhole. Out: filled stores.
import { watch } from 'vue';
import { perform } from './actions';
import { call, listen } from './bridge';
import { followJob, followSession, openNetwork } from './follow';
import { useBatches } from './stores/batches';
import { useGolden } from './stores/golden';
import { useJobs } from './stores/jobs';
import { useOptions } from './stores/options';
import { useProblems } from './stores/problems';
import { useWorkbench } from './stores/workbench';

const LONG = 1500; // ms; a job that takes longer is shown

export async function startWorkbench(): Promise<void> {
  const workbench = useWorkbench();
  const jobs = useJobs();
  const problems = useProblems();
  useGolden(); // listens to the ends of its jobs
  useBatches();

  watch(
    () => workbench.shade,
    (shade) => (document.documentElement.dataset.theme = shade),
    { immediate: true },
  );
  watch(
    () => jobs.running.some((job) => jobs.elapsed(job) > LONG),
    (long) => long && workbench.offerPanel(),
  );
  listen('job', jobs.hear);
  listen('log', jobs.write);
  listen('failure', (record) => problems.keep(record, 'the background'));
  listen('action', ({ id }) => void perform(id));
  listen('session', followSession);
  jobs.onEnd(followJob);

  await problems.attempt('Starting', async () => {
    const view = await call('app.start', {});
    workbench.open(view);
    jobs.open(view.jobs);
    for (const failure of view.failures) problems.keep(failure, 'Starting');
    for (const line of await call('app.log', {})) jobs.write(line);
    void useOptions().learn();
    const { used, runs } = view.session;
    if (used !== null) await openNetwork(used);
    if (runs.some((run) => run.network === used)) workbench.room = 'golden';
  });
}
