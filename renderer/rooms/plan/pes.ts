// What each PE does at a clock, for a picture and in words. In: a picture of the clock (krakenPicture.ts,
// systolicPicture.ts). Out: a state for each PE that is drawn, and counts over those.
import type { PeArray } from '../../../main/array/array';
import type { Piece } from '../../../main/plan/tiles';

export const IDLE = 0;
export const ZERO = 1; // multiplies a zero: padding, or one that a form put in
export const WORK = 2; // does a valid MAC
export const LOAD = 3; // takes the element that will stay, or hands one on
export type PeState = typeof IDLE | typeof ZERO | typeof WORK | typeof LOAD;
/** More PEs than any screen shows apart. */
const MOST_ROWS = 64;
const MOST_CORES = 256;

export interface PePlace {
  readonly row: number;
  readonly core: number;
}

/** The array at one clock, whatever its dataflow. */
export interface Picture {
  readonly does: string; // of the whole array: 'multiplies'
  readonly where: string; // the steps of the loops
  readonly next: { readonly title: string; readonly clock: number }; // a longer step
  readonly loads: boolean; // is there a state LOAD at any clock?
  readonly groupCores: number; // cores between two seams; 1 without
  readonly groups: number;
  readonly pieces: readonly Piece[]; // of inputs, weights, outputs
  state(place: PePlace): PeState;
  /** One PE in words: 'PE 3, 17: y[0, 12, 5, 9] += x[0, 12, 6, 4] · w[9, 1, 2, 4]'. */
  tell(place: PePlace): string;
}

/** The step of a loop, where it has several: 'fold 2/7'. */
export const tellStep = (name: string, value: number, count: number): string[] =>
  count > 1 ? [`${name} ${value + 1}/${count}`] : [];

export interface DrawnPes {
  readonly rows: number;
  readonly cores: number;
  readonly states: Uint8Array; // row by row
  readonly working: number;
  readonly zeros: number;
  readonly loading: number;
  readonly idle: number;
  readonly isCropped: boolean; // there are more PEs than are drawn
}

export function drawnPes(picture: Picture, array: PeArray): DrawnPes {
  const [rows, cores] = [Math.min(array.rows, MOST_ROWS), Math.min(array.cores, MOST_CORES)];
  const states = new Uint8Array(rows * cores);
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++)
    for (let core = 0; core < cores; core++) {
      const state = picture.state({ row, core });
      states[row * cores + core] = state;
      counts[state]++;
    }
  const [idle, zeros, working, loading] = counts;
  return { rows, cores, states, working, zeros, loading, idle, isCropped: rows < array.rows || cores < array.cores };
}
