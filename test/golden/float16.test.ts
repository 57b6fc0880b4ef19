// float16, over all its 65,536 values and between them.
import fc from '../properties';
import { expect, test } from 'vitest';
import { float16Bits, roundToFloat16 } from '../../main/golden/float16';
import { exactly, float16 } from './scheme/definition';

/** The value of 16 bits. */
function float16Of(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const all = Array.from({ length: 65536 }, (_, bits) => bits);
const finite = all.filter((bits) => (bits & 0x7c00) !== 0x7c00);

test('every float16 rounds to itself, and its bits come back', () => {
  const wrong = all.filter((bits) => {
    const value = float16Of(bits);
    if (Number.isNaN(value)) return !Number.isNaN(roundToFloat16(value)) || float16Bits(value) !== 0x7e00;
    return !Object.is(roundToFloat16(value), value) || float16Bits(value) !== bits;
  });
  expect(wrong).toEqual([]);
});

test('between two neighbours the nearer is taken; of the middle, the one with the even fraction', () => {
  const wrong = finite.filter((bits) => {
    const low = float16Of(bits & 0x7fff);
    const next = (bits & 0x7fff) + 1;
    const high = next === 0x7c00 ? 65536 : float16Of(next); // where rounding goes on as if there were no end
    const [middle, sign] = [(low + high) / 2, bits & 0x8000 ? -1 : 1];
    const even = bits & 1 ? high : low;
    const end = (value: number): number => sign * (value === 65536 ? Infinity : value);
    return !(
      roundToFloat16(sign * middle) === end(even) &&
      roundToFloat16(sign * (middle - (high - low) / 2 ** 20)) === sign * low &&
      roundToFloat16(sign * (middle + (high - low) / 2 ** 20)) === end(high)
    );
  });
  expect(wrong).toEqual([]);
});

test('known values', () => {
  expect([1, 0.1, 65504, 65520, 2 ** -24, 2 ** -25, 2 ** -14, -2].map(roundToFloat16)).toEqual([
    1,
    0.0999755859375,
    65504,
    Infinity,
    2 ** -24,
    0,
    2 ** -14,
    -2,
  ]);
  expect([0x3c00, 0xc000, 0x7bff, 1].map(float16Of)).toEqual([1, -2, 65504, 2 ** -24]);
});

test('any double rounds as its fraction does', () => {
  const values = fc.oneof(
    fc.double({ noNaN: true, min: -1e5, max: 1e5 }),
    fc.double({ noNaN: true, min: -1e-4, max: 1e-4 }),
    fc
      .tuple(fc.constantFrom(...finite), fc.integer({ min: -3, max: 3 }))
      .map(([bits, n]) => float16Of(bits) * (1 + n * 2 ** -12)),
  );
  fc.assert(
    fc.property(values, (value) => {
      const { num, den } = float16(exactly(value));
      const expected = den === 0n ? Number(num) * Infinity : Number(num) / Number(den);
      return roundToFloat16(value) === expected || (expected === 0 && roundToFloat16(value) === 0);
    }),
    { numRuns: 2000 },
  );
});
