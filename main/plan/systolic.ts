// What the three systolic dataflows share. In: a layer as a product of matrices, a mapping (os.ts, ws.ts, is.ts), an
// array. Out: folds and clocks exactly as SCALE-Sim counts them, and the order and blocks of folds that move the fewest
// bytes through the three SRAMs, found by trying all of them.
//
// The array takes folds: Ar x Ac pieces of two dimensions (r, c), the third (t) streams through. Folds are grouped into
// blocks of r and c, t may be cut into splits (each pays the fill and drain again). A block of an operand that fits half
// its SRAM is kept while the loops that do not touch it go round; one that does not fit is streamed again by each fold.
import type { PeArray } from '../array/array';
import { type Gemm, gemmOf } from './gemm';
import type { Layer, Pin } from './layer';
import { Nest } from './nest';
import { Best, type Certificate, type Objective, evenChunks } from './search';
import { ORDERS, type SystolicChoice, type SystolicMapping, type SystolicTiles } from './mapping';

export interface Found {
  readonly gemm: Gemm;
  readonly choice: SystolicChoice;
  readonly tiles: SystolicTiles;
  readonly inferences: number; // of a chunk of the batch
  readonly certificate: Certificate;
}

/** Counts of blocks worth trying for `folds` folds: each number of folds in a block once. Ascending. */
export function blockCounts(folds: number): number[] {
  const counts: number[] = [];
  for (let size = folds; size >= 1;) {
    const count = Math.ceil(folds / size);
    counts.push(count);
    size = Math.ceil(folds / count) - 1; // the largest size that needs more blocks
  }
  return counts;
}

/** The best order, blocks and chunks among those the pin allows. */
export function searchSystolic(
  layer: Layer,
  batch: number,
  mapping: SystolicMapping,
  array: PeArray,
  objective: Objective,
  pin: Pin,
): Found | null {
  const best = new Best<Omit<Found, 'certificate'>>(objective);
  for (const chunks of allowed(pin, 'chunks', evenChunks(batch))) {
    const gemm = gemmOf(layer, batch, chunks);
    const nest = new Nest(gemm, mapping, array);
    searchNest(nest, pin, best, (choice) => ({
      gemm,
      choice: { ...choice, chunks },
      tiles: nest.tiles(),
      inferences: batch / chunks,
    }));
  }
  const result = best.result();
  return result && { ...result.found, certificate: result.certificate };
}

/** Every order and number of blocks and splits. @param found makes a plan of the candidate that the nest holds */
function searchNest<T>(
  nest: Nest,
  pin: Pin,
  best: Best<T>,
  found: (choice: Omit<SystolicChoice, 'chunks'>) => T,
): void {
  const rowCounts = allowed(pin, 'rowBlocks', blockCounts(nest.rowFolds));
  const columnCounts = allowed(pin, 'columnBlocks', blockCounts(nest.columnFolds));
  const splitCounts = allowed(pin, 'splits', blockCounts(nest.time));
  const orders = allowed(pin, 'order', ORDERS).map((order) => ORDERS.indexOf(order));
  for (const [s, splits] of splitCounts.entries()) {
    // both parts of the bound grow with the splits: what cannot improve here cannot later
    const bound = nest.bound(splits);
    if (!best.canImprove(bound.clocks, bound.bytes)) {
      best.prune((splitCounts.length - s) * rowCounts.length * columnCounts.length * orders.length);
      return;
    }
    for (const rowBlocks of rowCounts) {
      for (const columnBlocks of columnCounts) {
        nest.cut(rowBlocks, columnBlocks, splits);
        for (const order of orders) {
          nest.order(order);
          if (best.offer(nest.clocks, nest.bytes))
            best.keep(found({ order: ORDERS[order]!, rowBlocks, columnBlocks, splits }), nest);
        }
      }
    }
  }
}

const allowed = <T>(pin: Pin, name: keyof SystolicChoice, values: readonly T[]): readonly T[] =>
  pin[name] === undefined ? values : values.filter((value) => pin[name] === String(value));
