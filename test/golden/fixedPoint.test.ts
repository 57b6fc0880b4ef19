// Fast fixed-point arithmetic against its definitions in BigInt.
import fc from '../properties';
import { describe, expect, test } from 'vitest';
import {
  frexp,
  multiplyByQuantizedMultiplier,
  multiplyOnce,
  multiplyWide,
  quantizeMultiplier,
  roundHalfAway,
  roundHalfEven,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
  saturatingShiftLeft,
} from '../../main/golden/fixedPoint';
import { divideByPower, doubleRounding, highMul, singleRounding, wideRounding } from '../oracle/rounding';

const EDGES = [
  -(2 ** 31),
  -(2 ** 31) + 1,
  -(2 ** 30),
  -65537,
  -65536,
  -65535,
  -1,
  0,
  1,
  65535,
  65536,
  2 ** 30,
  2 ** 31 - 1,
];
const int32 = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const runs = { numRuns: 20000 };

describe('saturatingRoundingDoublingHighMul', () => {
  test('equals its definition on all pairs of edges, INT32_MIN squared included', () => {
    for (const a of EDGES)
      for (const b of EDGES)
        expect(saturatingRoundingDoublingHighMul(a, b), `${a} x ${b}`).toBe(Number(highMul(BigInt(a), BigInt(b))) + 0);
    expect(saturatingRoundingDoublingHighMul(-(2 ** 31), -(2 ** 31))).toBe(2 ** 31 - 1);
  });
  test('equals its definition on any pair', () => {
    fc.assert(
      fc.property(
        int32,
        int32,
        (a, b) => saturatingRoundingDoublingHighMul(a, b) === Number(highMul(BigInt(a), BigInt(b))),
      ),
      runs,
    );
  });
  test('rounds products that end in exactly one half', () => {
    for (const k of [-3, -2, -1, 0, 1, 2])
      expect(saturatingRoundingDoublingHighMul(2 * k + 1, 2 ** 30)).toBe(Number(highMul(BigInt(2 * k + 1), 1n << 30n)));
  });
});

test('roundingDivideByPowerOfTwo equals its definition for exponents 0 to 31', () => {
  fc.assert(
    fc.property(
      int32,
      fc.integer({ min: 0, max: 31 }),
      (x, e) => roundingDivideByPowerOfTwo(x, e) === Number(divideByPower(BigInt(x), e)),
    ),
    runs,
  );
  expect([-5, -3, -1, 1, 3, 5].map((x) => roundingDivideByPowerOfTwo(x, 1))).toEqual([-3, -2, -1, 1, 2, 3]);
});

test('multiplyByQuantizedMultiplier equals its definition for shifts -31 to 30, wrapping left shifts included', () => {
  const multiplier = fc.oneof(fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1), fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }));
  const shift = fc.integer({ min: -31, max: 30 });
  fc.assert(
    fc.property(
      int32,
      multiplier,
      shift,
      (x, m, s) => multiplyByQuantizedMultiplier(x, m, s) === doubleRounding(x, m, s),
    ),
    runs,
  );
  expect(multiplyByQuantizedMultiplier(3 << 29, 2 ** 30, 2)).toBe(-(2 ** 30)); // 3 x 2^31 wraps to INT32_MIN, halved
});

test('multiplyWide equals its definition for sums below 2^47 and shifts -31 to 7, wrapping in int32', () => {
  const sums = fc.oneof(
    fc.constantFrom(0, 1, -1, 2 ** 37 - 1, 2 ** 37, -(2 ** 37), 2 ** 47 - 1, 1 - 2 ** 47),
    fc.integer({ min: 1 - 2 ** 47, max: 2 ** 47 - 1 }),
    int32,
  );
  const multiplier = fc.oneof(
    fc.constantFrom(0, 2 ** 30, 0x7ffeffff, 0x7fff0000, 2 ** 31 - 1),
    fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
  );
  const shift = fc.integer({ min: -31, max: 7 });
  fc.assert(
    fc.property(sums, multiplier, shift, (x, m, s) => multiplyWide(x, m, s) === wideRounding(x, m, s)),
    runs,
  );
  expect([-3, -1, 1, 3].map((x) => multiplyWide(x, 2 ** 30, 0))).toEqual([-1, 0, 1, 2]); // ties up
});

