// How fast planning is: plans tried per second, the time from a changed array to all numbers, a sweep of 1,000 designs.
import { expect, test } from 'vitest';
import { resizeArray, presetArray } from '../../main/array/presets';
import { estimatePlan } from '../../main/estimate/estimate';
import { startSweep, stepSweep } from '../../main/estimate/sweep';
import { planNetwork } from '../../main/plan/plan';
import { asSteps, table } from '../plan/tables';
import { median, report } from './report';

const steps = asSteps(table('resnet-50').layers);
const chip = presetArray('kraken-7x96');
const systolic = presetArray('systolic-32x32');

/** CPU seconds of the process: others may share the machine. */
function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  return process.cpuUsage(before).user / 1e6;
}

test('candidate plans per second and core: ResNet-50 on a systolic array, nothing left out by bounds', () => {
  const rates: number[] = [];
  for (let round = 0; round < 15; round++) {
    let tried = 0;
    const seconds = cpuSeconds(() => {
      tried = planNetwork('ResNet-50', steps, systolic, { objective: 'traffic' }).certificate.evaluated;
    });
    rates.push(tried / seconds / 1e6);
  }
  report('search', { 'million plans per CPU second, median': median(rates), best: Math.max(...rates) });
  expect(rates.length).toBe(15);
});

test('from a changed array to plan and estimate of ResNet-50', () => {
  for (const array of [chip, systolic]) {
    const times = Array.from({ length: 40 }, (_, round) => {
      const changed = resizeArray(array, array.rows + (round % 3), array.cores);
      const start = performance.now();
      estimatePlan(planNetwork('ResNet-50', steps, changed));
      return performance.now() - start;
    });
    report(`slider, ${array.name}`, {
      'first ms': times[0]!,
      'median ms': median(times),
      'worst ms': Math.max(...times),
    });
  }
});

test('1,000 designs x ResNet-50', () => {
  const axes = { rows: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13], cores: Array.from({ length: 100 }, (_, i) => 12 + i) };
  const start = performance.now();
  const seconds = cpuSeconds(() => {
    const { points } = stepSweep(startSweep(chip, 1, axes), steps, chip, 1000);
    expect(points).toHaveLength(1000);
  });
  const megabytes = process.memoryUsage().rss / 2 ** 20;
  report('sweep', { 'CPU s': seconds, s: (performance.now() - start) / 1000, 'MB resident': megabytes });
});
