// What ADD and SUB share, with numpy broadcasting: int8, uint8, and int16 (general scales, as TFLite Micro always takes
// them). In: a, b per-tensor quantised. Out: y = a' + b' or a' - b' rescaled, a' and b' brought to the larger scale with
// spare bits. Sources: reference/integer_ops/add.h, reference/sub.h, kernels/{add,sub}.cc Prepare,
// micro/kernels/{add,sub}_common.cc (left shift 15 for int16); XNNPACK/src/microparams-init.c xnn_init_qs8_add_minmax.
import type { Arithmetic } from '../network/arithmetic';
import type { Network, OperatorOf, Tensor } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { activationRange, refuseActivation } from './activation';
import { needBroadcast, pairOffsets } from './broadcast';
import { firstComplaint, needPerTensor, needSameType, needSymmetricInt16, needType } from './checks';
import {
  type FixedMultiplier,
  frexp,
  multiplyByQuantizedMultiplier as multiply,
  quantizeMultiplier,
  roundHalfEven,
  roundingDivideByPowerOfTwo,
} from './fixedPoint';
import { log2Of } from './interpolation';
import { inputTensor, integers, outputTensor, scaleOf, zeroPointOf, sameShape } from './kernel';

type Sum = OperatorOf<'ADD' | 'SUB'>;

/** Spare bits given to the inputs before they are brought to one scale. */
const leftShiftOf = (y: Tensor): number => (y.type === 'int16' ? 15 : 20);

/** From the common scale, spare bits included, to the output's; TFLite aborts unless it is below 1. */
const outputRatio = (a: Tensor, b: Tensor, y: Tensor): number =>
  (2 * Math.max(scaleOf(a), scaleOf(b))) / (2 ** leftShiftOf(y) * scaleOf(y));

export function supportsSum(operator: Sum, network: Network): string | null {
  const { name, options } = operator;
  const a = inputTensor(operator, network, 0)!;
  const b = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(name, a, ['int8', 'uint8', 'int16']),
    () => needSameType(name, a, b) ?? needSameType(name, a, y),
    () => needPerTensor(name, a, b, y),
    () => needSymmetricInt16(name, a, b, y),
    () => refuseActivation(name, options.activation),
    () =>
      outputRatio(a, b, y) < 1
        ? null
        : `${name} needs an output scale near its inputs' scales; ${scaleOf(y)} is far too small for ${scaleOf(a)} and ${scaleOf(b)}.`,
    () => needBroadcast(name, a, b, y),
  );
}

/** What a and b are multiplied by after `leftShift`, what their sum is, and the range it is clamped to. */
export function sumConstants(operator: Sum, a: Tensor, b: Tensor, y: Tensor) {
  const twiceLargest = 2 * Math.max(scaleOf(a), scaleOf(b));
  const [lowest, highest] = activationRange(operator.options.activation, y);
  return {
    leftShift: leftShiftOf(y),
    ofA: quantizeMultiplier(scaleOf(a) / twiceLargest),
    ofB: quantizeMultiplier(scaleOf(b) / twiceLargest),
    ofSum: quantizeMultiplier(outputRatio(a, b, y)),
    lowest,
    highest,
  };
}

/** XNNPACK: ratios to the output's scale in whole steps of 2^-shift, the larger of them 21 bits long. */
export function vaddConstants(operator: Sum, sign: 1 | -1, a: Tensor, b: Tensor, y: Tensor) {
  const [p, q] = [Math.fround(scaleOf(a) / scaleOf(y)), Math.fround(scaleOf(b) / scaleOf(y))];
  const shift = 21 - frexp(Math.max(p, q)).exponent; // 13 to 30: the delegate leaves other ratios alone
  const multiplierA = roundHalfEven(p * 2 ** shift);
  const multiplierB = sign * roundHalfEven(q * 2 ** shift);
  const bias = 2 ** (shift - 1) - zeroPointOf(a) * multiplierA - zeroPointOf(b) * multiplierB;
  const [lowest, highest] = activationRange(operator.options.activation, y, 'vadd');
  return { bias: bias | 0, multiplierA, multiplierB, shift, lowest, highest };
}

/**
 * Right shifts of a and b where TFLite does nothing else: int16, all scales powers of two, and the option set (it is by
 * default). Null elsewhere. TFLite Micro knows no such path.
 */
