// The clocks beside the closed form, unthrottled and with inputs that never limit: fill as its formula says, no wait for
// pixels, and for the output exactly as many as its registers say, none where the formula says that sums drain in time.
import { expect, it } from 'vitest';
import { drainClocks, drainsInTime, fillClocks, outputStallClocks } from '../../main/simulate/clocks';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns, tellRun } from './layers';
import { ENGINES, engineOf, isFull, need, simulatorOf } from './simulators';

it('fill and drain are those of their formulas', { timeout: 300_000 }, async (test) => {
  await need(test, 'verilator');
  const engine = ENGINES['odd sizes, wide streams'];
  const simulator = await simulatorOf(engine, { checked: true });
  const random = new Random(6);
  let [inTime, compared, stalled] = [0, 0, 0];
  for (let trial = 0; trial < (isFull ? 300 : 40); trial++) {
    const run = randomRun(engine, random);
    const { summary } = await simulateRuns(simulator, engine, [run]);
    const place = tellRun(run);
    expect(summary.firstFire, place).toBe(fillClocks(run));
    expect(summary.waitPixels, place).toBe(0);
    if (summary.waitWeights === 0) {
      compared++;
      if (summary.stallOut > 0) stalled++;
      expect(summary.stallOut, place).toBe(outputStallClocks([run], engine));
    }
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
  expect(compared).toBeGreaterThan(20);
  expect(stalled).toBeGreaterThan(5);
});

const NARROW = engineOf({ rows: 3, cores: 17, outputStreamBits: 64 }, { outputLanes: 2, multiplierRegister: true });

it.for(isFull ? [ENGINES['odd sizes, wide streams'], NARROW] : [ENGINES['odd sizes, wide streams']])(
  'sums wait as the output path says, layer after layer: $rows x $cores',
  { timeout: 300_000 },
  async (engine, test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    const random = new Random(8);
    let [compared, stalled] = [0, 0];
    for (let trial = 0; trial < (isFull ? 200 : 20); trial++) {
      const runs = Array.from({ length: random.whole(1, 4) }, () => randomRun(engine, random));
      const { summary } = await simulateRuns(simulator, engine, runs);
      if (summary.waitWeights > 0) continue; // a bank that fills too late holds up the operations, too
      compared++;
      if (summary.stallOut > 0) stalled++;
      expect(summary.stallOut, runs.map(tellRun).join('; ')).toBe(outputStallClocks(runs, engine));
    }
    expect(compared).toBeGreaterThan(3);
    expect(stalled).toBeGreaterThan(1);
  },
);
