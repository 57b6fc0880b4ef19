// Operators that take words one by one: golden equals the definition in whole numbers (definition.ts).
import { describe, expect, test } from 'vitest';
import * as definition from './definition';
import { exactly, over, times } from './definition';
import { ACTIVATIONS, WORD_KINDS, forRandom, golden, lessZero, randomTensor, refusalOf, wordsOf } from './made';

describe.each(WORD_KINDS)('%s', (schemeKind) => {
  test.each(['ADD', 'SUB', 'MUL'] as const)('%s equals its definition', (kind) => {
    forRandom(100, schemeKind, (random, scheme) => {
      const [a, b] = [randomTensor(random, scheme, [2, 8]), randomTensor(random, scheme, [8])];
      const y = randomTensor(random, scheme, [2, 8]);
      const activation = random.pick(ACTIVATIONS);
      const [p, q, to] = [wordsOf(a), wordsOf(b), wordsOf(y)];
      const f = (words: definition.Words): number => Math.round(-Math.log2(words.scale));
      const expected = Array.from(a.data!, Number).map((raw, i) => {
        const [m, n] = [BigInt(raw) - BigInt(p.zero), BigInt(b.data![i % 8]!) - BigInt(q.zero)];
        const ratio = (...scales: number[]) =>
          definition.float16(over(scales.map(exactly).reduce(times), exactly(to.scale)));
        if (kind === 'MUL')
          return schemeKind === 'shift'
            ? definition.shiftTo(m * n, f(p) + f(q), 1, to, activation)
            : definition.finish(
                definition.multiplyAdd(m * n, ratio(p.scale, q.scale), definition.whole(0)),
                1,
                to,
                activation,
              );
        const sign = kind === 'ADD' ? 1n : -1n;
        if (schemeKind === 'shift') {
          const common = Math.max(f(p), f(q));
          const sum = (m << BigInt(common - f(p))) + sign * (n << BigInt(common - f(q)));
          return definition.shiftTo(sum, common, 1, to, activation);
        }
        const second = definition.multiplyAdd(sign * n, ratio(q.scale), definition.whole(0));
        return definition.finish(definition.multiplyAdd(m, ratio(p.scale), second), 1, to, activation);
      });
      expect(golden(scheme, kind, [a, b], y, { activation, potScaleInt16: false }).words).toEqual(expected);
    });
  });

  test('DIV equals its definition, and divides by zero', () => {
    let zeros = 0;
    forRandom(150, schemeKind, (random, scheme) => {
      const [a, b] = [
        randomTensor(random, scheme, [2, 8]),
        randomTensor(random, scheme, [8], random.pick([1, 1 / 256])),
      ];
      const y = randomTensor(random, scheme, [2, 8], random.pick([1, 16, 1 / 256]));
      const activation = random.pick(ACTIVATIONS);
      const refusal = refusalOf(scheme, 'DIV', [a, b], y, { activation });
      if (refusal !== null) return expect(refusal).toContain('leaves float16');
      const words = [wordsOf(a), wordsOf(b), wordsOf(y)] as const;
      [a.data![0], b.data![0]] = [words[0].zero, words[1].zero]; // 0 / 0
      const divisors = lessZero(b);
      zeros += divisors.filter((n) => n === 0n).length;
      const expected = lessZero(a).map((m, i) =>
        definition.quotient(schemeKind, m, divisors[i % 8]!, words, activation),
      );
      expect(golden(scheme, 'DIV', [a, b], y, { activation }).words).toEqual(expected);
    });
    expect(zeros).toBeGreaterThan(0);
  });

  test('PRELU equals its definition', () => {
    forRandom(100, schemeKind, (random, scheme) => {
      const [x, alpha] = [randomTensor(random, scheme, [2, 8]), randomTensor(random, scheme, [8])];
      const y = randomTensor(random, scheme, [2, 8]);
      const [p, q, to] = [wordsOf(x), wordsOf(alpha), wordsOf(y)];
      const alphas = lessZero(alpha);
      const expected = lessZero(x).map((m, i) => {
        const [value, step] =
          m < 0n ? [m * alphas[i % 8]!, times(exactly(p.scale), exactly(q.scale))] : [m, exactly(p.scale)];
        const ratio = over(step, exactly(to.scale));
        if (schemeKind === 'shift') return definition.clip(times(definition.whole(value), ratio), to, 'none');
        return definition.finish(
          definition.multiplyAdd(value, definition.float16(ratio), definition.whole(0)),
          1,
          to,
          'none',
        );
      });
      expect(golden(scheme, 'PRELU', [x, alpha], y, {}).words).toEqual(expected);
    });
  });

  test.each(['RELU', 'RELU6', 'RELU_N1_TO_1', 'LEAKY_RELU', 'NEG', 'ABS', 'QUANTIZE'] as const)(
    '%s equals its definition',
    (kind) => {
      forRandom(100, schemeKind, (random, scheme) => {
        const [x, y] = [randomTensor(random, scheme, [40]), randomTensor(random, scheme, [40])];
        const alpha = kind === 'LEAKY_RELU' ? random.pick([0, 0.1, 1.5, 2 ** -random.whole(0, 6)]) : 1;
        const activation =
          ({ RELU: 'relu', RELU6: 'relu6', RELU_N1_TO_1: 'relu_n1_to_1' } as const)[kind as 'RELU'] ?? 'none';
        const [from, to] = [wordsOf(x), wordsOf(y)];
        const expected = Array.from(x.data!, Number).map((raw) => {
          const less = BigInt(raw) - BigInt(from.zero);
          const value = kind === 'NEG' ? -less : kind === 'ABS' && less < 0n ? -less : less;
          const fraction = Math.round(-Math.log2(from.scale));
          const word = definition.round(times(exactly(alpha), definition.whole(2 ** 15)));
          if (schemeKind === 'shift' && kind === 'LEAKY_RELU' && value < 0n)
            return definition.shiftTo(value * word, fraction + 15, 1, to, 'none');
          if (schemeKind === 'shift') return definition.shiftTo(value, fraction, 1, to, activation);
          const ratio = definition.float16(over(exactly(from.scale), exactly(to.scale)));
          return definition.finish(definition.multiplyAdd(value, ratio, definition.whole(0)), alpha, to, activation);
        });
        expect(golden(scheme, kind, [x], y, { alpha } as never).words).toEqual(expected);
      });
    },
  );
});
