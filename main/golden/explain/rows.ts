// Operators that look at a whole row: SOFTMAX and L2_NORMALIZATION. In: a question. Out: the row's elements and the steps, or null
// where the operator is another one.
import type { OperatorOf } from '../../network/network';
import { INTEGER_RANGE } from '../activation';
import { roundingDivideByPowerOfTwo, saturatingRoundingDoublingHighMul } from '../fixedPoint';
import { inverseSquareRoot } from '../fixedPointFunctions';
import { normOf, powersOf } from '../float/rows';
import { zeroPointOf } from '../kernel';
import { differenceScaling, inverseOf, reciprocalOfSum, exponentialsOf, realsOf, wideRow } from '../operators/softmax';
import { type Account, type Question, type Step, countOf, operandOf, rawAt } from './explanation';
import { elementsRead, listElements } from './places';
import { clampStep, endOf, finish, multiplyTwice } from './steps';

type Softmax = OperatorOf<'SOFTMAX'>;
const { fround } = Math;

export function explainRow(question: Question): Account | null {
  const { operator, inputs, element } = question;
  if (operator.kind !== 'SOFTMAX' && operator.kind !== 'L2_NORMALIZATION') return null;
  const elements = elementsRead(question, 0);
  const row = elements.map((at) => rawAt(inputs[0]!.data, at));
  const at = element - elements[0]!;
  const steps = operator.kind === 'SOFTMAX' ? softmaxSteps(question, operator, row, at) : normSteps(question, row, at);
  const many = countOf(row.length, 'element');
  return {
    says:
      operator.kind === 'SOFTMAX'
        ? `Its exponential's share in the sum of those of all ${many} of the row.`
        : `Divided by the length of the row, the root of the squares of its ${many}.`,
    operands: [operandOf(question, 0, 'x')],
    ...listElements(question, [0], [elements]),
    steps,
    result: endOf(steps),
  };
}

function softmaxSteps(question: Question, operator: Softmax, row: readonly number[], at: number): Step[] {
  switch (question.output.type) {
    case 'float32':
      return realSoftmax(operator, row, at);
    case 'int16':
      return wideSoftmax(question, operator, row, at);
    default:
      return question.arithmetic === 'table'
        ? tableSoftmax(question, operator, row, at)
        : fixedSoftmax(question, operator, row, at);
  }
}

const largestOf = (row: readonly number[]): number => row.reduce((most, value) => Math.max(most, value), -Infinity);
const finishRow = (steps: readonly Step[], { output }: Question): Step[] => {
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  return finish(steps, { zeroPoint: lowest, lowest, highest });
};

/** From the row to the difference that the exponential is taken of. */
const differenceSteps = (row: readonly number[], at: number): Step[] => {
  const max = largestOf(row);
  return [
    { name: 'largest', formula: `the largest of ${countOf(row.length, 'element')}`, value: max },
    { name: 'difference', formula: `${row[at]} - ${max}`, value: row[at]! - max },
  ];
};

/** gemmlowp's exponential and reciprocal (operators/softmax.ts normalizeRow). */
function fixedSoftmax(question: Question, { options: { beta } }: Softmax, row: readonly number[], at: number): Step[] {
  const x = question.inputs[0]!.tensor;
  const { multiplier, shift } = differenceScaling(beta, x);
  const exponentials = exponentialsOf(beta, x);
  const max = largestOf(row);
  const steps = differenceSteps(row, at);
  const difference = endOf(steps);
  const e = exponentials[-difference]!;
  if (e < 0)
    return finishRow([...steps, { name: 'far below', formula: 'its exponential is taken as 0', value: 0 }], question);
  const scaled = saturatingRoundingDoublingHighMul(difference << shift, multiplier);
  const powers = row.map((value) => exponentials[max - value]!).filter((power) => power >= 0);
  const sum = powers.reduce((total, power) => (total + roundingDivideByPowerOfTwo(power, 12)) | 0, 0);
  const { reciprocal, shift: right } = reciprocalOfSum(sum);
  steps.push(
    { name: 'scale', formula: `round((${difference} << ${shift}) x ${multiplier} / 2^31): Q5.26`, value: scaled },
    { name: 'exponential', formula: `e^(${scaled} / 2^26) in Q0.31`, value: e },
    { name: 'sum', formula: `of ${countOf(powers.length, 'exponential')}, each round(e / 2^12): Q12.19`, value: sum },
    { name: 'reciprocal', formula: `of ${sum} normalised to 1 … 2, Q0.31`, value: reciprocal },
  );
  if (right > 31)
    return finishRow([...steps, { name: 'shift', formula: `by ${right}, below one half`, value: 0 }], question);
  const product = saturatingRoundingDoublingHighMul(reciprocal, e);
  const share = roundingDivideByPowerOfTwo(product, right);
  return finishRow(
    [
      ...steps,
      { name: 'multiply', formula: `round(${reciprocal} x ${e} / 2^31)`, value: product },
      { name: 'shift', formula: `round(${product} / 2^${right}), ties away from 0`, value: share },
    ],
    question,
  );
}

