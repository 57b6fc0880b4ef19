// Operators that remember: SVDF, and UNIDIRECTIONAL_SEQUENCE_LSTM (lstm.ts). In: a question, its states as they were before the
// operator ran. Out: the steps, or null where the operator is another one or a state is not at hand.
import type { OperatorOf } from '../../network/network';
import { INTEGER_RANGE, realRange } from '../activation';
import { realActivation, rememberReals } from '../float/recurrent';
import { reals } from '../float/layers';
import { zeroPointOf } from '../kernel';
import { featureOf, remember, svdfRatios } from '../operators/svdf';
import { explainLstm } from './lstm';
import {
  type Account,
  type Question,
  type Step,
  type Term,
  MOST_TERMS,
  countOf,
  operandOf,
  rawAt,
} from './explanation';
import { clampStep, endOf, finish, multiplyTwice } from './steps';

export function explainRecurrent(question: Question): Account | null {
  const { operator, inputs } = question;
  const isThere = operator.inputs.every((index, slot) => index < 0 || inputs[slot]);
  if (!isThere) return null;
  if (operator.kind === 'UNIDIRECTIONAL_SEQUENCE_LSTM') return explainLstm(question, operator);
  return operator.kind === 'SVDF' ? explainSvdf(question, operator) : null;
}

/** The filters of a unit: what each adds to the memory now, then the memory times the weights of time. */
function explainSvdf(question: Question, { options }: OperatorOf<'SVDF'>): Account {
  const { inputs, output, element } = question;
  const [wt, bias, memory] = [inputs[2]!, inputs[3] ?? null, inputs[4]!];
  const [filters, steps] = wt.tensor.shape as [number, number];
  const isReal = output.type === 'float32';
  const units = filters / options.rank;
  const [batch, unit, count] = [Math.floor(element / units), element % units, options.rank * steps];
  const state = isReal ? rememberReals(inputs[0]!, inputs[1]!, reals(memory), steps) : remember(inputs, output);
  const [from, at] = [element * count, unit * count];
  const zero = zeroPointOf(memory.tensor);
  const added = bias ? rawAt(bias.data, unit) : null;
  let sum = isReal ? (added ?? 0) : 0;
  const terms = Array.from({ length: count }, (_, k): Term => {
    const isNew = k % steps === steps - 1; // not in the memory that was read: computed now
    const raw = [rawAt(state, from + k), rawAt(wt.data, at + k)] as const;
    const value = (raw[0] - zero) * raw[1];
    sum += value;
    return { elements: [isNew ? null : from + k, at + k], raw, value };
  });
  const newest = Array.from({ length: options.rank }, (_, f) => f).flatMap((f) => {
    const filter = unit * options.rank + f;
    const value = rawAt(state, (batch * filters + filter) * steps + steps - 1);
    return isReal ? [featureStep(question, f, value)] : featureSteps(question, batch, filter, f);
  });
  const all = [
    ...newest,
    ...(isReal ? realSteps(options.activation, count, added, sum) : wholeSteps(question, count, added, sum)),
  ];
  return {
    says: `${countOf(options.rank, 'filter')} over ${countOf(steps, 'step')}: the newest is computed from x, the others are remembered.`,
    operands: [operandOf(question, 4, 'm'), operandOf(question, 2, 'w')],
    termsAre: 'products',
    terms: terms.slice(0, MOST_TERMS),
    termCount: count,
    steps: all,
    result: endOf(all),
  };
}

const featureStep = ({ inputs }: Question, f: number, value: number): Step => ({
  name: `filter ${f}, newest`,
  formula: `float32 of ${countOf(inputs[1]!.tensor.shape[1]!, 'product')} of x and its features, summed in double precision`,
  value,
});

function featureSteps({ inputs, output }: Question, batch: number, filter: number, f: number): Step[] {
  const [x, wf, memory] = [inputs[0]!, inputs[1]!, inputs[4]!.tensor];
  const depth = wf.tensor.shape[1]!;
  const value = featureOf(x, wf, batch, filter);
  const sum: Step = { name: 'sum', formula: `sum of ${countOf(depth, 'product')} of x and its features`, value };
  const [lowest, highest] = INTEGER_RANGE[memory.type]!;
  const steps = [sum, ...multiplyTwice(value, svdfRatios(inputs, output).toMemory)];
  return finish(steps, { zeroPoint: zeroPointOf(memory), lowest, highest }).map((step) => ({
    ...step,
    name: `filter ${f}: ${step.name}`,
  }));
}

function wholeSteps({ inputs, output }: Question, count: number, bias: number | null, sum: number): Step[] {
  const steps: Step[] = [{ name: 'sum', formula: `sum of ${countOf(count, 'product')} m x w`, value: sum }];
  if (bias !== null) steps.push({ name: 'bias', formula: `${sum} + ${bias}`, value: sum + bias });
  const exact = endOf(steps);
  if ((exact | 0) !== exact)
    steps.push({ name: 'wrap', formula: `${exact} in 32 bits, two's complement`, value: exact | 0 });
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  const multiplied = multiplyTwice(exact | 0, svdfRatios(inputs, output).toOutput);
  return [...steps, ...finish(multiplied, { zeroPoint: zeroPointOf(output), lowest, highest })];
}

function realSteps(
  activation: OperatorOf<'SVDF'>['options']['activation'],
  count: number,
  bias: number | null,
  sum: number,
): Step[] {
  const products = `${countOf(count, 'product')} m x w, summed in double precision`;
  const whole: Step = { name: 'sum', formula: bias === null ? products : `${bias} + ${products}`, value: sum };
  const steps = [whole];
  const value = realActivation(activation)!(sum);
  if (activation === 'tanh') steps.push({ name: 'activation', formula: `tanh(${sum})`, value });
  else if (activation !== 'none') steps.push(clampStep(sum, ...realRange(activation)));
  return [...steps, { name: 'float32', formula: `float32(${value})`, value: Math.fround(value) }];
}
