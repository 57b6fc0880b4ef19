// What the fast kernels are told. In: an operator with its values and an arithmetic, checked by `supports`. Out: plain
// numbers for kernels.node, the very ones the reference kernels use; or null where the reference kernels must compute.
import type { Arithmetic } from '../../network/arithmetic';
import { type Network, type Operator, type OperatorOf, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange, realRange } from '../activation';
import { convolutionWindows } from '../convolution';
import { zeroPointOf } from '../kernel';
import { type Layer, activationOf, isLayer, requantizationOfLayer, slotsOf } from '../layer';
import { transposeWindows } from '../operators/transposeConv';
import type { Window } from '../padding';
import { poolWindows } from '../pool';
import type { Requantization } from '../requantize';
import { fitsInt32, startsOf } from '../scheme/layerRequantizer';
import { sumConstants, vaddConstants } from '../sum';
import type {
  Axis,
  Bytes,
  LayerShape,
  LayerSpec,
  LinearSumSpec,
  PoolSpec,
  RealLayerSpec,
  Rounding,
  SumSpec,
} from './addon';

export type Inputs = readonly (TensorValue | null)[];
export type FastLayer = Exclude<Layer, OperatorOf<'BATCH_MATMUL'>>;
export type Pool = OperatorOf<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>;
export type Sum = OperatorOf<'ADD' | 'SUB'>;

export const isFastLayer = (operator: Operator): operator is FastLayer =>
  isLayer(operator) && operator.kind !== 'BATCH_MATMUL';
export const isPool = (operator: Operator): operator is Pool =>
  operator.kind === 'AVERAGE_POOL_2D' || operator.kind === 'MAX_POOL_2D';
export const isSum = (operator: Operator): operator is Sum => operator.kind === 'ADD' || operator.kind === 'SUB';

const ROUNDINGS: readonly Arithmetic[] = ['double', 'single', 'float32'] satisfies Rounding[];

/** Are all values int8, or all uint8? */
const areBytes = (...values: readonly TensorValue[]): boolean => {
  const Type = values[0]!.data.constructor;
  return (Type === Int8Array || Type === Uint8Array) && values.every(({ data }) => data.constructor === Type);
};

/** A layer's operands, in the order of the arithmetic. */
export function operandsOf(
  layer: FastLayer,
  inputs: Inputs,
): { x: TensorValue; w: TensorValue; bias: TensorValue | null } {
  const slots = slotsOf(layer);
  return { x: inputs[slots.x]!, w: inputs[slots.w]!, bias: inputs[slots.bias] ?? null };
}

export function layerSpec(layer: FastLayer, inputs: Inputs, y: TensorValue, arithmetic: Arithmetic): LayerSpec | null {
  const { x, w, bias } = operandsOf(layer, inputs);
  if (!ROUNDINGS.includes(arithmetic) || !areBytes(x, w, y)) return null;
  if (bias && !(bias.data instanceof Int32Array)) return null;
  const shape = shapeOf(layer, x, w, y);
  const r = requantizationOfLayer(layer, inputs, y.tensor, arithmetic);
  if (!isModest(shape) || !isUsual(r)) return null;
  const isFloat = arithmetic === 'float32';
  return {
    ...shape,
    isSigned: x.data instanceof Int8Array,
    inputZero: zeroPointOf(x.tensor),
    weightZero: zeroPointOf(w.tensor), // per channel, all are 0
    outputZero: r.zeroPoint,
    lowest: r.lowest,
    highest: r.highest,
    rounding: arithmetic as Rounding,
    weights: w.data as Bytes,
    bias: (bias?.data as Int32Array | undefined) ?? null,
    multiplier: isFloat ? null : r.multiplier,
    shift: isFloat ? null : r.shift,
    scale: isFloat ? r.scale : null,
  };
}

/** The sums of a layer in words (scheme/layers.ts): what it is requantised to here is of no use. Words of at most 8 bits. */
export function wordLayerSpec(layer: FastLayer, network: Network, inputs: Inputs, y: TensorValue): LayerSpec | null {
  const { x, w } = operandsOf(layer, inputs);
  if (!(x.data instanceof Int8Array && w.data instanceof Int8Array) || !fitsInt32(layer, network)) return null;
  const shape = shapeOf(layer, x, w, y);
  if (!isModest(shape)) return null;
  const bias = Int32Array.from(startsOf(layer, network));
  const nothing = new Int32Array(bias.length);
  return {
    ...shape,
    isSigned: true,
    inputZero: zeroPointOf(x.tensor),
    weightZero: 0,
    outputZero: 0,
    lowest: -128,
    highest: 127,
    rounding: 'double',
    weights: w.data,
    bias,
    multiplier: nothing,
    shift: nothing,
    scale: null,
  };
}

/** A layer whose values are all float32. */
export function realLayerSpec(layer: FastLayer, inputs: Inputs, y: TensorValue): RealLayerSpec | null {
  const { x, w, bias } = operandsOf(layer, inputs);
  const [weights, biases] = [w.data, bias?.data ?? null];
  if (!areReals(x, y) || !(weights instanceof Float32Array) || !(biases === null || biases instanceof Float32Array))
    return null;
  const shape = shapeOf(layer, x, w, y);
  if (!isModest(shape) || !canBePadded(weights, biases)) return null;
  const [lowest, highest] = realRange(activationOf(layer));
  return { ...shape, lowest, highest, weights, bias: biases };
}

