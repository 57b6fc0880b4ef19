// The queue of jobs: order, states, progress, cancelling, what listeners hear.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { JobView } from '../../preload/contract/views';
import { type JobContext, Jobs, type JobResult } from '../../main/jobs/jobs';
import { cancelled, userFailure } from '../../main/network/failure';

const WHAT = { verb: 'golden', name: 'Golden run of digits', command: 'goldbench golden digits.tflite' } as const;
const RESULT: JobResult = { network: 1, run: 2 };

/** Work that the test ends when it likes. */
function work() {
  let context: JobContext | undefined;
  let end: { resolve: (result: JobResult) => void; reject: (error: unknown) => void };
  const promise = new Promise<JobResult>((resolve, reject) => (end = { resolve, reject }));
  return {
    run: (given: JobContext) => {
      context = given;
      given.signal.addEventListener('abort', () => end.reject(cancelled('The work')));
      return promise;
    },
    done: () => end.resolve(RESULT),
    fail: (error: unknown) => end.reject(error),
    progress: (fraction: number, note: string) => context!.progress(fraction, note),
    hasBegun: () => context !== undefined,
  };
}
const states = (jobs: Jobs) => jobs.list().map(({ state }) => state);

it('work that only looks waits for nobody, and nobody for it', async () => {
  const jobs = new Jobs();
  const [first, look, second] = [work(), work(), work()];
  jobs.start(WHAT, first.run);
  expect(jobs.start(WHAT, look.run, true)).toMatchObject({ state: 'running' });
  jobs.start(WHAT, second.run);
  first.done();
  await sleep(1);
  expect(states(jobs)).toEqual(['done', 'running', 'running']);
  jobs.cancel(2);
  await sleep(1);
  expect(states(jobs)).toEqual(['done', 'cancelled', 'running']);
});

it('one job works at a time, the others wait in order', async () => {
  const jobs = new Jobs();
  const [first, second] = [work(), work()];
  expect(jobs.start(WHAT, first.run)).toMatchObject({ ...WHAT, id: 1, state: 'running', progress: 0, result: null });
  expect(jobs.start(WHAT, second.run)).toMatchObject({ id: 2, state: 'queued' });
  expect(second.hasBegun()).toBe(false);
  expect(jobs.running()).toBe(2);
  first.done();
  await sleep(1);
  expect(states(jobs)).toEqual(['done', 'running']);
  expect(jobs.list()[0]).toMatchObject({ progress: 1, result: RESULT, failure: null });
  second.done();
  await sleep(1);
  expect(jobs.running()).toBe(0);
});

it('a failure is kept, and the next job works', async () => {
  const jobs = new Jobs();
  const [first, second] = [work(), work()];
  jobs.start(WHAT, first.run);
  jobs.start(WHAT, second.run);
  first.fail(userFailure('test', 'It went wrong.'));
  await sleep(1);
  expect(states(jobs)).toEqual(['failed', 'running']);
  expect(jobs.list()[0]!.failure).toMatchObject({ kind: 'user', code: 'test' });
});

it('work that throws at once fails its job', async () => {
  const jobs = new Jobs();
  jobs.start(WHAT, () => {
    throw new Error('at once');
  });
  await sleep(1);
  expect(jobs.list()[0]).toMatchObject({ state: 'failed', failure: { kind: 'bug' } });
});

describe('cancel', () => {
  it('a waiting job never begins', () => {
    const jobs = new Jobs();
    const second = work();
    jobs.start(WHAT, work().run);
    const { id } = jobs.start(WHAT, second.run);
    jobs.cancel(id);
    expect(states(jobs)).toEqual(['running', 'cancelled']);
    expect(second.hasBegun()).toBe(false);
  });

  it('a working job is told by its signal, and names itself', async () => {
    const jobs = new Jobs();
    const { id } = jobs.start(WHAT, work().run);
    jobs.cancel(id);
    await sleep(1);
    expect(jobs.list()[0]).toMatchObject({
      state: 'cancelled',
      failure: { kind: 'cancelled', sentence: 'Golden run of digits was cancelled.' },
    });
  });

  it('a job that ended stays as it is', async () => {
    const jobs = new Jobs();
    const only = work();
    const { id } = jobs.start(WHAT, only.run);
    only.done();
    await sleep(1);
    jobs.cancel(id);
    jobs.cancel(99);
    expect(states(jobs)).toEqual(['done']);
  });
});

it('progress never goes back and never passes 1', async () => {
  const jobs = new Jobs();
  const only = work();
  jobs.start(WHAT, only.run);
  const seen = [0.2, 0.1, Number.NaN, 0.5, 7, 0.3].map((fraction) => {
    only.progress(fraction, 'note');
    return jobs.list()[0]!.progress;
  });
  expect(seen).toEqual([0.2, 0.2, 0.2, 0.5, 1, 1]);
});

it('listeners hear every state, and progress ten times a second, the last of it included', async () => {
  const jobs = new Jobs();
  const heard: JobView[] = [];
  const stop = jobs.onJob((job) => heard.push(job));
  const only = work();
  jobs.start(WHAT, only.run);
  for (let i = 1; i <= 300; i++) {
    only.progress(i / 1000, `operator ${i}`);
    if (i % 10 === 0) await sleep(10);
  }
  await sleep(150);
  const spoken = heard.filter(({ note }) => note !== '');
  expect(spoken.length).toBeLessThan(9);
  expect(spoken.at(-1)).toMatchObject({ note: 'operator 300', progress: 0.3 });
  only.progress(0.4, 'not heard in time');
  only.done();
  await sleep(150);
  expect(heard.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1])).toEqual([
    'queued',
    'running',
    'done',
  ]);
  expect(heard.at(-1)!.state).toBe('done'); // no late progress after the end
  const count = heard.length;
  stop();
  jobs.start(WHAT, work().run);
  expect(heard).toHaveLength(count);
});

it('remembers the last hundred that ended', async () => {
  const jobs = new Jobs();
  for (let i = 0; i < 120; i++) jobs.start(WHAT, () => Promise.resolve(RESULT));
  await sleep(20);
  expect(jobs.list()).toHaveLength(100);
  expect(jobs.list()[0]!.id).toBe(21);
});
