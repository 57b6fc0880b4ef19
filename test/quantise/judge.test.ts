// The judge on networks small enough to follow by hand, and the suggestion on layers whose worth is known.
import { describe, expect, test } from 'vitest';
import { runOperators } from '../../main/golden/run';
import type { Batch } from '../../main/import/batch';
import type { Network } from '../../main/network/network';
import { parseScheme } from '../../main/network/scheme';
import { type Judgement, judge, pairOperators } from '../../main/quantise/judge';
import { type Measured, constantBytes, suggest } from '../../main/quantise/suggest';
import { toWords } from '../../main/quantise/words';
import { writeNpy } from '../../main/tensor/npy';
import type { TypedArray } from '../../main/tensor/tensor';
import { type Slot, constant, oneOperator, q, slot } from '../golden/oneOperator';

const run = (network: Network, inputs: ReadonlyMap<number, TypedArray>) => runOperators(network, 'reference', inputs);
const finish = <Y, T>(steps: Generator<Y, T>): { steps: Y[]; result: T } => {
  const seen: Y[] = [];
  for (;;) {
    const step = steps.next();
    if (step.done) return { steps: seen, result: step.value };
    seen.push(step.value);
  }
};

/** Three scores of two numbers: x0, x1 and x0 + x1, in reals and in words of some bits, 1/4 a step. */
const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
const real = oneOperator(
  'FULLY_CONNECTED',
  [
    slot('float32', [1, 2], undefined, new Float32Array(2)),
    constant('float32', [3, 2], undefined, Float32Array.of(1, 0, 0, 1, 1, 1)),
  ],
  slot('float32', [1, 3], undefined, new Float32Array(3)),
  options,
).network;
const twinOf = (bits: number) => {
  const words = (shape: number[]): Slot => ({ ...slot('int8', shape, q(0.25), new Int8Array(shape[1]!)), bits });
  const weights = constant('int8', [3, 2], q(1), Int8Array.of(1, 0, 0, 1, 1, 1));
  const { network } = oneOperator('FULLY_CONNECTED', [words([1, 2]), weights], words([1, 3]), options);
  return { network: { ...network, scheme: parseScheme('shift:8,8,24') }, origins: [0] };
};
const batchOf = (...rows: number[][]): Batch => ({
  source: 'rows',
  classes: null,
  folders: null,
  items: rows.map((row, i) => ({
    name: `${i}`,
    label: null,
    read: () => ({ bytes: writeNpy('float32', [1, row.length], Float32Array.from(row)), fileName: `${i}.npy` }),
  })),
});

describe('toWords', () => {
  test('rounds ties away from zero, clips to the words, keeps reals', () => {
    const { network } = twinOf(4);
    expect([...toWords(Float32Array.of(0.125, -0.125, 9, -9), network.tensors[0]!)]).toEqual([1, -1, 7, -8]);
    const reals = Float32Array.of(0.1);
    expect(toWords(reals, real.tensors[0]!)).toBe(reals);
  });
});

