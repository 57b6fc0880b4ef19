// From accumulators to the output's integers, for the operators that multiply and accumulate, in each arithmetic.
// In: sums [rows, channels], a requantisation of those channels. Out: clamped integers.
// Sources: kernel_util.cc PopulateConvolutionQuantizationParams and GetQuantizedConvolutionMultipler; ruy/apply_multiplier.cc;
// XNNPACK/src/microparams-init.c (fp32 requantisation).
import type { Arithmetic } from '../network/arithmetic';
import type { Activation, Tensor } from '../network/network';
import type { IntegerArray, TensorValue } from '../tensor/tensor';
import { activationRange } from './activation';
import {
  multiplyByQuantizedMultiplier,
  multiplyOnce,
  multiplyWide,
  quantizeMultiplier,
  roundHalfEven,
} from './fixedPoint';
import { scaleOf, zeroPointOf } from './kernel';
import type { Sums } from './wide';

/** How an accumulator of channel c becomes an output: rescaled, plus zero point, clamped. One entry a channel, or one for all. */
export interface Requantization {
  readonly arithmetic: Arithmetic; // double, single, wide or float32
  /** sX x sW[c] / sY = multiplier x 2^(shift - 31): what double, single and wide multiply by. */
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  /** The same ratio in float32: what XNNPACK multiplies by. */
  readonly scale: Float32Array;
  readonly zeroPoint: number;
  readonly lowest: number; // of the activation, raw
  readonly highest: number;
}

/**
 * The requantisation of `channels` output channels. The precision of sX x sW decides the multiplier's last bit:
 * `product: 'double'` in per-channel (and int8 CONV) kernels; 'float' rounds it to float32 first (per-tensor kernels).
 */
export function requantizationOf(
  input: Tensor,
  weights: Tensor,
  output: Tensor,
  channels: number,
  product: 'double' | 'float',
  activation: Activation,
  arithmetic: Arithmetic,
): Requantization {
  const multiplier = new Int32Array(channels);
  const shift = new Int32Array(channels);
  const scale = new Float32Array(channels);
  const scales = weights.quantization!.scale;
  for (let c = 0; c < channels; c++) {
    const exact = scaleOf(input) * scales[scales.length > 1 ? c : 0]!;
    const rounded = Math.fround(exact);
    const fixed = quantizeMultiplier((product === 'float' ? rounded : exact) / scaleOf(output));
    multiplier[c] = fixed.multiplier;
    shift[c] = fixed.shift;
    scale[c] = rounded / scaleOf(output);
  }
  const [lowest, highest] = activationRange(activation, output, arithmetic);
  return { arithmetic, multiplier, shift, scale, zeroPoint: zeroPointOf(output), lowest, highest };
}

/** Accumulator of channel c to the output's scale and zero point, before clamping. */
export function rescale(accumulator: number, c: number, r: Requantization): number {
  switch (r.arithmetic) {
    case 'double':
      return multiplyByQuantizedMultiplier(accumulator, r.multiplier[c]!, r.shift[c]!) + r.zeroPoint;
    case 'single':
      return multiplyOnce(accumulator, r.multiplier[c]!, r.shift[c]!) + r.zeroPoint;
    case 'wide':
      return multiplyWide(accumulator, r.multiplier[c]!, r.shift[c]!) + r.zeroPoint;
    case 'float32':
      return roundHalfEven(Math.fround(Math.fround(accumulator) * r.scale[c]!)) + r.zeroPoint;
    default:
      throw new Error(`accumulators are not requantised by the arithmetic ${r.arithmetic}`);
  }
}

/** output[i] = clamp(rescaled accumulator[i]), channels innermost. */
export function requantize(accumulators: Sums, r: Requantization, output: TensorValue): void {
  const channels = r.multiplier.length;
  const data = output.data as IntegerArray;
  for (let i = 0, c = 0; i < accumulators.length; i++) {
    const value = rescale(accumulators[i]!, c, r);
    data[i] = value < r.lowest ? r.lowest : value > r.highest ? r.highest : value;
    if (++c === channels) c = 0;
  }
}

/** Raw values minus zero points as int16 (int8 and uint8 fit, int16 is symmetric): what the inner loops multiply. */
export function centre(value: TensorValue): Int16Array {
  const data = value.data as IntegerArray;
  const zeroPoint = zeroPointOf(value.tensor);
  const centred = new Int16Array(data.length);
  for (let i = 0; i < data.length; i++) centred[i] = data[i]! - zeroPoint;
  return centred;
}
