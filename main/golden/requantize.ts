// From int32 accumulators to the output's integers, for the operators that multiply and accumulate.
// In: accumulators [rows, channels], one fixed multiplier per channel. Out: clamped integers.
// Sources: kernel_util.cc PopulateConvolutionQuantizationParams and GetQuantizedConvolutionMultipler.
import type { Activation, Tensor } from '../network/network';
import type { IntegerArray, TensorValue } from '../tensor/tensor';
import { activationRange } from './activation';
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from './fixedPoint';
import { scaleOf, zeroPointOf } from './kernel';

export interface ChannelMultipliers {
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
}

/**
 * sX x sW[c] / sY per output channel, in the precision TFLite uses; the precision decides the multiplier's last bit.
 * `product: 'double'` for per-channel (and int8 CONV) kernels; 'float' rounds sX x sW to float32 first (per-tensor kernels).
 */
export function channelMultipliers(
  input: Tensor,
  weights: Tensor,
  output: Tensor,
  channels: number,
  product: 'double' | 'float',
): ChannelMultipliers {
  const multiplier = new Int32Array(channels);
  const shift = new Int32Array(channels);
  const scales = weights.quantization!.scale;
  for (let c = 0; c < channels; c++) {
    const exact = scaleOf(input) * scales[scales.length > 1 ? c : 0]!;
    const fixed = quantizeMultiplier((product === 'float' ? Math.fround(exact) : exact) / scaleOf(output));
    multiplier[c] = fixed.multiplier;
    shift[c] = fixed.shift;
  }
  return { multiplier, shift };
}

/** output[i] = clamp(accumulator[i] x multiplier[channel of i] + zero point), channels innermost. */
export function requantize(
  accumulators: Int32Array,
  { multiplier, shift }: ChannelMultipliers,
  activation: Activation,
  output: TensorValue,
): void {
  const [lowest, highest] = activationRange(activation, output.tensor);
  const zeroPoint = zeroPointOf(output.tensor);
  const channels = multiplier.length;
  const data = output.data as IntegerArray;
  for (let i = 0, c = 0; i < accumulators.length; i++) {
    const value = multiplyByQuantizedMultiplier(accumulators[i]!, multiplier[c]!, shift[c]!) + zeroPoint;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
    if (++c === channels) c = 0;
  }
}

/** Raw values minus zero points as int16 (int8 and uint8 fit): what the inner loops multiply. */
export function centre(value: TensorValue): Int16Array {
  const data = value.data as IntegerArray;
  const zeroPoint = zeroPointOf(value.tensor);
  const centred = new Int16Array(data.length);
  for (let i = 0; i < data.length; i++) centred[i] = data[i]! - zeroPoint;
  return centred;
}
