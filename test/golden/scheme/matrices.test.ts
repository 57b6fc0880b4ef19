// BATCH_MATMUL in words: golden equals the definition in whole numbers (definition.ts), sums and overflows included.
import { describe, expect, test } from 'vitest';
import { elementCount } from '../../../main/network/network';
import { type WordScheme, carrierOf, parseScheme } from '../../../main/network/scheme';
import type { Random } from '../../oracle/random';
import type { Slot } from '../oneOperator';
import * as definition from './definition';
import { WORD_KINDS, forRandom, golden, randomScale, randomSlot, randomWord, refusalOf, wordsOf } from './made';

/** Two batches of matrices, one of b's for both now and then, with the raw pairs of every product. */
function randomProduct(random: Random, scheme: WordScheme) {
  const [rows, depth, columns] = [random.whole(1, 4), random.whole(1, 6), random.whole(1, 4)];
  const [adjX, adjY, isShared] = [random.chance(0.5), random.chance(0.5), random.chance(0.5)];
  const slot = (most: number, shape: readonly number[]): Slot => {
    const bits = random.whole(2, most);
    const zero = scheme.kind === 'kraken' ? randomWord(random, bits) : 0;
    return randomSlot(random, bits, shape, [Math.fround(randomScale(random, scheme.kind))], zero);
  };
  const a = slot(scheme.pixelBits, [2, ...(adjX ? [depth, rows] : [rows, depth])]);
  const b = slot(scheme.weightBits, [...(isShared ? [] : [2]), ...(adjY ? [columns, depth] : [depth, columns])]);
  const outBits = random.whole(2, 16);
  const zero = scheme.kind === 'kraken' ? randomWord(random, outBits) : 0;
  const grow = 2 ** Math.max(0, a.bits! + b.bits! - outBits);
  const y: Slot = {
    type: carrierOf(outBits),
    bits: outBits,
    shape: [2, rows, columns],
    quantization: { scale: [Math.fround(randomScale(random, scheme.kind, grow))], zeroPoint: [zero], axis: 0 },
  };
  const at = (slot: Slot, matrix: number, row: number, column: number): number => {
    const [height, width] = slot.shape.slice(-2) as [number, number];
    return Number(slot.data![(slot.shape.length > 2 ? matrix * height * width : 0) + row * width + column]);
  };
  const expected = Array.from({ length: elementCount(y.shape) }, (_, i) => {
    const [matrix, row, column] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    const pairs = Array.from({ length: depth }, (__, k) => {
      const left = adjX ? at(a, matrix, k, row) : at(a, matrix, row, k);
      return [left, adjY ? at(b, matrix, column, k) : at(b, matrix, k, column)] as const;
    });
    return definition.product(scheme, pairs, wordsOf(a), wordsOf(b), wordsOf(y));
  });
  return { a, b, y, options: { adjX, adjY }, expected };
}

test.each(WORD_KINDS)('%s: BATCH_MATMUL equals its definition: words, sums and overflows', (kind) => {
  let refused = 0;
  forRandom(250, kind, (random, scheme) => {
    const { a, b, y, options, expected } = randomProduct(random, scheme);
    const refusal = refusalOf(scheme, 'BATCH_MATMUL', [a, b], y, options);
    if (refusal !== null) {
      refused++;
      return expect(refusal).toContain('leave float16');
    }
    const { words, sums, overflows } = golden(scheme, 'BATCH_MATMUL', [a, b], y, options);
    expect(sums).toEqual(expected.map(({ sum }) => sum));
    expect(words).toEqual(expected.map(({ word }) => word));
    expect(overflows).toBe(expected.filter(({ sum }) => sum !== BigInt.asIntN(scheme.accumulatorBits, sum)).length);
  });
  expect(refused).toBeLessThan(50);
});

test.each([
  ['shift:4,4,8', 147 - 256],
  ['kraken:4,4,8', 127],
  ['kraken:4,4,8,wrap', 147 - 256],
])('%s: three products of 7 and 7 become %d', (text, word) => {
  const sevens = (shape: readonly number[]): Slot => ({
    type: 'int8',
    bits: 4,
    shape,
    data: Int8Array.of(7, 7, 7),
    quantization: { scale: [1], zeroPoint: [0], axis: 0 },
  });
  const y: Slot = { type: 'int8', shape: [1, 1], quantization: { scale: [1], zeroPoint: [0], axis: 0 } };
  const scheme = parseScheme(text) as WordScheme;
  const result = golden(scheme, 'BATCH_MATMUL', [sevens([1, 3]), sevens([3, 1])], y, { adjX: false, adjY: false });
  expect([result.words, result.sums, result.overflows]).toEqual([[word], [147n], 1]);
});

describe('refusals', () => {
  const slot = (bits: number, scale = 1): Slot => ({
    type: 'int8',
    bits,
    shape: [2, 2],
    data: Int8Array.of(1, 0, 0, 1),
    quantization: { scale: [scale], zeroPoint: [0], axis: 0 },
  });
  const options = { adjX: false, adjY: false };
  const shift: WordScheme = {
    kind: 'shift',
    pixelBits: 8,
    weightBits: 4,
    accumulatorBits: 16,
    biasBits: 16,
    overflow: 'wrap',
    slope: 1,
  };
  test('what stands for the weights has no longer words than they', () => {
    expect(refusalOf(shift, 'BATCH_MATMUL', [slot(8), slot(8)], slot(8), options)).toBe(
      'BATCH_MATMUL takes weights of 4 bits in its scheme; tensor 1 has words of 8.',
    );
    expect(refusalOf(shift, 'BATCH_MATMUL', [slot(8), slot(4)], slot(8), options)).toBeNull();
  });
});
