// What every part of the array does in each clock of a layer's first iteration. In: a run of the layer, an engine. Out:
// its operations, and for them the pixels of each row, the weights of each core, and all sums where some are released.
// Nothing here is taken from the RTL: the loop nest is the plan's (plan/krakenClock.ts), operands are the layer's own by the
// indices of the loops, and a PE is what Kraken (arXiv 2112.02793) says it is: a product added, or the left neighbour's sum.
import { type ArrayClock, type LoopNest, clockAt, weightOf } from '../plan/krakenClock';
import type { Engine } from '../simulate/engine';
import type { OperatorRun } from '../simulate/lower';
import { hasChannel } from '../simulate/pixels';
import { finalColumn } from '../simulate/places';
import type { Pass } from '../simulate/tiles';

/** A clock of the loop nest, with what else happens in it. */
export interface Operation extends ArrayClock {
  readonly of: Pass;
  readonly product: number; // of its column; products have been counted when the sums shift
  readonly released: readonly number[]; // output columns that are final after it, the oldest first
  readonly ends: 'nothing' | 'pass'; // the bank of weights is no longer needed
}

/** The first `most` operations; more, until the first sums are final. Channels count from the pass's first. */
export function firstOperations(run: OperatorRun, most: number): Operation[] {
  const { layer, tiles } = run;
  const final = releasesByColumn(run);
  const operations: Operation[] = [];
  let hasReleased = false;
  for (const [number, of] of tiles.passes.entries()) {
    const nest = nestOf(run, of);
    const products = (of.to - of.from) * layer.rows.taps;
    const perColumn = products + nest.tiles.shiftClocks;
    for (let clock = 0; clock < nest.tiles.clocks; clock++) {
      if (operations.length >= most && hasReleased) return operations;
      const at = clockAt(nest, { configClocks: 0 }, clock);
      const product = clock % perColumn;
      const released = of.releases && product === products - 1 ? final[at.column]! : [];
      operations.push({
        ...at,
        pass: number,
        of,
        product,
        released,
        ends: clock === nest.tiles.clocks - 1 ? 'pass' : 'nothing',
      });
      hasReleased ||= released.length > 0;
    }
  }
  return operations;
}

/** The loops of one pass of one iteration. */
function nestOf({ layer, tiles }: OperatorRun, { from, to }: Pass): LoopNest {
  const { rows, columns, frames } = layer;
  const shiftClocks = columns.taps === 1 ? 0 : 1;
  const channelsIn = to - from;
  const clocks = frames * tiles.L * tiles.columns * (channelsIn * rows.taps + shiftClocks);
  return {
    shape: { frames, columns: tiles.columns, kernelH: rows.taps, strideH: rows.stride },
    tiles: { runs: 1, T: 1, L: tiles.L, passes: 1, channelsIn, shiftClocks, clocks },
  };
}

/** Of each streamed column the output columns that are final after it. */
function releasesByColumn({ layer, tiles }: OperatorRun): number[][] {
  const final = Array.from({ length: tiles.columns }, (): number[] => []);
  for (let o = 0; o < layer.columns.output; o++) final[finalColumn(layer, tiles, o).column]!.push(o);
  return final;
}

export const isProduct = ({ does }: Operation): boolean => does === 'multiply';

/** A sub-word's first tap takes a new unit of pixels. */
export const isLoad = (operation: Operation, { layer }: OperatorRun): boolean =>
  isProduct(operation) && operation.kernelRow < layer.rows.stride;

/** The first product of a sum: where a new one begins in every PE. */
export const isFirst = (operation: Operation, { layer }: OperatorRun): boolean =>
  isProduct(operation) &&
  !operation.of.keeps &&
  operation.product === 0 &&
  (operation.column === 0 || layer.columns.taps === 1);

const phaseOf = (column: number, { layer: { columns } }: OperatorRun): number =>
  (column + columns.before) % columns.stride;

/** The next column is one in which channel j of a group begins a sum in core j. */
export const isStart = (operation: Operation, run: OperatorRun): boolean => phaseOf(operation.column + 1, run) === 0;

export const startsNewSum = (core: number, { layer, tiles }: OperatorRun): boolean =>
  core % tiles.G < layer.columns.stride;

/** Rows of weights lie in the order in which they are read, beginning anew with each row block. */
export const addressOf = ({ of, column, product }: Operation, { layer: { rows, columns } }: OperatorRun): number =>
  (column % columns.stride) * (of.to - of.from) * rows.taps + product;

/** [operation, r]: the pixels under the operation's kernel row for `count` output rows of its block, 0 outside the map. */
export function pixelsOf(
  operations: readonly Operation[],
  { layer: { rows }, x }: OperatorRun,
  perBlock: number,
  count: number,
): Int8Array {
  const words = new Int8Array(operations.length * count);
  operations.forEach(({ of, frame, block, column, channelIn, kernelRow }, at) => {
    if (!hasChannel(x, of.from + channelIn)) return;
    const source = x.offset + frame * x.frame + column * x.column + (of.from + channelIn) * x.channel;
    for (let r = 0; r < count; r++) {
      const h = rows.stride * (block * perBlock + r) + kernelRow - rows.before;
      if (h >= 0 && h < rows.input) words[at * count + r] = x.data[source + h * x.row]!;
    }
  });
  return words;
}

/** [product, core]: 0 where a core idles. */
export function weightsOf(products: readonly Operation[], run: OperatorRun, cores: number): Int8Array {
  const { layer, tiles, w } = run;
  const { taps, stride } = layer.columns;
  const words = new Int8Array(products.length * cores);
  products.forEach(({ of, column, channelIn, kernelRow }, at) => {
    const source = w.offset + kernelRow * w.tapRow + (of.from + channelIn) * w.input;
    for (let core = 0; core < cores; core++) {
      const weight = weightOf(tiles, taps, stride, 0, phaseOf(column, run), core);
      if (weight && weight.channelOut < layer.channelsOut)
        words[at * cores + core] = w.data[source + weight.kernelColumn * w.tapColumn + weight.channelOut * w.output]!;
    }
  });
  return words;
}

/** [release, core, r]: the sums of all PEs after each operation that releases. */
export function snapshotsOf(
  operations: readonly Operation[],
  run: OperatorRun,
  { rows, cores, accumulatorBits, guardBits }: Engine,
  pixels: Int8Array,
  weights: Int8Array,
): Int32Array {
  const up = 32 - accumulatorBits - guardBits; // a sum wraps at its width
  const size = cores * rows;
  const sums = new Int32Array(size);
  const snapshots = new Int32Array(operations.filter(({ released }) => released.length > 0).length * size);
  let [product, taken] = [0, 0];
  for (const operation of operations) {
    if (isProduct(operation)) {
      const first = isFirst(operation, run);
      for (let c = 0, at = 0; c < cores; c++)
        for (let r = 0; r < rows; r++, at++) {
          const sum = (first ? 0 : sums[at]!) + pixels[product * rows + r]! * weights[product * cores + c]!;
          sums[at] = (sum << up) >> up;
        }
      product++;
    } else shiftSums(sums, run, isStart(operation, run), rows, cores);
    if (operation.released.length > 0) snapshots.set(sums, size * taken++);
  }
  return snapshots;
}

function shiftSums(sums: Int32Array, run: OperatorRun, start: boolean, rows: number, cores: number): void {
  sums.copyWithin(rows, 0, (cores - 1) * rows);
  for (let c = 0; c < cores; c++)
    if (c === 0 || (start && startsNewSum(c, run))) sums.fill(0, c * rows, (c + 1) * rows);
}
