// The engine against raw sums by definition: random layers, back to back, free and throttled.
import { describe, expect, it } from 'vitest';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns, tellRun } from './layers';
import { engineOf, isFull, need, simulatorOf } from './simulators';

const THROTTLES = [
  { pixelPercent: 100, weightPercent: 100, sumPercent: 100 },
  { pixelPercent: 60, weightPercent: 60, sumPercent: 60 },
  { pixelPercent: 100, weightPercent: 100, sumPercent: 25 },
  { pixelPercent: 20, weightPercent: 90, sumPercent: 90 },
  { pixelPercent: 90, weightPercent: 15, sumPercent: 90 },
];

/** Sizes that differ in every parameter of the engine. */
const ENGINES = {
  'odd sizes, wide streams': engineOf({ rows: 4, cores: 31 }, { outputLanes: 3 }),
  'narrow streams, registered multiplier': engineOf(
    { rows: 3, cores: 29, pixelStreamBits: 32, weightStreamBits: 32, outputStreamBits: 32, weightsSramDepthWords: 100 },
    { multiplierRegister: true },
  ),
};

describe('random layers', () => {
  for (const [name, engine] of Object.entries(ENGINES))
    it(`equal their sums with ${name}`, { timeout: 120_000 }, async (test) => {
      await need(test, 'verilator');
      const simulator = await simulatorOf(engine);
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
