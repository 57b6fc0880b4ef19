// A layer as the array sees it. In: nothing but sizes. Out: two kinds of layer, and what can be counted without an array.
// An operator that is no layer stays on the host. Source of the counting: Kraken (arXiv 2112.02793), whose valid MACs
// leave out the taps that fall into the padding.
import type { PeArray } from '../array/array';
import { type Window, endTap, firstTap, windowStart } from '../golden/padding';

interface LayerCommon {
  readonly name: string;
  readonly operator: number | null; // of the imported network; null from a layer table
  /** Choices that a layer table fixes, as in a pin: { form: 'direct' }. */
  readonly pin?: Pin;
  /** Bits of its words, where the network's scheme says so. */
  readonly words?: LayerWords;
}

/** What the array must have at least: bits of an input, a weight and an accumulator. */
export interface LayerWords {
  readonly pixels: number;
  readonly weights: number;
  readonly accumulators: number;
}

/** Why the words of a layer do not fit the array, or null. Shorter words are carried in longer ones. */
export function wordsComplaint(
  { words }: Layer,
  array: Pick<PeArray, 'pixelBits' | 'weightBits' | 'accumulatorBits'>,
): string | null {
  if (!words) return null;
  const needs = [
    ['inputs', words.pixels, 'pixelBits', array.pixelBits],
    ['weights', words.weights, 'weightBits', array.weightBits],
    ['sums', words.accumulators, 'accumulatorBits', array.accumulatorBits],
  ] as const;
  const short = needs.find(([, bits, , most]) => bits > most);
  return short ? `its ${short[0]} have ${short[1]} bits, but the array's ${short[2]} is ${short[3]}` : null;
}

/** Names of choices and the values they are held to, as text: what a pin says, whatever the dataflow. */
export type Pin = Readonly<Record<string, string>>;

/** A convolution: `groups` independent ones side by side; a depthwise one has as many groups as input channels. */
export interface Convolution extends LayerCommon {
  readonly kind: 'convolution';
  readonly frames: number; // images of one inference, nearly always 1
  readonly groups: number;
  readonly inputChannels: number; // of one group
  readonly outputChannels: number; // of one group
  readonly rows: Window;
  readonly columns: Window;
}

/** [rows, depth] x [depth, columns], `products` times over. A fully-connected layer has one row. */
export interface Product extends LayerCommon {
  readonly kind: 'product';
  readonly products: number; // with a right side each
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** The right side is constant: all frames of a batch share it, and their rows lie together. */
  readonly isShared: boolean;
}

export type Layer = Convolution | Product;

/** Pairs of output position and tap that lie inside the image, along one dimension. */
export function countValidTaps(window: Window): number {
  let count = 0;
  for (let at = 0; at < window.output; at++) {
    const start = windowStart(window, at);
    count += Math.max(0, endTap(window, start) - firstTap(window, start));
  }
  return count;
}

/** Multiply-accumulates of one inference; valid ones leave out the taps in the padding. */
export function countLayerMacs(layer: Layer): { readonly valid: number; readonly all: number } {
  if (layer.kind === 'product') {
    const macs = layer.products * layer.rows * layer.depth * layer.columns;
    return { valid: macs, all: macs };
  }
  const { rows, columns } = layer;
  const perTap = layer.frames * layer.groups * layer.inputChannels * layer.outputChannels;
  return {
    valid: perTap * countValidTaps(rows) * countValidTaps(columns),
    all: perTap * rows.output * rows.taps * columns.output * columns.taps,
  };
}

/** Words every plan must move for `batch` inferences, whatever the array: each input, weight and output once. */
export function countCompulsoryWords(
  layer: Layer,
  batch: number,
): { pixels: number; weights: number; outputs: number } {
  if (layer.kind === 'product') {
    const { products, rows, depth, columns, isShared } = layer;
    return {
      pixels: batch * products * rows * depth,
      weights: (isShared ? 1 : batch) * products * depth * columns,
      outputs: batch * products * rows * columns,
    };
  }
  const { frames, groups, inputChannels, outputChannels, rows, columns } = layer;
  const images = batch * frames * groups;
  return {
    pixels: images * inputChannels * countUsed(rows) * countUsed(columns),
    weights: groups * inputChannels * outputChannels * rows.taps * columns.taps,
    outputs: images * outputChannels * rows.output * columns.output,
  };
}

/** Input positions along one dimension that any window touches. */
export function countUsed(window: Window): number {
  const { input, taps, stride, dilation } = window;
  const reach = (taps - 1) * dilation + 1;
  if (dilation === 1 && reach >= stride) {
    const first = Math.max(0, windowStart(window, 0));
    return Math.max(0, Math.min(input, windowStart(window, window.output - 1) + reach) - first);
  }
  const used = new Set<number>();
  for (let at = 0; at < window.output; at++)
    for (let tap = 0; tap < taps; tap++) used.add(windowStart(window, at) + tap * dilation);
  return [...used].filter((position) => position >= 0 && position < input).length;
}

/** '3×3/2 64→128 56×56' or '128×64 · 64×128': the layer's sizes in one short text. */
export function describeLayer(layer: Layer): string {
  if (layer.kind === 'product')
    return `${layer.products > 1 ? `${layer.products} of ` : ''}${layer.rows}×${layer.depth} · ${layer.depth}×${layer.columns}`;
  const { rows, columns, groups, inputChannels, outputChannels } = layer;
  const pair = (a: number, b: number) => (a === b ? String(a) : `${a}×${b}`);
  return [
    `${rows.taps}×${columns.taps}/${pair(rows.stride, columns.stride)}`,
    rows.dilation * columns.dilation > 1 && `dilation ${pair(rows.dilation, columns.dilation)}`,
    `${inputChannels * groups}→${outputChannels * groups}`,
    groups > 1 && `in ${groups} groups`,
    `${rows.output}×${columns.output}`,
  ]
    .filter(Boolean)
    .join(' ');
}
