// From the sums of a layer in words to its output: shifts, or float16 scales and biases, of each channel. In: a layer of a checked
// network under the scheme shift or kraken. Out: its requantizer, and what its sums begin with; or why there is none.
import { type Network, type Tensor, elementCount } from '../../network/network';
import type { ShiftScheme } from '../../network/scheme';
import { readConstant } from '../../tensor/tensor';
import { roundToFloat16 } from '../float16';
import { inputTensor, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { type Layer, activationOf, slotsOf, weightSums } from '../layer';
import type { Requantizer } from './requantizer';
import { fractionBits, fractionOf, wordRange, wordSchemeOf } from './words';

/** A layer's tensors and channels: those that have a requantiser of their own. */
export function partsOf(layer: Layer, network: Network) {
  const slots = slotsOf(layer);
  const [x, w] = [inputTensor(layer, network, slots.x)!, inputTensor(layer, network, slots.w)!];
  const bias = inputTensor(layer, network, slots.bias);
  const channels = slots.axis === null ? 1 : (w.shape[slots.axis] ?? 0);
  return { x, w, bias, y: outputTensor(layer, network), channels };
}

/** Sums are exact in doubles up to here, and a bias among them. */
const MOST_SUM_BITS = 52;

/** Scales of the weights, one for each channel. */
const weightScales = (w: Tensor, channels: number): number[] =>
  Array.from({ length: channels }, (_, c) => w.quantization!.scale[w.quantization!.scale.length > 1 ? c : 0]!);

const biasValues = (bias: Tensor | null, channels: number): ArrayLike<number> =>
  bias ? (readConstant(bias) as Int32Array) : new Int32Array(channels);

export function needShifts(layer: Layer, scheme: ShiftScheme, network: Network): string | null {
  const { name } = layer;
  const { w, bias, channels } = partsOf(layer, network);
  const odd = weightScales(w, channels).find((scale) => fractionOf(scale) === null);
  if (odd !== undefined) return `${name} by shifts needs scales that are powers of two; tensor ${w.index} has ${odd}.`;
  if (!bias) return null;
  const bits = bias.bits ?? 32;
  if (bits > scheme.biasBits)
    return `${name} takes a bias of ${scheme.biasBits} bits in its scheme; tensor ${bias.index} has words of ${bits}.`;
  if (bias.quantization?.scale.some((scale) => fractionOf(scale) === null))
    return `${name} by shifts needs scales that are powers of two; its bias, tensor ${bias.index}, has others.`;
  const shifts = biasShifts(layer, network);
  const least = Math.min(...shifts);
  if (least < 0)
    return `${name}: the bias, tensor ${bias.index}, has ${-least} fraction bits more than the products; it can be shifted to the left only.`;
  const most = Math.max(...shifts);
  return bits + most <= MOST_SUM_BITS
    ? null
    : `${name}: the bias, tensor ${bias.index}, would have to be shifted ${most} bits to the left, out of reach.`;
}

/** How far each channel's bias is shifted to the left, to the fraction of the products: fx + fw - fb. */
function biasShifts(layer: Layer, network: Network): number[] {
  const { x, w, bias, channels } = partsOf(layer, network);
  const scales = bias?.quantization?.scale;
  return weightScales(w, channels).map((scale, c) =>
    scales ? fractionBits(x) + fractionOf(scale)! - fractionOf(scales[scales.length > 1 ? c : 0]!)! : 0,
  );
}

export function needFloat16(layer: Layer, network: Network): string | null {
  const { scale, offset } = float16Of(layer, network);
  const channel = scale.findIndex((value, c) => !(value > 0 && Number.isFinite(value) && Number.isFinite(offset[c]!)));
  return channel < 0
    ? null
    : `${layer.name}: the scale ${scale[channel]} and bias ${offset[channel]} of channel ${channel} leave float16; other scales of tensors would do.`;
}

/** Of each channel, what a raw x adds to the sum beyond x less its zero point. BATCH_MATMUL has no raw words in its sums. */
const rawWeightSums = (layer: Layer, w: Tensor, channels: number): readonly number[] =>
  layer.kind === 'BATCH_MATMUL' ? [0] : weightSums(layer, w, channels)!;

/** A = float16(sX x sW / sY) and B = float16((sB x b - sX x sW x zX x sum(w)) / sY) of each channel. */
function float16Of(layer: Layer, network: Network) {
  const { x, w, bias, y, channels } = partsOf(layer, network);
  const sums = rawWeightSums(layer, w, channels);
  const values = biasValues(bias, channels);
  const biasScales = bias?.quantization?.scale;
  const scale = new Float32Array(channels);
  const offset = new Float32Array(channels);
  weightScales(w, channels).forEach((weightScale, c) => {
    const product = scaleOf(x) * weightScale;
    const biasScale = biasScales ? biasScales[biasScales.length > 1 ? c : 0]! : product;
    scale[c] = roundToFloat16(product / scaleOf(y));
    offset[c] = roundToFloat16((biasScale * values[c]! - product * (zeroPointOf(x) * sums[c]!)) / scaleOf(y));
  });
  return { scale, offset };
}

const kept = new WeakMap<Layer, { network: Network; requantizer: Requantizer }>();

/** From the sums of a layer to its output's words. Its support was checked. */
export function requantizerOf(layer: Layer, network: Network): Requantizer {
  const found = kept.get(layer);
  if (found?.network === network) return found.requantizer;
  const requantizer = makeRequantizer(layer, network);
  kept.set(layer, { network, requantizer });
  return requantizer;
}

function makeRequantizer(layer: Layer, network: Network): Requantizer {
  const scheme = wordSchemeOf(layer, network);
  const { x, w, y, channels } = partsOf(layer, network);
  const common = { slope: scheme.slope, zeroPoint: zeroPointOf(y), ...wordRange(activationOf(layer), y) };
  if (scheme.kind === 'kraken') return { arithmetic: 'float16', ...common, ...float16Of(layer, network) };
  const shift = weightScales(w, channels).map((s) => fractionBits(x) + fractionOf(s)! - fractionBits(y));
  return { arithmetic: 'pow2', ...common, shift: Int32Array.from(shift) };
}

/** What each channel's sum begins with. shift: the bias; kraken: the zero point's share, so that x less it can be summed. */
export function startsOf(layer: Layer, network: Network): Float64Array {
  const scheme = wordSchemeOf(layer, network);
  const { x, w, bias, channels } = partsOf(layer, network);
  if (scheme.kind === 'kraken')
    return Float64Array.from(rawWeightSums(layer, w, channels), (sum) => zeroPointOf(x) * sum);
  const values = biasValues(bias, channels);
  return Float64Array.from(biasShifts(layer, network), (shift, c) => values[c]! * 2 ** shift);
}

/** Sums and all that lead to them stay in int32; longer ones are exact in doubles, and stored as int64. */
export function fitsInt32(layer: Layer, network: Network): boolean {
  const { pixelBits, weightBits } = wordSchemeOf(layer, network);
  if (pixelBits > 15) return false; // less their zero point, they leave int16
  const { w, channels } = partsOf(layer, network);
  if (layer.kind === 'BATCH_MATMUL')
    return weightBits <= 15 && w.shape.at(layer.options.adjY ? -1 : -2)! * 2 ** (pixelBits + weightBits) < 2 ** 31;
  const largest = startsOf(layer, network).reduce((most, start) => Math.max(most, Math.abs(start)), 0);
  return (elementCount(w.shape) / channels) * 2 ** (pixelBits + weightBits - 1) + largest < 2 ** 31;
}
