// What Simulate says a layer should take is what the engine's runs of it take, whatever the array: merged groups, passes over
// the channels, configuration, interleaved maps. (test/rtl/clocks.test.ts holds the RTL to the runs.)
import { describe, expect, it } from 'vitest';
import { type PeArray, changeArray } from '../../main/array/array';
import { namedArray } from '../../main/array/presets';
import { Failure } from '../../main/network/failure';
import { stepsOf } from '../../main/plan/layers';
import { jobWaits } from '../../main/simulate/clocks';
import { defineEngine } from '../../main/simulate/engine';
import { lowerOperator } from '../../main/simulate/lower';
import { estimateLayers } from '../../main/simulate/measured';
import { constant, oneOperator, q, slot } from '../golden/oneOperator';
import { Random } from '../oracle/random';
import fc from '../properties';
import { type Case, randomOperator, tell } from '../rtl/randomOperators';

/** Clocks without configuration, as planned and as the engine's runs take them; null where either leaves the layer to the host. */
function clocksOf({ kind, inputs, output, options }: Case, array: PeArray): { planned: number; taken: number } | null {
  const { network, operator } = oneOperator(kind, inputs, output, options);
  const [step] = stepsOf(network);
  const estimated = step && 'layer' in step ? estimateLayers([step.layer], array).get(0) : undefined;
  if (!estimated) return null;
  const engine = defineEngine(array);
  const values = inputs.map(({ data }, index) => ({ tensor: network.tensors[index]!, data: data! }));
  try {
    const runs = lowerOperator(operator, values, engine);
    const { sums, weights } = jobWaits(runs, engine);
    const taken = runs.reduce((clocks, { tiles }) => clocks + tiles.clocks, sums + weights);
    return { planned: estimated.total - estimated.configure, taken };
  } catch (error) {
    if (error instanceof Failure && error.code === 'engine-layer') return null;
    throw error;
  }
}

/** Streams of pixels never limit: those are counted by averages. */
function randomArray(random: Random): PeArray {
  const depth = random.pick([8, 9, 16, 33, 64, 128]);
  const width = (): number => random.pick([0, 32, 64, 128, 512]);
  return changeArray(namedArray(`${random.whole(1, 9)}x${random.whole(1, 31)}`), {
    weightsSramDepthWords: depth,
    configWords: random.pick([0, 0, 1, 3]),
    configClocks: random.pick([0, 0, 1, 6]),
    accumulatorBits: random.pick([16, 24, 32]),
    pixelStreamBits: 0,
    weightStreamBits: width(),
    outputStreamBits: width(),
  });
}

describe('the engine takes the clocks that are planned', () => {
  it('of any layer on any array', () => {
    let compared = 0;
    const check = (seed: number): void => {
      const random = new Random(seed);
      const array = randomArray(random);
      for (let trial = 0; trial < 6; trial++) {
        const one = randomOperator(random);
        const clocks = clocksOf(one, array);
        if (clocks) expect(clocks.taken, tell(one)).toBe(clocks.planned);
        compared += clocks ? 1 : 0;
      }
    };
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), check), { numRuns: 30 });
    expect(compared).toBeGreaterThan(50);
  });

  const depthwise = (size: readonly [number, number], channels: number, kernel: number): Case => ({
    kind: 'DEPTHWISE_CONV_2D',
    inputs: [
      slot('int8', [1, ...size, channels], q(0.1), new Int8Array(size[0] * size[1] * channels)),
      constant('int8', [1, kernel, kernel, channels], q(0.1), new Int8Array(kernel * kernel * channels)),
    ],
    output: { type: 'int8', shape: [1, ...size, channels], quantization: q(0.1) },
    options: {
      padding: 'same',
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
      activation: 'none',
      depthMultiplier: 1,
    },
    product: 'double',
  });

  it('where merged groups need several passes', () => {
    const array = changeArray(namedArray('3x29'), {
      weightsSramDepthWords: 8,
      outputStreamBits: 256,
      accumulatorBits: 16,
    });
    const { planned, taken } = clocksOf(depthwise([1, 3], 17, 1), array)!;
    expect(planned).toBeLessThan(60); // all 17 in three passes, where fewer groups wait for their sums
    expect(taken).toBe(planned);
  });

  it('where the configuration takes words of the weights and clocks', () => {
    const array = changeArray(namedArray('8x8'), { weightsSramDepthWords: 10, configWords: 2, configClocks: 6 });
    for (const one of [depthwise([3, 1], 19, 1), depthwise([5, 5], 12, 3)]) {
      const { planned, taken } = clocksOf(one, array)!;
      expect(taken, tell(one)).toBe(planned);
    }
  });
});