const areReals = (...values: readonly TensorValue[]): boolean =>
  values.every(({ data }) => data instanceof Float32Array);

/** The fast kernels multiply padding, too: by what is not finite that is no number, and a sum that began at -0 becomes +0. */
const canBePadded = (weights: Float32Array, bias: Float32Array | null): boolean =>
  weights.every(Number.isFinite) && (bias?.every((value) => !Object.is(value, -0)) ?? true);

const ONE: Axis = { input: 1, output: 1, taps: 1, stride: 1, dilation: 1, before: 0 };

function shapeOf(layer: FastLayer, x: TensorValue, w: TensorValue, y: TensorValue): LayerShape {
  const [xs, ws] = [x.tensor.shape, w.tensor.shape];
  switch (layer.kind) {
    case 'CONV_2D': {
      const [rows, columns] = convolutionWindows(layer.options, xs, ws);
      return { kind: 'dense', rows, columns, depth: xs[3]!, channels: ws[0]!, groups: xs[3]! / ws[3]! };
    }
    case 'DEPTHWISE_CONV_2D': {
      const [rows, columns] = convolutionWindows(layer.options, xs, ws);
      return { kind: 'depthwise', rows, columns, depth: xs[3]!, channels: ws[3]!, groups: 1 };
    }
    case 'FULLY_CONNECTED': {
      const [channels, depth] = ws as [number, number];
      const batches = elementCount(xs) / depth;
      return {
        kind: 'dense',
        rows: { ...ONE, input: batches, output: batches },
        columns: ONE,
        depth,
        channels,
        groups: 1,
      };
    }
    case 'TRANSPOSE_CONV': {
      // its windows lie on the output, and their positions are the input's pixels
      const [rows, columns] = transposeWindows(layer.options, y.tensor.shape, ws).map(turned) as [Axis, Axis];
      return { kind: 'transposed', rows, columns, depth: xs[3]!, channels: ws[0]!, groups: 1 };
    }
  }
}

const turned = (w: Window): Axis => ({ ...w, input: w.output, output: w.input });

const MOST_PREPARED = 2 ** 28; // values

/** The fast kernels write padding out. Where dilation spreads a few taps over millions of pixels, that would not do. */
function isModest({ kind, rows, columns, depth, channels }: LayerShape): boolean {
  const width =
    kind === 'transposed'
      ? columns.input + columns.taps
      : columns.output * columns.stride + columns.taps * columns.dilation;
  return rows.taps * rows.dilation * width * (kind === 'depthwise' ? channels : depth) <= MOST_PREPARED;
}

/** Multipliers of 2^30 and more, and infinite ones, are left to the reference. */
const isUsual = (r: Requantization): boolean => r.shift.every((s) => s <= 30) && r.scale.every(Number.isFinite);

export function poolSpec(pool: Pool, x: TensorValue, y: TensorValue, arithmetic: Arithmetic): PoolSpec | null {
  if (!areBytes(x, y)) return null;
  const [rows, columns] = poolWindows(pool.options, x.tensor.shape);
  const [lowest, highest] = activationRange(pool.options.activation, y.tensor, arithmetic);
  const isSigned = x.data instanceof Int8Array;
  return {
    isMaximum: pool.kind === 'MAX_POOL_2D',
    isSigned,
    rows,
    columns,
    channels: x.tensor.shape[3]!,
    lowest,
    highest,
  };
}

/** Sums that broadcast are left to the reference. */
export function sumSpec(
  sum: Sum,
  a: TensorValue,
  b: TensorValue,
  y: TensorValue,
  arithmetic: Arithmetic,
): SumSpec | null {
  if (arithmetic !== 'double' || !areAlike(a, b, y)) return null;
  const { leftShift, ofA, ofB, ofSum, lowest, highest } = sumConstants(sum, a.tensor, b.tensor, y.tensor);
  return {
    isSigned: y.data instanceof Int8Array,
    isDifference: sum.kind === 'SUB',
    leftShift,
    zeroA: zeroPointOf(a.tensor),
    multiplierA: ofA.multiplier,
    shiftA: ofA.shift,
    zeroB: zeroPointOf(b.tensor),
    multiplierB: ofB.multiplier,
    shiftB: ofB.shift,
    multiplier: ofSum.multiplier,
    shift: ofSum.shift,
    zeroPoint: zeroPointOf(y.tensor),
    lowest,
    highest,
  };
}

/** The same in XNNPACK's arithmetic. */
export function linearSumSpec(
  sum: Sum,
  a: TensorValue,
  b: TensorValue,
  y: TensorValue,
  arithmetic: Arithmetic,
): LinearSumSpec | null {
  if (arithmetic !== 'vadd' || !areAlike(a, b, y)) return null;
  return {
    isSigned: y.data instanceof Int8Array,
    ...vaddConstants(sum, sum.kind === 'ADD' ? 1 : -1, a.tensor, b.tensor, y.tensor),
    zeroPoint: zeroPointOf(y.tensor),
  };
}

const areAlike = (a: TensorValue, b: TensorValue, y: TensorValue): boolean =>
  areBytes(a, b, y) && a.data.length === y.data.length && b.data.length === y.data.length;
