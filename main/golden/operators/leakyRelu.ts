// LEAKY_RELU: int8, uint8 and int16. In: x. Out: y = x above zero, alpha x below it, each with a multiplier of its own.
// Sources: reference/leaky_relu.h QuantizeLeakyRelu, kernels/activations.cc LeakyReluPrepare (ratios in float32);
// XNNPACK/src/microparams-init.c xnn_init_qs8_lrelu.
import type { Arithmetic } from '../../network/arithmetic';
import type { OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import {
  type FixedMultiplier,
  multiplyByQ8,
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  toQ8,
} from '../fixedPoint';
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
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  if (arithmetic === 'q8') return runInQ8(x, y, options.alpha);
  const { above, below } = leakyMultipliers(options.alpha, x.tensor, y.tensor);
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  mapIntegers(x, y, (raw) => {
    const { multiplier, shift } = raw >= zx ? above : below;
    return multiplyByQuantizedMultiplier(raw - zx, multiplier, shift) + zy;
  });
  return null;
}

/** The same with 8 fraction bits (XNNPACK). */
export function leakyRatios(alpha: number, x: Tensor, y: Tensor): Record<'above' | 'below', number> {
  const ratio = Math.fround(scaleOf(x) / scaleOf(y));
  return { above: toQ8(ratio), below: toQ8(Math.fround(ratio * Math.fround(alpha))) };
}

function runInQ8(x: TensorValue, y: TensorValue, alpha: number): null {
  const { above, below } = leakyRatios(alpha, x.tensor, y.tensor);
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  mapIntegers(x, y, (raw) => multiplyByQ8(raw - zx, raw >= zx ? above : below) + zy);
  return null;
}

export const leakyRelu: Kernel<'LEAKY_RELU'> = {
  inputs: [1, 1],
  supports: (operator, network) => supportsUnary(operator, network, ['int8', 'uint8', 'int16']),
  run,
};
