// TFLite's two roundings, written down with BigInt straight from their definitions: what fast code is measured against.
// Sources: tflite/kernels/internal/common.cc, gemmlowp/fixedpoint/fixedpoint.h, ruy/apply_multiplier.cc.

const int32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const INT32_MIN = -(1n << 31n);

/** SaturatingRoundingDoublingHighMul; BigInt division truncates, as C's does. */
export function highMul(a: bigint, b: bigint): bigint {
  if (a === b && a === INT32_MIN) return (1n << 31n) - 1n;
  const product = a * b;
  return (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
}

/** RoundingDivideByPOT. */
export function divideByPower(x: bigint, exponent: number): bigint {
  const mask = (1n << BigInt(exponent)) - 1n;
  const threshold = (mask >> 1n) + (x < 0n ? 1n : 0n);
  return (x >> BigInt(exponent)) + ((x & mask) > threshold ? 1n : 0n);
}

/** gemmlowp: two roundings, ties away from zero in the second; the left shift wraps. */
export function doubleRounding(x: number, multiplier: number, shift: number): number {
  const shifted = int32(BigInt(x) << BigInt(Math.max(shift, 0)));
  return Number(divideByPower(highMul(shifted, BigInt(multiplier)), Math.max(-shift, 0)));
}

/** ruy and TFLITE_SINGLE_ROUNDING: one rounding, ties up. */
export function singleRounding(x: number, multiplier: number, shift: number): number {
  const total = BigInt(31 - shift);
  return Number((BigInt(x) * BigInt(multiplier) + (1n << (total - 1n))) >> total);
}

/** 64-bit sums (16x8): a multiplier of 16 bits, one rounding, ties up, the result cut to 32 bits. */
export function wideRounding(x: number, multiplier: number, shift: number): number {
  const reduced = multiplier < 0x7fff0000 ? (BigInt(multiplier) + (1n << 15n)) >> 16n : 0x7fffn;
  const total = BigInt(15 - shift);
  return Number(int32((BigInt(x) * reduced + (1n << (total - 1n))) >> total));
}