test('saturatingShiftLeft stays in int32', () => {
  expect(saturatingShiftLeft(2 ** 30, 1)).toBe(2 ** 31 - 1);
  expect(saturatingShiftLeft(-(2 ** 30), 1)).toBe(-(2 ** 31));
  expect(saturatingShiftLeft(-(2 ** 30) - 1, 1)).toBe(-(2 ** 31));
  expect(saturatingShiftLeft(-7, 5)).toBe(-224);
});

describe('frexp', () => {
  test('is exact for every finite double, subnormals included', () => {
    const values = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(values, (value) => {
        const { fraction, exponent } = frexp(value);
        const inRange = value === 0 ? fraction === 0 : Math.abs(fraction) >= 0.5 && Math.abs(fraction) < 1;
        const half = Math.trunc(exponent / 2); // 2 ** -1074 alone would underflow
        return inRange && fraction * 2 ** half * 2 ** (exponent - half) === value;
      }),
      runs,
    );
  });
  test('at its ends', () => {
    expect(frexp(1)).toEqual({ fraction: 0.5, exponent: 1 });
    expect(frexp(5e-324)).toEqual({ fraction: 0.5, exponent: -1073 });
    expect(frexp(2 ** -1022)).toEqual({ fraction: 0.5, exponent: -1021 });
    expect(frexp(-3)).toEqual({ fraction: -0.75, exponent: 2 });
  });
});

describe('quantizeMultiplier', () => {
  test('known values', () => {
    expect(quantizeMultiplier(0)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(1)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(0.5)).toEqual({ multiplier: 2 ** 30, shift: 0 });
    expect(quantizeMultiplier(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 }); // rounds up to 2^31
    expect(quantizeMultiplier(2 ** -33)).toEqual({ multiplier: 0, shift: 0 });
    expect(quantizeMultiplier(2 ** -32)).toEqual({ multiplier: 2 ** 30, shift: -31 });
  });
  test('is the nearest of its form', () => {
    const real = fc.double({ min: 2 ** -30, max: 2 ** 30, noNaN: true });
    fc.assert(
      fc.property(real, (value) => {
        const { multiplier, shift } = quantizeMultiplier(value);
        const step = 2 ** (shift - 31);
        return multiplier >= 2 ** 30 && multiplier < 2 ** 31 && Math.abs(multiplier * step - value) <= step / 2;
      }),
      runs,
    );
  });
});

test('roundHalfAway rounds ties away from zero and nothing else', () => {
  expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map(roundHalfAway)).toEqual([-3, -2, -1, 1, 2, 3]);
  expect(roundHalfAway(0.49999999999999994)).toBe(0);
  expect(roundHalfAway(4503599627370497)).toBe(4503599627370497);
});

describe('multiplyOnce', () => {
  const multiplier = fc.oneof(fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1), fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }));
  test('equals its definition for every shift', () => {
    const shift = fc.integer({ min: -31, max: 30 });
    fc.assert(
      fc.property(int32, multiplier, shift, (x, m, s) => multiplyOnce(x, m, s) === singleRounding(x, m, s)),
      runs,
    );
  });
  test('ties go up, where rounding twice sends them away from zero', () => {
    expect([-6, -2, 2, 6].map((x) => multiplyOnce(x, 2 ** 30, -1))).toEqual([-1, 0, 1, 2]);
    expect([-6, -2, 2, 6].map((x) => multiplyByQuantizedMultiplier(x, 2 ** 30, -1))).toEqual([-2, -1, 1, 2]);
  });
});

test('roundHalfEven: ties to the even integer, and otherwise to the nearest', () => {
  expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5].map((value) => roundHalfEven(value) + 0)).toEqual([
    -2, -2, 0, 0, 2, 2, 4,
  ]);
  const real = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(real, (value) => Math.abs(roundHalfEven(value) - value) <= 0.5),
    runs,
  );
});
