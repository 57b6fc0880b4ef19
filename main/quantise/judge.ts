// What quantising cost. In: a network of real numbers, its quantised twin, and inputs. Out: of every operator the noise its words
// bring, the worst first; what its values were like before and after, and where its words end; how often both networks name the same
// classes, and how often each is right. One step an input, so that a caller can show, stop, and go on.
//
// Signal-to-quantisation-noise of an operator: 10 log10(sum r^2 / sum (r - q)^2) in dB, over all elements of all inputs; r what the
// network of real numbers gives there, q the real value of the quantised network's word, all noise before it included. Reals that stand
// for infinity (what PADV2 puts round a maximum) are passed over: no word is meant to hold them.
import type { Batch } from '../import/batch';
import type { Preprocessing } from '../import/input';
import type { Network, Tensor } from '../network/network';
import { isRowOfScores, realOf, topScores } from '../tensor/scores';
import type { TypedArray } from '../tensor/tensor';
import { type Run, onlyInput, readBatchItem } from './calibrate';
import { INFINITE, type Observation, Observer } from './observe';
import type { Agreement } from './record';
import { toWords, wordRange } from './words';

/** A quantised network, and of each of its operators the one of the network of real numbers that it was made for; null: none. */
export interface Twin {
  readonly network: Network;
  readonly origins: readonly (number | null)[];
}

/** What one operator gives in both networks. */
export interface Pair {
  readonly operator: number; // of the quantised network
  readonly origin: number; // of the network of real numbers
  readonly tensor: Tensor; // of the quantised network
  readonly reals: Float32Array;
  readonly words: TypedArray;
  readonly worth: Float32Array; // the words' real values
}

export interface OperatorNoise {
  readonly operator: number;
  readonly origin: number;
  readonly name: string;
  readonly sqnr: number; // dB; Infinity where both are equal, -Infinity where there is noise only
  readonly largest: number; // |r - q|
  readonly clipped: number; // share of the elements of r beyond the reals that its words can be
  readonly limits: readonly [number, number] | null; // those reals; null where it gives real numbers
  readonly before: Observation;
  readonly after: Observation;
}

export interface Judgement {
  readonly inputs: number;
  /** Worst first; equal ones in execution order. */
  readonly operators: readonly OperatorNoise[];
  /** Of the last operator that both networks have. */
  readonly outputSqnr: number;
  /** Of the last output that scores classes; null where none does. */
  readonly agreement: Agreement | null;
}

export interface JudgeOptions {
  /** Runs the network of real numbers, and the quantised one: golden's runOperators. */
  readonly run: Run;
  readonly preprocessing?: Preprocessing | undefined;
  /** The class each input shows; null: not known. */
  readonly truths?: readonly (number | null)[];
  readonly top?: number; // k, 5
}

/** The float reference beside: what every operator of the quantised network gives, and what it was to give. */
export function* pairOperators(real: Network, twin: Twin, input: Float32Array, run: Run): Generator<Pair> {
  const values = new Map<number, Float32Array>(); // of the real network, by operator
  let at = 0;
  for (const { outputs } of run(real, new Map([[onlyInput(real).index, input]]))) {
    if (outputs[0]?.data instanceof Float32Array) values.set(at, outputs[0].data);
    at++;
  }
  const given = twin.network.tensors[twin.network.inputs[0]!]!;
  let operator = -1;
  for (const { outputs } of run(twin.network, new Map([[given.index, toWords(input, given)]]))) {
    const origin = twin.origins[++operator] ?? null;
    const reals = origin === null ? undefined : values.get(origin);
    const { tensor, data } = outputs[0]!;
    if (origin !== null && reals?.length === data.length)
      yield { operator, origin, tensor, reals, words: data, worth: worthOf(data, tensor) };
  }
}

/** Real values of words. */
export function worthOf(words: TypedArray, { quantization }: Tensor): Float32Array {
  const worth = new Float32Array(words.length);
  for (let i = 0; i < worth.length; i++) worth[i] = realOf(words[i]!, quantization);
  return worth;
}

/** The real numbers that a tensor's lowest and highest words stand for; null for real numbers. */
export function limitsOf(tensor: Tensor): readonly [number, number] | null {
  if (tensor.type === 'float32' || !tensor.quantization) return null;
  const [lowest, highest] = wordRange(tensor);
  return [realOf(lowest, tensor.quantization), realOf(highest, tensor.quantization)];
}