export function shiftsOf({ options }: Sum, a: Tensor, b: Tensor, y: Tensor): readonly [number, number] | null {
  if (y.type !== 'int16' || !options.potScaleInt16) return null;
  const [p, q, to] = [log2Of(scaleOf(a)), log2Of(scaleOf(b)), log2Of(scaleOf(y))];
  return p === null || q === null || to === null ? null : [to - p, to - q];
}

/** How TFLite's own kernels add: `shift`, or as TFLite Micro; or why they do not (add.cc and sub.cc Prepare). */
export function chooseSum(operator: Sum, network: Network): Arithmetic | { readonly why: string } {
  const [a, b, y] = [
    inputTensor(operator, network, 0)!,
    inputTensor(operator, network, 1)!,
    outputTensor(operator, network),
  ];
  const shifts = shiftsOf(operator, a, b, y);
  if (!shifts) return 'double';
  if (Math.min(...shifts) !== 0 || Math.max(...shifts) > 15)
    return {
      why: 'TFLite refuses power-of-two scales unless one input has the output’s scale and the other a smaller one',
    };
  return sameShape(a.shape, b.shape) ? 'shift' : { why: 'TFLite does not broadcast int16 of power-of-two scales' };
}

/** y = a + sign x b, sign 1 or -1. */
export function runSum(
  operator: Sum,
  sign: 1 | -1,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const forms = { vadd: prepareVadd, shift: prepareShift };
  const form = arithmetic === 'vadd' || arithmetic === 'shift' ? forms[arithmetic] : prepare;
  const { as, bs, finish, lowest, highest } = form(operator, sign, a, b, y);
  const zeroPoint = zeroPointOf(y.tensor);
  const [fromA, fromB] = pairOffsets(a, b, y);
  const data = integers(y);
  for (let i = 0; i < data.length; i++) {
    const value = finish((as[fromA[i]!]! + bs[fromB[i]!]!) | 0) + zeroPoint;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** Both inputs on one scale (b with its sign), how their sum gets to the output's, and the range it is clamped to. */
interface Summands {
  readonly as: Int32Array;
  readonly bs: Int32Array;
  readonly finish: (sum: number) => number;
  readonly lowest: number;
  readonly highest: number;
}

function prepare(operator: Sum, sign: 1 | -1, a: TensorValue, b: TensorValue, y: TensorValue): Summands {
  const { leftShift, ofA, ofB, ofSum, ...range } = sumConstants(operator, a.tensor, b.tensor, y.tensor);
  const { multiplier, shift } = ofSum;
  return {
    as: rescale(a, 1, leftShift, ofA),
    bs: rescale(b, sign, leftShift, ofB),
    finish: (sum) => multiply(sum, multiplier, shift),
    ...range,
  };
}

function prepareShift(operator: Sum, sign: 1 | -1, a: TensorValue, b: TensorValue, y: TensorValue): Summands {
  const [p, q] = shiftsOf(operator, a.tensor, b.tensor, y.tensor)!;
  const [lowest, highest] = activationRange(operator.options.activation, y.tensor);
  return {
    as: Int32Array.from(integers(a), (raw) => roundingDivideByPowerOfTwo(raw, p)),
    bs: Int32Array.from(integers(b), (raw) => sign * roundingDivideByPowerOfTwo(raw, q)),
    finish: (sum) => sum,
    lowest,
    highest,
  };
}

function prepareVadd(operator: Sum, sign: 1 | -1, a: TensorValue, b: TensorValue, y: TensorValue): Summands {
  const constants = vaddConstants(operator, sign, a.tensor, b.tensor, y.tensor);
  const { bias, multiplierA, multiplierB, shift, ...range } = constants;
  return {
    as: Int32Array.from(integers(a), (raw) => bias + raw * multiplierA),
    bs: Int32Array.from(integers(b), (raw) => raw * multiplierB),
    finish: (sum) => sum >> shift,
    ...range,
  };
}

/** sign x (q - z) x 2^leftShift x a multiplier of at most 1/2, for every element. */
function rescale(value: TensorValue, sign: 1 | -1, leftShift: number, fixed: FixedMultiplier): Int32Array {
  const { multiplier, shift } = fixed;
  const data = integers(value);
  const zeroPoint = zeroPointOf(value.tensor);
  const scaled = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++)
    scaled[i] = sign * multiply((data[i]! - zeroPoint) << leftShift, multiplier, shift);
  return scaled;
}
