// One candidate of a systolic plan after the other, evaluated without making objects: a search tries millions. In: a
// product of matrices, a mapping, an array; cut() sets the blocks, order() the order of their loops. Out: clocks with
// stalls, bytes in DRAM, and on request all tiles. The rule of what is kept in an SRAM is told in systolic.ts.
import type { PeArray } from '../array/array';
import { type Gemm, countPixelWords } from './gemm';
import type { Cost } from './search';
import { type Dimension, ORDERS, type SystolicMapping, type SystolicTiles } from './mapping';
import { type Traffic, burstBytes, dramBytes, dramClocks, hasLimits, stallClocks } from './transfer';

type Letter = 0 | 1 | 2; // r, c, t
const LETTERS = 'rct';

/** For each letter and order, a bit for each letter whose loop lies inside that letter's loop. */
const INSIDE = [...LETTERS].map((letter) =>
  ORDERS.map((order) =>
    [...order.slice(order.indexOf(letter) + 1)].reduce((mask, inner) => mask | (1 << LETTERS.indexOf(inner)), 0),
  ),
);

/** How often an operand passes: while nothing exchanges its blocks within its free loop, and otherwise. */
class Rounds {
  kept = 1;
  exchanged = 1;
  private readonly inside: readonly number[]; // by order

  /** @param free the dimension that the operand does not have: its loop goes round while the operand stays */
  constructor(readonly free: Letter) {
    this.inside = INSIDE[free]!;
  }
  /** What does not fit its SRAM passes again in each fold of the free loop. */
  cut(fits: boolean, blocks: number, folds: number): void {
    this.kept = fits ? 1 : folds;
    this.exchanged = fits ? blocks : folds;
  }
  /** @param many a bit for each letter with more than one block */
  of(order: number, many: number): number {
    return (this.inside[order]! & many) === 0 ? this.kept : this.exchanged;
  }
}

export class Nest implements Cost {
  readonly rowFolds: number;
  readonly columnFolds: number;
  readonly time: number;
  clocks = 0; // stalls included
  bytes = 0;

  private readonly overhead: number;
  private readonly limited: boolean;
  private readonly burst: number;
  private readonly compulsory: number; // bytes that every candidate moves
  private readonly sizes: readonly [r: number, c: number, t: number];
  private readonly ofPixels: Rounds;
  private readonly ofWeights: Rounds;
  private readonly ofOutputs: Rounds;
  private manyBlocks = 0; // a bit for each letter with more than one block
  private computeClocks = 0;
  private pixelWords = 0; // of one round, of one run
  private pixelBytes = 0; // of one round, of all runs; the two below likewise
  private readonly weightBytes: number;
  private readonly outputBytes: number;
  private packets = 1;
  /** Input words for blocks of p and k: they stay the same while only the third dimension's blocks change. */
  private words = { p: 0, k: 0, largest: 0, sum: 0, ofFolds: 0 };
  private pixelRounds = 1;
  private weightRounds = 1;
  private outputRounds = 1;

  constructor(
    private readonly gemm: Gemm,
    private readonly mapping: SystolicMapping,
    private readonly array: PeArray,
  ) {
    this.sizes = [gemm[mapping.r], gemm[mapping.c], gemm[mapping.t]];
    this.rowFolds = Math.ceil(this.sizes[0] / array.rows);
    this.columnFolds = Math.ceil(this.sizes[1] / array.cores);
    this.time = this.sizes[2];
    this.overhead = mapping.overhead(array.rows, array.cores);
    this.limited = hasLimits(array);
    this.burst = array.dramBurstBytes;
    this.ofPixels = new Rounds(this.letterOf('filters'));
    this.ofWeights = new Rounds(this.letterOf('pixels'));
    this.ofOutputs = new Rounds(this.letterOf('window'));
    this.weightBytes = (gemm.runs * gemm.window * gemm.filters * array.weightBits) / 8;
    this.outputBytes = (gemm.runs * gemm.pixels * gemm.filters * array.accumulatorBits) / 8;
    this.pixelWords = gemm.usedPixelWords;
    this.compulsory = dramBytes(this.traffic(), { ...array, dramBurstBytes: 1 });
  }

  private letterOf(dimension: Dimension): Letter {
    return this.mapping.r === dimension ? 0 : this.mapping.c === dimension ? 1 : 2;
  }

  /** What no candidate with so many splits can be below. */
  bound(splits: number): Cost {
    const clocks = Math.max(this.countClocks(splits), dramClocks(this.compulsory, this.array));
    return { clocks, bytes: this.compulsory };
  }

  private countClocks(splits: number): number {
    return this.gemm.runs * this.rowFolds * this.columnFolds * (splits * this.overhead + this.time);
  }