describe('judge', () => {
  const judged = (bits: number, batch: Batch, truths: number[] = []): Judgement =>
    finish(judge(real, twinOf(bits), batch, { run, truths, top: 2 })).result;

  test('the float reference stands beside the words', () => {
    const [pair] = [...pairOperators(real, twinOf(8), Float32Array.of(0.3, 1), run)];
    expect([...pair!.words]).toEqual([1, 4, 5]);
    expect([...pair!.worth]).toEqual([0.25, 1, 1.25]);
    expect(pair!.reals[2]).toBeCloseTo(1.3);
  });
  test('numbers that are words bring no noise', () => {
    const { operators, outputSqnr, agreement } = judged(8, batchOf([1, 2], [-1, 0.25]));
    expect(outputSqnr).toBe(Infinity);
    expect(operators[0]).toMatchObject({
      operator: 0,
      origin: 0,
      name: 'FULLY_CONNECTED',
      largest: 0,
      clipped: 0,
      limits: [-32, 31.75],
    });
    expect(agreement).toMatchObject({ inputs: 2, best: 2, among: 2, labelled: 0 });
  });
  test('signal over noise, in dB, over all inputs; values beyond the words are counted', () => {
    const { operators } = judged(4, batchOf([0.5, 0.375], [1.5, 1])); // 4 bits: -2 … 1.75
    // 0.375 is a tie: 2 steps, 0.5. Reals 0.5, 0.375, 0.875 and 1.5, 1, 2.5; worth 0.5, 0.5, 1 and 1.5, 1, 1.75
    const signal = 0.5 ** 2 + 0.375 ** 2 + 0.875 ** 2 + 1.5 ** 2 + 1 + 2.5 ** 2;
    const noise = 0.125 ** 2 + 0.125 ** 2 + 0.75 ** 2;
    expect(operators[0]!.sqnr).toBeCloseTo(10 * Math.log10(signal / noise), 9);
    expect(operators[0]).toMatchObject({ largest: 0.75, clipped: 1 / 6, limits: [-2, 1.75] });
    expect([operators[0]!.before.max, operators[0]!.after.max]).toEqual([2.5, 1.75]);
  });
  test('reals that stand for infinity, as round a maximum, are no noise', () => {
    const [finite] = judged(4, batchOf([0.5, 0.375])).operators;
    const both = judged(4, batchOf([0.5, 0.375], [-1e31, -1e31])).operators[0]!;
    expect(both).toMatchObject({ sqnr: finite!.sqnr, largest: finite!.largest, clipped: 0 });
    expect([both.before.min, both.after.min, both.after.count]).toEqual([0.375, 0.5, 3]);
  });
  test('best classes: agreement and accuracy', () => {
    const rows = batchOf([1, 1.125], [0.9, -3], [1, 1]); // the sum is best but for the second
    const { agreement } = judged(8, rows, [2, 0, 1]);
    expect(agreement).toEqual({ inputs: 3, best: 3, among: 3, top: 2, labelled: 3, rightReal: 2, rightQuantised: 2 });
    const crude = judged(3, batchOf([3, 3], [0.5, 0.1])).agreement!; // -1 … 0.75: all are 0.75; then 0.5, 0 and 0.5: the first is taken
    expect(crude).toMatchObject({ inputs: 2, best: 0, among: 1 });
  });
  test('one step an input', () => {
    expect(finish(judge(real, twinOf(8), batchOf([1, 1], [2, 2]), { run })).steps).toEqual([1, 2]);
  });
});

describe('suggest', () => {
  const [low, high] = [parseScheme('shift:8,4,24'), parseScheme('shift:8,8,24')];
  /** Layers 0, 1, 2 of 100, 10, 50 weights, that gain 5, 4 and 1 dB; quality grows with the dB. */
  const sizes = [100, 10, 50];
  const worth = [5, 4, 1];
  const convert = (layers: ReadonlyMap<number, unknown>) => {
    const raised = sizes.map((_, i) => layers.get(i) === high);
    const tensors = sizes.map((size, index) => ({
      index,
      name: '',
      type: 'int8' as const,
      shape: [size],
      quantization: null,
      data: new Uint8Array(size),
      isVariable: false,
      ...(!raised[index] && { bits: 4 }),
    }));
    return { network: { ...real, tensors }, raised };
  };
  let measured = 0;
  function* measure({ raised }: ReturnType<typeof convert>): Generator<number, Measured> {
    measured++;
    const sqnr = 10 + raised.reduce((sum, is, i) => sum + (is ? worth[i]! : 0), 0);
    yield 1;
    return { sqnr, quality: sqnr / 20 };
  }
  const suggested = (budget: { bytes: number } | { quality: number }) =>
    finish(suggest({ layers: [0, 1, 2], low, high, convert, measure, budget }));

  test('constants are counted by their bits', () => {
    expect(constantBytes(convert(new Map()).network)).toBe(80);
    expect(constantBytes(convert(new Map([[1, high]])).network)).toBe(85);
  });
  test('in the order of dB a byte, while they fit; each step measured', () => {
    measured = 0;
    const { result, steps } = suggested({ bytes: 112 });
    expect(result.gains.map(({ layer }) => layer)).toEqual([1, 0, 2]);
    expect(result.chosen).toMatchObject({ raised: [1, 2], bytes: 110, sqnr: 15 }); // layer 0 would make it 135
    expect(result.keeps).toBe(true);
    expect([...result.layers].filter(([, scheme]) => scheme === high).map(([layer]) => layer)).toEqual([1, 2]);
    expect(measured).toBe(1 + 3 + 3);
    expect(steps).toHaveLength(2 * measured);
    expect(steps.slice(0, 3).map(({ stage, inputs }) => [stage, inputs])).toEqual([
      ['low', 0],
      ['low', 1],
      ['alone', 0],
    ]);
  });
  test('until the quality is reached, and no further', () => {
    const { result } = suggested({ quality: 0.9 });
    expect(result.chosen).toMatchObject({ raised: [1, 0], quality: 0.95 });
    expect(result.points.map(({ raised }) => raised.length)).toEqual([0, 1, 2]);
  });
  test('what cannot be kept is said', () => {
    expect(suggested({ bytes: 10 }).result).toMatchObject({ keeps: false, chosen: { raised: [] } });
    expect(suggested({ quality: 1.1 }).result).toMatchObject({ keeps: false, chosen: { raised: [1, 0, 2] } });
  });
});
