// A sweep as a session keeps it. In: nothing. Out: types only.
import type { PeArray } from '../array/array';
import type { Objective } from '../plan/search';
import type { Axes, DesignPoint } from './sweep';

/** stopped: cancelled, or its program ended; it goes on from the points it has. */
export type SweepProgress = 'running' | 'stopped' | 'done' | 'failed';

export interface SweepListed {
  readonly id: number;
  readonly name: string; // of the network
  readonly array: string; // name of the array it varies
  readonly state: SweepProgress;
  readonly total: number;
  readonly done: number; // the first ones, in the order of the sweep
  readonly startedAt: string; // ISO 8601
  readonly ms: number; // that it took so far
  readonly command: string; // its command-line twin
}

/** One sweep, and its points from a number on. */
export interface SweepPart {
  readonly sweep: SweepListed;
  readonly base: PeArray;
  readonly objective: Objective;
  readonly axes: Axes;
  readonly from: number;
  readonly points: readonly DesignPoint[];
}
