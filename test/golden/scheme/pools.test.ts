// Pools and reductions of words: golden equals the definition in whole numbers (definition.ts).
import { describe, expect, test } from 'vitest';
import type { Slot } from '../oneOperator';
import * as definition from './definition';
import { exactly, over, times } from './definition';
import { ACTIVATIONS, WORD_KINDS, forRandom, golden, randomTensor, wordsOf } from './made';

/** Between which pixels each of `to` lies, of `from`, and how near to the second, in 1024ths: line by line as it is defined. */
function placesOf(from: number, to: number, corners: boolean, centres: boolean): [number, number, bigint][] {
  const [n, m] = corners && to > 1 ? [BigInt(from - 1), BigInt(to - 1)] : [BigInt(from), BigInt(to)];
  const step = (1024n * n + m / 2n) / m;
  const last = BigInt(from) - 1n;
  return Array.from({ length: to }, (_, i) => {
    const place = BigInt(i) * step + (centres ? step / 2n - 512n : 0n);
    const lower = place < 0n ? 0n : place / 1024n < last ? place / 1024n : last;
    const upper = (place + 1023n) / 1024n;
    return [Number(lower), Math.min(Number(upper), from - 1), place - 1024n * lower];
  });
}

describe.each(WORD_KINDS)('%s', (schemeKind) => {
  test('RESIZE_BILINEAR equals its definition', () => {
    forRandom(100, schemeKind, (random, scheme) => {
      const most = random.chance(0.1) ? 120 : 7; // so large that steps of 1024ths leave the image
      const [h, w, oh, ow] = [random.whole(1, 4), random.whole(1, 4), random.whole(1, most), random.whole(1, 7)];
      const x = randomTensor(random, scheme, [1, h, w, 2]);
      const least = x.bits! <= 8 ? 2 : 9; // of the same carrier; zero points are words of both
      const y: Slot = {
        ...x,
        shape: [1, oh, ow, 2],
        bits: schemeKind === 'shift' ? random.whole(least, x.bits!) : x.bits!,
      };
      const [corners, centres] = random.pick([
        [false, false],
        [true, false],
        [false, true],
      ] as const);
      const at = (row: number, column: number, c: number): bigint => BigInt(x.data![(row * w + column) * 2 + c]!);
      const expected = placesOf(h, oh, corners, centres).flatMap(([top, bottom, down]) =>
        placesOf(w, ow, corners, centres).flatMap(([left, right, across]) =>
          [0, 1].map((c) => {
            const row = (r: number): bigint => at(r, left, c) * (1024n - across) + at(r, right, c) * across;
            const sum = row(top) * (1024n - down) + row(bottom) * down;
            return definition.clip({ num: sum, den: 1n << 20n }, wordsOf(y), 'none');
          }),
        ),
      );
      const sizes: Slot = { type: 'int32', shape: [2], data: Int32Array.of(oh, ow), constant: true };
      const options = { alignCorners: corners, halfPixelCenters: centres };
      expect(golden(scheme, 'RESIZE_BILINEAR', [x, sizes], y, options).words).toEqual(expected);
    });
  });

  test.each(['MEAN', 'SUM', 'AVERAGE_POOL_2D', 'MAX_POOL_2D'] as const)('%s equals its definition', (kind) => {
    forRandom(100, schemeKind, (random, scheme) => {
      const [h, w] = [random.whole(1, 5), random.whole(1, 5)];
      const x = randomTensor(random, scheme, [1, h, w, 2]);
      const isPool = kind.endsWith('2D');
      const y = isPool ? { ...x, shape: [1, 1, 1, 2] } : randomTensor(random, scheme, [1, 1, 1, 2]);
      const activation = isPool ? random.pick(ACTIVATIONS) : 'none';
      const [from, to] = [wordsOf(x), wordsOf(y)];
      const count = BigInt(h * w);
      const expected = [0, 1].map((c) => {
        const raws = Array.from(x.data!, BigInt).filter((_, i) => i % 2 === c);
        const sum = raws.reduce((a, b) => a + b, 0n);
        if (kind === 'MAX_POOL_2D')
          return definition.clip(
            raws.reduce((a, b) => (a > b ? a : b)),
            to,
            activation,
          );
        if (kind === 'AVERAGE_POOL_2D') return definition.clip({ num: sum, den: count }, to, activation);
        const less = sum - count * BigInt(from.zero);
        const divisor = kind === 'MEAN' ? definition.whole(count) : definition.whole(1);
        const ratio = over(over(exactly(from.scale), divisor), exactly(to.scale));
        if (schemeKind === 'shift') return definition.clip(times(definition.whole(less), ratio), to, 'none');
        return definition.finish(
          definition.multiplyAdd(less, definition.float16(ratio), definition.whole(0)),
          1,
          to,
          'none',
        );
      });
      const axes: Slot = { type: 'int32', shape: [2], data: Int32Array.of(1, 2), constant: true };
      const options = isPool
        ? { padding: 'valid', strideH: 1, strideW: 1, filterH: h, filterW: w, activation }
        : { keepDims: true };
      expect(golden(scheme, kind, isPool ? [x] : [x, axes], y, options as never).words).toEqual(expected);
    });
  });
});
