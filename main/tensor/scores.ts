// Real values, and the best classes of a classifier's output. In: raw values, quantization, class names. Out: the highest
// real scores, with ties broken by the lower index, as argmax does.
import { type Quantization, elementCount } from '../network/network';
import type { TypedArray } from './tensor';

/** Real value of a raw one; `channel` is its index along the quantization axis. */
export function realOf(raw: number | bigint, quantization: Quantization | null, channel = 0): number {
  if (!quantization || quantization.scale.length === 0) return Number(raw);
  const at = quantization.scale.length > 1 ? channel : 0;
  return (quantization.scale[at] ?? NaN) * (Number(raw) - (quantization.zeroPoint[at] ?? 0));
}

export interface Score {
  readonly index: number; // of the class
  readonly label: string;
  readonly raw: number;
  readonly real: number;
  readonly share: number; // 0..1 of the highest, for the bar
  readonly probability: boolean; // all scores lie in 0..1 and sum to about 1: may be told as percent
}

/** Does an output of this shape score classes? One row of at least two values. */
export const isRowOfScores = (shape: readonly number[]): boolean =>
  (shape.at(-1) ?? 0) > 1 && elementCount(shape) === shape.at(-1);

/** A class without a name is told by its number. */
export const classText = (labels: readonly string[] | null, index: number): string =>
  labels?.[index] ?? `class ${index}`;

export function topScores(
  values: TypedArray,
  quantization: Quantization | null,
  labels: readonly string[] | null,
  n: number,
): Score[] {
  const reals = Array.from({ length: values.length }, (_, i) => realOf(values[i]!, quantization, i));
  const sum = reals.reduce((a, b) => a + b, 0);
  const probability = reals.every((r) => r >= 0 && r <= 1) && Math.abs(sum - 1) < 0.1;
  const order = reals.map((_, i) => i).sort((a, b) => reals[b]! - reals[a]! || a - b);
  const best = reals[order[0] ?? 0] ?? 0;
  const least = reals.reduce((low, real) => Math.min(low, real), 0);
  return order.slice(0, n).map((index) => ({
    index,
    label: classText(labels, index),
    raw: Number(values[index]),
    real: reals[index]!,
    share: best > least ? (reals[index]! - least) / (best - least) : 0,
    probability,
  }));
}
