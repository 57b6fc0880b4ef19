// When are two float32 results the same? In: ours and TFLite's, and the largest magnitude before the activation clamped.
// Out: how many elements are too far apart.
// Each element may differ by 1e-5 of itself. Below that lies a floor of 1e-6 of the largest magnitude: where products
// cancel, a float32 sum is no nearer to the truth than that of its terms, whatever the order of adding.
import type { Network, Operator } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { type OperatorResult, runOperator } from '../../main/golden/run';

const RELATIVE = 1e-5;
const FLOOR = 1e-6;

/** The largest finite magnitude. */
export const magnitudeOf = (data: Float32Array): number =>
  data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);

export function countFarReals(ours: Float32Array, theirs: Float32Array, magnitude = magnitudeOf(theirs)): number {
  if (ours.length !== theirs.length) return -1;
  return ours.reduce((far, value, i) => {
    const other = theirs[i]!;
    if (Object.is(value, other) || value === other) return far;
    const near = Math.abs(value - other) <= Math.max(RELATIVE * Math.abs(other), FLOOR * magnitude);
    return near ? far : far + 1; // NaN and infinities are near nothing but themselves
  }, 0);
}

/** The largest magnitude of an operator's float32 result without its fused activation. */
export function unclampedMagnitude(
  network: Network,
  { operator: index, arithmetic }: OperatorResult,
  inputs: ReadonlyMap<number, TypedArray>,
): number {
  const operator = network.operators[index]!;
  const plain = { ...operator, options: { ...operator.options, activation: 'none' } } as Operator;
  return magnitudeOf(runOperator(network, plain, arithmetic, new Map(inputs)).outputs[0]!.data as Float32Array);
}
