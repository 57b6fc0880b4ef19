// Weights and biases as words. In: real weights and biases of a layer, its input's scale, a scheme. Out: words with their scales;
// weights are symmetric, a scale a channel or one for all.
// Sources: tflite/tools/optimize/quantization_utils.cc SymmetricPerChannelQuantization, SymmetricPerChannelBiasQuantize.
import type { ElementType, Quantization } from '../network/network';
import { type Scheme, carrierOf } from '../network/scheme';
import type { TypedArray } from '../tensor/tensor';
import { channelsOf } from './layers';
import type { Method } from './range';
import { powerFor, roundAway } from './words';

export interface QuantisedConstant {
  readonly type: ElementType;
  readonly data: TypedArray; // int4 one value a byte
  readonly quantization: Quantization;
  readonly bits?: number; // where they do not fill the type
}

interface Kept {
  readonly type: 'int4' | 'int8' | 'int16';
  readonly bits: number;
  readonly powerOfTwo: boolean;
}

function weightWords(scheme: Scheme): Kept {
  if (scheme.kind === 'tflite')
    return { type: scheme.weights, bits: scheme.weights === 'int4' ? 4 : 8, powerOfTwo: false };
  return { type: carrierOf(scheme.weightBits), bits: scheme.weightBits, powerOfTwo: scheme.kind === 'shift' };
}

export interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  readonly axis: number; // of the output channels
  readonly perChannel: boolean;
}

/**
 * @param inputScale of the layer's input: a bias must fit the accumulator at the scale inputScale x weight scale
 * @param bias by channel; null: none
 */
export function quantiseWeights(
  weights: Weights,
  scheme: Scheme,
  method: Method,
  inputScale: number,
  bias: Float32Array | null,
): QuantisedConstant {
  const { shape, values, axis, perChannel } = weights;
  const kept = weightWords(scheme);
  const most = 2 ** (kept.bits - 1) - 1;
  const groupOf = perChannel ? channelsOf(shape, axis) : new Int32Array(values.length);
  const limits = limitsOf(values, perChannel ? shape[axis]! : 1, groupOf, kept, method);
  const usual = limits.reduce((high, limit) => Math.max(high, limit), 0) || 1;
  const scale = Array.from(limits, (limit, group) => {
    const reach = limit || usual; // a channel of zeros: any scale, and this one is like the others
    if (kept.powerOfTwo) return powerFor(reach, kept.bits);
    const largest = bias ? magnitude(perChannel ? bias.subarray(group, group + 1) : bias) : 0;
    return Math.fround(Math.max(reach / most, largest / (inputScale * BIAS_ROOM)));
  });
  const inverse = scale.map((s) => Math.fround(1 / s));
  const data = kept.type === 'int16' ? new Int16Array(values.length) : new Int8Array(values.length);
  values.forEach((value, i) => {
    const word = roundAway(Math.fround(value * inverse[groupOf[i]!]!));
    data[i] = Math.min(most, Math.max(-most, word));
  });
  const full = { int4: 4, int8: 8, int16: 16 }[kept.type];
  const quantization = { scale, zeroPoint: scale.map(() => 0), axis: perChannel ? axis : 0 };
  return { type: kept.type, data, quantization, ...(kept.bits < full && { bits: kept.bits }) };
}

const magnitude = (values: Float32Array): number => values.reduce((high, value) => Math.max(high, Math.abs(value)), 0);

/** A bias keeps to a quarter of int32, that the sum of products has room beside it. */
const BIAS_ROOM = 2 ** 29;

/** The largest magnitude of each group that is not clipped: all of them, or as `mse` weighs. */
function limitsOf(values: Float32Array, groups: number, groupOf: Int32Array, kept: Kept, method: Method): Float64Array {
  const limits = new Float64Array(groups);
  values.forEach((value, i) => (limits[groupOf[i]!] = Math.max(limits[groupOf[i]!]!, Math.abs(value))));
  if (method.name !== 'mse' || kept.powerOfTwo) return limits;
  const most = 2 ** (kept.bits - 1) - 1;
  const best = new Float64Array(groups).fill(Infinity);
  const chosen = limits.slice();
  for (const share of SHARES) {
    const errors = new Float64Array(groups);
    const steps = limits.map((limit) => (limit * share) / most || 1);
    for (let i = 0; i < values.length; i++) {
      const [value, group] = [values[i]!, groupOf[i]!];
      const word = Math.round(value / steps[group]!);
      const off = (word > most ? most : word < -most ? -most : word) * steps[group]! - value;
      errors[group]! += off * off;
    }
    errors.forEach((error, group) => {
      if (error < best[group]!) [best[group], chosen[group]] = [error, limits[group]! * share];
    });
  }
  return chosen;
}
const SHARES = Array.from({ length: 24 }, (_, i) => 1 - i / 32); // down to 9/32 of the largest

/** The bias at the scale of the products, so that it is added to them as it is: int64 beside 64-bit sums. */
export function quantiseBias(
  bias: Float32Array,
  inputScale: number,
  weights: Quantization,
  scheme: Scheme,
): QuantisedConstant {
  if (scheme.kind === 'shift') return shiftedBias(bias, inputScale, weights, scheme.biasBits);
  const scale = weights.scale.map((s) => Math.fround(inputScale * s));
  const scaleOf = (c: number): number => scale[scale.length > 1 ? c : 0]!;
  const words = Array.from(bias, (value, c) => roundAway(value / scaleOf(c)));
  const quantization = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
  const isWide = scheme.kind === 'tflite' && scheme.activations === 'int16';
  return isWide
    ? { type: 'int64', data: BigInt64Array.from(words, BigInt), quantization }
    : { type: 'int32', data: Int32Array.from(words, clampInt32), quantization };
}

const clampInt32 = (word: number): number => Math.min(0x7fffffff, Math.max(-0x80000000, word));

/** One scale, a power of two: that of the products, or a coarser one where the largest bias would not fit its bits. */
function shiftedBias(bias: Float32Array, inputScale: number, weights: Quantization, bits: number): QuantisedConstant {
  const largest = magnitude(bias);
  const finest = inputScale * Math.max(...weights.scale);
  const scale = Math.max(finest, largest === 0 ? 0 : powerFor(largest, bits));
  const most = 2 ** (bits - 1) - 1;
  const data = Int32Array.from(bias, (value) => Math.min(most, Math.max(-most - 1, roundAway(value / scale))));
  const quantization = { scale: [scale], zeroPoint: [0], axis: 0 };
  return { type: 'int32', data, quantization, ...(bits < 32 && { bits }) };
}
