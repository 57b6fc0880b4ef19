// The record of a simulation: types, and what can be said of one as a whole. Plain JSON: it crosses to the window, lies in
// the session and is what `goldbench simulate --json` prints.
import type { KernelSet } from '../network/arithmetic';
import type { SimulatedNetwork } from '../simulate/network';
import { bytesOf } from '../tensor/tensor';
import type { LayerVerdict } from './layer';

export interface SimulationRecord {
  readonly network: { readonly name: string; readonly sha256: string };
  readonly array: string; // its name
  readonly rows: number;
  readonly cores: number;
  readonly kernels: KernelSet;
  readonly chain: boolean;
  readonly seed: number;
  readonly throttle: number; // chance of valid and ready in a clock, in percent; 100: always
  readonly startedAt: string; // ISO 8601 UTC
  readonly ms: number;
  readonly isEqual: boolean;
  readonly layers: readonly LayerVerdict[];
  /** Operators that golden ran, and why the engine did not. */
  readonly host: SimulatedNetwork['host'];
  /** Chained: bytes of the network's outputs that differ from those of golden alone; else null. */
  readonly outputsDiffer: number | null;
}

/** Bytes of the network's outputs that are not those of golden alone. */
export function countOutputs(
  { golden, results }: Pick<SimulatedNetwork, 'golden' | 'results'>,
  outputs: readonly number[],
): number {
  let count = 0;
  golden.forEach((right, at) =>
    right.outputs.forEach(({ tensor, data }, position) => {
      if (!outputs.includes(tensor.index)) return;
      const [a, b] = [bytesOf(data), bytesOf(results[at]!.outputs[position]!.data)];
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
    }),
  );
  return count;
}

/** The clocks of all layers one after the other. */
export const sumClocks = (layers: readonly LayerVerdict[]): { measured: number; estimated: number; busy: number } => ({
  measured: layers.reduce((sum, { clocks }) => sum + clocks.total, 0),
  estimated: layers.reduce((sum, { clocks }) => sum + (clocks.estimated?.total ?? 0), 0),
  busy: layers.reduce((sum, { clocks }) => sum + clocks.parts.stream, 0),
});

/** 'Equal: 6 layers …' or where the first difference in execution order is. */
export function conclude({ layers, isEqual, outputsDiffer }: SimulationRecord): string {
  const words = layers.reduce((sum, layer) => sum + layer.sums, 0).toLocaleString('en-US');
  const chained = outputsDiffer === null ? '' : ` Chained, ${outputsDiffer} bytes of the network's outputs differ.`;
  if (isEqual) return `Equal: ${layers.length} layers, ${words} sums and every output element as golden.${chained}`;
  const wrong = layers.filter(({ result }) => result === 'differs');
  const first = wrong[0];
  if (!first) return `Different:${chained}`;
  return `Different: ${wrong.length} of ${layers.length} layers; first ${first.operator} ${first.name}: ${first.why}${chained}`;
}
