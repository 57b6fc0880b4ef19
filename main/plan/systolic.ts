// What the three systolic dataflows share. In: a layer as a product of matrices, a mapping (os.ts, ws.ts, is.ts), an
// array. Out: folds and clocks exactly as SCALE-Sim counts them, and the order and blocks of folds that move the fewest
// bytes through the three SRAMs, found by trying all of them.
//
// The array takes folds: Ar x Ac pieces of two dimensions (r, c), the third (t) streams through. Folds are grouped into
// blocks of r and c, t may be cut into splits (each pays the fill and drain again). A block of an operand that fits half
// its SRAM is kept while the loops that do not touch it go round; one that does not fit is streamed again by each fold.
import type { PeArray } from '../array/array';
import type { Gemm } from './gemm';
import type { Pin } from './layer';
import { Nest } from './nest';
import { Best, type Certificate, type Objective } from './search';
import { ORDERS, type SystolicChoice, type SystolicMapping, type SystolicTiles } from './mapping';

export interface Found {
  readonly choice: SystolicChoice;
  readonly tiles: SystolicTiles;
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

/** The best order and blocks among those the pin allows. */
export function searchSystolic(
  gemm: Gemm,
  mapping: SystolicMapping,
  array: PeArray,
  objective: Objective,
  pin: Pin,
): Found | null {
  const nest = new Nest(gemm, mapping, array);
  const best = new Best<Omit<Found, 'certificate'>>(objective);
  const allowed = <T>(name: keyof SystolicChoice, values: readonly T[]): T[] =>
    values.filter((value) => pin[name] === undefined || pin[name] === String(value));
  const rowCounts = allowed('rowBlocks', blockCounts(nest.rowFolds));
  const columnCounts = allowed('columnBlocks', blockCounts(nest.columnFolds));
  const splitCounts = allowed('splits', blockCounts(nest.time));
  const orders = allowed('order', ORDERS);
  for (const [s, splits] of splitCounts.entries()) {
    // both parts of the bound grow with the splits: what cannot improve here cannot later
    const bound = nest.bound(splits);
    if (!best.canImprove(bound.clocks, bound.bytes)) {
      best.prune((splitCounts.length - s) * rowCounts.length * columnCounts.length * orders.length);
      break;
    }
    for (const rowBlocks of rowCounts) {
      for (const columnBlocks of columnCounts) {
        nest.cut(rowBlocks, columnBlocks, splits);
        for (const order of orders) {
          nest.order(order);
          if (best.offer(nest.clocks, nest.bytes))
            best.keep({ choice: { order, rowBlocks, columnBlocks, splits }, tiles: nest.tiles() }, nest);
        }
      }
    }
  }
  const result = best.result();
  return result && { ...result.found, certificate: result.certificate };
}
