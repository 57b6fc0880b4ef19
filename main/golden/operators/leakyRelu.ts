// LEAKY_RELU: int8, uint8 and int16. In: x. Out: y = x above zero, alpha x below it, each with a multiplier of its own.
// Sources: reference/leaky_relu.h QuantizeLeakyRelu, kernels/activations.cc LeakyReluPrepare (ratios in float32).
import type { OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

/** What values above the zero point are multiplied by, and those below it (may be negative). */
export function leakyMultipliers(alpha: number, x: Tensor, y: Tensor): Record<'above' | 'below', FixedMultiplier> {
  const [sx, sy] = [scaleOf(x), scaleOf(y)];
  return {
    above: quantizeMultiplier(Math.fround(sx / sy)),
    below: quantizeMultiplier(Math.fround(Math.fround(sx * Math.fround(alpha)) / sy)),
  };
}

function run(
  { options }: OperatorOf<'LEAKY_RELU'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const { above, below } = leakyMultipliers(options.alpha, x.tensor, y.tensor);
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  mapIntegers(x, y, (raw) => {
    const { multiplier, shift } = raw >= zx ? above : below;
    return multiplyByQuantizedMultiplier(raw - zx, multiplier, shift) + zy;
  });
  return null;
}

export const leakyRelu: Kernel<'LEAKY_RELU'> = {
  inputs: [1, 1],
  supports: (operator, network) => supportsUnary(operator, network, ['int8', 'uint8', 'int16']),
  run,
};
