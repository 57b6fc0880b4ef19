// The schemes of words in whole numbers and fractions of whole numbers, following network/schemeDefinitions.ts line by line.
// In: raw words, scales as the doubles they are. Out: raw words. Nothing here rounds but where the definition does.

/** A fraction; den > 0. Infinite where den is 0. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}
export const whole = (n: bigint | number): Fraction => ({ num: BigInt(n), den: 1n });
const infinite = (sign: bigint): Fraction => ({ num: sign, den: 0n });
export const times = (a: Fraction, b: Fraction): Fraction => ({ num: a.num * b.num, den: a.den * b.den });
export const over = (a: Fraction, b: Fraction): Fraction =>
  b.num < 0n ? { num: -a.num * b.den, den: a.den * -b.num } : { num: a.num * b.den, den: a.den * b.num };
const plus = (a: Fraction, b: Fraction): Fraction =>
  a.den === 0n ? a : b.den === 0n ? b : { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
const negated = (a: Fraction): Fraction => ({ num: -a.num, den: a.den });

/** A double as the fraction it is. */
export function exactly(value: number): Fraction {
  let den = 1n;
  while (!Number.isInteger(value)) {
    value *= 2;
    den *= 2n;
  }
  return { num: BigInt(value), den };
}

/** To the nearest integer, ties to the even one. */
export function round({ num, den }: Fraction): bigint {
  const floor = num >= 0n ? num / den : -((-num + den - 1n) / den);
  const rest = 2n * (num - floor * den);
  return rest > den || (rest === den && floor % 2n !== 0n) ? floor + 1n : floor;
}

/** To the nearest number of `digits` binary digits whose last is worth 2^least or more; beyond 2^most infinite. */
function toFloat(value: Fraction, digits: number, least: number, most: number): Fraction {
  if (value.den === 0n || value.num === 0n) return value;
  const magnitude = value.num < 0n ? negated(value) : value;
  const below = (power: number): boolean =>
    power >= 0 ? magnitude.num < magnitude.den << BigInt(power) : magnitude.num << BigInt(-power) < magnitude.den;
  let exponent = least + digits - 1;
  while (!below(exponent + 1)) exponent++;
  const last = exponent - digits + 1; // of the last digit
  const step = last >= 0 ? whole(1n << BigInt(last)) : { num: 1n, den: 1n << BigInt(-last) };
  const rounded = times(whole(round(over(value, step))), step);
  const size = rounded.num < 0n ? -rounded.num : rounded.num;
  return size >= rounded.den << BigInt(most) ? infinite(value.num < 0n ? -1n : 1n) : rounded;
}
export const float16 = (value: Fraction): Fraction => toFloat(value, 11, -24, 16);
export const float64 = (value: Fraction): Fraction => toFloat(value, 53, -1074, 1024);
export const float32 = (value: Fraction): Fraction => toFloat(value, 24, -149, 128);

/** float64 of the root of a whole number below 2^53: 64 digits behind the point, and whether more follow. */
export function rootOf(n: bigint): Fraction {
  const wanted = n << 128n;
  let root = 1n << 92n; // above it, and nearer with every step
  for (let next = 0n; ; root = next) {
    next = (root + wanted / root) / 2n;
    if (next >= root) break;
  }
  return float64({ num: 2n * root + (root * root === wanted ? 0n : 1n), den: 1n << 65n });
}

export interface Accumulator {
  readonly accumulatorBits: number;
  readonly overflow: 'wrap' | 'saturate';
}
export interface Words {
  readonly bits: number;
  readonly scale: number;
  readonly zero: number;
}

function accumulate(sum: bigint, { accumulatorBits, overflow }: Accumulator): bigint {
  if (overflow === 'wrap') return BigInt.asIntN(accumulatorBits, sum);
  const half = 1n << BigInt(accumulatorBits - 1);
  return sum < -half ? -half : sum >= half ? half - 1n : sum;
}

const LIMITS = { none: [null, null], relu: [0, null], relu6: [0, 6], relu_n1_to_1: [-1, 1] } as const;
export type Limits = keyof typeof LIMITS;

export function clip(value: Fraction | bigint, { bits, scale, zero }: Words, activation: Limits): number {
  const half = 1n << BigInt(bits - 1);
  const within = (x: bigint): bigint => (x < -half ? -half : x >= half ? half - 1n : x);
  const limit = (real: number | null, none: bigint): bigint =>
    real === null ? none : within(BigInt(zero) + round(over(whole(real), exactly(scale))));
  const [lowest, highest] = [limit(LIMITS[activation][0], -half), limit(LIMITS[activation][1], half - 1n)];
  const rounded =
    typeof value === 'bigint' ? value : value.den === 0n ? (value.num < 0n ? lowest : highest) : round(value);
  return Number(rounded < lowest ? lowest : rounded > highest ? highest : rounded);
}

