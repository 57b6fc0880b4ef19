// ADD with numpy broadcasting: int8, uint8, and int16 (general scales, as TFLite Micro always takes them).
// In: a, b per-tensor quantised. Out: y = (a' + b') rescaled, a' and b' brought to the larger scale with spare bits.
// Sources: reference/integer_ops/add.h, kernels/add.cc Prepare, micro/kernels/add_common.cc (left shift 15 for int16).
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange, refuseActivation } from '../activation';
import { firstComplaint, needPerTensor, needSameType, needShape, needType } from '../checks';
import { multiplyByQuantizedMultiplier as multiply, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, shapeText, zeroPointOf } from '../kernel';
import { broadcastOffsets, broadcastShape, padRank } from '../offsets';

type Add = OperatorOf<'ADD'>;
const NAME = 'ADD';

/** Spare bits given to the inputs before they are brought to one scale. */
const leftShiftOf = (y: Tensor): number => (y.type === 'int16' ? 15 : 20);

/** From the common scale, spare bits included, to the output's; TFLite aborts unless it is below 1. */
const outputRatio = (a: Tensor, b: Tensor, y: Tensor): number =>
  (2 * Math.max(scaleOf(a), scaleOf(b))) / (2 ** leftShiftOf(y) * scaleOf(y));

function supports(operator: Add, network: Network): string | null {
  const a = inputTensor(operator, network, 0)!;
  const b = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, a, ['int8', 'uint8', 'int16']),
    () => needSameType(NAME, a, b) ?? needSameType(NAME, a, y),
    () => needPerTensor(NAME, a, b, y),
    () =>
      a.type === 'int16' && [a, b, y].some((tensor) => zeroPointOf(tensor) !== 0)
        ? `${NAME} of int16 needs zero points of 0.`
        : null,
    () => refuseActivation(NAME, operator.options.activation),
    () =>
      outputRatio(a, b, y) < 1
        ? null
        : `${NAME} needs an output scale near its inputs' scales; ${scaleOf(y)} is far too small for ${scaleOf(a)} and ${scaleOf(b)}.`, // prettier-ignore
    () => {
      const shape = broadcastShape(a.shape, b.shape);
      return shape
        ? needShape(NAME, y, shape)
        : `${NAME} cannot broadcast ${shapeText(a.shape)} and ${shapeText(b.shape)} to one shape.`;
    },
  );
}

function run(operator: Add, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [a, b] = [inputs[0]!, inputs[1]!];
  const y = outputs[0]!;
  const leftShift = leftShiftOf(y.tensor);
  const twiceLargest = 2 * Math.max(scaleOf(a.tensor), scaleOf(b.tensor));
  const as = rescale(a, leftShift, scaleOf(a.tensor) / twiceLargest);
  const bs = rescale(b, leftShift, scaleOf(b.tensor) / twiceLargest);
  const { multiplier, shift } = quantizeMultiplier(outputRatio(a.tensor, b.tensor, y.tensor));
  const [lowest, highest] = activationRange(operator.options.activation, y.tensor);
  const zeroPoint = zeroPointOf(y.tensor);
  const shape = y.tensor.shape;
  const fromA = broadcastOffsets(padRank(a.tensor.shape, shape.length), shape);
  const fromB = broadcastOffsets(padRank(b.tensor.shape, shape.length), shape);
  const data = integers(y);
  for (let i = 0; i < data.length; i++) {
    const value = multiply((as[fromA[i]!]! + bs[fromB[i]!]!) | 0, multiplier, shift) + zeroPoint;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** (q - z) x 2^leftShift x ratio for every element, ratio <= 1/2. */
function rescale(value: TensorValue, leftShift: number, ratio: number): Int32Array {
  const data = integers(value);
  const zeroPoint = zeroPointOf(value.tensor);
  const { multiplier, shift } = quantizeMultiplier(ratio);
  const scaled = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) scaled[i] = multiply((data[i]! - zeroPoint) << leftShift, multiplier, shift);
  return scaled;
}

export const add: Kernel<'ADD'> = { inputs: [2, 2], supports, run };
