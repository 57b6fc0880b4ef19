// What a batch leaves behind: types only, plain JSON. The values themselves are not kept, the best scores of each input are.
import type { KernelSet } from '../network/arithmetic';
import type { Score } from '../tensor/scores';

export interface BatchEntry {
  readonly name: string;
  readonly label: string | null; // what it shows, by name
  readonly truth: number | null; // the same as a class
  readonly top: readonly Score[]; // best first; none where it failed
  readonly right: boolean | null; // the best class is the truth; null: unlabelled or failed
  readonly ms: number; // preparing included
  readonly problem: string | null;
}

export interface BatchSummary {
  readonly count: number;
  readonly failed: number;
  readonly labelled: number; // of those that did not fail
  readonly top1: number; // of the labelled: how many were right
  readonly topK: number; // how many had the truth among the k best
  readonly confusions: readonly { readonly truth: string; readonly read: string; readonly count: number }[]; // most first
}

/** Plain JSON, as the session and `golden --batch --json` keep it. */
export interface BatchRecord {
  readonly network: { readonly name: string; readonly sha256: string };
  readonly kernels: KernelSet;
  readonly engine: string;
  readonly program: string;
  readonly startedAt: string; // ISO 8601 UTC
  readonly ms: number;
  readonly source: string;
  readonly preparation: string; // of the first item
  readonly output: number; // the tensor that scores
  readonly k: number;
  readonly classes: readonly string[] | null;
  readonly entries: readonly BatchEntry[];
  readonly summary: BatchSummary;
}

/** A batch as the session lists it. */
export interface BatchListed {
  readonly id: number;
  readonly network: number; // session row
  readonly source: string;
  readonly kernels: KernelSet;
  readonly startedAt: string;
  readonly ms: number;
  readonly command: string; // the command line that repeats it
  readonly summary: BatchSummary;
}
