// MEAN and SUM. In: a question, the sum of the raw values and how many they are. Out: the steps of each arithmetic.
import type { OperatorOf } from '../../network/network';
import { INTEGER_RANGE } from '../activation';
import { quantizeMultiplier, roundHalfAway } from '../fixedPoint';
import { sameQuantization, scaleOf, zeroPointOf } from '../kernel';
import { foldedMeanConstants, meanMultiplier, meanScale, realMeanConstants } from '../operators/mean';
import { addsRaw, realSumConstants } from '../operators/sum';
import { type Question, type Step, countOf } from './explanation';
import { clampStep, endOf, finish, multiplyFloat, multiplyTwice } from './steps';

const { fround } = Math;

export function reductionSteps(
  question: Question,
  { kind }: OperatorOf<'MEAN' | 'SUM'>,
  sum: number,
  count: number,
): Step[] {
  const double = question.output.type === 'float32';
  const total: Step = {
    name: 'sum',
    formula: `sum of ${countOf(count, 'element')}${double ? ', in double precision' : ''}`,
    value: sum,
  };
  if (double) return realSteps(total, kind === 'MEAN' ? count : 1);
  return [total, ...(kind === 'MEAN' ? meanSteps(question, sum, count) : sumSteps(question, sum, count))];
}

/** As float/reductions.ts: rounded to float32 once. */
function realSteps(total: Step, count: number): Step[] {
  const steps =
    count === 1
      ? [total]
      : [total, { name: 'divide', formula: `${total.value} / ${count}`, value: total.value / count }];
  return [...steps, { name: 'float32', formula: `float32(${endOf(steps)})`, value: fround(endOf(steps)) }];
}

const rangeOf = ({ output }: Question) => {
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  return { zeroPoint: zeroPointOf(output), lowest, highest };
};

/** The sum less the zero point of every element, in 32 bits. */
function centreStep({ inputs }: Question, sum: number, count: number): Step {
  const zx = zeroPointOf(inputs[0]!.tensor);
  return {
    name: 'less the zero points',
    formula: `${sum} - ${zx} x ${count}`,
    value: (sum - Math.imul(zx, count)) | 0,
  };
}

function roundAway(value: number): Step {
  return { name: 'round', formula: `round(${value}), ties away from 0`, value: roundHalfAway(value) };
}

function meanSteps(question: Question, sum: number, count: number): Step[] {
  const { inputs, output: y, arithmetic } = question;
  const x = inputs[0]!.tensor;
  const range = rangeOf(question);
  switch (arithmetic) {
    case 'folded': {
      const folded = foldedMeanConstants(x, y, count);
      const { bias } = folded;
      return finish(multiplyTwice(sum, folded), { ...range, zeroPoint: bias });
    }
    case 'real': {
      const mean = sum / count;
      if (sameQuantization(x, y)) {
        const whole = Math.trunc(mean) + 0; // no negative zero
        const divide: Step = { name: 'divide', formula: `${sum} / ${count}, fraction dropped`, value: whole };
        return [divide, clampStep(whole, range.lowest, range.highest)];
      }
      const { scale, bias } = realMeanConstants(x, y);
      const product = fround(fround(mean) * scale);
      const shifted = fround(product + bias);
      const steps = [
        { name: 'divide', formula: `float32(${sum} / ${count})`, value: fround(mean) },
        { name: 'multiply', formula: `float32(${fround(mean)} x ${scale})`, value: product },
        { name: 'less the zero point', formula: `float32(${product} + ${bias})`, value: shifted },
      ];
      return finish([...steps, roundAway(shifted)], range);
    }
    default: {
      const centred = centreStep(question, sum, count);
      const multiplied =
        arithmetic === 'float32'
          ? multiplyFloat(centred.value, meanScale(x, y, count))
          : multiplyTwice(centred.value, meanMultiplier(x, y, count));
      return finish([centred, ...multiplied], range);
    }
  }
}

function sumSteps(question: Question, sum: number, count: number): Step[] {
  const { inputs, output: y, arithmetic } = question;
  const x = inputs[0]!.tensor;
  if (addsRaw(x, y, arithmetic)) return [wrapStep(sum, y.type)];
  if (arithmetic !== 'real') {
    const centred = centreStep(question, sum, count);
    return finish(
      [centred, ...multiplyTwice(centred.value, quantizeMultiplier(scaleOf(x) / scaleOf(y)))],
      rangeOf(question),
    );
  }
  const { scale, bias } = realSumConstants(x, y, count);
  const product = fround(fround(sum) * scale);
  const shifted = fround(product + bias);
  const rounded = roundAway(shifted);
  const zeroPoint = zeroPointOf(y);
  const value = rounded.value + zeroPoint;
  return [
    { name: 'multiply', formula: `float32(${sum} x ${scale})`, value: product },
    { name: 'less the zero points', formula: `float32(${product} + ${bias})`, value: shifted },
    rounded,
    { name: 'zero point', formula: `${rounded.value} + ${zeroPoint}`, value },
    wrapStep(value, y.type),
  ];
}

const WIDTHS = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, int32: Int32Array } as const;

/** Not clamped: the type's lowest bits are kept. */
const wrapStep = (value: number, type: string): Step => ({
  name: 'store',
  formula: `the bits of ${value} that fit ${type}`,
  value: WIDTHS[type as keyof typeof WIDTHS].of(value)[0]!,
});
