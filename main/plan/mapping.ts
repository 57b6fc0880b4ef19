// The words of the three systolic dataflows. In: nothing. Out: what a mapping is, what can be chosen, what a plan counts.
import type { Traffic } from './transfer';

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
  readonly chunks: number; // equal parts of the batch, one after the other
}
/** What each choice can be, in words. */
export const SYSTOLIC_CHOICES: Readonly<Record<keyof SystolicChoice, string>> = {
  order: `one of ${ORDERS.join(', ')}`,
  rowBlocks: '1 or a larger whole number',
  columnBlocks: '1 or a larger whole number',
  splits: '1 or a larger whole number',
  chunks: 'a whole number that divides the batch',
};

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
