// What an operator's output would be under another rounding (64-bit sums know one only). In: golden's result of a multiply-accumulate operator.
// Out: the output its accumulators give, computed from the network's scales alone.
import type { Network, OperatorOf } from '../../main/network/network';
import { activationRange } from '../../main/golden/activation';
import { quantizeMultiplier } from '../../main/golden/fixedPoint';
import type { OperatorResult } from '../../main/golden/run';
import { type doubleRounding, wideRounding } from './rounding';

type Layer = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED' | 'TRANSPOSE_CONV' | 'BATCH_MATMUL';

export function requantizeWith(
  round: typeof doubleRounding,
  network: Network,
  { operator, outputs, accumulators }: OperatorResult,
): Int32Array {
  const { kind, inputs, options } = network.operators[operator]! as OperatorOf<Layer>;
  const y = outputs[0]!.tensor;
  const x = network.tensors[inputs[kind === 'TRANSPOSE_CONV' ? 2 : 0]!]!.quantization!.scale[0]!;
  const weights = network.tensors[inputs[1]!]!;
  const channels = kind === 'BATCH_MATMUL' ? 1 : weights.shape[kind === 'DEPTHWISE_CONV_2D' ? 3 : 0]!;
  const floatProduct =
    weights.type === 'uint8' ||
    kind === 'BATCH_MATMUL' ||
    (kind === 'FULLY_CONNECTED' && weights.quantization!.scale.length === 1);
  const scales = weights.quantization!.scale;
  const multipliers = Array.from({ length: channels }, (_, c) => {
    const product = x * scales[scales.length > 1 ? c : 0]!;
    return quantizeMultiplier((floatProduct ? Math.fround(product) : product) / y.quantization!.scale[0]!);
  });
  const [lowest, highest] = activationRange('activation' in options ? options.activation : 'none', y);
  const rounded = accumulators instanceof BigInt64Array ? wideRounding : round;
  return Int32Array.from(accumulators as ArrayLike<number | bigint>, (sum, i) => {
    const { multiplier, shift } = multipliers[i % channels]!;
    const value = rounded(Number(sum), multiplier, shift) + y.quantization!.zeroPoint[0]!;
    return Math.min(highest, Math.max(lowest, value));
  });
}
