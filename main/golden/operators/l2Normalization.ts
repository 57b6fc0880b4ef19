// L2_NORMALIZATION over the last dimension: int8 and uint8. In: x. Out: y = x / |x| on the one scale TFLite allows, 1/128 with
// its zero in the middle of the type. Sources: reference/integer_ops/l2normalization.h, reference/l2normalization.h (uint8),
// kernels/l2norm.cc Prepare.
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { multiplyByQuantizedMultiplier } from '../fixedPoint';
import { inverseSquareRoot } from '../fixedPointFunctions';
import { type Kernel, outputTensor, integers, scaleOf, zeroPointOf } from '../kernel';
import { supportsUnary } from '../unary';

type L2Normalization = OperatorOf<'L2_NORMALIZATION'>;
const NAME = 'L2_NORMALIZATION';
const MIDDLE = { int8: 0, uint8: 128 } as const;

function supports(operator: L2Normalization, network: Network): string | null {
  const { activation } = operator.options;
  if (activation !== 'none') return `${NAME} with the fused activation ${activation} is not supported; none is.`;
  const complaint = supportsUnary(operator, network, ['int8', 'uint8']);
  if (complaint) return complaint;
  const y = outputTensor(operator, network);
  if (y.shape.length === 0) return `${NAME} of a scalar is not supported.`;
  const middle = MIDDLE[y.type as 'int8'];
  return scaleOf(y) === 1 / 128 && zeroPointOf(y) === middle
    ? null
    : `${NAME} of ${y.type} needs an output of scale 1/128 and zero point ${middle}; it has ${scaleOf(y)} and ${zeroPointOf(y)}.`;
}

function run(_: L2Normalization, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const depth = x.tensor.shape.at(-1)!;
  const [data, out] = [integers(x), integers(y)];
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const normalize = NORMALIZE[y.tensor.type as keyof typeof MIDDLE];
  for (let row = 0; row < data.length; row += depth) {
    let squares = 0;
    for (let i = row; i < row + depth; i++) squares = (squares + (data[i]! - zx) ** 2) | 0;
    const { multiplier, shift } = inverseSquareRoot(squares);
    for (let i = row; i < row + depth; i++) {
      const value = normalize(data[i]! - zx, multiplier, shift) + zy;
      out[i] = value < lowest ? lowest : value > highest ? highest : value;
    }
  }
  return null;
}

/** 128 x / |x|, rounded as each type's kernel does: int8 shifts before the rounding, uint8 multiplies by 128. */
const NORMALIZE: Readonly<Record<keyof typeof MIDDLE, (x: number, multiplier: number, shift: number) => number>> = {
  int8: (x, multiplier, shift) => multiplyByQuantizedMultiplier(x, multiplier, shift + 7),
  uint8: (x, multiplier, shift) => multiplyByQuantizedMultiplier(128 * x, multiplier, shift),
};

export const l2Normalization: Kernel<'L2_NORMALIZATION'> = { inputs: [1, 1], supports, run };
