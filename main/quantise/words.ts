// From real numbers to words. In: a range, and the form of the words. Out: scale and zero point; the words of real numbers.
// Sources: tflite/tools/optimize/quantization_utils.cc (GetAsymmetricQuantizationParams, SymmetricPerChannelQuantization,
// SymmetricPerChannelBiasQuantize); TFLite's quantization specification (weights of -127 to 127, bias scale sX x sW).
import type { Quantization, Tensor } from '../network/network';
import { type Scheme, carrierOf, rangeOfBits, wordBits } from '../network/scheme';
import { type TypedArray, allocate } from '../tensor/tensor';
import type { WordType } from './rules';
import type { Range, Words } from './range';

/** What the words of an activation are like. Equal forms are one value. */
export interface Form extends Words {
  readonly type: WordType; // that carries them
  readonly bits: number;
  readonly powerOfTwo: boolean; // its scale; symmetric then
}

/**
 * The words of activations under a scheme; `asWeights`: of one that stands for the weights, which is no longer than they are in a
 * scheme of words. TFLite's int16 is symmetric.
 */
export function formOf(scheme: Scheme, asWeights = false): Form {
  const bits = bitsOf(scheme, asWeights);
  const powerOfTwo = scheme.kind === 'shift';
  const symmetric = powerOfTwo || (scheme.kind === 'tflite' && bits === 16);
  const key = `${bits} ${symmetric} ${powerOfTwo}`;
  const form = forms.get(key) ?? {
    type: carrierOf(bits),
    bits,
    powerOfTwo,
    symmetric,
    steps: 2 ** bits - (symmetric ? 2 : 1),
  };
  forms.set(key, form);
  return form;
}
const forms = new Map<string, Form>();

function bitsOf(scheme: Scheme, asWeights: boolean): number {
  if (scheme.kind === 'tflite') return scheme.activations === 'int8' ? 8 : 16;
  return asWeights ? Math.min(scheme.pixelBits, scheme.weightBits) : scheme.pixelBits;
}

const { fround } = Math;

/** Scale and zero point of activations whose words span a range. */
export function quantizationOf(range: Range, form: Form): Quantization {
  const [min, max] = [fround(range.min), fround(range.max)];
  const [lowest, highest] = [-(2 ** (form.bits - 1)), 2 ** (form.bits - 1) - 1];
  const limit = Math.max(-min, max);
  if (limit === 0) return { scale: [form.powerOfTwo ? 1 : fround(1 / highest)], zeroPoint: [0], axis: 0 }; // only ever 0
  if (form.powerOfTwo) return { scale: [powerFor(limit, form.bits)], zeroPoint: [0], axis: 0 };
  if (form.symmetric) return { scale: [positive(limit / highest)], zeroPoint: [0], axis: 0 };
  const scale = positive(fround(max - min) / form.steps);
  const zeroPoint = Math.min(highest, Math.max(lowest, roundAway(lowest - min / scale)));
  return { scale: [scale], zeroPoint: [zeroPoint], axis: 0 };
}

/** The least power of two whose words reach the limit, but for less than one step. */
export const powerFor = (limit: number, bits: number): number =>
  2 ** Math.max(-MOST_FRACTION, Math.ceil(Math.log2(limit)) - (bits - 1));
const MOST_FRACTION = 40; // golden's schemes take no finer ones

/** A float32 above 0: the smallest normal one at least. */
const positive = (scale: number): number => Math.max(2 ** -126, fround(scale));

export const roundAway = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** Lowest and highest word of a tensor. */
export const wordRange = (tensor: Pick<Tensor, 'type' | 'bits'>): readonly [lowest: number, highest: number] =>
  tensor.type === 'uint8' ? [0, 255] : rangeOfBits(wordBits(tensor)!);

/**
 * Real numbers as the words a tensor of one scale takes, the nearest, ties away from zero, as TFLite's QUANTIZE rounds (AffineQuantize);
 * beyond them the outermost. They stay what they are where it takes real numbers.
 */
export function toWords(reals: Float32Array, tensor: Pick<Tensor, 'type' | 'bits' | 'quantization'>): TypedArray {
  if (tensor.type === 'float32') return reals;
  const [scale, zeroPoint] = [tensor.quantization!.scale[0]!, tensor.quantization!.zeroPoint[0]!];
  const [lowest, highest] = wordRange(tensor);
  const words = allocate(tensor.type, reals.length) as Int16Array;
  for (let i = 0; i < reals.length; i++)
    words[i] = Math.min(highest, Math.max(lowest, roundAway(fround(reals[i]! / scale)) + zeroPoint));
  return words;
}
