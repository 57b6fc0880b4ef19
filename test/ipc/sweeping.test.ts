// Sweeps through the doorway: points are stored as they come, a stopped sweep goes on where it was, also after a
// restart.
import { expect, it } from 'vitest';
import { type PeArray, changeArray } from '../../main/array/array';
import { presetArray } from '../../main/array/presets';
import { type Axes, startSweep, stepSweep } from '../../main/estimate/sweep';
import { TABLE_NAMES } from '../../main/plan/networks';
import { asSteps, table } from '../plan/tables';
import { caller } from './caller';
import { type Bench, ended, makeBench } from './bench';

const chip = presetArray('kraken-7x96');
const steps = asSteps(table('alexnet').layers);
const given: Partial<Axes> = { rows: [4, 7], cores: [24, 48, 96], batch: [1, 2] };
const whole = stepSweep(startSweep(chip, 1, given), steps, chip, 100);
const requestOn = (array: PeArray) => ({
  workload: { name: 'AlexNet', file: 'alexnet', steps },
  array,
  objective: 'clocks' as const,
  axes: whole.axes,
});
const start = (bench: Bench) => caller(bench)('sweep.start', requestOn(chip) as never);

it('computes every design, as a job with its command line, and keeps the points', async () => {
  const bench = makeBench();
  const call = caller(bench);
  const { sweep, job } = await start(bench);
  expect(await ended(bench.jobs, job.id)).toMatchObject({
    state: 'done',
    verb: 'sweep',
    progress: 1,
    result: { sweep },
  });
  expect(job.command).toBe(
    'goldbench sweep alexnet --array kraken-7x96 --rows 4,7 --cols 24,48,96 --sram 2048 --clock 400 --dram 0 --batch 1,2',
  );
  const part = await call('sweep.part', { sweep, from: 0 });
  expect(part.points).toEqual(whole.points);
  expect(part).toMatchObject({ base: chip, objective: 'clocks', axes: whole.axes });
  expect((await call('sweep.part', { sweep, from: 10 })).points).toEqual(whole.points.slice(10));
  expect(await call('sweep.list', {})).toMatchObject([
    { id: sweep, state: 'done', total: 12, done: 12, name: 'AlexNet' },
  ]);
  await expect(call('sweep.resume', { sweep })).rejects.toMatchObject({ code: 'sweep-done' });
  await call('sweep.remove', { sweep });
  expect(await call('sweep.list', {})).toEqual([]);
  await expect(call('sweep.part', { sweep, from: 0 })).rejects.toMatchObject({ code: 'no-such-sweep' });
});

it('is cancelled, goes on after a restart, and ends with the same points', async () => {
  const first = makeBench();
  first.engine.isSlow = true;
  const { sweep, job } = await start(first);
  await expect.poll(() => first.sessions.current.sweeps.read(sweep).done).toBe(3);
  await expect(caller(first)('sweep.remove', { sweep })).rejects.toMatchObject({ code: 'sweep-running' });
  await expect(caller(first)('sweep.resume', { sweep })).rejects.toMatchObject({ code: 'sweep-running' });
  first.jobs.cancel(job.id);
  expect(await ended(first.jobs, job.id)).toMatchObject({ state: 'cancelled' });
  first.sessions.close();

  const second = makeBench(first.folder);
  expect(await caller(second)('sweep.list', {})).toMatchObject([{ id: sweep, state: 'stopped', done: 3 }]);
  const resumed = await caller(second)('sweep.resume', { sweep });
  expect(resumed.sweep).toBe(sweep);
  await ended(second.jobs, resumed.job.id);
  expect(second.engine.asked).toMatchObject([{ verb: 'sweep', args: { from: 3 } }]);
  expect((await caller(second)('sweep.part', { sweep, from: 0 })).points).toEqual(whole.points);
});

it('a sweep that failed can be tried again', async () => {
  const bench = makeBench();
  bench.engine.fault = new Error('on purpose');
  const { sweep, job } = await start(bench);
  expect(await ended(bench.jobs, job.id)).toMatchObject({ state: 'failed' });
  expect(bench.sessions.current.sweeps.read(sweep)).toMatchObject({ state: 'failed', done: 1 });
  bench.engine.fault = null;
  const again = await caller(bench)('sweep.resume', { sweep });
  expect(await ended(bench.jobs, again.job.id)).toMatchObject({ state: 'done' });
});

it.each(TABLE_NAMES)('lets the layers of %s through the doorway', async (name) => {
  const bench = makeBench();
  const { name: title, layers } = table(name);
  const workload = { name: title, file: name, steps: asSteps(layers) };
  const { axes } = startSweep(chip, 1, {});
  const { sweep, job } = await caller(bench)('sweep.start', { ...requestOn(chip), workload, axes } as never);
  expect(await ended(bench.jobs, job.id)).toMatchObject({ state: 'done' });
  expect(bench.sessions.current.sweeps.request(sweep).steps).toEqual(workload.steps);
});

it('says which field of an array is wrong, and refuses too many designs', async () => {
  const call = caller(makeBench());
  const wrong = { ...requestOn(chip), array: { ...chip, rows: 0 } };
  await expect(call('sweep.start', wrong as never)).rejects.toMatchObject({
    code: 'array-field',
    message: expect.stringContaining('rows is 0'),
  });
  const many = Array.from({ length: 400 }, (_, i) => i + 1);
  const huge = { ...requestOn(chip), axes: { ...whole.axes, rows: many, cores: many } };
  await expect(call('sweep.start', huge as never)).rejects.toMatchObject({ code: 'sweep-size' });
});

it('tells in its command what differs from a preset', async () => {
  const mine = changeArray(chip, { clockMHz: 500 });
  const { job } = await caller(makeBench())('sweep.start', requestOn(mine) as never);
  expect(job.command).toContain('--array kraken-7x96 --set clockMHz=500 --rows');
});
