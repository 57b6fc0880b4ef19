// Makes the records of a quantisation and of a suggestion. In: what was prepared, converted, judged, suggested. Out: fused operators, of
// each operator the range that was seen and the one its words span, and what that cost; which layers deserve longer words.
import type { Network, Operator } from '../network/network';
import { schemeText } from '../network/scheme';
import type { Histogram } from '../tensor/statistics';
import type { Mixing } from './choice';
import type { Fused } from './fuse';
import { type Judgement, type OperatorNoise, limitsOf } from './judge';
import type { Observation } from './observe';
import type { Converted, Prepared } from './quantise';
import type {
  Decibels,
  FusedRecord,
  FusionRecord,
  NamedOperator,
  NoiseRecord,
  OperatorRange,
  PointRecord,
  RangeRecord,
  SuggestionRecord,
} from './record';
import type { Point, Suggestion } from './suggest';

const nameIn = ({ operators }: Network, index: number): NamedOperator => ({ index, name: operators[index]!.name });

export function recordFusions(network: Network, { fusions }: Fused): FusionRecord[] {
  return fusions.map(({ operator, absorbed }) => ({
    ...nameIn(network, operator),
    absorbed: absorbed.map((at) => nameIn(network, at)),
  }));
}

/** Fusing takes operators away, and leaves the others in their order. */
export function recordFused(network: Network, fused: Fused): FusedRecord {
  const gone = new Set(fused.fusions.flatMap(({ absorbed }) => absorbed));
  const left = network.operators.filter(({ index }) => !gone.has(index));
  const shapeOf = ({ outputs }: Operator): readonly number[] => fused.network.tensors[outputs[0]!]?.shape ?? [];
  const operators = fused.network.operators.map((operator, at) => ({
    index: at,
    name: operator.name,
    was: left[at]!.index,
    shape: shapeOf(operator),
  }));
  return { operators, fusions: recordFusions(network, fused) };
}

/** @param overflows sums that left the accumulator, by operator of the quantised network */
export function recordOperators(
  prepared: Prepared,
  converted: Converted,
  judgement: Judgement | null,
  overflows: ReadonlyMap<number, number>,
): OperatorRange[] {
  const noises = new Map(judgement?.operators.map((noise) => [noise.operator, noise]));
  return converted.network.operators.map(({ index, name, outputs }) => {
    const { type, shape, quantization, ...tensor } = converted.network.tensors[outputs[0]!]!;
    const noise = noises.get(index);
    return {
      index,
      name,
      fused: converted.origins[index] ?? null,
      type,
      bits: tensor.bits ?? null,
      shape,
      scale: quantization?.scale[0] ?? null,
      zeroPoint: quantization?.zeroPoint[0] ?? null,
      range: rangeOf(prepared, converted, index),
      noise: noise ? recordNoise(noise, overflows.get(index) ?? null) : null,
    };
  });
}

/** What calibration saw of an operator's first output, beside what its words span; null where it holds no words, or was not seen. */
export function rangeOf(
  { fused, calibration }: Prepared,
  { network, origins }: Converted,
  index: number,
): RangeRecord | null {
  const limits = limitsOf(network.tensors[network.operators[index]!.outputs[0]!]!);
  const tensor = fused.network.operators[origins[index] ?? -1]?.outputs[0];
  const seen = calibration.observations.get(tensor ?? -1);
  if (!seen || !limits) return null;
  return { min: seen.min, max: seen.max, low: limits[0], high: limits[1], before: drawn(seen) };
}

const recordNoise = ({ sqnr, largest, clipped, after }: OperatorNoise, overflows: number | null): NoiseRecord => ({
  sqnr: recordDecibels(sqnr),
  largest,
  clipped,
  overflows,
  after: drawn(after),
});

export const recordDecibels = (sqnr: number): Decibels => (Number.isFinite(sqnr) ? sqnr : sqnr > 0 ? 'equal' : 'noise');

export const recordSuggestion = (
  { layers, gains, points, chosen, keeps }: Suggestion,
  { high, budget }: Mixing,
): SuggestionRecord => ({
  high: schemeText(high),
  budget,
  gains: gains.map((gain) => ({ ...gain, decibels: recordDecibels(gain.decibels) })),
  points: points.map(recordPoint),
  chosen: recordPoint(chosen),
  keeps,
  layers: Object.fromEntries([...layers].map(([layer, scheme]) => [layer, schemeText(scheme)])),
});
const recordPoint = (point: Point): PointRecord => ({ ...point, sqnr: recordDecibels(point.sqnr) });

const MOST_DRAWN = 128;

/** As many bins as can be seen: neighbours joined, zeros put where they belong. */
function drawn({ bins, first, width, zeros }: Observation): Histogram {
  const joined = Math.max(1, Math.ceil((bins.length + 1) / MOST_DRAWN)); // edges at multiples: at most one bin more
  const start = Math.floor(first / joined);
  const count = Math.max(1, Math.floor((first + bins.length - 1) / joined) - start + 1);
  const sums = new Array<number>(count).fill(0);
  bins.forEach((seen, i) => (sums[Math.floor((first + i) / joined) - start]! += seen));
  const zero = -start; // the bin that begins at 0
  if (zero >= 0 && zero < count) sums[zero]! += zeros;
  const step = joined * width;
  return { from: start * step, to: (start + count) * step, bins: sums };
}
