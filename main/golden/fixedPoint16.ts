// Fixed-point functions of 16 bits, as gemmlowp writes them: what LSTM gates are made of. Qm.n: m integer and n fraction bits,
// m + n = 15. In: raw int16 numbers. Out: raw int16 numbers in Q0.15. The formulas are those of fixedPointFunctions.ts with
// constants rounded to 16 bits; sums wrap where gemmlowp's do.
// Source: gemmlowp/fixedpoint/fixedpoint.h exp_on_negative_values, logistic, tanh.
import { roundingDivideByPowerOfTwo as divide } from './fixedPoint';
import { EXP_OF_POWERS } from './fixedPointFunctions';

const MIN = -32768;
const MAX = 32767; // 1 in Q0.15, as near as it comes
const wrap = (x: number): number => (x << 16) >> 16;
export const saturate16 = (x: number): number => (x < MIN ? MIN : x > MAX ? MAX : x);
const constant = (q31: number): number => divide(q31, 16);

/** SaturatingRoundingDoublingHighMul of int16. */
const multiply = (a: number, b: number): number => (a === MIN && b === MIN ? MAX : (a * b + 0x4000) >> 15);

const EXP_OF_MINUS_EIGHTH = constant(1895147668);
const THIRD = constant(715827883);
const FACTORS = EXP_OF_POWERS.map(([exponent, factor]) => [exponent, constant(factor)] as const);

/** exp(a) for a in [-1/4, 0), Q0.15: Taylor's series about -1/8 to the fourth power. */
function expBetweenMinusQuarterAndZero(a: number): number {
  const x = wrap(a + (1 << 12));
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const tail = divide(wrap(multiply(wrap(divide(x4, 2) + x3), THIRD) + x2), 1);
  return saturate16(EXP_OF_MINUS_EIGHTH + multiply(EXP_OF_MINUS_EIGHTH, wrap(x + tail)));
}

/** exp(a) for a <= 0 with `integerBits` (0 to 7) integer bits. */
function expOnNegativeValues(a: number, integerBits: number): number {
  if (a === 0) return MAX;
  const fractionBits = 15 - integerBits;
  if (integerBits > 5 && a < -(2 ** (fractionBits + 5))) return 0; // below -32
  const quarter = 1 << (fractionBits - 2);
  const rest = (a & (quarter - 1)) - quarter; // in [-1/4, 0)
  let result = expBetweenMinusQuarterAndZero(saturate16(rest * 2 ** integerBits));
  const powers = wrap(rest - a);
  for (const [exponent, factor] of FACTORS)
    if (integerBits > exponent && powers & (1 << (fractionBits + exponent))) result = multiply(result, factor);
  return result;
}

/** 1 / (1 + a) in Q2.13 halved, for a in [0, 1) in Q0.15: three Newton steps from 48/17 - 32/17 x. */
function reciprocal(a: number): number {
  const half = (a + MAX + 1) >> 1;
  let x = wrap(constant(1515870810) + multiply(half, constant(-1010580540)));
  for (let step = 0; step < 3; step++) {
    const error = wrap((1 << 13) - multiply(half, x));
    x = wrap(x + saturate16(multiply(x, error) * 4));
  }
  return x;
}

/** 1 / (1 + exp(-a)) for a in Q3.12. */
export function logistic16(a: number): number {
  if (a === 0) return 1 << 14;
  const positive = saturate16(reciprocal(expOnNegativeValues(a > 0 ? -a : a, 3)) * 2);
  return a > 0 ? positive : MAX - positive;
}

/** tanh(a) for a with `integerBits` (0 to 6) integer bits. */
export function tanh16(a: number, integerBits: number): number {
  if (a === 0) return 0;
  const value = saturate16(wrap(reciprocal(expOnNegativeValues(a < 0 ? a : -a, integerBits + 1)) - (1 << 13)) * 4);
  return a < 0 ? -value : value;
}
