// What ADD and SUB share, with numpy broadcasting: int8, uint8, and int16 (general scales, as TFLite Micro always takes
// them). In: a, b per-tensor quantised. Out: y = a' + b' or a' - b' rescaled, a' and b' brought to the larger scale with
// spare bits. Sources: reference/integer_ops/add.h, reference/sub.h, kernels/{add,sub}.cc Prepare,
// micro/kernels/{add,sub}_common.cc (left shift 15 for int16).
import type { Network, OperatorOf, Tensor } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { activationRange, refuseActivation } from './activation';
import { needBroadcast, pairOffsets } from './broadcast';
import { firstComplaint, needPerTensor, needSameType, needSymmetricInt16, needType } from './checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier as multiply, quantizeMultiplier } from './fixedPoint';
import { inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from './kernel';

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
        : `${name} needs an output scale near its inputs' scales; ${scaleOf(y)} is far too small for ${scaleOf(a)} and ${scaleOf(b)}.`, // prettier-ignore
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

/** y = a + sign x b, sign 1 or -1. */
export function runSum(
  operator: Sum,
  sign: 1 | -1,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [a, b] = [inputs[0]!, inputs[1]!];
  const y = outputs[0]!;
  const { leftShift, ofA, ofB, ofSum, lowest, highest } = sumConstants(operator, a.tensor, b.tensor, y.tensor);
  const as = rescale(a, leftShift, ofA);
  const bs = rescale(b, leftShift, ofB);
  const { multiplier, shift } = ofSum;
  const zeroPoint = zeroPointOf(y.tensor);
  const [fromA, fromB] = pairOffsets(a, b, y);
  const data = integers(y);
  for (let i = 0; i < data.length; i++) {
    const value = multiply((as[fromA[i]!]! + sign * bs[fromB[i]!]!) | 0, multiplier, shift) + zeroPoint;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** (q - z) x 2^leftShift x a multiplier of at most 1/2, for every element. */
function rescale(value: TensorValue, leftShift: number, { multiplier, shift }: FixedMultiplier): Int32Array {
  const data = integers(value);
  const zeroPoint = zeroPointOf(value.tensor);
  const scaled = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) scaled[i] = multiply((data[i]! - zeroPoint) << leftShift, multiplier, shift);
  return scaled;
}
