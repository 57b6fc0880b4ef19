// SOFTMAX over the last dimension. int8 and uint8: in gemmlowp fixed point (no float, no BigInt), or with a float32 table of
// exponentials; int16: by two tables with straight lines between their points.
// In: x per-tensor quantised. Out: y of the same type and shape, scale 1/256 and zero point the type's lowest value (int16:
// 1/32768, 0).
// Sources: reference/softmax.h, gemmlowp/fixedpoint/fixedpoint.h, quantization_util.cc PreprocessSoftmaxScaling;
// optimized/optimized_ops.h Softmax and PopulateSoftmaxLookupTable (the table).
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { IntegerArray, TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { lookUp, tabulate } from '../interpolation';
import { firstComplaint, needPerTensor, needSameType, needShape, needSymmetricInt16, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { roundingDivideByPowerOfTwo as divide, saturatingRoundingDoublingHighMul as multiply } from '../fixedPoint';
import { expOnNegativeValues, reciprocalOfOnePlus } from '../fixedPointFunctions';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';

type Softmax = OperatorOf<'SOFTMAX'>;
const NAME = 'SOFTMAX';

/** Differences are held in Q5.26. */
const DIFFERENCE_BITS = 26;
const inputMultiplier = (beta: number, x: Tensor): number =>
  Math.min(Math.fround(beta) * scaleOf(x) * 2 ** DIFFERENCE_BITS, 2 ** 31 - 1);

function supports(operator: Softmax, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'uint8', 'int16']),
    () => needSameType(NAME, x, y),
    () => needPerTensor(NAME, x, y) ?? needSymmetricInt16(NAME, x),
    () => {
      const [steps, zeroPoint] = y.type === 'int16' ? [32768, 0] : [256, INTEGER_RANGE[y.type]![0]];
      if (scaleOf(y) === 1 / steps && zeroPointOf(y) === zeroPoint) return null;
      return `${NAME} of ${y.type} needs an output of scale 1/${steps} and zero point ${zeroPoint}; it has ${scaleOf(y)} and ${zeroPointOf(y)}.`;
    },
    () => (x.shape.length > 0 ? null : `${NAME} of a scalar is not supported.`),
    () => needShape(NAME, y, x.shape),
    () =>
      x.type === 'int16' || inputMultiplier(operator.options.beta, x) > 1
        ? null
        : `${NAME} needs beta x input scale above 2^-26; it is ${operator.options.beta * scaleOf(x)}.`,
  );
}

function run(
  { options: { beta } }: Softmax,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const depth = x.tensor.shape.at(-1)!;
  if (x.tensor.type === 'int16') {
    for (let row = 0; row < x.data.length; row += depth) normalizeWideRow(x, y, row, depth, beta, arithmetic);
    return null;
  }
  const real = arithmetic === 'table';
  const exponentials = real ? realsOf(beta, x.tensor) : exponentialsOf(beta, x.tensor);
  const normalize = real ? normalizeReals : normalizeRow;
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  for (let row = 0; row < x.data.length; row += depth)
    normalize(integers(x), integers(y), row, depth, exponentials, lowest, highest);
  return null;
}

/** Keeps the last of what is made of a number: an operator's table is the same in every run, and takes longer than a row of scores. */
function keepLast<Table>(make: (real: number) => Table): (real: number) => Table {
  let last: { readonly real: number; readonly table: Table } | undefined;
  return (real) => {
    if (last?.real !== real) last = { real, table: make(real) };
    return last.table;
  };
}

/** exp(-d x beta x scale) in float32 for every difference d = 0..255 to the row's maximum. */
export const realsOf = (beta: number, x: Tensor): Float32Array =>
  tabulateReals(Math.fround(-scaleOf(x) * Math.fround(beta)));
const tabulateReals = keepLast((step) => Float32Array.from({ length: 256 }, (_, d) => Math.exp(Math.fround(step * d))));

/** Sums in float32, in the row's order. */
function normalizeReals(
  x: IntegerArray,
  y: IntegerArray,
  row: number,
  depth: number,
  exponentials: ArrayLike<number>,
  lowest: number,
  highest: number,
): void {
  const { fround } = Math;
  const max = maximumOf(x, row, depth);
  let sum = 0;
  for (let i = row; i < row + depth; i++) sum = fround(sum + exponentials[max - x[i]!]!);
  const inverse = inverseOf(sum);
  for (let i = row; i < row + depth; i++) {
    const value = Math.floor(fround(exponentials[max - x[i]!]! * inverse) + 0.5) + lowest;
    y[i] = value > highest ? highest : value;
  }
}

/** 1 / the sum, of which the output's scale of 1/256 is a part. */
export const inverseOf = (sum: number): number => Math.fround(1 / Math.fround(sum / 256));

function maximumOf(x: IntegerArray, row: number, depth: number): number {
  let max = x[row]!;
  for (let i = row; i < row + depth; i++) if (x[i]! > max) max = x[i]!;
  return max;
}

