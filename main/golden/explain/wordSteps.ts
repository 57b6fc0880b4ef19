// The steps that operators in words have in common: from a sum, or a float32 value, to the word (network/schemeDefinitions.ts). In: the
// steps so far. Out: those and the next, each computed by the primitive that the kernels use.
import { schemeOfWords } from '../arithmetic';
import { roundHalfEven } from '../fixedPoint';
import { roundToFloat16 } from '../float16';
import type { Layer } from '../layer';
import { requantizerOf, startsOf } from '../scheme/layerRequantizer';
import { type Float16, type Pow2, type Requantizer, fitAccumulator, slopeShift } from '../scheme/requantizer';
import { type Question, type Step, countOf } from './explanation';
import { clampStep, endOf } from './steps';

const { fround } = Math;

/** Adds steps one after another. */
export class Steps {
  constructor(readonly list: Step[] = []) {}
  get value(): number {
    return endOf(this.list);
  }
  add(name: string, formula: string, value: number): this {
    this.list.push({ name, formula, value });
    return this;
  }
}

/** Of a layer, from the sum of its products (x less its zero point) to its word. */
export function wordLayerSteps(
  { network }: Question,
  layer: Layer,
  channel: number,
  sum: number,
  count: number,
): Step[] {
  const scheme = schemeOfWords(layer, network)!;
  const steps = new Steps().add('sum', `sum of ${countOf(count, 'product')}`, sum);
  const start = startsOf(layer, network)[channel]!;
  const isShift = scheme.kind === 'shift';
  if (start !== 0)
    steps.add(
      isShift ? 'bias' : 'raw words',
      `${sum} + ${start}${isShift ? ', the bias at the products’ fraction' : ', the zero point x the weights of all taps'}`,
      sum + start,
    );
  const kept = fitAccumulator(steps.value, scheme);
  if (kept !== steps.value)
    steps.add(
      scheme.overflow,
      `${steps.value} in ${scheme.accumulatorBits} bits, ${scheme.overflow === 'wrap' ? "two's complement" : 'the nearer end'}`,
      kept,
    );
  return requantize(steps, channel, requantizerOf(layer, network)).list;
}

/** From a sum of a channel to its word. */
export const requantize = (steps: Steps, channel: number, r: Requantizer): Steps =>
  r.arithmetic === 'pow2' ? shiftSteps(steps, r.shift[channel]!, r) : float16Steps(steps, channel, r);

function shiftSteps(steps: Steps, right: number, r: Pow2): Steps {
  const p = slopeShift(r.slope);
  const a = steps.value;
  if (a < 0 && r.slope === 0) steps.add('slope', `${a} below zero`, 0);
  else if (a >= 0 && p > 0) steps.add('slope', `${a} x 2^${p}: 1 / ${r.slope} of what is below zero`, a * 2 ** p);
  const total = right + p;
  const value = roundHalfEven(steps.value * 2 ** -total) + 0;
  steps.add(
    'shift',
    total < 0 ? `${steps.value} x 2^${-total}` : `round(${steps.value} / 2^${total}), ties to even`,
    value,
  );
  if (r.zeroPoint !== 0) steps.add('zero point', `${value} + ${r.zeroPoint}`, value + r.zeroPoint);
  return clamp(steps, r);
}

function float16Steps(steps: Steps, channel: number, r: Float16): Steps {
  const [scale, offset, accumulator] = [r.scale[channel]!, r.offset[channel]!, steps.value];
  if (fround(accumulator) !== accumulator) steps.add('to float32', `float32(${accumulator})`, fround(accumulator));
  steps.add('multiply', `float32(${steps.value} x ${scale})`, fround(steps.value * scale));
  if (offset !== 0) steps.add('bias', `float32(${steps.value} + ${offset})`, fround(steps.value + offset));
  return finishSteps(steps, r);
}

/** From a float32 value to its word. */
export function finishSteps(steps: Steps, r: Requantizer): Steps {
  const half = roundToFloat16(steps.value);
  steps.add('float16', `float16(${steps.value})`, half);
  if (half < 0 && r.slope === 0) steps.add('slope', `${half} below zero`, 0);
  else if (half < 0 && r.slope !== 1)
    steps.add('slope', `float16(${half} x ${roundToFloat16(r.slope)})`, roundToFloat16(half * roundToFloat16(r.slope)));
  const zero = roundToFloat16(r.zeroPoint);
  if (zero !== 0) steps.add('zero point', `float16(${steps.value} + ${zero})`, roundToFloat16(steps.value + zero));
  steps.add('round', `round(${steps.value}), ties to even`, roundHalfEven(steps.value) + 0);
  return clamp(steps, r);
}

export function clamp(steps: Steps, { lowest, highest }: { readonly lowest: number; readonly highest: number }): Steps {
  steps.list.push(clampStep(steps.value, lowest, highest));
  return steps;
}
