// A layer's output element: every product, the sum, the bias, and the requantisation step by step.
import { isLayer, requantizationOfLayer, slotsOf } from '../layer';
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
import { endOf, requantizeSteps } from './steps';
import { tapsOf } from './taps';

/** Null where this is no layer of integers. */
export function explainLayer(question: Question): Account | null {
  const { operator, inputs, output, element, arithmetic } = question;
  if (!isLayer(operator) || inputs[slotsOf(operator).x]!.tensor.type === 'float32') return null;
  const slots = slotsOf(operator);
  const [x, w] = [inputs[slots.x]!, inputs[slots.w]!];
  const taps = tapsOf(operator, x.tensor.shape, w.tensor.shape, output.shape, element);
  const operands = [operandOf(question, slots.x, 'x'), operandOf(question, slots.w, 'w')];
  const [zx, zw] = operands.map((operand) => operand.zeroPoint) as [number, number];
  const terms: Term[] = [];
  let sum = 0;
  taps.x.forEach((from, i) => {
    const raw = [rawAt(x.data, from), rawAt(w.data, taps.w[i]!)] as const;
    const value = (raw[0] - zx) * (raw[1] - zw);
    sum += value;
    if (i < MOST_TERMS) terms.push({ elements: [from, taps.w[i]!], raw, value });
  });
  const count = taps.x.length;
  const steps: Step[] = [{ name: 'sum', formula: `sum of ${countOf(count, 'product')}`, value: sum }];
  const bias = inputs[slots.bias] ?? null;
  if (bias) {
    const b = rawAt(bias.data, taps.channel);
    steps.push({ name: 'bias', formula: `${sum} + ${b}`, value: sum + b });
  }
  const exact = endOf(steps);
  const accumulator = isWide(x.tensor.type, bias?.tensor ?? null) ? exact : exact | 0;
  if (accumulator !== exact)
    steps.push({ name: 'wrap', formula: `${exact} in 32 bits, two's complement`, value: accumulator });
  const requantization = requantizationOfLayer(operator, inputs, output, arithmetic);
  steps.push(...requantizeSteps(accumulator, taps.channel, requantization));
  const skipped =
    operator.kind === 'TRANSPOSE_CONV'
      ? `${countOf(taps.leftOut, 'filter tap')} meet no pixel of the input here.`
      : `${countOf(taps.leftOut, 'filter tap')} outside the image ${taps.leftOut === 1 ? 'is' : 'are'} left out.`;
  return {
    says: `Sum of ${countOf(count, 'product')} ${lessZero('x', zx)} x ${lessZero('w', zw)}, requantised.${taps.leftOut ? ` ${skipped}` : ''}`,
    operands,
    termsAre: 'products',
    terms,
    termCount: count,
    steps,
    result: endOf(steps),
  };
}
