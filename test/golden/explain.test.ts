// "Why is this 37?" for every operator in every type: the steps end in the run's own value. The oracle's random operators, in every
// kernel set golden runs them in and in every type their kernel takes.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { dataTypeOf } from '../../main/golden/arithmetic';
import { explainElement } from '../../main/golden/explain';
import { layerConstants } from '../../main/golden/layerConstants';
import { SUPPORTED_KINDS } from '../../main/golden/operators';
import { runOperator } from '../../main/golden/run';
import { arithmeticFor, supportOf } from '../../main/golden/support';
import { initialValue } from '../../main/golden/variables';
import { KERNEL_SETS } from '../../main/network/arithmetic';
import { Failure } from '../../main/network/failure';
import { type ElementType, type Network, type Operator, elementCount } from '../../main/network/network';
import { type TypedArray, bytesOf, viewBytes } from '../../main/tensor/tensor';
import { Bench, type Case } from '../oracle/bench';
import { CASES } from '../oracle/cases';
import { addDetector } from '../oracle/detectors';
import { Random } from '../oracle/random';
import { firstSeed, isFull } from '../seed';
import { constant, oneOperator, perChannel, q, slot } from './oneOperator';

const CASES_PER_ROW = isFull ? 100 : 4;
const ELEMENTS = 12; // of each output
const RETYPED_PER_ROW = 2;
const TYPES: readonly ElementType[] = ['int8', 'uint8', 'int16', 'int32', 'int64', 'float32', 'bool'];

/** Types of the data in which elements of a kind were explained to the value. */
const explained = new Map<Operator['kind'], Map<ElementType, number>>();

/** The types of the data in which golden runs each kind: all of them have steps that end in the run's value. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'int8 uint8 int16 float32':
    'CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED SOFTMAX AVERAGE_POOL_2D MAX_POOL_2D MEAN RELU LEAKY_RELU LOGISTIC TANH RESIZE_BILINEAR TRANSPOSE_CONV',
  'int8 uint8 int16 int32 int64 float32': 'ADD SUB MUL MAXIMUM MINIMUM REDUCE_MAX',
  'int8 uint8 int16 int32 int64 float32 bool':
    'RESHAPE PAD CONCATENATION SPACE_TO_DEPTH DEPTH_TO_SPACE SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND TRANSPOSE SQUEEZE EXPAND_DIMS SHAPE SPLIT SPLIT_V SLICE STRIDED_SLICE PACK UNPACK PADV2 MIRROR_PAD GATHER RESIZE_NEAREST_NEIGHBOR CAST GATHER_ND',
  'int8 uint8 int16 int32 float32': 'QUANTIZE SUM',
  'int8 uint8 int16': 'DEQUANTIZE',
  'int8 uint8 float32': 'RELU6 RELU_N1_TO_1 PRELU HARD_SWISH L2_NORMALIZATION',
  'int8 int16 int32 float32': 'ABS',
  'int32 int64 float32': 'NEG',
  'int8 uint8 int32 float32': 'ARG_MAX ARG_MIN',
  'int8 int16 float32': 'BATCH_MATMUL UNIDIRECTIONAL_SEQUENCE_LSTM',
  'int8 float32': 'SVDF ELU RSQRT',
  'uint8 int32 float32': 'DIV',
  float32: 'SQRT',
  'uint8 float32': 'TFLite_Detection_PostProcess',
};

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

/** Explains some elements of all outputs of one operator, in each kernel set. */
function check(network: Network, operator: Operator, inputs: ReadonlyMap<number, TypedArray>, random: Random): void {
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
        if (told.result !== told.stored) expect(told).toEqual({ ...told, result: told.stored });
        const step = isDynamic(network, operator) ? Number(/round\(x \/ (.*?)\)/.exec(told.says)![1]) : 0;
        expect(told.terms.every((term) => isTrue(term, told.operands, read, told.termsAre, step))).toBe(true);
        if (accumulators) expect(told.steps.some(({ value }) => value === Number(accumulators[element]))).toBe(true);
      }
    });
    const types = explained.get(operator.kind) ?? new Map<ElementType, number>();
    const type = dataTypeOf(operator, network);
    explained.set(operator.kind, types.set(type, (types.get(type) ?? 0) + operator.outputs.length * ELEMENTS));
  }
}

