// float16 (IEEE 754 binary16): 1 sign bit, 5 exponent bits, 10 fraction bits. In: numbers. Out: the nearest float16, ties to even,
// subnormals kept, too large ones infinite; and its 16 bits. Every float16 is exact in a double.
import { frexp } from './fixedPoint';

const LEAST_EXPONENT = -14; // of normal numbers; below it the steps stay 2^-24
const INFINITE_FROM = 65520; // half way between the largest, 65504, and what would be the next

/** By exponent from LEAST_EXPONENT: 1.5 x 2^52 steps of a float16. Adding and subtracting it rounds a double to such steps, ties to even. */
const MAGIC = Float64Array.from({ length: 31 }, (_, i) => 1.5 * 2 ** (52 + LEAST_EXPONENT + i - 10));
const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The nearest float16. */
export function roundToFloat16(value: number): number {
  if (!(Math.abs(value) < INFINITE_FROM)) return value > 0 ? Infinity : value < 0 ? -Infinity : value;
  single[0] = value; // may round up to the next power of two, whose larger steps lead there, too
  const exponent = ((singleBits[0]! >>> 23) & 0xff) - 127;
  const magic = MAGIC[exponent < LEAST_EXPONENT ? 0 : exponent - LEAST_EXPONENT]!;
  const rounded = value + magic - magic;
  return rounded === 0 ? value * 0 : rounded; // keeps the sign of zero
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
