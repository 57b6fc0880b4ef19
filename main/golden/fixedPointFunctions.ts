// Transcendental functions on int32 fixed point, as gemmlowp writes them. Qm.n: m integer bits, n fraction bits.
// Sources: gemmlowp/fixedpoint/fixedpoint.h exp_on_negative_values, one_over_one_plus_x_for_x_in_0_1; internal/common.h.
import { roundingDivideByPowerOfTwo as divide, saturatingRoundingDoublingHighMul as multiply } from './fixedPoint';
import { type FixedMultiplier, saturatingShiftLeft } from './fixedPoint';

const ONE = 2147483647; // 1 in Q0.31, as near as it comes

/** exp(-2^k) in Q0.31 for k = -2..4. */
export const EXP_OF_POWERS: readonly (readonly [exponent: number, factor: number])[] = [
  [-2, 1672461947],
  [-1, 1302514674],
  [0, 790015084],
  [1, 290630308],
  [2, 39332535],
  [3, 720401],
  [4, 242],
];

/** exp(a) for a <= 0 in Q5.26; result in Q0.31. */
export function expOnNegativeValues(a: number): number {
  if (a === 0) return ONE;
  const fractionBits = 26;
  const quarter = 1 << (fractionBits - 2);
  const rest = (a & (quarter - 1)) - quarter; // in [-1/4, 0)
  let result = expBetweenMinusQuarterAndZero(saturatingShiftLeft(rest, 5));
  const powers = (rest - a) | 0;
  for (const [exponent, factor] of EXP_OF_POWERS)
    if (powers & (1 << (fractionBits + exponent))) result = multiply(result, factor);
  return result;
}

/** exp(a) for a in [-1/4, 0), Q0.31: Taylor's series about -1/8 to the fourth power. */
function expBetweenMinusQuarterAndZero(a: number): number {
  const expOfMinusEighth = 1895147668;
  const third = 715827883;
  const x = (a + (1 << 28)) | 0;
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const tail = divide((multiply((divide(x4, 2) + x3) | 0, third) + x2) | 0, 1);
  return (expOfMinusEighth + multiply(expOfMinusEighth, (x + tail) | 0)) | 0;
}

/** 1 / (1 + a) for a in [0, 1), Q0.31: three Newton steps for (1 + a) / 2 from 48/17 - 32/17 x, in Q2.29. */
export function reciprocalOfOnePlus(a: number): number {
  const sum = a + ONE; // up to 33 bits: still exact
  const half = Math.trunc((sum + 1) / 2); // gemmlowp RoundingHalfSum of non-negative values
  let x = (1515870810 + multiply(half, -1010580540)) | 0;
  for (let step = 0; step < 3; step++) {
    const error = ((1 << 29) - multiply(half, x)) | 0;
    x = (x + saturatingShiftLeft(multiply(x, error), 2)) | 0;
  }
  return saturatingShiftLeft(x, 1);
}

/** 1 / x for a whole x >= 1 as `fraction` (Q0.31, above one half) x 2^-`shift` (common.h GetReciprocal). */
export function reciprocal(x: number): { fraction: number; shift: number } {
  const headroom = Math.clz32(x);
  return { fraction: reciprocalOfOnePlus(((x << headroom) ^ 0x80000000) | 0), shift: 31 - headroom };
}

/** 1 / sqrt(x) for a whole x as a multiplier, by Newton's steps in Q3.28; 0 is taken for 1 (GetInvSqrtQuantizedMultiplierExp). */
export function inverseSquareRoot(x: number): FixedMultiplier {
  if (x <= 1) return { multiplier: ONE, shift: 0 };
  let right = 11;
  while (x >= 1 << 29) {
    x = Math.trunc(x / 4);
    right++;
  }
  const pairs = ((Math.clz32(x) - 1) >> 1) - 1; // of bits to the left: the root halves them
  right -= pairs;
  const half = divide((x << (2 * pairs)) >> 1, 1); // half the input
  const threeHalves = (1 << 28) + (1 << 27);
  let root = 1 << 28;
  for (let step = 0; step < 5; step++) {
    const cube = saturatingShiftLeft(multiply(multiply(root, root), root), 6);
    root = saturatingShiftLeft((multiply(threeHalves, root) - multiply(half, cube)) | 0, 3);
  }
  const multiplier = multiply(root, HALF_SQUARE_ROOT_OF_2);
  return right < 0 ? { multiplier: multiplier << -right, shift: 0 } : { multiplier, shift: -right };
}

const HALF_SQUARE_ROOT_OF_2 = 1518500250; // Q0.31
