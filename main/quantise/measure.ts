// What fusing changed. In: a network before and after, and inputs. Out: of each fusion, how far its output moved at most, all
// fusions before it included. One step an input.
import type { Batch } from '../import/batch';
import type { Preprocessing } from '../import/input';
import type { TypedArray } from '../tensor/tensor';
import type { Network } from '../network/network';
import { type Run, onlyInput, readBatchItem } from './calibrate';
import type { Fused } from './fuse';

export interface Change {
  readonly largest: number; // of |before - after|
  readonly amplitude: number; // of |before|, to compare it with
}

/** Yields how many inputs are done; the changes are in the order of the fusions. */
export function* measureFusions(
  network: Network,
  fused: Fused,
  items: Batch['items'],
  run: Run,
  preprocessing?: Preprocessing,
): Generator<number, Change[]> {
  const changes = fused.fusions.map(() => ({ largest: 0, amplitude: 0 }));
  if (changes.length === 0) return changes;
  const input = onlyInput(network);
  for (const [at, item] of items.entries()) {
    const { data } = readBatchItem(item, input, preprocessing);
    const before = valuesOf(network, data, new Set(fused.fusions.map(({ tensor }) => tensor)), run);
    const after = valuesOf(fused.network, data, new Set(fused.fusions.map(({ fusedTensor }) => fusedTensor)), run);
    for (const [i, { tensor, fusedTensor }] of fused.fusions.entries()) {
      const [a, b] = [before.get(tensor) as Float32Array, after.get(fusedTensor) as Float32Array];
      const change = changes[i]!;
      for (let e = 0; e < a.length; e++) {
        change.largest = Math.max(change.largest, Math.abs(a[e]! - b[e]!));
        change.amplitude = Math.max(change.amplitude, Math.abs(a[e]!));
      }
    }
    yield at + 1;
  }
  return changes;
}

/** The values of some tensors that operators write. */
export function valuesOf(
  network: Network,
  input: TypedArray,
  wanted: ReadonlySet<number>,
  run: Run,
): Map<number, TypedArray> {
  const values = new Map<number, TypedArray>();
  for (const { outputs } of run(network, new Map([[network.inputs[0]!, input]])))
    for (const { tensor, data } of outputs) if (wanted.has(tensor.index)) values.set(tensor.index, data);
  return values;
}
