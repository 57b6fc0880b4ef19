// Why one output element is what it is: the elements it was made of and each step to its value. Types, and the few words
// that every explanation begins with. Plain JSON: crosses to the window and to `goldbench why --json` as it is.
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, Operator, Tensor } from '../../network/network';
import type { TensorValue, TypedArray } from '../../tensor/tensor';
import { zeroPointOf } from '../kernel';

/** A tensor that elements are read from; 'x' and 'w' in the formulas. */
export interface Operand {
  readonly symbol: string;
  readonly slot: number; // among the operator's inputs
  readonly tensor: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly zeroPoint: number;
}

/** One product, or one element read. An entry an operand: a flat element and its raw value (of reals that a
 * layer quantises as it runs, the integer); null where it has no part. */
export interface Term {
  readonly elements: readonly (number | null)[];
  readonly raw: readonly (number | null)[];
  readonly value: number; // of the product; else the raw value
}

export interface Step {
  readonly name: string; // 'bias', 'multiply', 'round', 'zero point', 'clamp'
  readonly formula: string; // with its numbers
  readonly value: number;
}

export interface Explanation {
  readonly operator: number;
  readonly name: string;
  readonly arithmetic: Arithmetic;
  readonly output: { readonly tensor: number; readonly name: string; readonly shape: readonly number[] };
  readonly element: number; // flat
  readonly index: readonly number[];
  readonly says: string; // what the operator does here, one sentence
  readonly operands: readonly Operand[];
  readonly termsAre: 'products' | 'elements';
  readonly terms: readonly Term[]; // the first MOST_TERMS
  readonly termCount: number;
  readonly steps: readonly Step[];
  readonly result: number | null; // where the steps end; null: this operator's steps are not written out
  readonly stored: number; // in the run
}

/** Terms that are listed; all of them are summed. */
export const MOST_TERMS = 50_000;

/** What an operator's explanation fills in; the rest is the same for all. */
export type Account = Pick<Explanation, 'says' | 'operands' | 'termsAre' | 'terms' | 'termCount' | 'steps' | 'result'>;

/** What is known when one element is explained. */
export interface Question {
  readonly network: Network;
  readonly operator: Operator;
  readonly arithmetic: Arithmetic;
  readonly inputs: readonly (TensorValue | null)[];
  readonly output: Tensor;
  readonly position: number; // among the operator's outputs
  readonly element: number;
}

/** Names an operand of the question. */
export function operandOf({ inputs }: Question, slot: number, symbol: string): Operand {
  const { tensor } = inputs[slot]!;
  const { index, name, shape } = tensor;
  return { symbol, slot, tensor: index, name, shape, zeroPoint: zeroPointOf(tensor) };
}

/** An element as a number; int64 ones are indices and counts, far below 2^53. */
export const rawAt = (data: TypedArray, element: number): number => Number(data[element]);

/** 'x', '(x - 3)', '(x + 128)': a value less its zero point. */
export const lessZero = (value: string | number, zeroPoint: number): string =>
  zeroPoint === 0 ? `${value}` : `(${value} ${zeroPoint < 0 ? '+' : '-'} ${Math.abs(zeroPoint)})`;

/** 144 products, 1 product. */
export const countOf = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
