// QUANTIZE: float32 to int8, uint8, int16; or integers from one scale to another. In: x. Out: y of the same shape.
// Sources: reference/quantize.h AffineQuantize, reference/requantize.h, kernels/quantize.cc.
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needPerTensor, needShape, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier, roundHalfAway } from '../fixedPoint';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';

type Quantize = OperatorOf<'QUANTIZE'>;
const NAME = 'QUANTIZE';

/** Pairs of types that TFLite Micro and TFLite both requantise. */
const FROM_TO: Partial<Record<Tensor['type'], readonly Tensor['type'][]>> = {
  float32: ['int8', 'uint8', 'int16'],
  int8: ['int8', 'uint8', 'int16', 'int32'],
  uint8: ['int8', 'uint8'],
  int16: ['int8', 'int16', 'int32'],
  int32: ['int8', 'int16'],
};

function supports(operator: Quantize, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, x, ['float32', 'int8', 'uint8', 'int16', 'int32']),
    () => (FROM_TO[x.type]!.includes(y.type) ? null : `${NAME} from ${x.type} to ${y.type} is not supported.`),
    () => needPerTensor(NAME, y) ?? (x.type === 'float32' ? null : needPerTensor(NAME, x)),
    () => needShape(NAME, y, x.shape),
  );
}

function run(_: Quantize, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  if (x.tensor.type === 'float32') quantizeFloats(x.data as Float32Array, y);
  else requantizeIntegers(x, y);
  return null;
}

/** round(x / s) + z, the quotient in float32. NaN becomes the zero point; C leaves it undefined. */
function quantizeFloats(data: Float32Array, y: TensorValue): void {
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const scale = scaleOf(y.tensor);
  const zeroPoint = zeroPointOf(y.tensor);
  const out = integers(y);
  for (let i = 0; i < data.length; i++) {
    const quotient = Math.fround(data[i]! / scale); // infinities saturate
    const value = (Number.isNaN(quotient) ? 0 : roundHalfAway(quotient)) + zeroPoint;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
}

/** sX / sY, of integers brought to another scale. */
export const ratioOf = (x: Tensor, y: Tensor): FixedMultiplier => quantizeMultiplier(scaleOf(x) / scaleOf(y));

function requantizeIntegers(x: TensorValue, y: TensorValue): void {
  const { multiplier, shift } = ratioOf(x.tensor, y.tensor);
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const [from, to] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  const data = integers(x);
  const out = integers(y);
  for (let i = 0; i < data.length; i++) {
    const value = multiplyByQuantizedMultiplier((data[i]! - from) | 0, multiplier, shift) + to;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
}

export const quantize: Kernel<'QUANTIZE'> = { inputs: [1, 1], supports, run };
