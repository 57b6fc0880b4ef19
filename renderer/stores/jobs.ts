// Jobs and log lines, which outlive every view. In: events of main. Out: jobs newest first, what runs and what waits, and what
// to do when one ends (told to listeners, so that each room minds its own jobs).
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { JobView, LogLine } from '../../preload/contract/views';
import { call } from '../bridge';

const ended = (job: JobView): boolean => job.state === 'done' || job.state === 'failed' || job.state === 'cancelled';

export const useJobs = defineStore('jobs', () => {
  const jobs = shallowRef<readonly JobView[]>([]);
  const heard = new Map<number, number>(); // when news of a job came, for its running clock
  const now = shallowRef(Date.now());
  const log = shallowRef<readonly LogLine[]>([]);
  const endings: ((job: JobView) => void)[] = [];
  let clock: ReturnType<typeof setInterval> | null = null;

  const running = computed(() => jobs.value.filter((job) => !ended(job)));
  const current = computed<JobView | null>(
    () => running.value.find((job) => job.state === 'running') ?? jobs.value[0] ?? null,
  );

  const waiting = computed(() => running.value.filter(({ state }) => state === 'queued'));
  /** What a job is doing; of one that waits, for which others. Comparisons work beside the others (main/jobs/jobs.ts). */
  function tell(job: JobView): string {
    if (job.state !== 'queued') return job.note || 'starting';
    const before = running.value.filter(({ id, verb }) => id < job.id && verb !== 'compare').toReversed(); // oldest first
    const more =
      before.length < 2 ? '' : `, then ${before.length === 2 ? before[1]!.name : `${before.length - 1} others`}`;
    return before[0] ? `waits for: ${before[0].name}${more}` : 'starting';
  }

  /** News of a job; old news (a reply overtaken by an event) is dropped, and progress never goes back. */
  function hear(job: JobView): void {
    const known = jobs.value.find((other) => other.id === job.id);
    if (known && (ended(known) || (known.progress > job.progress && !ended(job)))) return;
    heard.set(job.id, Date.now());
    jobs.value = [job, ...jobs.value.filter((other) => other.id !== job.id)].sort((a, b) => b.id - a.id);
    tick();
    if (ended(job)) for (const listener of endings) listener(job);
  }
  function tick(): void {
    now.value = Date.now();
    if (running.value.length > 0) clock ??= setInterval(tick, 250);
    else if (clock) {
      clearInterval(clock);
      clock = null;
    }
  }
  function open(known: readonly JobView[]): void {
    jobs.value = [...known].sort((a, b) => b.id - a.id);
    tick();
  }
  const elapsed = (job: JobView): number =>
    job.state === 'running' ? job.elapsedMs + Math.max(0, now.value - (heard.get(job.id) ?? now.value)) : job.elapsedMs;
  const cancel = (job: number): Promise<null> => call('jobs.cancel', { job });
  const onEnd = (listener: (job: JobView) => void): void => void endings.push(listener);

  function write(line: LogLine): void {
    log.value = [...log.value.slice(-1999), line];
  }

  return { jobs, running, waiting, current, log, tell, hear, open, elapsed, cancel, onEnd, write };
});
