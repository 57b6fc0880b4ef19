// What the three systolic dataflows share. In: a layer as a product of matrices, a mapping (os.ts, ws.ts, is.ts), an
// array. Out: folds and clocks exactly as SCALE-Sim counts them, and the order and blocks of folds that move the fewest
// bytes through the three SRAMs, found by trying all of them.
//
// The array takes folds: Ar x Ac pieces of two dimensions (r, c), the third (t) streams through. Folds are grouped into
// blocks of r and c, t may be cut into splits (each pays the fill and drain again). A block of an operand that fits half
// its SRAM is kept while the loops that do not touch it go round; one that does not fit is streamed again by each fold.
import type { PeArray } from '../array/array';
import { type Gemm, countPixelWords } from './gemm';
import { Best, type Certificate, type Cost, type Objective } from './search';
import { type Traffic, dramBytes, stallClocks } from './transfer';

export type Dimension = 'pixels' | 'window' | 'filters'; // P, K, M of the product [P, K] x [K, M]

/** One systolic dataflow: which dimension lies along the rows, which along the columns, which streams. */
export interface SystolicMapping {
  readonly dataflow: 'os' | 'ws' | 'is';
  readonly r: Dimension;
  readonly c: Dimension;
  readonly t: Dimension;
  /** Clocks to fill and drain the array, in every fold. */
  overhead(rows: number, cores: number): number;
}

export const ORDERS = ['rct', 'rtc', 'crt', 'ctr', 'trc', 'tcr'] as const; // outer to inner loop over blocks
export type Order = (typeof ORDERS)[number];

export interface SystolicChoice {
  readonly order: Order;
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  readonly splits: number; // of t
}
export const SYSTOLIC_CHOICES = ['order', 'rowBlocks', 'columnBlocks', 'splits'] as const;

export interface SystolicTiles {
  readonly rowFolds: number;
  readonly columnFolds: number;
  readonly time: number; // T, steps of the dimension that streams
  readonly overhead: number;
  readonly clocks: number; // stalls not included
  readonly stallClocks: number;
  readonly traffic: Traffic;
  readonly bytes: number;
  /** How often each operand passes through its SRAM, 1 at best. */
  readonly pixelRounds: number;
  readonly weightRounds: number;
  readonly outputRounds: number;
}

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

const sizeOf = (gemm: Gemm, dimension: Dimension): number => gemm[dimension];

/** The best order and blocks. `allows` holds a choice to a pin. */
export function searchSystolic(
  gemm: Gemm,
  mapping: SystolicMapping,
  array: PeArray,
  objective: Objective,
  allows: (choice: SystolicChoice) => boolean,
): Found | null {
  const nest = new Nest(gemm, mapping, array);
  const best = new Best<Omit<Found, 'certificate'>>(objective);
  const [rowCounts, columnCounts] = [blockCounts(nest.rowFolds), blockCounts(nest.columnFolds)];
  const splits = blockCounts(nest.time);
  for (let s = 0; s < splits.length; s++) {
    // both parts of the bound grow with the splits: what cannot improve here cannot later
    if (!best.canImprove(nest.bound(splits[s]!))) {
      best.prune((splits.length - s) * rowCounts.length * columnCounts.length * ORDERS.length);
      break;
    }
    for (const rowBlocks of rowCounts) {
      for (const columnBlocks of columnCounts) {
        nest.cut(rowBlocks, columnBlocks, splits[s]!);
        for (const order of ORDERS) {
          const choice = { order, rowBlocks, columnBlocks, splits: splits[s]! };
          if (!allows(choice)) continue;
          nest.order(order);
          best.offer(nest, () => ({ choice, tiles: nest.tiles() }));
        }
      }
    }
  }
  const result = best.result();
  return result && { ...result.found, certificate: result.certificate };
}

/** Evaluates candidates without making objects: cut() sets the blocks, order() the loops; clocks and bytes are the cost. */
class Nest implements Cost {
  readonly rowFolds: number;
  readonly columnFolds: number;
  readonly time: number;
  private readonly overhead: number;
  private readonly compulsoryBytes: number;
  clocks = 0; // with stalls
  bytes = 0;

  private rowBlocks = 1;
  private columnBlocks = 1;
  private splits = 1;
  private computeClocks = 0;
  // words of one round of each operand, in blocks or, where a block does not fit, in folds
  private pixelWords = 0;
  private keepsPixels = false;
  private keepsWeights = false;
  private keepsOutputs = false;
  private pixelRounds = 1;
  private weightRounds = 1;
  private outputRounds = 1;

  constructor(
    private readonly gemm: Gemm,
    private readonly mapping: SystolicMapping,
    private readonly array: PeArray,
  ) {
    this.rowFolds = Math.ceil(sizeOf(gemm, mapping.r) / array.rows);
    this.columnFolds = Math.ceil(sizeOf(gemm, mapping.c) / array.cores);
    this.time = sizeOf(gemm, mapping.t);
    this.overhead = mapping.overhead(array.rows, array.cores);
    this.compulsoryBytes = dramBytes({ ...this.traffic(), pixelWords: gemm.runs * gemm.usedPixelWords }, { ...array, dramBurstBytes: 1 }); // prettier-ignore
  }

