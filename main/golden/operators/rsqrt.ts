// RSQRT, y = 1 / sqrt(x): int8. In: x, not below real zero (a value of zero gives the type's largest). Out: y.
// Source: kernels/elementwise.cc RsqrtEvalQuantizedInt8, SetRsqrtOutputMultiplier (the root in float32).
import { userFailure } from '../../network/failure';
import type { OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { type FixedMultiplier, multiplyByQuantizedMultiplier as multiply, quantizeMultiplier } from '../fixedPoint';
import { inverseSquareRoot } from '../fixedPointFunctions';
import { type Kernel, integers, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

/** Bits that keep the inverse root a whole number on the way. */
const SPARE_BITS = 20;

/** 1 / sqrt(x) for a whole x, with the spare bits. */
export function spareRoot(x: number): FixedMultiplier {
  const { multiplier, shift } = inverseSquareRoot(x);
  return { multiplier, shift: shift + SPARE_BITS };
}

/** From there to the output's scale. */
export function rsqrtMultiplier(x: Tensor, y: Tensor): FixedMultiplier {
  const { fround } = Math;
  const { multiplier, shift } = quantizeMultiplier(1 / fround(fround(Math.sqrt(scaleOf(x))) * scaleOf(y)));
  return { multiplier, shift: shift - SPARE_BITS };
}

function run(
  operator: OperatorOf<'RSQRT'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  const below = integers(x).findIndex((raw) => raw < zx);
  if (below >= 0)
    throw userFailure(
      'golden-negative-root',
      `Operator ${operator.index} (${operator.name}) takes the root of a negative number: element ${below} of tensor ${x.tensor.index}.`,
      'Give the network other inputs.',
      { operator: operator.index, tensor: x.tensor.index },
    );
  const toOutput = rsqrtMultiplier(x.tensor, y.tensor);
  mapIntegers(x, y, (raw) => {
    if (raw <= zx) return 127;
    const root = spareRoot(raw - zx);
    return multiply(multiply(1, root.multiplier, root.shift), toOutput.multiplier, toOutput.shift) + zy;
  });
  return null;
}

export const rsqrt: Kernel<'RSQRT'> = {
  inputs: [1, 1],
  supports: (operator, network) => supportsUnary(operator, network, ['int8']),
  run,
};