/** What a difference is multiplied by to be Q5.26, and the differences from which on exponentials are taken as zero. */
export const differenceScaling = (beta: number, x: Tensor) => scalingOf(inputMultiplier(beta, x));

function scalingOf(real: number): FixedMultiplier & { readonly deepest: number } {
  const fixed = quantizeMultiplier(real);
  return { ...fixed, deepest: -Math.floor((31 * 2 ** DIFFERENCE_BITS) / 2 ** fixed.shift) };
}

/** exp(-d x beta x scale) in Q0.31 for every difference d = 0..255 to the row's maximum; -1 where it is taken as zero. */
export const exponentialsOf = (beta: number, x: Tensor): Int32Array => tabulateExponentials(inputMultiplier(beta, x));
const tabulateExponentials = keepLast((real) => {
  const { multiplier, shift, deepest } = scalingOf(real);
  return Int32Array.from({ length: 256 }, (_, d) =>
    -d < deepest ? -1 : expOnNegativeValues(multiply(-d << shift, multiplier)),
  );
});

function normalizeRow(
  x: IntegerArray,
  y: IntegerArray,
  row: number,
  depth: number,
  exponentials: ArrayLike<number>,
  lowest: number,
  highest: number,
): void {
  const max = maximumOf(x, row, depth);
  let sum = 0; // Q12.19
  for (let i = row; i < row + depth; i++) {
    const e = exponentials[max - x[i]!]!;
    if (e >= 0) sum = (sum + divide(e, 12)) | 0;
  }
  const { reciprocal, shift } = reciprocalOfSum(sum);
  for (let i = row; i < row + depth; i++) {
    const e = exponentials[max - x[i]!]!;
    // Beyond 31 (rows of over 512 nearly equal values) the quotient is below one half; C leaves that shift undefined.
    const value = e < 0 || shift > 31 ? lowest : divide(multiply(reciprocal, e), shift) + lowest;
    y[i] = value > highest ? highest : value;
  }
}

/** The sum is at least 1: it is normalised to [1, 2), its reciprocal taken there (Q0.31), and shifted back at the end. */
export function reciprocalOfSum(sum: number): { readonly reciprocal: number; readonly shift: number } {
  const headroom = Math.clz32(sum);
  const reciprocal = reciprocalOfOnePlus(((sum << headroom) ^ 0x80000000) | 0);
  return { reciprocal, shift: 12 - headroom + 31 - 8 };
}

/** exp(x) for x in [-10, 0], and 1 / (1 + x) for x in [0, 1]; arguments and values of 16 bits. */
const makeTables = (round: (x: number) => number) => ({
  exponential: tabulate(Math.exp, 10, 32767, round),
  reciprocal: tabulate((x) => 1 / round(1 + x), 1, -32768, round),
});
const { fround } = Math;
/** Made when a row of words first needs them. */
let doubleTables: ReturnType<typeof makeTables> | undefined;
let floatTables: typeof doubleTables;

/** reference/softmax.h SoftmaxInt16: a row's exponentials in Q0.15, and the reciprocal of their sum in Q16.15 normalised to [1, 2). */
export function wideRow(values: ArrayLike<number>, x: Tensor, beta: number, arithmetic: Arithmetic) {
  const micro = arithmetic === 'table'; // TFLite Micro: tables in float32, but their argument's scale in double
  const tables = micro ? (floatTables ??= makeTables(fround)) : (doubleTables ??= makeTables((x) => x));
  const product = scaleOf(x) * fround(beta);
  const scaling = quantizeMultiplier((micro ? product : fround(product)) / (10 / 65535));
  let max = -32768;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  const saturate = (value: number): number => Math.min(32767, Math.max(-32768, value));
  const argumentOf = (value: number): number =>
    saturate(multiplyByQuantizedMultiplier(value - max, scaling.multiplier, scaling.shift) + 32767);
  const exponentials = Array.from(values, (value) => lookUp(tables.exponential, argumentOf(value)));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  const headroom = Math.clz32(sum);
  const normalised = Math.floor((sum * 2 ** (headroom - 1) + 2 ** 13) / 2 ** 14); // [1, 2) is [2^16, 2^17)
  const reciprocal = lookUp(tables.reciprocal, saturate(normalised - 2 ** 15 - 2 ** 16));
  return { max, scaling, argumentOf, exponentials, sum, reciprocal, right: 31 - headroom };
}

function normalizeWideRow(
  x: TensorValue,
  y: TensorValue,
  row: number,
  depth: number,
  beta: number,
  arithmetic: Arithmetic,
): void {
  const { exponentials, reciprocal, right } = wideRow(
    integers(x).subarray(row, row + depth),
    x.tensor,
    beta,
    arithmetic,
  );
  const out = integers(y);
  exponentials.forEach((e, i) => {
    const value = Math.floor((e * reciprocal + 2 ** (right - 1)) / 2 ** right);
    out[row + i] = Math.min(32767, Math.max(0, value));
  });
}

export const softmax: Kernel<'SOFTMAX'> = { inputs: [1, 1], supports, run };
