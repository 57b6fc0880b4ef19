// A layer's output element: every product, the sum, the bias, and the requantisation step by step.
import { realRange } from '../activation';
import { isHybrid } from '../float/hybrid';
import { type Layer, isLayer, requantizationOfLayer, slotsOf } from '../layer';
import { isWide } from '../wide';
import {
  type Account,
  type Question,
  type Step,
  type Term,
  MOST_TERMS,
  countOf,
  lessZero,
  operandOf,
  rawAt,
} from './explanation';
import { clampStep, endOf, requantizeSteps } from './steps';
import { type Taps, tapsOf } from './taps';

/** Null where this is no layer. */
export function explainLayer(question: Question): Account | null {
  const { operator, inputs, output, element } = question;
  if (!isLayer(operator)) return null;
  const slots = slotsOf(operator);
  const [x, w] = [inputs[slots.x]!, inputs[slots.w]!];
  const bias = inputs[slots.bias] ?? null;
  const isReal = x.tensor.type === 'float32';
  if (isHybrid(x.tensor, w.tensor)) return null; // quantised as it runs: its steps are not written out
  const taps = tapsOf(operator, x.tensor.shape, w.tensor.shape, output.shape, element);
  const operands = [operandOf(question, slots.x, 'x'), operandOf(question, slots.w, 'w')];
  const [zx, zw] = operands.map((operand) => operand.zeroPoint) as [number, number];
  const added = bias && rawAt(bias.data, taps.channel);
  const terms: Term[] = [];
  let sum = isReal ? (added ?? 0) : 0; // reals begin with the bias: the last bits depend on it
  taps.x.forEach((from, i) => {
    const raw = [rawAt(x.data, from), rawAt(w.data, taps.w[i]!)] as const;
    const value = (raw[0] - zx) * (raw[1] - zw);
    sum += value;
    if (i < MOST_TERMS) terms.push({ elements: [from, taps.w[i]!], raw, value });
  });
  const count = taps.x.length;
  const steps = isReal ? realSteps(operator, count, added, sum) : integerSteps(question, operator, taps, added, sum);
  const skipped =
    operator.kind === 'TRANSPOSE_CONV'
      ? `${countOf(taps.leftOut, 'filter tap')} meet no pixel of the input here.`
      : `${countOf(taps.leftOut, 'filter tap')} outside the image ${taps.leftOut === 1 ? 'is' : 'are'} left out.`;
  return {
    says: `Sum of ${countOf(count, 'product')} ${lessZero('x', zx)} x ${lessZero('w', zw)}${isReal ? '' : ', requantised'}.${taps.leftOut ? ` ${skipped}` : ''}`,
    operands,
    termsAre: 'products',
    terms,
    termCount: count,
    steps,
    result: endOf(steps),
  };
}

/** Bias, 32 bits, and the requantisation. */
function integerSteps(question: Question, layer: Layer, taps: Taps, bias: number | null, sum: number): Step[] {
  const { inputs, output, arithmetic } = question;
  const slots = slotsOf(layer);
  const steps: Step[] = [{ name: 'sum', formula: `sum of ${countOf(taps.x.length, 'product')}`, value: sum }];
  if (bias !== null) steps.push({ name: 'bias', formula: `${sum} + ${bias}`, value: sum + bias });
  const exact = endOf(steps);
  const wide = isWide(inputs[slots.x]!.tensor.type, inputs[slots.bias]?.tensor ?? null);
  const accumulator = wide ? exact : exact | 0;
  if (accumulator !== exact)
    steps.push({ name: 'wrap', formula: `${exact} in 32 bits, two's complement`, value: accumulator });
  const requantization = requantizationOfLayer(layer, inputs, output, arithmetic);
  return [...steps, ...requantizeSteps(accumulator, taps.channel, requantization)];
}

/** As float/layers.ts: summed in double, clamped by the activation, rounded to float32 once. */
function realSteps(layer: Layer, count: number, bias: number | null, sum: number): Step[] {
  const products = `${countOf(count, 'product')}, summed in double precision`;
  const whole: Step = { name: 'sum', formula: bias === null ? products : `${bias} + ${products}`, value: sum };
  const [lowest, highest] = realRange(layer.kind === 'BATCH_MATMUL' ? 'none' : layer.options.activation);
  const steps = lowest === -Infinity && highest === Infinity ? [whole] : [whole, clampStep(sum, lowest, highest)];
  return [...steps, { name: 'float32', formula: `float32(${endOf(steps)})`, value: Math.fround(endOf(steps)) }];
}
