// Every explained value must be the run's: the oracle's random operators, in every kernel set golden runs them in.
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { explainElement } from '../../main/golden/explain';
import { layerConstants } from '../../main/golden/layerConstants';
import { runOperator } from '../../main/golden/run';
import { arithmeticFor, supportOf } from '../../main/golden/support';
import { initialValue } from '../../main/golden/variables';
import { KERNEL_SETS } from '../../main/network/arithmetic';
import { type Network, type Operator, elementCount } from '../../main/network/network';
import { type TypedArray, viewBytes } from '../../main/tensor/tensor';
import { Bench } from '../oracle/bench';
import { CASES } from '../oracle/cases';
import { Random } from '../oracle/random';
import { firstSeed, isFull } from '../seed';
import { constant, oneOperator, perChannel, q, slot } from './oneOperator';

const CASES_PER_ROW = isFull ? 100 : 4;
const ELEMENTS = 12; // of each case

/** Kinds whose steps are written out to the value, in the arithmetics named; the others say what they read. */
const WRITTEN_OUT =
  /^(SVDF|UNIDIRECTIONAL_SEQUENCE_LSTM|CONV_2D|DEPTHWISE_CONV_2D|FULLY_CONNECTED|TRANSPOSE_CONV|BATCH_MATMUL|ADD|SUB|MUL|AVERAGE_POOL_2D|MAX_POOL_2D|QUANTIZE|DEQUANTIZE|LEAKY_RELU|PRELU|LOGISTIC|TANH|HARD_SWISH|RELU|RELU6|RELU_N1_TO_1|MEAN|SUM|SOFTMAX|L2_NORMALIZATION|RESIZE_BILINEAR|MAXIMUM|MINIMUM|RESHAPE|SQUEEZE|EXPAND_DIMS|TRANSPOSE|SLICE|STRIDED_SLICE|SPLIT|SPLIT_V|UNPACK|PACK|CONCATENATION|GATHER|PAD|PADV2|MIRROR_PAD|SPACE_TO_DEPTH|DEPTH_TO_SPACE|SPACE_TO_BATCH_ND|BATCH_TO_SPACE_ND|RESIZE_NEAREST_NEIGHBOR)$/;
const ARITHMETICS = [
  'exact',
  'double',
  'single',
  'float32',
  'vadd',
  'q8',
  'quotient',
  'float',
  'table',
  'tableEven',
  'table64',
  'fixed',
];

const valuesOf = (network: Network, given: ReadonlyMap<number, TypedArray>) => {
  const values = new Map(given);
  return {
    values,
    read: (index: number): TypedArray => {
      const { type, shape, data } = network.tensors[index]!;
      return values.get(index) ?? viewBytes(type, data!, elementCount(shape));
    },
  };
};

/** Explains some elements of all outputs of one operator; returns how many were explained to the value. */
function check(network: Network, operator: Operator, inputs: ReadonlyMap<number, TypedArray>, random: Random): number {
  let explained = 0;
  for (const set of KERNEL_SETS) {
    const support = supportOf(operator, network, set);
    if (!support.ok) continue;
    const { values, read } = valuesOf(network, inputs);
    const { accumulators } = runOperator(network, operator, support.arithmetic, values);
    for (const { index } of network.tensors.filter((tensor) => tensor.isVariable)) {
      const before = inputs.get(index) ?? initialValue(network.tensors[index]!); // the state that was read, not the one left
      values.set(index, before);
    }
    operator.outputs.forEach((output, position) => {
      const count = elementCount(network.tensors[output]!.shape);
      for (let i = 0; i < ELEMENTS; i++) {
        const element = random.whole(0, count - 1);
        const told = explainElement(network, operator, support.arithmetic, read, element, position);
        expect(told.stored).toBe(Number(read(output)[element]));
        const step = isDynamic(network, operator) ? Number(/round\(x \/ (.*?)\)/.exec(told.says)![1]) : 0;
        expect(told.terms.every((term) => isTrue(term, told.operands, read, told.termsAre, step))).toBe(true);
        const must = WRITTEN_OUT.test(operator.kind) && ARITHMETICS.includes(support.arithmetic);
        if (must) expect(told.result, `${operator.name} ${support.arithmetic}`).not.toBeNull();
        if (told.result === null) continue;
        if (told.result !== told.stored) expect(told).toEqual({ ...told, result: told.stored });
        explained++;
        if (accumulators) expect(told.steps.some(({ value }) => value === Number(accumulators[element]))).toBe(true);
      }
    });
  }
  return explained;
}

