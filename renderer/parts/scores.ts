// The best classes of a classifier's output. In: raw scores, quantization, names. Out: the highest real scores, with ties
// broken by the lower index, as argmax does.
import type { Quantization } from '../../main/network/network';
import { type TypedArray, realOf } from './values';

export interface Score {
  readonly label: string;
  readonly raw: number;
  readonly real: number;
  readonly share: number; // 0..1 of the highest, for the bar
  readonly probability: boolean; // all scores lie in 0..1 and sum to about 1: may be told as percent
}

export function topScores(
  values: TypedArray,
  quantization: Quantization | null,
  labels: readonly string[],
  n: number,
): Score[] {
  const reals = Array.from({ length: values.length }, (_, i) => realOf(values[i]!, quantization, i));
  const sum = reals.reduce((a, b) => a + b, 0);
  const probability = reals.every((r) => r >= 0 && r <= 1) && Math.abs(sum - 1) < 0.1;
  const order = reals.map((_, i) => i).sort((a, b) => reals[b]! - reals[a]! || a - b);
  const best = reals[order[0] ?? 0] ?? 0;
  const least = Math.min(0, ...reals);
  return order.slice(0, n).map((i) => ({
    label: labels[i] ?? `class ${i}`,
    raw: Number(values[i]),
    real: reals[i]!,
    share: best > least ? (reals[i]! - least) / (best - least) : 0,
    probability,
  }));
}
