// Clocks of a job in which the array does nothing, where pixels never limit. In: the runs of a job. Out: the clocks before
// its first operation, its waits, and the clocks after its last. What a run measures in all is
//   firstFire (fill) + [ fires + stallOut (sums) + waitWeights (weights) + waitPixels ] + (lastSum - lastFire) (drain).
// Counted as the plan counts them; held to the RTL by test/rtl/clocks.test.ts.
import { type RtlWaits, countWaits, rtlPasses } from '../plan/rtlWaits';
import type { Engine } from './engine';
import type { EngineLayer, Tiles } from './tiles';

interface Run {
  readonly layer: EngineLayer;
  readonly tiles: Tiles;
}

export const jobWaits = (runs: readonly Run[], engine: Engine): RtlWaits =>
  countWaits(
    runs.map(({ layer, tiles }) => ({
      iterations: tiles.T,
      groups: tiles.E,
      passes: rtlPasses(
        layer.columns,
        layer.rows.taps,
        tiles.passes.map(({ from, to }) => to - from),
        layer.frames * tiles.L,
      ),
    })),
    engine,
  );
