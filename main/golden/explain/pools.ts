// Operators that gather many elements into one: AVERAGE_POOL_2D, MAX_POOL_2D, REDUCE_MAX, ARG_MAX, ARG_MIN, MEAN and SUM (reductions.ts).
// In: a question. Out: the elements read and the steps, or null where the operator is another one.
import type { OperatorOf } from '../../network/network';
import { activationRange, realRange } from '../activation';
import { type Account, type Question, type Step, countOf, operandOf, rawAt } from './explanation';
import { elementsRead, listElements } from './places';
import { reductionSteps } from './reductions';
import { clampStep, clampWithin, endOf } from './steps';

export function explainPool(question: Question): Account | null {
  const { operator, inputs, output, arithmetic } = question;
  const isReal = inputs[0]!.tensor.type === 'float32';
  const elements = elementsRead(question, 0);
  const raws = elements.map((element) => rawAt(inputs[0]!.data, element));
  const sum = raws.reduce((total, raw) => total + raw, 0);
  const account = (says: string, steps: readonly Step[]): Account => ({
    says,
    operands: [operandOf(question, 0, 'x')],
    ...listElements(question, [0], [elements]),
    steps,
    result: endOf(steps),
  });
  switch (operator.kind) {
    case 'AVERAGE_POOL_2D':
      return isReal
        ? account('The mean of the values inside the image.', realAverageSteps(operator, sum, elements.length))
        : account(
            'The rounded mean of the raw values inside the image.',
            averageSteps(question, operator, sum, elements.length),
          );
    case 'MAX_POOL_2D': {
      const largest = extremeStep(raws, 'largest');
      const { activation } = operator.options;
      const range = isReal ? realRange(activation) : activationRange(activation, output, arithmetic);
      return account(`The largest ${isReal ? '' : 'raw '}value inside the image.`, [
        largest,
        ...clampWithin(largest.value, ...range),
      ]);
    }
    case 'REDUCE_MAX':
      return account('The largest of the elements.', [extremeStep(raws, 'largest')]);
    case 'ARG_MAX':
    case 'ARG_MIN': {
      const name = operator.kind === 'ARG_MAX' ? 'largest' : 'smallest';
      const extreme = extremeStep(raws, name);
      const formula = `of the first that is ${extreme.value}, counted from 0`;
      return account(`Which element is the ${name}.`, [
        extreme,
        { name: 'index', formula, value: extremeAt(raws, name) },
      ]);
    }
    case 'MEAN':
      return account('The mean of the elements.', reductionSteps(question, operator, sum, elements.length));
    case 'SUM':
      return account('The sum of the elements.', reductionSteps(question, operator, sum, elements.length));
    default:
      return null;
  }
}

type Extreme = 'largest' | 'smallest';

/** Of equal ones the first. */
const extremeAt = (raws: readonly number[], name: Extreme): number =>
  raws.reduce((best, raw, i) => ((name === 'largest' ? raw > raws[best]! : raw < raws[best]!) ? i : best), 0);

const extremeStep = (raws: readonly number[], name: Extreme): Step => ({
  name,
  formula: `the ${name} of ${countOf(raws.length, 'element')}`,
  value: raws[extremeAt(raws, name)]!,
});

/** Half of the count is added away from 0, then the division drops the fraction (reference/integer_ops/pooling.h). */
function averageSteps(
  { output }: Question,
  { options }: OperatorOf<'AVERAGE_POOL_2D'>,
  sum: number,
  count: number,
): Step[] {
  const half = count >> 1;
  const nudged = sum > 0 ? sum + half : sum - half;
  const mean = Math.trunc(nudged / count) + 0; // no negative zero
  return [
    { name: 'sum', formula: `sum of ${countOf(count, 'element')}`, value: sum },
    { name: 'half', formula: `${sum} ${sum > 0 ? '+' : '-'} ${half}`, value: nudged },
    { name: 'divide', formula: `${nudged} / ${count}, fraction dropped`, value: mean },
    clampStep(mean, ...activationRange(options.activation, output)),
  ];
}

/** As float/pools.ts: summed in double, rounded to float32 once. */
function realAverageSteps({ options }: OperatorOf<'AVERAGE_POOL_2D'>, sum: number, count: number): Step[] {
  const steps: Step[] = [
    { name: 'sum', formula: `sum of ${countOf(count, 'element')}, in double precision`, value: sum },
    { name: 'divide', formula: `${sum} / ${count}`, value: sum / count },
  ];
  steps.push(...clampWithin(endOf(steps), ...realRange(options.activation)));
  return [...steps, { name: 'float32', formula: `float32(${endOf(steps)})`, value: Math.fround(endOf(steps)) }];
}