/**
 * The operator with its values of type `from` in type `to`, drawn anew; zero points lie where they did. (Constants that may be indices stay.)
 * Whether golden runs that is its own to say.
 */
function retype(
  network: Network,
  { inputs, outputs }: Operator,
  from: ElementType,
  to: ElementType,
  values: ReadonlyMap<number, TypedArray>,
  random: Random,
): { network: Network; values: ReadonlyMap<number, TypedArray> } {
  const drawn = new Map(values);
  const changed = new Map(
    [...inputs, ...outputs].flatMap((index) => {
      const tensor = network.tensors[index];
      if (tensor?.type !== from || tensor.isVariable || (tensor.data && /^int(32|64)$/.test(from))) return [];
      const { scale, zeroPoint, axis } = tensor.quantization ?? q(1 / 16);
      const moved = zeroPoint.map((z) => Math.max(0, z + (from === 'int8' ? 128 : 0)) - (to === 'int8' ? 128 : 0));
      const quantization = /^u?int(8|16|32)$/.test(to)
        ? { scale, axis, zeroPoint: to.endsWith('int8') ? moved : zeroPoint.map(() => 0) }
        : null;
      const count = elementCount(tensor.shape);
      const made =
        to === 'bool' ? Uint8Array.from({ length: count }, () => random.whole(0, 1)) : random.values(to, count);
      if (!tensor.data) drawn.set(index, made);
      return [[index, { ...tensor, type: to, quantization, data: tensor.data && bytesOf(made) }] as const];
    }),
  );
  return { network: { ...network, tensors: network.tensors.map((t) => changed.get(t.index) ?? t) }, values: drawn };
}

/** In each type, where there is one: what values an operator refuses is not for here. */
function checkTypes(network: Network, operator: Operator, values: ReadonlyMap<number, TypedArray>, random: Random) {
  const types = new Set([dataTypeOf(operator, network), network.tensors[operator.outputs[0]!]!.type]);
  for (const from of types)
    for (const to of TYPES.filter((type) => type !== from)) {
      const other = retype(network, operator, from, to, values, random);
      try {
        check(other.network, operator, other.values, random);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }
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

const detectors = Object.fromEntries(
  [false, true].flatMap((useRegularNms) =>
    (['float32', 'uint8'] as const).map((type): [string, Case] => [
      `TFLite_Detection_PostProcess ${type}, regular ${useRegularNms}`,
      (bench, random) => {
        addDetector(bench, random, type, useRegularNms);
        return 'float';
      },
    ]),
  ),
);

describe('of every operator in every type', () => {
  test.each(Object.entries({ ...CASES, ...detectors }))('%s: the steps end in the value', (name, makeCase) => {
    const seed = [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 11 + firstSeed);
    const random = new Random(seed);
    const bench = new Bench(random);
    for (let i = 0; i < CASES_PER_ROW; i++) makeCase(bench, random);
    const { network } = importNetwork(bench.builder.finish(), `${name}.tflite`);
    const values = new Map(bench.inputs); // some cases put casts before and after their operator
    for (const operator of network.operators)
      runOperator(network, operator, arithmeticFor(operator, network, 'reference'), values);
    for (const operator of network.operators) check(network, operator, values, random);
    for (const operator of network.operators.slice(0, RETYPED_PER_ROW)) checkTypes(network, operator, values, random);
  });

  test('TFLite Micro’s LSTM of int16', () => {
    const { network } = importNetwork(readFileSync(path.join(__dirname, 'micro', 'lstm_int16.tflite')), 'lstm_int16');
    const random = new Random(16 + firstSeed);
    const values = new Map(
      network.inputs.map((index) => [index, random.values('int16', elementCount(network.tensors[index]!.shape))]),
    );
    for (const operator of network.operators) check(network, operator, values, random);
  });

  test('none is left out', () => {
    const table: Record<string, string> = {};
    for (const kind of SUPPORTED_KINDS) {
      const types = TYPES.filter((type) => explained.get(kind)?.has(type)).join(' ');
      table[types] = types in table ? `${table[types]} ${kind}` : kind;
    }
    expect(table).toEqual(EXPLAINED);
    const counts = [...explained.values()].flatMap((types) => [...types.values()]);
    console.log(
      `${SUPPORTED_KINDS.length} kinds, ${counts.length} pairs of kind and type: ${counts.reduce((a, b) => a + b)} elements explained`,
    );
  });
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
