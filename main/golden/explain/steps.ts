// The roundings of each arithmetic, step by step. In: an integer and what it is multiplied by. Out: the steps, each computed
// by the primitive that the kernels use, so that the last value is theirs.
import {
  type FixedMultiplier,
  multiplyOnce,
  multiplyWide,
  reduceMultiplier,
  roundHalfEven,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from '../fixedPoint';
import type { Requantization } from '../requantize';
import type { Step } from './explanation';

/** The value the steps have reached. */
export const endOf = (steps: readonly Step[]): number => steps.at(-1)!.value;

/** MultiplyByQuantizedMultiplier with double rounding (fixedPoint.ts multiplyByQuantizedMultiplier). */
export function multiplyTwice(x: number, { multiplier, shift }: FixedMultiplier): Step[] {
  const steps: Step[] = [];
  let value = x;
  const add = (name: string, formula: string, next: number): void => {
    value = next;
    steps.push({ name, formula, value });
  };
  if (shift > 0) add('left shift', `${value} << ${shift}`, value << shift);
  add('multiply', `round(${value} x ${multiplier} / 2^31)`, saturatingRoundingDoublingHighMul(value, multiplier));
  if (shift < 0)
    add('shift', `round(${value} / 2^${-shift}), ties away from 0`, roundingDivideByPowerOfTwo(value, -shift));
  return steps;
}

/** The same with one rounding (ruy). */
function multiplyInOne(x: number, { multiplier, shift }: FixedMultiplier): Step[] {
  const bits = 31 - shift;
  const product = BigInt(x) * BigInt(multiplier);
  const formula = `${x} x ${multiplier} = ${product}; (${product} + 2^${bits - 1}) >> ${bits}`;
  return [{ name: 'multiply and shift', formula, value: multiplyOnce(x, multiplier, shift) }];
}

/** A 64-bit sum times a multiplier of 16 bits, rounded once (16x8 layers). */
export function multiplyReduced(x: number, { multiplier, shift }: FixedMultiplier): Step[] {
  const reduced = reduceMultiplier(multiplier);
  const bits = 15 - shift;
  const product = BigInt(x) * BigInt(reduced);
  const formula = `${x} x ${reduced} = ${product}; (${product} + 2^${bits - 1}) >> ${bits}`;
  return [
    { name: 'multiplier', formula: `round(${multiplier} / 2^16), at most 32767`, value: reduced },
    { name: 'multiply and shift', formula, value: multiplyWide(x, multiplier, shift) },
  ];
}

/** float32 multiply, half to even (XNNPACK). */
export function multiplyFloat(x: number, scale: number): Step[] {
  const real = Math.fround(x);
  const product = Math.fround(real * scale);
  const widened: Step[] = real === x ? [] : [{ name: 'to float32', formula: `float32(${x})`, value: real }];
  return [
    ...widened,
    { name: 'multiply', formula: `float32(${real} x ${scale})`, value: product },
    { name: 'round', formula: `round(${product}), ties to even`, value: roundHalfEven(product) },
  ];
}

/** Accumulator of channel c to the output, as requantize.ts rescales and clamps it. */
export function requantizeSteps(accumulator: number, c: number, r: Requantization): Step[] {
  const fixed = { multiplier: r.multiplier[c]!, shift: r.shift[c]! };
  switch (r.arithmetic) {
    case 'double':
      return finish(multiplyTwice(accumulator, fixed), r);
    case 'single':
      return finish(multiplyInOne(accumulator, fixed), r);
    case 'wide':
      return finish(multiplyReduced(accumulator, fixed), r);
    case 'float32':
      return finish(multiplyFloat(accumulator, r.scale[c]!), r);
    default:
      throw new Error(`accumulators are not requantised by the arithmetic ${r.arithmetic}`);
  }
}

/** The last two steps of every quantised operator. */
export function finish(
  steps: readonly Step[],
  { zeroPoint, lowest, highest }: { readonly zeroPoint: number; readonly lowest: number; readonly highest: number },
): Step[] {
  const before = endOf(steps);
  const shifted: Step = { name: 'zero point', formula: `${before} + ${zeroPoint}`, value: before + zeroPoint };
  return [...steps, shifted, clampStep(shifted.value, lowest, highest)];
}

/** No step where there are no limits. */
export const clampWithin = (value: number, lowest: number, highest: number): Step[] =>
  lowest === -Infinity && highest === Infinity ? [] : [clampStep(value, lowest, highest)];

export const clampStep = (value: number, lowest: number, highest: number): Step => ({
  name: 'clamp',
  formula: `${value} to ${lowest} … ${highest}`,
  value: Math.min(highest, Math.max(lowest, value)),
});