/** Dynamic-range layers sum products of what they quantise x to. */
const isDynamic = (network: Network, { kind, inputs: [x, w] }: Operator): boolean =>
  kind in { CONV_2D: 0, DEPTHWISE_CONV_2D: 0, FULLY_CONNECTED: 0, BATCH_MATMUL: 0 } &&
  network.tensors[x!]!.type === 'float32' &&
  network.tensors[w!]!.type === 'int8';

/**
 * Raw values are the tensors' own, those of x perhaps rounded to steps of `step`, and a product is that of its factors
 * less their zero points.
 */
function isTrue(
  { elements, raw, value }: ReturnType<typeof explainElement>['terms'][number],
  operands: ReturnType<typeof explainElement>['operands'],
  read: (tensor: number) => TypedArray,
  are: string,
  step: number,
): boolean {
  const product = operands.reduce((so, { zeroPoint }, i) => so * (raw[i]! - zeroPoint), 1);
  const isNear = (value: number, i: number): boolean => Math.abs(value / step - (raw[i]! - operands[i]!.zeroPoint)) < 1; // half a step, and the zero point rounded: another half
  const isOwn = (value: number, i: number): boolean => (step && i === 0 ? isNear(value, i) : value === raw[i]);
  return (
    elements.every((at, i) => at === null || isOwn(Number(read(operands[i]!.tensor)[at]), i)) &&
    (are !== 'products' || value === product)
  );
}

test.each(Object.entries(CASES))('%s: each element is explained, and the steps end in it', (name, makeCase) => {
  const seed = [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 11 + firstSeed);
  const random = new Random(seed);
  const bench = new Bench(random);
  for (let i = 0; i < CASES_PER_ROW; i++) makeCase(bench, random);
  const { network } = importNetwork(bench.builder.finish(), `${name}.tflite`);
  const values = new Map(bench.inputs); // some cases put casts before and after their operator
  for (const operator of network.operators)
    runOperator(network, operator, arithmeticFor(operator, network, 'reference'), values);
  const explained = network.operators.map((operator) => check(network, operator, values, random));
  const [first] = network.operators as [Operator];
  if (WRITTEN_OUT.test(first.kind)) expect(explained.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
});

describe('an explanation', () => {
  const x = slot('int8', [1, 2, 2, 1], q(0.5, 3), Int8Array.from([10, 20, 30, 40]));
  const w = constant('int8', [2, 2, 2, 1], perChannel([0.5, 1], 0), Int8Array.from([1, 2, 3, 4, -1, -2, -3, -4]));
  const bias = constant('int32', [2], undefined, Int32Array.from([100, -7]));
  const y = slot('int8', [1, 2, 2, 2], q(1, -5), new Int8Array());
  const options = { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;
  const one = () => oneOperator('CONV_2D', [x, w, bias], y, options);

  function explain(element: number | number[]) {
    const { network, operator, inputs } = one();
    const { values, read } = valuesOf(network, inputs);
    runOperator(network, operator, 'double', values);
    return explainElement(network, operator, 'double', read, element);
  }

  test('names every product, the bias and each rounding', () => {
    const told = explain([0, 0, 0, 0]);
    expect(told.terms.map(({ value }) => value)).toEqual([7, 34, 81, 148]);
    const steps = told.steps.map(({ name, value }) => [name, value]);
    expect(steps).toEqual([
      ['sum', 270],
      ['bias', 370],
      ['multiply', 185], // 370 / 4 = 92.5, in two steps: 2^30 and one bit
      ['shift', 93],
      ['zero point', 88],
      ['clamp', 88],
    ]);
    expect(told.stored).toBe(88);
  });
  test('says how many taps fall outside the image', () => {
    expect(explain([0, 1, 1, 0]).says).toContain('3 filter taps outside the image are left out');
  });
  test('refuses an element that is not there, with the shape', () => {
    expect(() => explain([0, 2, 0, 0])).toThrow('has no element [0, 2, 0, 0]');
    expect(() => explain(8)).toThrow('has no element 8');
  });
  test('the constants of its layer: effective bias folds the zero point of x', () => {
    const { network, operator } = one();
    const constants = layerConstants(operator, network, 'double');
    expect(constants.effectiveBias).toEqual([100 - 3 * 10, -7 + 3 * 10]);
    expect(constants.multiplier).toEqual([2 ** 30, 2 ** 30]);
    expect(constants.shift).toEqual([-1, 0]);
    expect(constants.scale).toEqual([0.25, 0.5]);
    expect(constants.products).toBe(4);
    expect(constants.notes).toHaveLength(1); // what to feed as padding
  });
});