class Noise {
  private signal = 0;
  private noise = 0;
  private largest = 0;
  private clipped = 0;
  private count = 0;
  private readonly before: Observer;
  private readonly after: Observer;

  constructor(readonly pair: Pick<Pair, 'operator' | 'origin' | 'tensor'>) {
    this.before = new Observer(pair.tensor);
    this.after = new Observer(pair.tensor);
  }

  add({ reals, worth, tensor }: Pair, input: string): void {
    const [lowest, highest] = limitsOf(tensor) ?? [-Infinity, Infinity];
    let [signal, noise, largest, clipped, infinite] = [0, 0, this.largest, 0, 0];
    for (let i = 0; i < reals.length; i++) {
      const r = reals[i]!;
      if (Math.abs(r) >= INFINITE) {
        infinite++;
        continue;
      }
      const difference = Math.abs(r - worth[i]!);
      signal += r * r;
      noise += difference * difference;
      if (difference > largest) largest = difference;
      if (r < lowest || r > highest) clipped++;
    }
    this.signal += signal;
    this.noise += noise;
    this.largest = largest;
    this.clipped += clipped;
    this.count += reals.length - infinite;
    this.before.observe(reals, input);
    this.after.observe(infinite === 0 ? worth : worth.filter((_, i) => Math.abs(reals[i]!) < INFINITE), input);
  }

  take(name: string): OperatorNoise {
    const { operator, origin, tensor } = this.pair;
    return {
      operator,
      origin,
      name,
      sqnr: decibels(this.signal, this.noise),
      largest: this.largest,
      clipped: this.count === 0 ? 0 : this.clipped / this.count,
      limits: limitsOf(tensor),
      before: this.before.take(),
      after: this.after.take(),
    };
  }
}

/** 10 log10(signal / noise). */
export const decibels = (signal: number, noise: number): number =>
  noise === 0 ? Infinity : 10 * Math.log10(signal / noise);

/**
 * Yields how many inputs are done.
 * @throws userFailure calibrate-inputs, and what reading an input and the run refuse
 */
export function* judge(real: Network, twin: Twin, batch: Batch, options: JudgeOptions): Generator<number, Judgement> {
  const { run, preprocessing, truths = [], top = 5 } = options;
  const input = onlyInput(real);
  const scored = twin.network.outputs.findLast((index) => isRowOfScores(twin.network.tensors[index]!.shape));
  const noises = new Map<number, Noise>();
  const count = noTally(top);
  for (const [at, item] of batch.items.entries()) {
    const { data } = readBatchItem(item, input, preprocessing);
    for (const pair of pairOperators(real, twin, data as Float32Array, run)) {
      const noise = noises.get(pair.operator) ?? new Noise(pair);
      noises.set(pair.operator, noise);
      noise.add(pair, item.name);
      if (pair.tensor.index === scored || isBefore(twin.network, pair, scored))
        tally(count, pair.reals, pair.worth, truths[at] ?? null);
    }
    yield at + 1;
  }
  const operators = [...noises.values()].map((noise) => noise.take(twin.network.operators[noise.pair.operator]!.name));
  return {
    inputs: batch.items.length,
    operators: operators.toSorted((a, b) => a.sqnr - b.sqnr),
    outputSqnr: operators.at(-1)?.sqnr ?? Infinity,
    agreement: count.inputs > 0 ? count : null,
  };
}

/** Is the scored tensor but the real value (DEQUANTIZE, made for no operator) of what this pair gives? */
const isBefore = ({ operators }: Network, { tensor }: Pair, scored: number | undefined): boolean =>
  operators.some(
    ({ kind, inputs, outputs }) => kind === 'DEQUANTIZE' && inputs[0] === tensor.index && outputs[0] === scored,
  );

export type Tally = { -readonly [K in keyof Agreement]: number };
export const noTally = (top: number): Tally => ({
  inputs: 0,
  best: 0,
  among: 0,
  top,
  labelled: 0,
  rightReal: 0,
  rightQuantised: 0,
});

/** Counts one input, of which both networks gave scores. */
export function tally(count: Tally, reals: Float32Array, worth: Float32Array, truth: number | null): void {
  const [best] = topScores(reals, null, null, 1);
  const ranked = topScores(worth, null, null, count.top).map(({ index }) => index);
  count.inputs++;
  if (ranked[0] === best!.index) count.best++;
  if (ranked.includes(best!.index)) count.among++;
  if (truth === null) return;
  count.labelled++;
  if (best!.index === truth) count.rightReal++;
  if (ranked[0] === truth) count.rightQuantised++;
}
