// The form in which the engine of resources/rtl runs a layer. In: a layer, an array. Out: the pin that leaves a search no
// other, a sentence where a plan has another, and how its sums leave it. (The dataflow allows more forms than this engine's streams have: simulate/lower.ts.)
import type { PeArray } from '../array/array';
import type { Window } from '../golden/padding';
import type { Layer, Pin } from './layer';

/** A kernel smaller than its stride sees the map decimated. */
export function rtlPin(layer: Layer): Pin {
  const form = { turned: 'no', flat: 'no', blocks: 'output' };
  if (layer.kind === 'product') return { ...form, form: 'direct' };
  const { rows, columns } = layer;
  return { ...form, form: rows.taps < rows.stride || columns.taps < columns.stride ? 'folded' : 'direct' };
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
export function outputLanes({ rows, cores, accumulatorBits, outputStreamBits }: Pick<PeArray, 'rows' | 'cores' | 'accumulatorBits' | 'outputStreamBits'>): number {
  return Math.min(cores, outputStreamBits > 0 ? Math.ceil(outputStreamBits / (rows * accumulatorBits)) : 4);
} // prettier-ignore

/** Whether the output stream takes the sums of all lanes in one clock. */
export const lanesFit = (array: PeArray): boolean =>
  array.outputStreamBits === 0 || outputLanes(array) * array.rows * array.accumulatorBits <= array.outputStreamBits;

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
