// Words from real numbers, and functions of their real values, rounded half to even.
import { expect, test } from 'vitest';
import { type WordScheme, carrierOf, parseScheme } from '../../../main/network/scheme';
import type { Slot } from '../oneOperator';
import * as definition from './definition';
import { exactly, over, times } from './definition';
import { WORD_KINDS, forRandom, golden, lessZero, randomTensor, wordsOf } from './made';

test.each(WORD_KINDS)('%s: QUANTIZE from float32, and functions of words, round half to even', (schemeKind) => {
  const scheme = parseScheme(`${schemeKind}:8,8,24`) as WordScheme;
  const words = (bits: number, scale: number, data?: number[]): Slot => ({
    type: carrierOf(bits),
    bits,
    shape: [5],
    quantization: { scale: [scale], zeroPoint: [0], axis: 0 },
    ...(data && { data: Int8Array.from(data) }),
  });
  const reals: Slot = { type: 'float32', shape: [5], data: Float32Array.of(0.25, 0.75, -0.25, 1e9, NaN) };
  expect(golden(scheme, 'QUANTIZE', [reals], words(4, 0.5), {}).words).toEqual([0, 2, 0, 7, 0]);
  const curve = golden(scheme, 'LOGISTIC', [words(8, 0.5, [-128, -1, 0, 1, 127])], words(8, 2 ** -7), {}).words;
  expect(curve).toEqual([0, Math.round(128 / (1 + Math.exp(0.5))), 64, Math.round(128 / (1 + Math.exp(-0.5))), 127]);
  const scores = golden(scheme, 'SOFTMAX', [words(8, 0.5, [2, 2, -128, -128, -128])], words(8, 2 ** -7), { beta: 1 });
  expect(scores.words).toEqual([64, 64, 0, 0, 0]);
});

test.each(WORD_KINDS)('%s: L2_NORMALIZATION equals its definition', (schemeKind) => {
  forRandom(150, schemeKind, (random, scheme) => {
    const shape = [random.whole(1, 3), random.whole(1, 9)];
    const x = randomTensor(random, scheme, shape);
    if (random.chance(0.1)) x.data!.fill(wordsOf(x).zero as never); // a row of length 0
    const y = randomTensor(random, scheme, shape, random.pick([1, 4, 2 ** -5, 2 ** -12]));
    const [to, depth, less] = [wordsOf(y), shape[1]!, lessZero(x)];
    const expected = less.map((value, i) => {
      const row = less.slice(Math.floor(i / depth) * depth, (Math.floor(i / depth) + 1) * depth);
      const squares = row.reduce((sum, one) => sum + one * one, 0n);
      if (squares === 0n) return to.zero;
      const length = definition.float64(times(definition.rootOf(squares), exactly(to.scale)));
      const share = definition.round(definition.float64(over(definition.whole(value), length)));
      return definition.clip(share + BigInt(to.zero), to, 'none');
    });
    expect(golden(scheme, 'L2_NORMALIZATION', [x], y, { activation: 'none' }).words).toEqual(expected);
  });
});
