// Fixed-point arithmetic as TFLite's kernels compute it: gemmlowp's *double rounding*, and ruy's *single rounding*.
// In: int32 numbers. Out: int32 numbers, exact to the last bit, without BigInt.
//
// A product of two int32 needs 62 bits and a double holds 53, so one factor is split at bit 16: every intermediate
// below is an integer under 2^49, hence exact, and dividing by a power of two is exact too.
// Sources: tflite/kernels/internal/{common.h, common.cc, quantization_util.cc}, gemmlowp/fixedpoint/fixedpoint.h.

/** A real multiplier as int32 `multiplier` x 2^(`shift` - 31); multiplier is 0 or in [2^30, 2^31 - 1], shift in [-31, ...]. */
export interface FixedMultiplier {
  readonly multiplier: number;
  readonly shift: number;
}

const INT32_MIN = -2147483648;
const INT32_MAX = 2147483647;
const bits = new DataView(new ArrayBuffer(8));

/** C's frexp: value = fraction x 2^exponent, |fraction| in [0.5, 1); 0 gives 0, 0. Exact, subnormals included. */
export function frexp(value: number): { fraction: number; exponent: number } {
  if (value === 0 || !Number.isFinite(value)) return { fraction: value, exponent: 0 };
  const subnormal = Math.abs(value) < 2 ** -1022;
  bits.setFloat64(0, subnormal ? value * 2 ** 64 : value);
  const high = bits.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022;
  bits.setUint32(0, ((high & 0x800fffff) | (1022 << 20)) >>> 0);
  return { fraction: bits.getFloat64(0), exponent: subnormal ? exponent - 64 : exponent };
}

/** C's round: to the nearest integer, ties away from zero. (Math.round sends ties up.) */
export function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** QuantizeMultiplier: a real multiplier >= 0 in fixed point; below 2^-32 it vanishes. */
export function quantizeMultiplier(real: number): FixedMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 };
  const { fraction, exponent } = frexp(real);
  const multiplier = roundHalfAway(fraction * 2 ** 31);
  const [m, shift] = multiplier === 2 ** 31 ? [2 ** 30, exponent + 1] : [multiplier, exponent];
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier: m, shift };
}

/**
 * SaturatingRoundingDoublingHighMul: the high half of 2ab, rounded, saturated for INT32_MIN squared.
 * gemmlowp adds 2^30 to positive and 1 - 2^30 to negative products and then truncates: both are floor((ab + 2^30) / 2^31).
 */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  const carry = Math.floor((a * (b & 0xffff) + 0x40000000) / 65536);
  return Math.floor((a * (b >> 16) + carry) / 32768);
}

/** RoundingDivideByPOT: x / 2^exponent to the nearest, ties away from zero; exponent in 0..31. */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  const mask = ((1 << exponent) - 1) | 0;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * MultiplyByQuantizedMultiplier, double rounding (TFLITE_SINGLE_ROUNDING undefined): x times multiplier x 2^(shift - 31).
 * A left shift (shift > 0, at most 30) wraps in int32 as it does in C on every machine.
 */
export function multiplyByQuantizedMultiplier(x: number, multiplier: number, shift: number): number {
  return shift > 0
    ? saturatingRoundingDoublingHighMul(x << shift, multiplier)
    : roundingDivideByPowerOfTwo(saturatingRoundingDoublingHighMul(x, multiplier), -shift);
}

/**
 * MultiplyByQuantizedMultiplier with a single rounding (ruy/apply_multiplier.cc): (x times multiplier + half) >> (31 - shift),
 * in 64 bits, ties up. Shift at most 30.
 */
export function multiplyOnce(x: number, multiplier: number, shift: number): number {
  const bits = 31 - shift;
  if (bits < 17) return Number((BigInt(x) * BigInt(multiplier) + (1n << BigInt(bits - 1))) >> BigInt(bits));
  // x times multiplier = 2^16 high + low, and the lowest 16 bits of the half are 0: they never reach the result.
  const high = x * (multiplier >> 16);
  const carry = Math.floor((x * (multiplier & 0xffff)) / 65536);
  return Math.floor((high + carry + 2 ** (bits - 17)) / 2 ** (bits - 16));
}

/** The multiplier's upper 16 bits, rounded: what 64-bit sums are multiplied by. */
export const reduceMultiplier = (multiplier: number): number =>
  multiplier < 0x7fff0000 ? (multiplier + 0x8000) >> 16 : 0x7fff;

/**
 * MultiplyByQuantizedMultiplier of 64-bit sums (the 16x8 kernels): the multiplier rounded to 16 bits, one product, one shift,
 * ties up; the result wraps in int32. |x| below 2^47, shift at most 7 (both asserted by TFLite's debug builds).
 */
export function multiplyWide(x: number, multiplier: number, shift: number): number {
  const reduced = reduceMultiplier(multiplier);
  const bits = 15 - shift;
  if (Math.abs(x) < 2 ** 37) return Math.floor((x * reduced + 2 ** (bits - 1)) / 2 ** bits) | 0;
  const exact = (BigInt(x) * BigInt(reduced) + (1n << BigInt(bits - 1))) >> BigInt(bits);
  return Number(BigInt.asIntN(32, exact));
}

/** To the nearest integer, ties to the even one: the rounding of float instructions, and XNNPACK's. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** A float32 ratio with 8 fraction bits, as XNNPACK's conversions and leaky ReLU hold it. */
export const toQ8 = (ratio: number): number => roundHalfEven(Math.fround(256 * ratio));

/** x times a ratio of 8 fraction bits, rounded to an integer, ties up. */
export const multiplyByQ8 = (x: number, ratio: number): number => (x * ratio + 128) >> 8;

/** Shifts left by `exponent`, saturating at the ends of int32 (gemmlowp SaturatingRoundingMultiplyByPOT, exponent >= 0). */
export function saturatingShiftLeft(x: number, exponent: number): number {
  const shifted = x * 2 ** exponent;
  return shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : shifted;
}
