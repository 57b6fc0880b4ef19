// A plan as tiles on the tensors. In: a layer's plan and its array. Out: the tensors as sheets of two dimensions, each cut
// into the pieces that the loops go over: what a picture draws. Letters: Kraken (arXiv 2112.02793); folds: SCALE-Sim.
import type { PeArray } from '../array/array';
import type { KrakenPlan } from './kraken';
import type { ArrayClock } from './krakenClock';
import type { Dimension } from './mapping';
import { type ArrayPlan, MAPPINGS, type SystolicPlan } from './plan';
import type { FoldClock } from './systolicClock';

/** One dimension of a tensor, cut into `count` pieces of `piece` each; the last one may be smaller. */
export interface Side {
  readonly name: string; // 'output channels'
  readonly size: number;
  readonly count: number;
  readonly piece: number;
  readonly cut: string; // what a piece is: 'row block', '' where there is only one
}
export interface Sheet {
  readonly name: 'inputs' | 'weights' | 'outputs';
  readonly down: Side;
  readonly across: Side;
  readonly more: string; // dimensions that are not drawn
}

const side = (name: string, size: number, count: number, piece: number, cut: string): Side => ({
  name,
  size,
  count,
  piece: Math.min(piece, size),
  cut: count > 1 ? cut : '',
});

const join = (...words: (string | false)[]): string => words.filter(Boolean).join(', ');

export const tileSheets = (plan: ArrayPlan, array: PeArray): Sheet[] =>
  plan.dataflow === 'kraken' ? krakenSheets(plan, array) : systolicSheets(plan, array);

/** Is the shape a product of matrices: no map, only rows? Then its depth is drawn where the columns would be. */
const isProduct = ({ shape }: KrakenPlan): boolean => shape.columns === 1 && shape.kernelH * shape.kernelW === 1;

function krakenSheets(plan: KrakenPlan, { rows }: PeArray): Sheet[] {
  const { shape, tiles } = plan;
  const { T, E, L, runs, passes, channelsIn, channelsOut } = tiles;
  const { strideH, strideW, kernelH, kernelW, frames, heights } = shape;
  const block = heights.length > 1 ? 'row block of one of the interleaved maps' : 'row block';
  const depth = side('input channels', channelsIn, passes, Math.ceil(channelsIn / passes), 'pass');
  const channels = side('output channels', channelsOut, T, strideW * E, 'iteration');
  const repeated = join(frames > 1 && `${frames} frames`, runs > 1 && `${runs} runs`);
  return [
    {
      name: 'inputs',
      down: side('rows', shape.rows.input, L, rows * strideH, block),
      across: isProduct(plan) ? depth : side('columns', shape.columns, shape.columns, 1, 'column'),
      more: join(!isProduct(plan) && `${channelsIn} channels`, repeated),
    },
    {
      name: 'weights',
      down: depth,
      across: channels,
      more: join(kernelH * kernelW > 1 && `${kernelH}×${kernelW} taps`, runs > 1 && `${runs} runs`),
    },
    {
      name: 'outputs',
      down: side('rows', shape.outputRows, L, rows, block),
      across: channels,
      more: join(shape.outputColumns > 1 && `${shape.outputColumns} columns`, repeated),
    },
  ];
}

/** A piece of a sheet, counted down and across. */
export type Piece = readonly [down: number, across: number];

/** Which piece of each sheet the array works on at a clock. */
export function activePieces(plan: KrakenPlan, at: ArrayClock): Piece[] {
  const { block, column, pass, iteration } = at;
  return [
    [block, isProduct(plan) ? pass : column],
    [pass, iteration],
    [block, iteration],
  ];
}

const NAMES: Readonly<Record<Dimension, string>> = { pixels: 'pixels P', window: 'window K', filters: 'filters M' };

function systolicSheets({ dataflow, gemm, choice, tiles }: SystolicPlan, array: PeArray): Sheet[] {
  const { r, c } = MAPPINGS[dataflow];
  const sideOf = (dimension: Dimension): Side => {
    const [name, size] = [NAMES[dimension], gemm[dimension]];
    if (dimension === r) return side(name, size, tiles.rowFolds, array.rows, 'fold');
    if (dimension === c) return side(name, size, tiles.columnFolds, array.cores, 'fold');
    return side(name, size, choice.splits, Math.ceil(size / choice.splits), 'split');
  };
  const moved = (rounds: number, word: string): string =>
    join(gemm.runs > 1 && `${gemm.runs} runs`, `${word} ${rounds === 1 ? 'once' : `${rounds} times`}`);
  return [
    { name: 'inputs', down: sideOf('pixels'), across: sideOf('window'), more: moved(tiles.pixelRounds, 'read') },
    { name: 'weights', down: sideOf('window'), across: sideOf('filters'), more: moved(tiles.weightRounds, 'read') },
    { name: 'outputs', down: sideOf('pixels'), across: sideOf('filters'), more: moved(tiles.outputRounds, 'written') },
  ];
}

/** The same of a systolic plan. */
export function activeFolds({ dataflow }: SystolicPlan, { rowFold, columnFold, split }: FoldClock): Piece[] {
  const { r, c } = MAPPINGS[dataflow];
  const of = (dimension: Dimension): number => (dimension === r ? rowFold : dimension === c ? columnFold : split);
  const [p, k, m] = [of('pixels'), of('window'), of('filters')];
  return [
    [p, k],
    [k, m],
    [p, m],
  ];
}

/** Where piece `at` of a side begins, as a share of the whole: 0 to 1. Pieces that do not tile it (interleaved maps) are drawn alike. */
export function cutAt({ size, count, piece }: Side, at: number): number {
  const tiles = (count - 1) * piece < size && size <= count * piece;
  return tiles ? Math.min(1, (at * piece) / size) : at / count;
}
