// Random operators in words, run and explained, for the tests of the schemes. In: a seed's random numbers, a scheme. Out: slots of
// words of 2 to 16 bits, their extremes included; what golden makes of an operator, checked against both engines and the steps
// of "why is this 37?".
import fc from '../../properties';
import { expect } from 'vitest';
import { engineOf, usualEngine } from '../../../main/golden/engines';
import { explainElement } from '../../../main/golden/explain';
import { type OperatorResult, runOperators } from '../../../main/golden/run';
import { supportOf } from '../../../main/golden/support';
import { type Network, type OperatorKind, type OptionsOf, elementCount } from '../../../main/network/network';
import { type WordScheme, carrierOf, checkScheme, rangeOfBits } from '../../../main/network/scheme';
import { type TypedArray, readConstant } from '../../../main/tensor/tensor';
import { Random } from '../../oracle/random';
import { type Slot, oneOperator } from '../oneOperator';
import type * as definition from './definition';

export type WordKind = WordScheme['kind'];
export const WORD_KINDS: readonly WordKind[] = ['shift', 'kraken'];
export const ACTIVATIONS: readonly definition.Limits[] = ['none', 'none', 'relu', 'relu6', 'relu_n1_to_1'];

/** `check` on random schemes of a kind, each with the random numbers of its own seed. */
export function forRandom(runs: number, kind: WordKind, check: (random: Random, scheme: WordScheme) => void): void {
  const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
  const property = fc.property(seeds, (seed) => {
    const random = new Random(seed);
    check(random, randomScheme(random, kind));
  });
  fc.assert(property, { numRuns: runs });
}

const randomScheme = (random: Random, kind: WordKind): WordScheme => {
  const [pixelBits, weightBits] = [random.whole(2, 16), random.whole(2, 16)];
  const accumulatorBits = Math.min(32, pixelBits + weightBits - 1 + random.whole(0, 8));
  const overflow = random.pick(['wrap', 'saturate']);
  const slope = kind === 'shift' ? random.pick([1, 1, 0, 0.5, 2 ** -7]) : random.pick([1, 1, 0, 0.1, 0.3]);
  const bias = kind === 'shift' ? { biasBits: random.whole(2, 32) } : {};
  return checkScheme({ kind, pixelBits, weightBits, accumulatorBits, overflow, slope, ...bias }, 'made') as WordScheme;
};

/** Scales near 1/2^4: powers of two for shifts. */
export const randomScale = (random: Random, kind: WordKind, near = 1): number =>
  kind === 'shift' ? near * 2 ** random.whole(-6, 2) : random.scale(near / 64, near * 4);

/** Mostly over all words, now and then at their ends. */
export const randomWord = (random: Random, bits: number): number => {
  const [lowest, highest] = rangeOfBits(bits);
  return random.chance(0.15) ? random.pick([lowest, highest]) : random.whole(lowest, highest);
};

export function randomSlot(
  random: Random,
  bits: number,
  shape: readonly number[],
  scale: readonly number[],
  zero = 0,
  axis = 0,
): Slot {
  const type = carrierOf(bits);
  const sameEnd = random.chance(0.1) ? random.pick(rangeOfBits(bits)) : null;
  const words = Array.from({ length: elementCount(shape) }, () => sameEnd ?? randomWord(random, bits));
  const data = type === 'int8' ? Int8Array.from(words) : Int16Array.from(words);
  const quantization = { scale, zeroPoint: scale.map(() => zero), axis };
  return { type, shape, bits, data, quantization };
}

/** Words of any bits with one scale near `near`; a zero point where the scheme has them. */
export const randomTensor = (random: Random, scheme: WordScheme, shape: readonly number[], near = 1): Slot => {
  const bits = random.whole(2, 16);
  const zero = scheme.kind === 'kraken' ? randomWord(random, bits) : 0;
  return randomSlot(random, bits, shape, [Math.fround(randomScale(random, scheme.kind, near))], zero);
};

export const wordsOf = ({ bits, quantization }: Slot): definition.Words => ({
  bits: bits!,
  scale: quantization!.scale[0]!,
  zero: quantization!.zeroPoint[0]!,
});

/** A slot's words less their zero point. */
export const lessZero = (slot: Slot): bigint[] =>
  Array.from(slot.data as Int16Array, (raw) => BigInt(raw - wordsOf(slot).zero));

let made = 0;
export function golden<K extends OperatorKind>(
  scheme: WordScheme,
  kind: K,
  inputs: readonly Slot[],
  y: Slot,
  options: OptionsOf[K],
) {
  const one = oneOperator(kind, inputs, y, options);
  const network = { ...one.network, scheme, sha256: `made ${made++}` }; // engines keep weights by it
  const [result] = [...runOperators(network, 'reference', one.inputs)];
  explainSome(network, result!, one.inputs);
  const [fast] = [...runOperators(network, 'reference', one.inputs, engineOf(usualEngine(), 1))];
  expect(fast!.outputs[0]!.data).toEqual(result!.outputs[0]!.data);
  expect([fast!.accumulators, fast!.overflows].map(String)).toEqual(
    [result!.accumulators, result!.overflows].map(String),
  );
  return {
    ...result!,
    words: Array.from(result!.outputs[0]!.data, Number),
    sums: Array.from(result!.accumulators ?? [], BigInt),
  };
}

/** "Why is this 37?": the steps end in what the run stored. */
function explainSome(
  network: Network,
  { arithmetic, outputs }: OperatorResult,
  inputs: ReadonlyMap<number, TypedArray>,
): void {
  const [operator, stored] = [network.operators[0]!, outputs[0]!];
  const read = (index: number): TypedArray =>
    index === stored.tensor.index ? stored.data : (inputs.get(index) ?? readConstant(network.tensors[index]!));
  for (let element = 0; element < stored.data.length; element += 3) {
    const told = explainElement(network, operator, arithmetic, read, element);
    expect(told.result).toBe(Number(stored.data[element]));
  }
}

/** The sentence that refuses an operator; null: it runs. */
export const refusalOf = <K extends OperatorKind>(
  scheme: WordScheme,
  kind: K,
  inputs: readonly Slot[],
  y: Slot,
  options: OptionsOf[K],
): string | null => {
  const one = oneOperator(kind, inputs, y, options);
  const support = supportOf(one.operator, { ...one.network, scheme }, 'builtin');
  return support.ok ? null : support.why;
};
