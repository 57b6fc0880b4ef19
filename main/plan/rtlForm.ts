// The form in which the engine of resources/rtl runs a layer. In: a layer. Out: the pin that leaves a search no other, and
// a sentence where a plan has another. (The dataflow allows more forms than this engine's streams have: simulate/lower.ts.)
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
