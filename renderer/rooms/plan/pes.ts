// What each PE does at a clock, for a picture and in words. In: a Kraken plan and a clock of it. Out: a state for each PE
// that is drawn, counts over those, and a sentence for one PE. The truth of it is plan/krakenClock.ts.
import type { PeArray } from '../../../main/array/array';
import type { KrakenPlan } from '../../../main/plan/kraken';
import { type ArrayClock, layerMacOf, workOf } from '../../../main/plan/krakenClock';
import type { Layer } from '../../../main/plan/layer';
import { tellMac } from '../../../main/plan/tellMac';

export const IDLE = 0;
export const ZERO = 1; // multiplies a zero: padding, or one that a form put in
export const WORK = 2; // does a valid MAC
/** More PEs than any screen shows apart. */
const MOST_ROWS = 64;
const MOST_CORES = 256;

export interface PePlace {
  readonly row: number;
  readonly core: number;
}
export interface DrawnPes {
  readonly rows: number;
  readonly cores: number;
  readonly states: Uint8Array; // row by row
  readonly working: number;
  readonly zeros: number;
  readonly idle: number;
  readonly isCropped: boolean; // there are more PEs than are drawn
}

export function drawnPes(layer: Layer, plan: KrakenPlan, array: PeArray, at: ArrayClock): DrawnPes {
  const [rows, cores] = [Math.min(array.rows, MOST_ROWS), Math.min(array.cores, MOST_CORES)];
  const states = new Uint8Array(rows * cores);
  const counts: [number, number, number] = [0, 0, 0];
  for (let row = 0; row < rows; row++)
    for (let core = 0; core < cores; core++) {
      const work = workOf(plan, array, at, row, core);
      const state = !work ? IDLE : layerMacOf(layer, plan, at, work) ? WORK : ZERO;
      states[row * cores + core] = state;
      counts[state]++;
    }
  const [idle, zeros, working] = counts;
  return { rows, cores, states, working, zeros, idle, isCropped: rows < array.rows || cores < array.cores };
}

/** One PE in words: 'PE 3, 17 (group 5, core 2): y[0, 12, 5, 9] += x[0, 12, 6, 4] · w[9, 1, 2, 4]'. */
export function tellPe(layer: Layer, plan: KrakenPlan, array: PeArray, at: ArrayClock, { row, core }: PePlace): string {
  const { G, E } = plan.tiles;
  const elastic = Math.floor(core / G);
  const who =
    elastic < E ? `PE ${row}, ${core} (group ${elastic}, core ${core % G})` : `PE ${row}, ${core} (in no group)`;
  if (at.does !== 'multiply') return `${who}: ${at.does === 'shift' ? 'passes its sum on' : 'waits'}`;
  const work = workOf(plan, array, at, row, core);
  if (!work) return `${who}: idle`;
  const mac = layerMacOf(layer, plan, at, work);
  return mac ? `${who}: ${tellMac(layer, mac)}` : `${who}: multiplies a zero`;
}
