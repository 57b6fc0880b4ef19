// The clocks beside the closed form, unthrottled and with streams that never limit: fill as its formula says, no wait for
// pixels or weights, and none for the output where the formula says that sums drain in time.
import { expect, it } from 'vitest';
import { drainClocks, drainsInTime, fillClocks } from '../../main/simulate/clocks';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns, tellRun } from './layers';
import { ENGINES, isFull, need, simulatorOf } from './simulators';

it('fill and drain are those of their formulas', { timeout: 300_000 }, async (test) => {
  await need(test, 'verilator');
  const engine = ENGINES['odd sizes, wide streams'];
  const simulator = await simulatorOf(engine, { checked: true });
  const random = new Random(6);
  let inTime = 0;
  for (let trial = 0; trial < (isFull ? 300 : 40); trial++) {
    const run = randomRun(engine, random);
    const { summary } = await simulateRuns(simulator, engine, [run]);
    const place = tellRun(run);
    expect(summary.firstFire, place).toBe(fillClocks(run));
    expect(summary.waitPixels, place).toBe(0);
    if (!drainsInTime(run, engine)) continue;
    inTime++;
    expect(summary.stallOut, place).toBe(0);
    const drain = drainClocks(run, engine);
    if (!drain) continue;
    const clocks = summary.lastSum - summary.lastFire;
    expect(clocks, place).toBeGreaterThanOrEqual(drain.least);
    expect(clocks, place).toBeLessThanOrEqual(drain.most);
  }
  expect(inTime).toBeGreaterThan(10);
});
