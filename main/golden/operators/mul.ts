// MUL with numpy broadcasting: int8, uint8 and int16. In: a, b per-tensor quantised. Out: y, the product rescaled once.
// Sources: reference/integer_ops/mul.h, reference/mul.h (uint8), kernels/mul.cc Prepare (the ratio of scales in float32);
// XNNPACK/src/microparams-init.c xnn_init_qs8_mul_minmax_fp32 (one float32 product by the same ratio).
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange, refuseActivation } from '../activation';
import { needBroadcast, pairOffsets } from '../broadcast';
import { firstComplaint, needPerTensor, needSameType, needSymmetricInt16, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier, roundHalfEven } from '../fixedPoint';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';

type Mul = OperatorOf<'MUL'>;
const NAME = 'MUL';

function supports(operator: Mul, network: Network): string | null {
  const a = inputTensor(operator, network, 0)!;
  const b = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, a, ['int8', 'uint8', 'int16']),
    () => needSameType(NAME, a, b) ?? needSameType(NAME, a, y),
    () => needPerTensor(NAME, a, b, y) ?? needSymmetricInt16(NAME, a, b, y),
    () => refuseActivation(NAME, operator.options.activation),
    () => needBroadcast(NAME, a, b, y),
  );
}

/** sA x sB / sY, each operation in float32. */
export const mulRatio = (a: Tensor, b: Tensor, y: Tensor): number =>
  Math.fround(Math.fround(scaleOf(a) * scaleOf(b)) / scaleOf(y));

export const mulMultiplier = (a: Tensor, b: Tensor, y: Tensor): FixedMultiplier =>
  quantizeMultiplier(mulRatio(a, b, y));

function run(
  operator: Mul,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const ratio = mulRatio(a.tensor, b.tensor, y.tensor);
  const { multiplier, shift } = mulMultiplier(a.tensor, b.tensor, y.tensor);
  const rescale =
    arithmetic === 'float32'
      ? (product: number): number => roundHalfEven(Math.fround(product * ratio))
      : (product: number): number => multiplyByQuantizedMultiplier(product, multiplier, shift);
  const [lowest, highest] = activationRange(operator.options.activation, y.tensor, arithmetic);
  const [za, zb, zy] = [zeroPointOf(a.tensor), zeroPointOf(b.tensor), zeroPointOf(y.tensor)];
  const [fromA, fromB] = pairOffsets(a, b, y);
  const [as, bs, data] = [integers(a), integers(b), integers(y)];
  for (let i = 0; i < data.length; i++) {
    const value = rescale((as[fromA[i]!]! - za) * (bs[fromB[i]!]! - zb)) + zy;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

export const mul: Kernel<'MUL'> = { inputs: [2, 2], supports, run };
