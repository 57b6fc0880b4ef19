// float16 (IEEE 754 binary16): 1 sign bit, 5 exponent bits, 10 fraction bits. In: numbers. Out: the nearest float16, ties to even,
// subnormals kept, too large ones infinite; and its 16 bits. Every float16 is exact in a double.
import { frexp, roundHalfEven } from './fixedPoint';

const LARGEST = 65504;
const LEAST_EXPONENT = -14; // of normal numbers; below it the steps stay 2^-24

/** The nearest float16. */
export function roundToFloat16(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const exponent = Math.max(frexp(value).exponent - 1, LEAST_EXPONENT);
  const step = 2 ** (exponent - 10);
  const magnitude = roundHalfEven(Math.abs(value) / step) * step;
  return Math.sign(value) * (magnitude > LARGEST ? Infinity : magnitude);
}

/** The 16 bits of a float16 value. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude === Infinity) return sign | 0x7c00;
  if (magnitude < 2 ** LEAST_EXPONENT) return sign | (magnitude * 2 ** 24);
  const exponent = frexp(magnitude).exponent - 1;
  return sign | ((exponent + 15) << 10) | (magnitude * 2 ** (10 - exponent) - 1024);
}

/** The value of 16 bits. */
export function float16Of(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