/** `sum` in steps of 2^-fraction, by a shift, to y, whose scale is 2^-fy. */
export function shiftTo(sum: bigint, fraction: number, slope: number, y: Words, activation: Limits): number {
  const p = slope === 0 ? 0 : Math.round(-Math.log2(slope));
  const sloped = sum >= 0n ? sum << BigInt(p) : slope === 0 ? 0n : sum;
  const fy = Math.round(-Math.log2(y.scale));
  const right = fraction + p - fy;
  return clip(right >= 0 ? { num: sloped, den: 1n << BigInt(right) } : whole(sloped << BigInt(-right)), y, activation);
}

/** v on to a word: float16, slope, zero point, half to even. */
export function finish(v: Fraction, slope: number, y: Words, activation: Limits): number {
  let h = float16(v);
  if (h.num < 0n) h = slope === 0 ? whole(0) : h.den === 0n ? h : float16(times(h, float16(exactly(slope))));
  return clip(float16(plus(h, float16(whole(y.zero)))), y, activation);
}

/** float32(float32(float32(a) A) + B). */
export const multiplyAdd = (a: bigint, scale: Fraction, offset: Fraction): Fraction =>
  float32(plus(float32(times(float32(whole(a)), scale)), offset));

/** One output of BATCH_MATMUL. `pairs`: raw a and b of every product. */
export function product(
  scheme: { readonly kind: 'shift' | 'kraken'; readonly slope: number } & Accumulator,
  pairs: readonly (readonly [a: number, b: number])[],
  a: Words,
  b: Words,
  y: Words,
): { sum: bigint; word: number } {
  const sum = pairs.reduce((total, [p, q]) => total + BigInt(p - a.zero) * BigInt(q - b.zero), 0n);
  const kept = accumulate(sum, scheme);
  const step = times(exactly(a.scale), exactly(b.scale));
  if (scheme.kind === 'shift')
    return { sum, word: shiftTo(kept, Math.round(-Math.log2(a.scale) - Math.log2(b.scale)), scheme.slope, y, 'none') };
  const v = multiplyAdd(kept, float16(over(step, exactly(y.scale))), whole(0));
  return { sum, word: finish(v, scheme.slope, y, 'none') };
}

/** One output of DIV, of words less their zero points. */
export function quotient(
  kind: 'shift' | 'kraken',
  m: bigint,
  n: bigint,
  [a, b, y]: readonly [Words, Words, Words],
  activation: Limits,
): number {
  const step = over(over(exactly(a.scale), exactly(b.scale)), exactly(y.scale));
  const exact = m === 0n && n === 0n ? whole(0) : over(whole(m), whole(n));
  if (kind === 'shift') return clip(times(exact, step), y, activation);
  return finish(float32(times(float32(exact), float16(step))), 1, y, activation);
}

export interface Channel {
  readonly weightScale: number;
  readonly bias: bigint;
  readonly biasScale: number | null; // null: as the products
}

/** One output of a layer. `pairs`: raw x and w of every tap, the zero point outside the image; `allWeights`: their sum. */
export function layer(
  scheme: { readonly kind: 'shift' | 'kraken'; readonly slope: number } & Accumulator,
  pairs: readonly (readonly [x: number, w: number])[],
  x: Words,
  y: Words,
  { weightScale, bias, biasScale }: Channel,
  activation: Limits,
): { sum: bigint; word: number } {
  const products = pairs.reduce((sum, [p, q]) => sum + BigInt(p) * BigInt(q), 0n);
  const step = times(exactly(x.scale), exactly(weightScale));
  if (scheme.kind === 'shift') {
    const aligned = over(times(whole(bias), biasScale === null ? step : exactly(biasScale)), step);
    const sum = products + aligned.num / aligned.den;
    const fraction = Math.round(-Math.log2(x.scale) - Math.log2(weightScale));
    return { sum, word: shiftTo(accumulate(sum, scheme), fraction, scheme.slope, y, activation) };
  }
  const weights = pairs.reduce((sum, [, q]) => sum + BigInt(q), 0n);
  const realBias = times(whole(bias), biasScale === null ? step : exactly(biasScale));
  const share = times(step, whole(BigInt(x.zero) * weights));
  const scale = float16(over(step, exactly(y.scale)));
  const offset = float16(over(plus(realBias, negated(share)), exactly(y.scale)));
  const v = multiplyAdd(accumulate(products, scheme), scale, offset);
  return { sum: products, word: finish(v, scheme.slope, y, activation) };
}
