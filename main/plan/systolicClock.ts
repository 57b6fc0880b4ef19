// What a systolic array does at a clock. In: a plan of `os`, `ws` or `is`, and a clock of it. Out: the fold, and what each
// PE does in it. The picture of a plan in motion, and the proof that it does every MAC once in the clocks it counts.
// Schedule: SCALE-Sim (arXiv 1811.02883). What streams in is skewed by a clock for each row and column, so PE (i, j) is
// i + j clocks behind PE (0, 0). os: both operands stream, the sum stays. ws, is: first the operand that stays moves down
// from the top, one row a clock, that of the lowest row first; then the other streams from the left and sums move down.
// Every fold takes the clocks of the whole array, also where the layer's edge fills a part of it.
import type { PeArray } from '../array/array';
import { divide } from './krakenClock';
import type { Layer } from './layer';
import { type LayerMac, inBatch } from './layerMac';
import type { Dimension } from './mapping';
import { MAPPINGS, type SystolicPlan } from './plan';

/** One clock of a fold. Stalls are not in the picture. */
export interface FoldClock {
  readonly run: number; // group or product, through all chunks of the batch
  readonly rowFold: number;
  readonly columnFold: number;
  readonly split: number;
  readonly start: number; // first step of the split
  readonly time: number; // steps that stream through in this fold
  readonly clock: number; // of the fold, from 0
  readonly clocks: number; // of the fold
}

/** A MAC of the product of matrices: its place in P, K and M. */
export type GemmMac = Readonly<Record<Dimension, number>>;

/** load: takes the element that stays, of this or a lower row; pass: no element of its own, the sum goes through. */
export type PeStep =
  | { readonly does: 'load' | 'multiply'; readonly of: GemmMac } // of a load, the place in what streams is 0
  | { readonly does: 'wait' | 'pass' | 'drain' | 'unused' };

/** @param clock from 0 to plan.tiles.clocks - 1 */
export function foldAt({ gemm, choice, tiles }: SystolicPlan, clock: number): FoldClock {
  const { rowFolds, columnFolds, time, overhead } = tiles;
  const [run, inRun] = divide(clock, tiles.clocks / gemm.runs);
  const piece = {
    r: Math.ceil(rowFolds / choice.rowBlocks),
    c: Math.ceil(columnFolds / choice.columnBlocks),
    t: Math.ceil(time / choice.splits),
  };
  const first = { r: 0, c: 0, t: 0 };
  const size = { r: rowFolds, c: columnFolds, t: time };
  type Letter = keyof typeof size;
  let left = inRun;
  /** Goes into the piece of a loop in which the clock lies; all pieces but the last are full. */
  const enter = (letter: Letter, most: number): void => {
    const whole = size[letter];
    size[letter] = Math.min(most, whole);
    const [at, rest] = divide(left, size.r * size.c * (size.t + Math.ceil(size.t / piece.t) * overhead));
    left = rest;
    first[letter] += at * most;
    size[letter] = Math.min(most, whole - at * most);
  };
  for (const letter of [...choice.order] as Letter[]) enter(letter, piece[letter]);
  enter('r', 1);
  enter('c', 1);
  return {
    run,
    rowFold: first.r,
    columnFold: first.c,
    split: first.t / piece.t,
    start: first.t,
    time: size.t,
    clock: left,
    clocks: size.t + overhead,
  };
}

/** Clocks at the start of a fold in which the operand that stays comes in. */
export const loadClocks = ({ tiles }: SystolicPlan, { rows, cores }: PeArray): number =>
  tiles.overhead - (rows + cores - 2);

export function stepOf(plan: SystolicPlan, array: PeArray, at: FoldClock, row: number, core: number): PeStep {
  const { r: down, c: across, t: along } = MAPPINGS[plan.dataflow];
  const load = loadClocks(plan, array);
  const c = at.columnFold * array.cores + core;
  const place = (peRow: number, t: number): PeStep & { of: GemmMac } => {
    const of = { [down]: at.rowFold * array.rows + peRow, [across]: c, [along]: t } as GemmMac;
    return { does: at.clock < load ? 'load' : 'multiply', of };
  };
  const isUsed = (peRow: number): boolean => at.rowFold * array.rows + peRow < plan.gemm[down];
  if (c >= plan.gemm[across]) return { does: 'unused' };
  if (at.clock < load) {
    const target = array.rows - 1 - (at.clock - row); // the row whose element goes through this one now
    return target < array.rows && isUsed(target) ? place(target, 0) : { does: 'wait' };
  }
  const t = at.clock - load - row - core;
  const streams = t >= 0 && t < at.time;
  if (!isUsed(row)) return { does: load > 0 && streams ? 'pass' : 'unused' };
  return streams ? place(row, at.start + t) : { does: t < 0 ? 'wait' : 'drain' };
}

/** The layer's own MAC, also where it multiplies a zero of the padding. */
export function layerMacAt(layer: Layer, plan: SystolicPlan, at: FoldClock, of: GemmMac): LayerMac {
  const [chunk, run] = divide(at.run, plan.gemm.runs / plan.choice.chunks);
  return inBatch(layer, chunkMacAt(layer, run, of), chunk * plan.inferences);
}

/** The same within one chunk of the batch. */
function chunkMacAt(layer: Layer, run: number, { pixels, window, filters }: GemmMac): LayerMac {
  if (layer.kind === 'product')
    return {
      frame: 0,
      group: run,
      row: pixels,
      column: 0,
      channelOut: filters,
      channelIn: window,
      kernelRow: 0,
      kernelColumn: 0,
    };
  const { rows, columns, inputChannels } = layer;
  const [line, column] = divide(pixels, columns.output);
  const [frame, row] = divide(line, rows.output);
  const [tap, channelIn] = divide(window, inputChannels);
  const [kernelRow, kernelColumn] = divide(tap, columns.taps);
  return { frame, group: run, row, column, channelOut: filters, channelIn, kernelRow, kernelColumn };
}
