// One candidate of a systolic plan after the other, evaluated without making objects: a search tries millions. In: a
// product of matrices, a mapping, an array; cut() sets the blocks, order() the order of their loops. Out: clocks with
// stalls, bytes in DRAM, and on request all tiles. The rule of what is kept in an SRAM is told in systolic.ts.
import type { PeArray } from '../array/array';
import { type Gemm, countPixelWords } from './gemm';
import type { Cost } from './search';
import { type Dimension, ORDERS, type Order, type SystolicMapping, type SystolicTiles } from './mapping';
import { type Traffic, burstBytes, dramBytes, dramClocks, hasLimits, stallClocks } from './transfer';

type Letter = 0 | 1 | 2; // r, c, t
const LETTERS = 'rct';

/** For each order and letter, a bit for each letter whose loop lies inside that letter's loop. */
const INSIDE = Object.fromEntries(
  ORDERS.map((order) => [
    order,
    [...LETTERS].map((letter) =>
      [...order.slice(order.indexOf(letter) + 1)].reduce((mask, inner) => mask | (1 << LETTERS.indexOf(inner)), 0),
    ),
  ]),
) as Record<Order, number[]>;

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
  /** The letter of the dimension that an operand does not have: its loop goes round while the operand stays. */
  private readonly freeOfPixels: Letter;
  private readonly freeOfWeights: Letter;
  private readonly freeOfOutputs: Letter;
  private readonly folds: number[] = [1, 1, 1];
  private readonly blocks: number[] = [1, 1, 1];
  private manyBlocks = 0; // a bit for each letter with more than one block
  private computeClocks = 0;
  private pixelWords = 0; // of one round, of one run
  private pixelBytes = 0; // of one round, of all runs; the two below likewise
  private readonly weightBytes: number;
  private readonly outputBytes: number;
  private packets = 1;
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
    this.sizes = [gemm[mapping.r], gemm[mapping.c], gemm[mapping.t]];
    this.rowFolds = Math.ceil(this.sizes[0] / array.rows);
    this.columnFolds = Math.ceil(this.sizes[1] / array.cores);
    this.time = this.sizes[2];
    this.overhead = mapping.overhead(array.rows, array.cores);
    this.limited = hasLimits(array);
    this.burst = array.dramBurstBytes;
    this.freeOfPixels = this.letterOf('filters');
    this.freeOfWeights = this.letterOf('pixels');
    this.freeOfOutputs = this.letterOf('window');
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
    const { gemm, array, sizes, blocks, folds } = this;
    blocks[0] = rowBlocks;
    blocks[1] = columnBlocks;
    blocks[2] = splits;
    folds[0] = this.rowFolds;
    folds[1] = this.columnFolds;
    folds[2] = splits;
    this.manyBlocks = (rowBlocks > 1 ? 1 : 0) | (columnBlocks > 1 ? 2 : 0) | (splits > 1 ? 4 : 0);
    this.computeClocks = this.countClocks(splits);
    const r = Math.min(Math.ceil(this.rowFolds / rowBlocks) * array.rows, sizes[0]);
    const c = Math.min(Math.ceil(this.columnFolds / columnBlocks) * array.cores, sizes[1]);
    const t = Math.ceil(this.time / splits);
    const p = pick(this.freeOfWeights, r, c, t);
    const k = pick(this.freeOfOutputs, r, c, t);
    const m = pick(this.freeOfPixels, r, c, t);
    const block = countPixelWords(gemm, p, k);
    this.keepsPixels = block.largest * array.pixelBits <= array.pixelSramBytes * 4; // half of it, at 8 bits a byte
    this.keepsWeights = k * m * array.weightBits <= array.weightSramBytes * 4;
    this.keepsOutputs = p * m * array.accumulatorBits <= array.outputSramBytes * 4;
    this.pixelWords = this.keepsPixels ? block.sum : this.foldPixelWords(t);
    this.pixelBytes = (gemm.runs * this.pixelWords * array.pixelBits) / 8;
    this.packets = gemm.runs * rowBlocks * columnBlocks * splits;
  }

  /** Words of one round when each fold fetches its own. */
  private foldPixelWords(t: number): number {
    const [r, c] = [Math.min(this.array.rows, this.sizes[0]), Math.min(this.array.cores, this.sizes[1])];
    return countPixelWords(this.gemm, pick(this.freeOfWeights, r, c, t), pick(this.freeOfOutputs, r, c, t)).sum;
  }

  order(order: Order): void {
    const inside = INSIDE[order];
    this.pixelRounds = this.rounds(inside, this.freeOfPixels, this.keepsPixels);
    this.weightRounds = this.rounds(inside, this.freeOfWeights, this.keepsWeights);
    this.outputRounds = this.rounds(inside, this.freeOfOutputs, this.keepsOutputs);
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

  /** How often an operand is moved: again in each round of the free loop, unless it is kept and nothing exchanges it. */
  private rounds(inside: readonly number[], free: Letter, isKept: boolean): number {
    if (!isKept) return this.folds[free]!;
    return (inside[free]! & this.manyBlocks) === 0 ? 1 : this.blocks[free]!;
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
    return { rowFolds, columnFolds, time, overhead, clocks: this.computeClocks, stallClocks: stall, traffic, bytes, pixelRounds, weightRounds, outputRounds }; // prettier-ignore
  }
}

const pick = (letter: Letter, r: number, c: number, t: number): number => (letter === 0 ? r : letter === 1 ? c : t);
