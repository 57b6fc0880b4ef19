// Operators that gather many elements into one: AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM (reductions.ts). In: a question. Out: the
// elements read and the steps, or null where the arithmetic is another one.
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
  const many = countOf(elements.length, 'element');
  switch (operator.kind) {
    case 'AVERAGE_POOL_2D':
      return isReal
        ? account('The mean of the values inside the image.', realAverageSteps(operator, sum, elements.length))
        : account(
            'The rounded mean of the raw values inside the image.',
            averageSteps(question, operator, sum, elements.length),
          );
    case 'MAX_POOL_2D': {
      const largest = raws.reduce((most, raw) => Math.max(most, raw), -Infinity);
      const { activation } = operator.options;
      const range = isReal ? realRange(activation) : activationRange(activation, output, arithmetic);
      const step: Step = { name: 'largest', formula: `the largest of ${many}`, value: largest };
      return account(`The largest ${isReal ? '' : 'raw '}value inside the image.`, [
        step,
        ...clampWithin(largest, ...range),
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
