// What comparing the RTL with golden leaves behind: plain JSON, which crosses to the window, lies in the session and is what
// `goldbench simulate --json` prints.
import type { KernelSet } from '../network/arithmetic';
import type { MeasuredClocks, Operand, SumDifference } from '../simulate/record';

/** Coordinates by which differences are counted, with the word people use. */
export const COORDINATES = {
  channel: 'output channel',
  core: 'core',
  row: 'PE row',
  iteration: 'iteration',
  block: 'row block',
  column: 'streamed column',
} as const;
export type Coordinate = keyof typeof COORDINATES;

/** [coordinate, differences], coordinates without any left out. */
export type Counts = Readonly<Record<Coordinate, readonly (readonly [number, number])[]>>;

export interface FirstSum extends SumDifference {
  readonly elementIndex: readonly number[] | null; // of the operator's output; null beside it
  readonly goldenOutput: number | null;
  readonly rtlOutput: number | null;
  readonly clock: number; // in which it left the engine
  /** In which the sequencer issued its last product, where no stall lay before it; else null. */
  readonly issuedAt: number | null;
  readonly operands: number; // products in it
  readonly shownOperands: readonly Operand[]; // the first of them
  readonly cause: string; // what it looks like; '' where nothing is evident
  readonly told: readonly string[]; // all of this in lines for people
}

export interface WaveFile extends ClockRange {
  readonly file: string; // FST, for GTKWave or Surfer
}

export interface LayerVerdict {
  readonly operator: number;
  readonly name: string;
  readonly sizes: string;
  readonly result: 'equal' | 'differs';
  readonly why: string; // what is wrong, in a sentence; '' where nothing is
  readonly elements: number;
  readonly differing: number; // of the output's elements
  readonly sums: number; // words of the stream that were compared
  readonly differingSums: number;
  readonly first: FirstSum | null;
  readonly pattern: string;
  readonly counts: Counts | null;
  /** Whether the first tile that differs is wrong when it runs alone, too; null where all is equal. */
  readonly tileAlone: boolean | null;
  readonly clocks: MeasuredClocks;
  readonly seconds: number;
  readonly waves: WaveFile | null;
}

/** Clocks to write waves of. */
export interface ClockRange {
  readonly from: number;
  readonly to: number;
}

export interface SimulationRecord {
  readonly network: { readonly name: string; readonly sha256: string };
  readonly array: string; // its name
  readonly rows: number;
  readonly cores: number;
  readonly kernels: KernelSet;
  readonly chain: boolean;
  readonly seed: number;
  readonly throttle: number; // chance of valid and ready in a clock, in percent; 100: always
  readonly startedAt: string; // ISO 8601 UTC
  readonly ms: number;
  readonly isEqual: boolean;
  readonly conclusion: string; // in a sentence or two
  readonly layers: readonly LayerVerdict[];
  /** Operators that golden ran, and why the engine did not. */
  readonly host: readonly { readonly operator: number; readonly why: string }[];
  /** Chained: bytes of the network's outputs that differ from those of golden alone; else null. */
  readonly outputsDiffer: number | null;
}

/** A simulation as lists show it. */
export interface SimulationListed extends Pick<
  SimulationRecord,
  'array' | 'isEqual' | 'startedAt' | 'throttle' | 'seed' | 'chain'
> {
  readonly run: number; // of the session: what the RTL made
  readonly golden: number; // the run whose inputs it took
}
