// The form in which the engine of resources/rtl runs a layer. In: a layer, an array. Out: the pin that leaves a search no
// other, a sentence where a plan has another, and how its sums leave it. (The dataflow allows more forms than this engine's streams have: simulate/lower.ts.)
import type { PeArray } from '../array/array';
import { type Window, pointWindow } from '../golden/padding';
import type { Layer, Pin } from './layer';

/** Products with a right side each run one by one. */
export function rtlPin({ kind }: Layer): Pin {
  const form = { form: 'direct', turned: 'no', flat: 'no', blocks: 'output' };
  return kind === 'product' ? { ...form, merge: '1' } : form;
}

/** Null where the engine runs it so. @param choice names and texts, as a pin would say them */
export function tellOtherForm(layer: Layer, choice: readonly (readonly [name: string, text: string])[]): string | null {
  const pin = rtlPin(layer);
  const others = choice.filter(([name, text]) => name in pin && pin[name] !== text);
  if (others.length === 0) return null;
  const told = (list: readonly (readonly [string, string])[]): string => list.map((pair) => pair.join('=')).join(', ');
  const own = others.map(([name]) => [name, pin[name]!] as const);
  return `the engine in resources/rtl does not run ${told(others)}: Simulate and Export take ${told(own)}; pin that to plan it`;
}

/** Cores whose sums leave in one clock: as many as the stream takes; 4 where it takes any number, enough for 96 cores and 24 clocks a column. */
export function outputLanes({
  rows,
  cores,
  accumulatorBits,
  outputStreamBits,
}: Pick<PeArray, 'rows' | 'cores' | 'accumulatorBits' | 'outputStreamBits'>): number {
  return Math.min(cores, outputStreamBits > 0 ? Math.ceil(outputStreamBits / (rows * accumulatorBits)) : 4);
}

/** Bits of a stream that never limits: the power of two that takes `needed` bits in every clock. */
export const freeWidth = (needed: number): number => 2 ** Math.ceil(Math.log2(needed));

/**
 * Cores of a group whose sums are final after the last streamed column: those that hold an output column between the
 * first and the last. Bound below by the right padding, above by maps narrower than the kernel.
 */
export function lastReleased({ taps, stride, before, output }: Window, streamed: number): number[] {
  const x = streamed - 1 + before;
  return Array.from({ length: taps }, (_, kw) => kw).filter(
    (kw) => kw % stride === x % stride && kw <= x && kw >= x - stride * (output - 1),
  );
}

/** Columns that are streamed of a map without dilation; those right of the last window are not. */
export const streamedOf = ({ input, output, taps, stride, before }: Window): number =>
  Math.min(input, (output - 1) * stride + taps - before);

/** A kernel of one tap uses every S-th pixel only: those, at stride 1. */
export const usedPixels = (window: Window): Window =>
  window.taps === 1 && window.stride > 1 && window.before === 0 ? pointWindow(window.output) : window;

/** Channels of each pass, as even as whole ones are: a short pass would leave the next bank too little time to fill. */
export function cutChannels(channels: number, passes: number): number[] {
  const size = Math.ceil(channels / passes);
  return Array.from({ length: Math.ceil(channels / size) }, (_, at) => Math.min(size, channels - at * size));
}

/** Whether the passes add up their sums in the PEs and release once: where the sums of an iteration are those of one column. */
export const isChain = (taps: number, streamed: number, blocks: number): boolean =>
  taps === 1 && streamed === 1 && blocks === 1;

export interface InterleavedMap {
  readonly first: number; // output position of the first of this map
  readonly pixel: number; // input position of its first pixel
  readonly window: Window; // without dilation
}

/** The maps of a dilation: outputs d apart see only inputs d apart. Without dilation the window itself. */
export function interleave(window: Window): InterleavedMap[] {
  const { dilation, before, input, output } = window;
  if (dilation === 1) return [{ first: 0, pixel: 0, window }];
  const maps: InterleavedMap[] = [];
  for (let first = 0; first < Math.min(dilation, output); first++) {
    const start = first - before;
    const pixel = ((start % dilation) + dilation) % dilation;
    const pixels = Math.ceil((input - pixel) / dilation);
    const outputs = Math.ceil((output - first) / dilation);
    if (pixels <= 0) continue; // all its taps lie in the padding: its sums are 0
    maps.push({
      first,
      pixel,
      window: { ...window, input: pixels, output: outputs, dilation: 1, before: (pixel - start) / dilation },
    });
  }
  return maps;
}