  /** What no candidate with so many splits can be below. */
  bound(splits: number): Cost {
    const dram = this.array.dramMegabytesPerSecond;
    const transfer = dram === 0 ? 0 : Math.ceil((this.compulsoryBytes * this.array.clockMHz) / dram);
    return { clocks: Math.max(this.countClocks(splits), transfer), bytes: this.compulsoryBytes };
  }

  private countClocks(splits: number): number {
    return this.gemm.runs * this.rowFolds * this.columnFolds * (splits * this.overhead + this.time);
  }

  cut(rowBlocks: number, columnBlocks: number, splits: number): void {
    const { gemm, mapping, array } = this;
    this.rowBlocks = rowBlocks;
    this.columnBlocks = columnBlocks;
    this.splits = splits;
    this.computeClocks = this.countClocks(splits);
    const r = Math.min(Math.ceil(this.rowFolds / rowBlocks) * array.rows, sizeOf(gemm, mapping.r));
    const c = Math.min(Math.ceil(this.columnFolds / columnBlocks) * array.cores, sizeOf(gemm, mapping.c));
    const t = Math.ceil(this.time / splits);
    const p = pick(mapping, 'pixels', r, c, t);
    const k = pick(mapping, 'window', r, c, t);
    const m = pick(mapping, 'filters', r, c, t);
    const block = countPixelWords(gemm, p, k);
    this.keepsPixels = block.largest * array.pixelBits <= array.pixelSramBytes * 4; // half of 8 bits a byte
    this.keepsWeights = k * m * array.weightBits <= array.weightSramBytes * 4;
    this.keepsOutputs = p * m * array.accumulatorBits <= array.outputSramBytes * 4;
    this.pixelWords = this.keepsPixels ? block.sum : this.foldPixelWords(t);
  }

  /** Words of one round when each fold fetches its own. */
  private foldPixelWords(t: number): number {
    const { gemm, mapping, array } = this;
    const [r, c] = [Math.min(array.rows, sizeOf(gemm, mapping.r)), Math.min(array.cores, sizeOf(gemm, mapping.c))];
    return countPixelWords(gemm, pick(mapping, 'pixels', r, c, t), pick(mapping, 'window', r, c, t)).sum;
  }

  order(order: Order): void {
    this.pixelRounds = this.rounds(order, 'filters', this.keepsPixels);
    this.weightRounds = this.rounds(order, 'pixels', this.keepsWeights);
    this.outputRounds = this.rounds(order, 'window', this.keepsOutputs);
    const traffic = this.traffic();
    this.bytes = dramBytes(traffic, this.array);
    this.clocks = this.computeClocks + stallClocks(this.computeClocks, traffic, this.array, this.bytes);
  }

  /** How often an operand is moved that does not have the dimension `free`. */
  private rounds(order: Order, free: Dimension, isKept: boolean): number {
    const { mapping } = this;
    const letter = mapping.r === free ? 'r' : mapping.c === free ? 'c' : 't';
    if (!isKept) return letter === 'r' ? this.rowFolds : letter === 'c' ? this.columnFolds : this.splits;
    const at = order.indexOf(letter);
    // kept while its own loop goes round, if no loop inside that one exchanges the block
    const isExchanged = (at < 2 && this.blocks(order[2]!) > 1) || (at < 1 && this.blocks(order[1]!) > 1);
    return isExchanged ? this.blocks(letter) : 1;
  }

  private blocks(letter: string): number {
    return letter === 'r' ? this.rowBlocks : letter === 'c' ? this.columnBlocks : this.splits;
  }

  private traffic(): Traffic {
    const { runs, window, filters, pixels } = this.gemm;
    const blocks = runs * this.rowBlocks * this.columnBlocks * this.splits;
    return {
      pixelWords: runs * this.pixelRounds * this.pixelWords,
      weightWords: runs * this.weightRounds * window * filters,
      outputWords: runs * this.outputRounds * pixels * filters,
      outputReadWords: runs * (this.outputRounds - 1) * pixels * filters,
      pixelPackets: blocks,
      weightPackets: blocks,
      outputPackets: blocks,
    };
  }

  tiles(): SystolicTiles {
    const traffic = this.traffic();
    const { rowFolds, columnFolds, time, overhead, bytes, pixelRounds, weightRounds, outputRounds } = this;
    const clocks = this.computeClocks;
    const stall = stallClocks(clocks, traffic, this.array, bytes);
    return { rowFolds, columnFolds, time, overhead, clocks, stallClocks: stall, traffic, bytes, pixelRounds, weightRounds, outputRounds }; // prettier-ignore
  }
}

const pick = (mapping: SystolicMapping, dimension: Dimension, r: number, c: number, t: number): number =>
  mapping.r === dimension ? r : mapping.c === dimension ? c : t;
