// Waits as the plan counts them, without the RTL (test/rtl/clocks.test.ts has it): the short ways through the walk give
// what the whole walk gives, and constants of the two sides are one.
import { describe, expect, it } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { planNetwork } from '../../main/plan/plan';
import { WEIGHT_HEADER_BITS, type RtlPorts } from '../../main/plan/rtlPorts';
import { type RtlPass, type RtlRun, countWaits } from '../../main/plan/rtlWaits';
import { WEIGHT_HEADER_BITS as HEADER_OF_FIELDS } from '../../main/simulate/headers';
import { Random } from '../oracle/random';
import { asSteps, oneLayer } from './tables';

const random = new Random(3);
const randomPorts = (): RtlPorts => {
  const [rows, cores, outputLanes] = [random.whole(1, 7), random.whole(3, 40), random.whole(1, 3)];
  return {
    rows,
    cores,
    outputLanes,
    weightBits: 8,
    accumulatorBits: 24,
    multiplierRegister: random.chance(0.5),
    weightStreamBits: random.pick([32, 64, 256, 512]),
    outputStreamBits: random.pick([32, 64, 128, 256, 512]),
  };
};

function randomRun(cores: number): RtlRun {
  const [taps, stride] = random.pick([
    [1, 1],
    [3, 1],
    [5, 2],
  ] as const);
  const [blocks, columns, kernel] = [
    random.pick([1, 1, random.whole(2, 30)]),
    random.pick([1, random.whole(1, 40)]),
    random.whole(1, 3),
  ];
  const channels = random.pick([[random.whole(1, 9)], [3, 2], [random.whole(8, 60)]]);
  const passes = channels.map((count): RtlPass => ({
    weightRows: stride * count * kernel,
    blocks,
    columns,
    products: count * kernel,
    shift: taps === 1 ? 0 : 1,
    stride,
    firstRelease: taps >> 1,
    edge: Math.min(columns, 1 + (taps >> 1)),
  }));
  return { iterations: random.whole(1, 12), groups: Math.max(1, Math.floor(cores / (taps + stride - 1))), passes };
}

/** The same iterations as runs of one each: no state of an iteration is ever seen twice. */
const unrolled = (runs: readonly RtlRun[]): RtlRun[] =>
  runs.flatMap((run) => Array.from({ length: run.iterations }, () => ({ ...run, iterations: 1 })));

describe('waits', () => {
  it('rounds that are left out change nothing, nor does it that no sum is followed where none waits', () => {
    let [waiting, calm] = [0, 0];
    for (let trial = 0; trial < 400; trial++) {
      const ports = randomPorts();
      const runs = Array.from({ length: random.whole(1, 3) }, () => randomRun(ports.cores));
      const whole = countWaits(unrolled(runs), ports, true);
      expect(countWaits(runs, ports), JSON.stringify({ ports, runs })).toEqual(whole);
      waiting += whole.sums > 0 && whole.weights > 0 ? 1 : 0;
      calm += whole.sums === 0 ? 1 : 0;
    }
    expect(waiting).toBeGreaterThan(20);
    expect(calm).toBeGreaterThan(20);
  });

  it('a dilation that puts every tap into the padding is nothing for the array', () => {
    expect(countWaits([], randomPorts())).toEqual({ fill: 0, sums: 0, weights: 0, drain: 0 });
    const layer = oneLayer({ input: [8, 1], channels: [3, 4], kernel: 2, dilation: 2 });
    const { steps } = planNetwork('one', asSteps([layer]), namedArray('4x12'));
    expect(steps).toMatchObject([{ host: { why: 'all taps of its kernel lie in the padding' } }]);
  });

  it('the header of weights is as long as its fields', () => {
    expect(WEIGHT_HEADER_BITS).toBe(HEADER_OF_FIELDS);
  });
});
