// The engine against raw sums by definition, with the checker's assertions on: random layers, back to back, free and
// throttled, and with a reset in their midst.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../main/simulate/engine';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns, tellRun } from './layers';
import { ENGINES, engineOf, isFull, need, simulatorOf } from './simulators';

const THROTTLES = [
  { pixelPercent: 100, weightPercent: 100, sumPercent: 100 },
  { pixelPercent: 60, weightPercent: 60, sumPercent: 60 },
  { pixelPercent: 100, weightPercent: 100, sumPercent: 25 },
  { pixelPercent: 20, weightPercent: 90, sumPercent: 90 },
  { pixelPercent: 90, weightPercent: 15, sumPercent: 90 },
];

/** Sizes that people build, each a build of its own. */
const SIZES: Record<string, Engine> = Object.fromEntries(
  [
    [7, 96],
    [7, 24],
    [4, 12],
    [16, 16],
    [3, 5],
  ].map(([rows, cores]) => [`${rows} x ${cores}`, engineOf({ rows, cores, weightsSramDepthWords: 512 })]),
);

describe('random layers', () => {
  for (const [name, engine] of Object.entries(isFull ? { ...ENGINES, ...SIZES } : ENGINES))
    it(`equal their sums with ${name}`, { timeout: 900_000 }, async (test) => {
      await need(test, 'verilator');
      const simulator = await simulatorOf(engine, { checked: true });
      const random = new Random(4);
      for (const throttle of THROTTLES)
        for (let batch = 0; batch < (isFull ? 20 : 4); batch++) {
          const runs = Array.from({ length: random.whole(1, 4) }, () => randomRun(engine, random));
          const { summary, streams } = await simulateRuns(simulator, engine, runs, { ...throttle, seed: batch });
          const seen = {
            end: summary.end,
            differences: summary.differences,
            errors: summary.errors,
            unread: summary.unread,
            fires: summary.fires,
          };
          expect(seen, runs.map(tellRun).join('; ')).toEqual({
            end: 'complete',
            differences: 0,
            errors: 0,
            unread: 0,
            fires: streams.clocks,
          });
          const span = summary.lastFire - summary.firstFire + 1;
          expect(span).toBe(summary.fires + summary.stallOut + summary.waitPixels + summary.waitWeights);
        }
    });
});

describe('a reset', () => {
  for (const [name, engine] of Object.entries(ENGINES))
    it(`at any clock leaves nothing behind with ${name}`, { timeout: 120_000 }, async (test) => {
      await need(test, 'verilator');
      const simulator = await simulatorOf(engine, { checked: true });
      const random = new Random(11);
      const runs = [randomRun(engine, random), randomRun(engine, random), randomRun(engine, random)];
      const { summary } = await simulateRuns(simulator, engine, runs);
      expect(summary.differences).toBe(0);
      for (let trial = 0; trial < (isFull ? 200 : 20); trial++) {
        const resetAtClock = random.whole(1, summary.lastSum);
        const after = await simulateRuns(simulator, engine, runs, {
          ...THROTTLES[trial % 5],
          seed: trial,
          resetAtClock,
        });
        const seen = { end: after.summary.end, differences: after.summary.differences, errors: after.summary.errors };
        expect(seen, `reset at clock ${resetAtClock}`).toEqual({ end: 'complete', differences: 0, errors: 0 });
      }
    });
});