/** float32 exponentials, summed in float32 in the row's order (normalizeReals). */
function tableSoftmax(question: Question, { options: { beta } }: Softmax, row: readonly number[], at: number): Step[] {
  const exponentials = realsOf(beta, question.inputs[0]!.tensor);
  const max = largestOf(row);
  const steps = differenceSteps(row, at);
  const e = exponentials[-endOf(steps)]!;
  const sum = row.reduce((total, value) => fround(total + exponentials[max - value]!), 0);
  const inverse = inverseOf(sum);
  const share = fround(e * inverse);
  return finishRow(
    [
      ...steps,
      { name: 'exponential', formula: `e^(${endOf(steps)} x scale x beta), float32`, value: e },
      { name: 'sum', formula: `of ${countOf(row.length, 'exponential')}, in float32`, value: sum },
      { name: 'reciprocal', formula: `float32(1 / (${sum} / 256))`, value: inverse },
      { name: 'multiply', formula: `float32(${e} x ${inverse})`, value: share },
      { name: 'round', formula: `the whole part of ${share} + 0.5`, value: Math.floor(share + 0.5) },
    ],
    question,
  );
}

/** Two tables with straight lines between their points (wideRow). */
function wideSoftmax(question: Question, { options: { beta } }: Softmax, row: readonly number[], at: number): Step[] {
  const x = question.inputs[0]!.tensor;
  const { scaling, argumentOf, exponentials, sum, reciprocal, right } = wideRow(row, x, beta, question.arithmetic);
  const e = exponentials[at]!;
  const steps = differenceSteps(row, at);
  const product = e * reciprocal;
  const share = Math.floor((product + 2 ** (right - 1)) / 2 ** right);
  return [
    ...steps,
    ...multiplyTwice(endOf(steps), scaling),
    { name: 'argument', formula: `that + 32767, saturated to 16 bits`, value: argumentOf(row[at]!) },
    { name: 'exponential', formula: `the table of e^x, -10 … 0, at ${argumentOf(row[at]!)}: Q0.15`, value: e },
    { name: 'sum', formula: `of ${countOf(row.length, 'exponential')}`, value: sum },
    { name: 'reciprocal', formula: `the table of 1 / (1 + x) at ${sum} normalised to 1 … 2`, value: reciprocal },
    { name: 'multiply', formula: `${e} x ${reciprocal}`, value: product },
    { name: 'shift', formula: `(${product} + 2^${right - 1}) >> ${right}`, value: share },
    clampStep(share, 0, 32767),
  ];
}

/** In double precision, rounded once (float/rows.ts). */
function realSoftmax({ options: { beta } }: Softmax, values: readonly number[], at: number): Step[] {
  const { largest, powers, sum } = powersOf(Float32Array.from(values), beta);
  const [power, share] = [powers[at]!, powers[at]! / sum];
  return [
    { name: 'largest', formula: `the largest of ${countOf(values.length, 'element')}`, value: largest },
    { name: 'exponential', formula: `e^((${values[at]} - ${largest}) x ${fround(beta)})`, value: power },
    { name: 'sum', formula: `of ${countOf(values.length, 'exponential')}, in double precision`, value: sum },
    { name: 'divide', formula: `${power} / ${sum}`, value: share },
    { name: 'float32', formula: `float32(${share})`, value: fround(share) },
  ];
}

function normSteps(question: Question, row: readonly number[], at: number): Step[] {
  const { output, inputs } = question;
  if (output.type === 'float32') return realNorm(row, at);
  const zx = zeroPointOf(inputs[0]!.tensor);
  const squares = row.reduce((sum, value) => (sum + (value - zx) ** 2) | 0, 0);
  const root = inverseSquareRoot(squares);
  const centred = row[at]! - zx;
  const isSigned = output.type === 'int8'; // int8 shifts before the rounding, uint8 multiplies by 128 before it
  const steps: Step[] = [
    { name: 'squares', formula: `sum of (x - ${zx})^2 over ${countOf(row.length, 'element')}`, value: squares },
    { name: '1 / root', formula: `${root.multiplier} x 2^${root.shift - 31}; the multiplier`, value: root.multiplier },
    { name: 'less the zero point', formula: `${row[at]} - ${zx}`, value: centred },
    ...(isSigned
      ? multiplyTwice(centred, { multiplier: root.multiplier, shift: root.shift + 7 })
      : [
          { name: 'times 128', formula: `128 x ${centred}`, value: 128 * centred },
          ...multiplyTwice(128 * centred, root),
        ]),
  ];
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  return finish(steps, { zeroPoint: zeroPointOf(output), lowest, highest });
}

function realNorm(values: readonly number[], at: number): Step[] {
  const norm = normOf(Float32Array.from(values));
  const share = values[at]! / norm;
  return [
    {
      name: 'length',
      formula: `the root of the sum of ${countOf(values.length, 'square')}, at least 1e-6`,
      value: norm,
    },
    { name: 'divide', formula: `${values[at]} / ${norm}`, value: share },
    { name: 'float32', formula: `float32(${share})`, value: fround(share) },
  ];
}