  cut(rowBlocks: number, columnBlocks: number, splits: number): void {
    const { gemm, array, sizes, rowFolds, columnFolds, ofPixels, ofWeights, ofOutputs } = this;
    this.manyBlocks = (rowBlocks > 1 ? 1 : 0) | (columnBlocks > 1 ? 2 : 0) | (splits > 1 ? 4 : 0);
    this.computeClocks = this.countClocks(splits);
    const r = Math.min(Math.ceil(rowFolds / rowBlocks) * array.rows, sizes[0]);
    const c = Math.min(Math.ceil(columnFolds / columnBlocks) * array.cores, sizes[1]);
    const t = Math.ceil(this.time / splits);
    const p = pick(ofWeights.free, r, c, t);
    const k = pick(ofOutputs.free, r, c, t);
    const m = pick(ofPixels.free, r, c, t);
    const words = this.countWords(p, k, t);
    const keepsPixels = words.largest * array.pixelBits <= array.pixelSramBytes * 4; // half of it, at 8 bits a byte
    const keepsWeights = k * m * array.weightBits <= array.weightSramBytes * 4;
    const keepsOutputs = p * m * array.accumulatorBits <= array.outputSramBytes * 4;
    ofPixels.cut(
      keepsPixels,
      pick(ofPixels.free, rowBlocks, columnBlocks, splits),
      pick(ofPixels.free, rowFolds, columnFolds, splits),
    );
    ofWeights.cut(
      keepsWeights,
      pick(ofWeights.free, rowBlocks, columnBlocks, splits),
      pick(ofWeights.free, rowFolds, columnFolds, splits),
    );
    ofOutputs.cut(
      keepsOutputs,
      pick(ofOutputs.free, rowBlocks, columnBlocks, splits),
      pick(ofOutputs.free, rowFolds, columnFolds, splits),
    );
    this.pixelWords = keepsPixels ? words.sum : words.ofFolds;
    this.pixelBytes = (gemm.runs * this.pixelWords * array.pixelBits) / 8;
    this.packets = gemm.runs * rowBlocks * columnBlocks * splits;
  }

  private countWords(p: number, k: number, t: number): Nest['words'] {
    if (this.words.p === p && this.words.k === k) return this.words;
    this.words = { p, k, ...countPixelWords(this.gemm, p, k), ofFolds: this.foldPixelWords(t) };
    return this.words;
  }

  /** Words of one round when each fold fetches its own. */
  private foldPixelWords(t: number): number {
    const [r, c] = [Math.min(this.array.rows, this.sizes[0]), Math.min(this.array.cores, this.sizes[1])];
    return countPixelWords(this.gemm, pick(this.ofWeights.free, r, c, t), pick(this.ofOutputs.free, r, c, t)).sum;
  }

  /** @param order its place in ORDERS */
  order(order: number): void {
    this.pixelRounds = this.ofPixels.of(order, this.manyBlocks);
    this.weightRounds = this.ofWeights.of(order, this.manyBlocks);
    this.outputRounds = this.ofOutputs.of(order, this.manyBlocks);
    this.bytes = this.burst === 1 ? this.countBytes() : this.countBursts();
    this.clocks = this.computeClocks;
    if (this.limited) this.clocks += stallClocks(this.computeClocks, this.traffic(), this.array, this.bytes);
  }

  private countBytes(): number {
    const { pixelRounds, weightRounds, outputRounds } = this;
    return pixelRounds * this.pixelBytes + weightRounds * this.weightBytes + (2 * outputRounds - 1) * this.outputBytes;
  }

  private countBursts(): number {
    const { packets, burst, pixelRounds, weightRounds, outputRounds } = this;
    return (
      burstBytes(pixelRounds * this.pixelBytes, packets, burst) +
      burstBytes(weightRounds * this.weightBytes, packets, burst) +
      burstBytes(outputRounds * this.outputBytes, packets, burst) +
      burstBytes((outputRounds - 1) * this.outputBytes, packets, burst)
    );
  }

  private traffic(): Traffic {
    const { runs, window, filters, pixels } = this.gemm;
    const { packets } = this;
    return {
      pixelWords: runs * this.pixelRounds * this.pixelWords,
      weightWords: runs * this.weightRounds * window * filters,
      outputWords: runs * this.outputRounds * pixels * filters,
      outputReadWords: runs * (this.outputRounds - 1) * pixels * filters,
      pixelPackets: packets,
      weightPackets: packets,
      outputPackets: packets,
    };
  }

  tiles(): SystolicTiles {
    const traffic = this.traffic();
    const { rowFolds, columnFolds, time, overhead, bytes, pixelRounds, weightRounds, outputRounds } = this;
    const stall = this.clocks - this.computeClocks;
    return {
      rowFolds,
      columnFolds,
      time,
      overhead,
      clocks: this.computeClocks,
      stallClocks: stall,
      traffic,
      bytes,
      pixelRounds,
      weightRounds,
      outputRounds,
    };
  }
}

const pick = (letter: Letter, r: number, c: number, t: number): number => (letter === 0 ? r : letter === 1 ? c : t);
