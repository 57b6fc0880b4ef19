// A quantisation as the session keeps it and people read it: plain JSON, types alone. recording.ts makes it.
import type { ElementType } from '../network/network';
import type { Histogram } from '../tensor/statistics';
import type { Budget } from './choice';

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

/** How often both networks say the same, and how often each is right. */
export interface Agreement {
  readonly inputs: number;
  readonly best: number; // inputs with the same best class in both
  readonly among: number; // inputs whose real best class is among the quantised network's best k
  readonly top: number; // k
  readonly labelled: number;
  readonly rightReal: number; // of those labelled
  readonly rightQuantised: number;
}

export interface QuantisationRecord {
  readonly network: { readonly name: string; readonly sha256: string };
  readonly result: { readonly name: string; readonly sha256: string; readonly bytes: number };
  readonly scheme: string;
  readonly layers: readonly { readonly operator: number; readonly scheme: string | null }[]; // null: real numbers
  readonly method: string;
  readonly ends: 'words' | 'real';
  readonly calibration: {
    readonly source: string;
    readonly inputs: number;
    readonly preparation: string;
    readonly isReused?: boolean; // measured for an earlier one, which older records do not say
  };
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
}

/** One of a list. */
export type QuantisationListed = Pick<QuantisationRecord, 'scheme' | 'method' | 'startedAt' | 'layers'> & {
  readonly id: number;
  readonly network: number; // the network of real numbers
  readonly result: number; // the quantised one
  readonly name: string; // of the quantised one
  readonly source: string; // of its inputs
  readonly outputSqnr: Decibels | null;
};

/** Layers (numbered as fused) that have the longer words together. */
export interface PointRecord {
  readonly raised: readonly number[];
  readonly sqnr: Decibels; // at the output
  readonly quality: number | null; // share of inputs that are right, or without labels like the real network's; null: no scores
  readonly bytes: number; // of all constants
}

/** Which layers deserve longer words: each alone, best first; then together, one more at each point. */
export interface SuggestionRecord {
  readonly high: string;
  readonly budget: Budget;
  readonly gains: readonly { readonly layer: number; readonly decibels: Decibels; readonly bytes: number }[];
  readonly points: readonly PointRecord[]; // the first with none raised
  readonly chosen: PointRecord;
  readonly keeps: boolean; // the budget
  readonly layers: Readonly<Record<string, string>>; // schemes, of raised and others
}

/** With what it was asked for. */
export interface SuggestionFound extends SuggestionRecord {
  readonly scheme: string; // of the layers that are not raised
  readonly source: string; // of the inputs it was measured on
  readonly inputs: number;
  readonly labelled: number; // of them; none: quality is agreement
  readonly isReused: boolean; // ranges were measured before
  readonly ms: number;
}

/** As a session keeps it. */
export interface SuggestionListed extends SuggestionFound {
  readonly id: number;
  readonly command: string; // that finds it again
}

/** A place of inputs. */
export interface InputsFound {
  readonly source: string;
  readonly count: number;
  readonly labelled: number;
  readonly by: 'folders' | 'table' | null; // what labels them
  readonly classes: number | null; // that are named
}
