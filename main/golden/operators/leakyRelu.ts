// LEAKY_RELU: int8, uint8 and int16. In: x. Out: y = x above zero, alpha x below it, each with a multiplier of its own.
// Sources: reference/leaky_relu.h QuantizeLeakyRelu, kernels/activations.cc LeakyReluPrepare (ratios in float32).
import type { OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

function run(
  { options }: OperatorOf<'LEAKY_RELU'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [sx, sy] = [scaleOf(x.tensor), scaleOf(y.tensor)];
  const above = quantizeMultiplier(Math.fround(sx / sy));
  const below = quantizeMultiplier(Math.fround(Math.fround(sx * Math.fround(options.alpha)) / sy)); // may be negative
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
