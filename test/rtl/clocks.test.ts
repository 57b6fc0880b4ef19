// The clocks of the RTL, unthrottled: fill, waits for sums, waits for weights and drain are to the clock what the plan
// counts (plan/rtlWaits.ts), for random layers one after the other, most of them small, on streams of several widths;
// and the estimate of an operator is what the RTL measures.
import { expect, it } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { changeArray } from '../../main/array/array';
import { stepsOf } from '../../main/plan/layers';
import { jobWaits } from '../../main/simulate/clocks';
import { type Engine, defineEngine } from '../../main/simulate/engine';
import { runJob } from '../../main/simulate/job';
import { lowerOperator } from '../../main/simulate/lower';
import { estimateLayers } from '../../main/simulate/measured';
import { simulateOperator } from '../../main/simulate/simulate';
import type { TensorValue } from '../../main/tensor/tensor';
import { oneOperator, run } from '../golden/oneOperator';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns, tellRun, withFolder } from './layers';
import { type Case, randomOperator, tell } from './randomOperators';
import { ENGINES, engineOf, isFull, need, simulatorOf } from './simulators';

const WIDE: readonly [string, Engine] = ['no stream limits', ENGINES['odd sizes, wide streams']];
const NARROW: readonly (readonly [string, Engine])[] = [
  ['narrow sums', engineOf({ rows: 3, cores: 17, outputStreamBits: 64 }, { outputLanes: 2, multiplierRegister: true })],
  [
    'narrow weights and sums',
    engineOf({ rows: 3, cores: 17, weightStreamBits: 32, outputStreamBits: 128 }, { outputLanes: 3 }),
  ],
  ['weights of ragged beats', engineOf({ rows: 2, cores: 29, weightStreamBits: 128 })],
];

it.for(isFull ? [WIDE, ...NARROW] : [WIDE, NARROW[1]!])(
  'are counted before, layer after layer: %s',
  { timeout: 600_000 },
  async ([, engine], test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    const random = new Random(8);
    const [seen, waited] = [{ sums: 0, weights: 0, both: 0 }, 4];
    for (let trial = 0; trial < (isFull ? 300 : 50); trial++) {
      const runs = Array.from({ length: random.whole(1, 4) }, () => randomRun(engine, random));
      const { summary } = await simulateRuns(simulator, engine, runs);
      const { firstFire, lastFire, lastSum, stallOut, waitWeights, waitPixels } = summary;
      const place = runs.map(tellRun).join('; ');
      const measured = { fill: firstFire, sums: stallOut, weights: waitWeights, drain: lastSum - lastFire };
      // a pixel packet of a single word may cost a clock for its header, which no one counts before
      if (waitPixels === 0) expect(measured, place).toEqual(jobWaits(runs, engine));
      else
        expect(Math.min(...runs.flatMap(({ tiles }) => tiles.passes.map(({ from, to }) => to - from))), place).toBe(1);
      seen.sums += stallOut > 0 ? 1 : 0;
      seen.weights += waitWeights > 0 ? 1 : 0;
      seen.both += stallOut > 0 && waitWeights > 0 ? 1 : 0;
    }
    expect(seen.sums).toBeGreaterThan(waited);
    expect(seen.weights).toBeGreaterThan(waited);
    expect(seen.both).toBeGreaterThan(0);
  },
);

const SMALL = namedArray('4x12');

it.for([
  ['no stream limits', SMALL],
  ['sums and weights in 64 bit', changeArray(SMALL, { outputStreamBits: 64, weightStreamBits: 64 })],
  ['configuration, short banks', changeArray(SMALL, { configClocks: 3, configWords: 5, weightsSramDepthWords: 40 })],
  ['a DRAM that limits, short banks', changeArray(SMALL, { dramMegabytesPerSecond: 20, weightsSramDepthWords: 35 })],
] as const)(
  'the estimate of an operator is what the RTL measures, but for configuration: %s',
  { timeout: 600_000 },
  async ([, array], test) => {
    await need(test, 'verilator');
    const engine = defineEngine(array);
    const simulator = await simulatorOf(engine, { checked: true });
    const random = new Random(31);
    let [compared, merged, waiting, skipping] = [0, 0, 0, 0];
    for (let trial = 0; trial < (isFull ? 400 : 40); trial++) {
      const one = trial === 0 ? drawSeven(random) : randomOperator(random);
      const { network, operator } = oneOperator(one.kind, one.inputs, one.output, one.options);
      const [step] = stepsOf(network);
      if (!step || !('layer' in step)) continue;
      const sums = run(one.kind, one.inputs, one.output, one.options).accumulators as Int32Array;
      const values = one.inputs.map(({ data }, index): TensorValue => ({
        tensor: network.tensors[index]!,
        data: data!,
      }));
      const estimated = estimateLayers([step.layer], array).get(0);
      if (!estimated) {
        expect(() => lowerOperator(operator, values, engine), tell(one)).toThrow(/all taps of the dilated kernel/);
        continue;
      }
      const { summary, runs } = await withFolder((folder) =>
        simulateOperator((job) => runJob(simulator, job), engine, operator, values, sums, folder, {}),
      );
      const { firstFire, lastFire, waitPixels, stallOut, waitWeights } = summary;
      expect({ end: summary.end, differences: summary.differences }, tell(one)).toEqual({
        end: 'complete',
        differences: 0,
      });
      const waits = stallOut + waitWeights;
      expect(lastFire - firstFire + 1 - waitPixels - waits, tell(one)).toBe(estimated.stream);
      // bandwidth of the DRAM is an average that no stream of the simulator has
      if (array.dramMegabytesPerSecond === 0) expect(waits, tell(one)).toBe(estimated.stall);
      compared++;
      merged += runs.some(({ x }) => x.channels !== undefined) ? 1 : 0;
      waiting += estimated.stall > 0 ? 1 : 0;
      skipping += skips(one) ? 1 : 0;
    }
    expect(compared).toBeGreaterThan(20);
    expect(merged).toBeGreaterThan(0);
    if (array.dramMegabytesPerSecond === 0) expect(waiting).toBeGreaterThan(1);
    expect(skipping).toBeGreaterThan(1);
  },
);

/** Seven groups, which run as four and three. */
function drawSeven(random: Random): Case {
  for (;;) {
    const one = randomOperator(random);
    const [x, w] = one.inputs;
    const [, kernelH, kernelW, channels] = w!.shape;
    const isSeven = one.kind === 'DEPTHWISE_CONV_2D' && x!.type === 'int8' && x!.shape[3] === 7 && channels === 7;
    if (isSeven && kernelH! <= 3 && kernelW === 3 && x!.shape[2]! > 4) return one;
  }
}

/** A kernel that its stride passes over in part, or a dilation beyond the image, some of whose maps may see no pixel. */
function skips({ inputs, options }: Case): boolean {
  if (!('strideH' in options && 'dilationH' in options)) return false;
  const [[, height, width], [, kernelH, kernelW]] = inputs.map(({ shape }) => shape) as [number[], number[]];
  const isSmall = kernelH! * kernelW! > 1 && (kernelH! < options.strideH || kernelW! < options.strideW);
  return isSmall || options.dilationH > height! || options.dilationW > width!;
}
