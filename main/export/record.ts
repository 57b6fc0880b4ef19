// What an export leaves behind in a session, and what the window sees of a bundle: types only, plain JSON.
import type { KernelSet } from '../network/arithmetic';
import type { FieldValue } from '../simulate/headers';
import type { FormatName, Level } from './choice';

export interface OnHost {
  readonly operator: number;
  readonly name: string;
  readonly why: string;
}

export interface LayerSize {
  readonly operator: number;
  readonly packets: number;
  readonly clocks: number;
  readonly vectors: number;
  readonly bytes: number; // in all formats
}

export interface BundleSize {
  readonly layers: readonly LayerSize[];
  readonly host: readonly OnHost[];
  readonly files: number;
  readonly bytes: number;
}

/** A bundle as the session keeps it. */
export interface BundleRecord extends BundleSize {
  readonly network: { readonly name: string; readonly sha256: string };
  readonly run: number; // whose inputs it took; that may have been removed since
  readonly kernels: KernelSet;
  readonly array: string;
  readonly levels: readonly Level[];
  readonly modules: boolean; // vectors of single modules, too
  readonly formats: readonly FormatName[];
  readonly folder: string; // shown, and opened by its number alone
  readonly manifest: string; // sha256 of manifest.json, which lists all others with theirs
  readonly command: string; // the command line that repeats it
  readonly program: string;
  readonly startedAt: string; // ISO 8601 UTC
  readonly ms: number;
}

/** whole: its manifest is as it was written. */
export type BundleState = 'whole' | 'changed' | 'gone';

export type BundleListed = BundleRecord & { readonly id: number; readonly state: BundleState };

export type StreamName = 'pixels' | 'weights' | 'sums';

/** Which packet: run of the operator, iteration, pass over the input channels; and its first beat of words to be seen. */
export interface PacketPlace {
  readonly run: number;
  readonly iteration: number;
  readonly pass: number;
  readonly from: Readonly<Record<StreamName, number>>;
}

export interface WordPreview {
  readonly word: number; // of the packet, its header not counted
  readonly beat: number; // in which it begins; the header's come first
  readonly bit: number; // of that beat
  readonly value: number;
  readonly about: string;
  readonly element: number | null; // of the operator's input, weights or output; null where the word stands for none
}

export interface StreamPreview {
  readonly stream: StreamName;
  readonly path: string;
  readonly shape: readonly number[];
  readonly order: string;
  readonly wordBits: number;
  readonly beatBits: number;
  readonly beats: number;
  readonly headerBeats: number;
  readonly header: readonly FieldValue[];
  readonly count: number; // words of the packet
  readonly words: readonly WordPreview[];
}

export interface PacketPreview {
  readonly runs: number;
  readonly iterations: number; // of this run
  readonly passes: readonly { readonly from: number; readonly to: number; readonly releases: boolean }[];
  readonly tag: number;
  readonly streams: readonly StreamPreview[]; // without sums where the pass releases none
}
