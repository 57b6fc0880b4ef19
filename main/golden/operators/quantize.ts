// QUANTIZE: float32 to int8, uint8, int16; or integers from one scale to another. In: x. Out: y of the same shape.
// Sources: reference/quantize.h AffineQuantize, reference/requantize.h, kernels/quantize.cc; XNNPACK/src/microparams-init.c
// xnn_init_f32_qs8_cvt, xnn_init_qs8_cvt.
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needPerTensor, needShape, needType } from '../checks';
import {
  type FixedMultiplier,
  multiplyByQ8,
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundHalfAway,
  roundHalfEven,
  toQ8,
} from '../fixedPoint';
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

function run(
  _: Quantize,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const rescale =
    x.tensor.type === 'float32' ? divider(y.tensor, arithmetic) : rescaler(x.tensor, y.tensor, arithmetic);
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const zeroPoint = zeroPointOf(y.tensor);
  const [data, out] = [x.data as Float32Array, integers(y)];
  for (let i = 0; i < data.length; i++) {
    const value = rescale(data[i]!) + zeroPoint; // infinities saturate
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** x / s, rounded. NaN becomes the zero point; C leaves it undefined. */
function divider(y: Tensor, arithmetic: Arithmetic): (real: number) => number {
  const scale = scaleOf(y);
  const inverse = Math.fround(1 / scale);
  switch (arithmetic) {
    case 'float32':
      return (real) => roundHalfEven(Math.fround(real * inverse) || 0);
    case 'quotient':
      return (real) => roundHalfAway(real / scale || 0);
    default:
      return (real) => roundHalfAway(Math.fround(real / scale) || 0);
  }
}

/** sX / sY, of integers brought to another scale. */
export const ratioOf = (x: Tensor, y: Tensor): FixedMultiplier => quantizeMultiplier(scaleOf(x) / scaleOf(y));

export const q8RatioOf = (x: Tensor, y: Tensor): number => toQ8(Math.fround(scaleOf(x) / scaleOf(y)));

function rescaler(x: Tensor, y: Tensor, arithmetic: Arithmetic): (raw: number) => number {
  const zeroPoint = zeroPointOf(x);
  if (arithmetic === 'q8') {
    const ratio = q8RatioOf(x, y);
    return (raw) => multiplyByQ8(raw - zeroPoint, ratio);
  }
  const { multiplier, shift } = ratioOf(x, y);
  return (raw) => multiplyByQuantizedMultiplier((raw - zeroPoint) | 0, multiplier, shift);
}

export const quantize: Kernel<'QUANTIZE'> = { inputs: [1, 1], supports, run };
