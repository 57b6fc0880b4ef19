// A quantisation as the session keeps it and people read it: plain JSON. In: what was prepared, converted and judged. Out: the
// record: fused operators, of each operator the range that was seen and the one its words span, and what that cost.
import type { ElementType, Network, Operator } from '../network/network';
import { rangeOfBits, wordBits } from '../network/scheme';
import type { Histogram } from '../tensor/statistics';
import type { Fused } from './fuse';
import type { Agreement, Judgement, OperatorNoise } from './judge';
import type { Observation } from './observe';
import type { Converted, Prepared } from './quantise';

export interface NamedOperator {
  readonly index: number;
  readonly name: string;
}

/** An operator of the network as it was that took others in. */
export interface FusionRecord extends NamedOperator {
  readonly absorbed: readonly NamedOperator[];
}
export interface FusionChange extends FusionRecord {
  readonly largest: number; // of |before - after|
  readonly amplitude: number; // of |before|
}

/** The network after fusing, before any choice of scheme. */
export interface FusedRecord {
  /** By its number after fusing, which is how layers are named; `was`: its number before. */
  readonly operators: readonly (NamedOperator & { readonly was: number; readonly shape: readonly number[] })[];
  readonly fusions: readonly FusionRecord[];
}

/** What a tensor held over the inputs, and what its words can hold. */
export interface RangeRecord {
  readonly min: number;
  readonly max: number;
  readonly low: number; // real values of the lowest and the highest word
  readonly high: number;
  readonly before: Histogram; // real values; zeros are in it
}

/** Decibels; JSON has no infinities. equal: no noise at all; noise: nothing else. */
export type Decibels = number | 'equal' | 'noise';

export interface NoiseRecord {
  readonly sqnr: Decibels;
  readonly largest: number;
  readonly clipped: number; // share of the real values that lie beyond the words
  readonly overflows: number | null; // sums that left the accumulator, over all inputs; null: TFLite's do not
  readonly after: Histogram; // of the words' real values
}

export interface OperatorRange extends NamedOperator {
  readonly fused: number | null; // the operator of the fused network it was made for
  readonly type: ElementType; // of its first output, as the shape
  readonly bits: number | null;
  readonly shape: readonly number[];
  readonly scale: number | null; // null: real numbers
  readonly zeroPoint: number | null;
  readonly range: RangeRecord | null; // null: not observed, or no words
  readonly noise: NoiseRecord | null; // null: not judged
}

export interface QuantisationRecord {
  readonly network: { readonly name: string; readonly sha256: string };
  readonly result: { readonly name: string; readonly sha256: string; readonly bytes: number };
  readonly scheme: string;
  readonly layers: readonly { readonly operator: number; readonly scheme: string | null }[]; // null: real numbers
  readonly method: string;
  readonly ends: 'words' | 'real';
  readonly calibration: { readonly source: string; readonly inputs: number; readonly preparation: string };
  readonly fusions: readonly FusionChange[];
  readonly operators: readonly OperatorRange[]; // of the quantised network, in execution order
  readonly judgement: {
    readonly source: string;
    readonly inputs: number;
    readonly outputSqnr: Decibels;
    readonly agreement: Agreement | null;
  } | null;
  readonly program: string;
  readonly startedAt: string; // ISO 8601 UTC
  readonly ms: number;
} // prettier-ignore

/** One of a list. */
export type QuantisationListed = Pick<QuantisationRecord, 'scheme' | 'method' | 'startedAt' | 'layers'> & {
  readonly id: number;
  readonly network: number; // the network of real numbers
  readonly result: number; // the quantised one
  readonly name: string; // of the quantised one
  readonly source: string; // of its inputs
  readonly outputSqnr: Decibels | null;
};

const nameIn = ({ operators }: Network, index: number): NamedOperator => ({ index, name: operators[index]!.name });

export function recordFusions(network: Network, { fusions }: Fused): FusionRecord[] {
  return fusions.map(({ operator, absorbed }) => ({ ...nameIn(network, operator), absorbed: absorbed.map((at) => nameIn(network, at)) })); // prettier-ignore
}

/** Fusing takes operators away, and leaves the others in their order. */
export function recordFused(network: Network, fused: Fused): FusedRecord {
  const gone = new Set(fused.fusions.flatMap(({ absorbed }) => absorbed));
  const left = network.operators.filter(({ index }) => !gone.has(index));
  const shapeOf = ({ outputs }: Operator): readonly number[] => fused.network.tensors[outputs[0]!]?.shape ?? [];
  const operators = fused.network.operators.map((operator, at) => ({ index: at, name: operator.name, was: left[at]!.index, shape: shapeOf(operator) })); // prettier-ignore
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
      index, name, fused: converted.origins[index] ?? null, type, bits: tensor.bits ?? null, shape,
      scale: quantization?.scale[0] ?? null, zeroPoint: quantization?.zeroPoint[0] ?? null,
      range: rangeOf(prepared, converted, index), noise: noise ? recordNoise(noise, overflows.get(index) ?? null) : null,
    }; // prettier-ignore
  });
}

/** What calibration saw of an operator's first output, beside what its words span. */
function rangeOf({ fused, calibration }: Prepared, { network, origins }: Converted, index: number): RangeRecord | null {
  const { type, bits, quantization } = network.tensors[network.operators[index]!.outputs[0]!]!;
  const words = wordBits({ type, bits });
  const tensor = fused.network.operators[origins[index] ?? -1]?.outputs[0];
  const seen = calibration.observations.get(tensor ?? -1);
  if (!seen || !quantization || words === null) return null;
  const [scale, zeroPoint] = [quantization.scale[0]!, quantization.zeroPoint[0]!];
  const [low, high] = rangeOfBits(words).map((word) => scale * (word - zeroPoint)) as [number, number];
  return { min: seen.min, max: seen.max, low, high, before: drawn(seen) };
}

const recordNoise = ({ sqnr, largest, clipped, after }: OperatorNoise, overflows: number | null): NoiseRecord => ({
  sqnr: recordDecibels(sqnr),
  largest,
  clipped,
  overflows,
  after: drawn(after),
});

export const recordDecibels = (sqnr: number): Decibels => Number.isFinite(sqnr) ? sqnr : sqnr > 0 ? 'equal' : 'noise'; // prettier-ignore

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
