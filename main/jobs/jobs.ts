// The jobs a user started and can watch and cancel. In: work, as a function. Out: views of how far it is. One job works
// at a time, the others wait in the order they were started (those that only look work beside it); a job outlives the view
// that started it.
import type { JobState, JobView } from '../../preload/contract/views';
import { cancelled, Failure, type FailureRecord, recordFailure } from '../network/failure';

const TELL_EVERY_MS = 100;
/** Finished jobs that are remembered. */
const KEPT = 100;

export type JobResult = NonNullable<JobView['result']>;

export interface JobContext {
  readonly signal: AbortSignal;
  /** `fraction` 0..1; a smaller one than before changes the note alone. */
  readonly progress: (fraction: number, note: string) => void;
}
export type Work = (context: JobContext) => Promise<JobResult>;

interface Job {
  readonly id: number;
  readonly what: Pick<JobView, 'verb' | 'name' | 'command'>;
  readonly work: Work;
  readonly isBeside: boolean; // does not wait, and nobody waits for it
  readonly abort: AbortController;
  state: JobState;
  progress: number;
  note: string;
  startedAt: Date;
  endedAt: Date | null;
  failure: FailureRecord | null;
  result: JobResult | null;
  toldAt: number;
  timer: NodeJS.Timeout | null; // a change that waits to be told
}

export class Jobs {
  readonly #jobs: Job[] = [];
  readonly #listeners = new Set<(job: JobView) => void>();
  #lastId = 0;

  /** Queues work and starts it as soon as no other job works; work that only looks `isBeside` the others and starts now. */
  start(what: Pick<JobView, 'verb' | 'name' | 'command'>, work: Work, isBeside = false): JobView {
    const job: Job = {
      id: ++this.#lastId,
      what,
      work,
      isBeside,
      abort: new AbortController(),
      state: 'queued',
      progress: 0,
      note: '',
      startedAt: new Date(),
      endedAt: null,
      failure: null,
      result: null,
      toldAt: -Infinity,
      timer: null,
    };
    this.#jobs.push(job);
    this.#tell(job);
    if (isBeside) void this.#run(job);
    else this.#next();
    return viewOf(job);
  }

  /** Oldest first. */
  list(): JobView[] {
    return this.#jobs.map(viewOf);
  }

  /** A job that waits is cancelled at once, one that works is told to stop; one that has ended stays as it is. */
  cancel(id: number): void {
    const job = this.#jobs.find((other) => other.id === id);
    if (job?.state === 'queued') this.#end(job, 'cancelled', { failure: recordFailure(cancelled(job.what.name)) });
    else if (job?.state === 'running') job.abort.abort();
  }

  /** Calls `listener` at every change of state, and with progress at most ten times a second for each job. */
  onJob(listener: (job: JobView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Jobs that would be lost by quitting now: working or waiting. */
  running(): number {
    return this.#jobs.filter(({ state }) => state === 'running' || state === 'queued').length;
  }

  #next(): void {
    if (this.#jobs.some(({ state, isBeside }) => state === 'running' && !isBeside)) return;
    const job = this.#jobs.find(({ state }) => state === 'queued');
    if (job) void this.#run(job);
  }

  async #run(job: Job): Promise<void> {
    job.state = 'running';
    job.startedAt = new Date();
    this.#tell(job);
    const progress = (fraction: number, note: string): void => this.#progress(job, fraction, note);
    const [state, outcome] = await settle(job, { signal: job.abort.signal, progress });
    this.#end(job, state, outcome);
  }

  #progress(job: Job, fraction: number, note: string): void {
    if (job.state !== 'running') return;
    if (fraction > job.progress) job.progress = Math.min(1, fraction);
    job.note = note;
    job.timer ??= setTimeout(() => this.#tell(job), Math.max(0, job.toldAt + TELL_EVERY_MS - performance.now()));
  }

  #end(job: Job, state: JobState, outcome: Outcome): void {
    job.state = state;
    job.endedAt = new Date();
    job.failure = outcome.failure ?? null;
    job.result = outcome.result ?? null;
    if (state === 'done') job.progress = 1;
    this.#tell(job);
    this.#forget();
    this.#next();
  }

  #tell(job: Job): void {
    if (job.timer) clearTimeout(job.timer);
    job.timer = null;
    job.toldAt = performance.now();
    const view = viewOf(job);
    for (const listener of [...this.#listeners]) listener(view);
  }

  #forget(): void {
    const ended = this.#jobs.filter(({ endedAt }) => endedAt !== null);
    for (const job of ended.slice(0, Math.max(0, ended.length - KEPT))) this.#jobs.splice(this.#jobs.indexOf(job), 1);
  }
}

interface Outcome {
  readonly failure?: FailureRecord;
  readonly result?: JobResult;
}

async function settle({ work, what }: Job, context: JobContext): Promise<[JobState, Outcome]> {
  try {
    return ['done', { result: await work(context) }];
  } catch (error) {
    const isCancelled = error instanceof Failure && error.kind === 'cancelled';
    return [
      isCancelled ? 'cancelled' : 'failed',
      { failure: recordFailure(isCancelled ? cancelled(what.name) : error) },
    ];
  }
}

const viewOf = (job: Job): JobView => ({
  ...job.what,
  id: job.id,
  state: job.state,
  progress: job.progress,
  note: job.note,
  startedAt: job.startedAt.toISOString(),
  elapsedMs: (job.endedAt ?? new Date()).getTime() - job.startedAt.getTime(),
  failure: job.failure,
  result: job.result,
});
