// A simulation as a whole. In: what golden and RTL gave, and each layer's verdict. Out: its record, and what is said of it.
import { thousands } from '../network/digits';
import type { SimulatedNetwork } from '../simulate/network';
import { bytesOf } from '../tensor/tensor';
import type { PeArray } from '../array/array';
import type { LayerVerdict, SimulationRecord } from './verdict';

/** What the record of a simulation starts from. */
export type SimulationChoice = Pick<
  SimulationRecord,
  'network' | 'kernels' | 'chain' | 'seed' | 'throttle' | 'startedAt'
> & {
  readonly array: PeArray;
  readonly outputs: readonly number[]; // of the network
};

export function recordSimulation(
  { array, outputs, ...choice }: SimulationChoice,
  done: SimulatedNetwork & { readonly verdicts: readonly LayerVerdict[] },
  ms: number,
): SimulationRecord {
  const outputsDiffer = choice.chain ? countOutputs(done, outputs) : null;
  const isEqual = done.verdicts.every(({ result }) => result === 'equal') && (outputsDiffer ?? 0) === 0;
  const { name, rows, cores } = array;
  const found = { isEqual, layers: done.verdicts, outputsDiffer };
  return { ...choice, ...found, array: name, rows, cores, ms, host: done.host, conclusion: conclude(found) };
}

/** One chance of valid and ready for all three streams. */
export const throttled = (seed: number, percent: number) => ({
  seed,
  pixelPercent: percent,
  weightPercent: percent,
  sumPercent: percent,
});

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
function conclude({
  layers,
  isEqual,
  outputsDiffer,
}: Pick<SimulationRecord, 'layers' | 'isEqual' | 'outputsDiffer'>): string {
  const words = thousands(layers.reduce((sum, layer) => sum + layer.sums, 0));
  const chained = outputsDiffer === null ? '' : ` Chained, ${outputsDiffer} bytes of the network's outputs differ.`;
  if (isEqual) return `Equal: ${layers.length} layers, ${words} sums and every output element as golden.${chained}`;
  const wrong = layers.filter(({ result }) => result === 'differs');
  const first = wrong[0];
  if (!first) return `Different:${chained}`;
  return `Different: ${wrong.length} of ${layers.length} layers; first ${first.operator} ${first.name}: ${first.why}${chained}`;
}
