// Curved functions of one element: LOGISTIC, TANH, HARD_SWISH, PRELU. In: a question. Out: the steps of the integers' and of the
// reals' kernels, or null where the operator is another one.
import { INTEGER_RANGE } from '../activation';
import { roundingDivideByPowerOfTwo } from '../fixedPoint';
import { REAL_FORMULAS, REAL_FUNCTIONS, isRealFunction } from '../float/elementwise';
import { inputScaling, interpolate, powerOfTwoShift, toTable } from '../interpolation';
import { scaleOf, zeroPointOf } from '../kernel';
import { curveOf, wideCurve } from '../operators/curve';
import { hardSwishConstants, multiplyHigh16, multiplyShares, scaleToRelu, toInt16 } from '../operators/hardSwish';
import { preluMultipliers } from '../operators/prelu';
import { type Question, type Step, rawAt } from './explanation';
import { elementOf } from './places';
import { clampStep, finish, multiplyTwice } from './steps';

const { fround } = Math;

export function explainCurve(question: Question): Step[] | null {
  const { operator, output } = question;
  if (output.type === 'float32') return realSteps(question);
  switch (operator.kind) {
    case 'LOGISTIC':
    case 'TANH':
      return output.type === 'int16' ? wideSteps(question, operator.kind) : tableSteps(question, operator.kind);
    case 'HARD_SWISH':
      return swishSteps(question);
    case 'PRELU':
      return preluSteps(question);
    default:
      return null;
  }
}

const raw = (question: Question, slot: number): number => rawAt(question.inputs[slot]!.data, elementOf(question, slot));
const rangeOf = ({ output }: Question) => {
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  return { zeroPoint: zeroPointOf(output), lowest, highest };
};
const centreStep = (question: Question, slot = 0): Step => {
  const [q, z] = [raw(question, slot), zeroPointOf(question.inputs[slot]!.tensor)];
  return { name: 'less the zero point', formula: `${q} - ${z}`, value: q - z };
};

/** 8 bits: the table's entry for this value, computed in float32 (operators/curve.ts). */
function tableSteps(question: Question, kind: 'LOGISTIC' | 'TANH'): Step[] {
  const { steps, compute, round } = curveOf(kind, question.arithmetic);
  const ties = question.arithmetic === 'tableEven' ? 'to even' : 'away from 0';
  const scale = scaleOf(question.inputs[0]!.tensor);
  const centred = centreStep(question);
  const real = fround(scale * centred.value);
  const value = compute(real);
  const scaled = fround(value * steps);
  return finish(
    [
      centred,
      { name: 'real value', formula: `float32(${scale} x ${centred.value})`, value: real },
      { name: 'function', formula: `float32(${kind.toLowerCase()}(${real}))`, value },
      { name: 'divide by the scale', formula: `float32(${value} x ${steps})`, value: scaled },
      { name: 'round', formula: `round(${scaled}), ties ${ties}`, value: round(scaled) },
    ],
    rangeOf(question),
  );
}

/** int16: a table with straight lines between its points, or gemmlowp's function. */
function wideSteps(question: Question, kind: 'LOGISTIC' | 'TANH'): Step[] {
  const scale = scaleOf(question.inputs[0]!.tensor);
  const q = raw(question, 0);
  const value = wideCurve(kind, scale, question.arithmetic)(q);
  const shift = question.arithmetic === 'fixed' ? powerOfTwoShift(kind, scale) : null;
  const [lowest, highest] = INTEGER_RANGE.int16!;
  if (shift !== null) {
    const formula = `${kind.toLowerCase()}(${q} x 2^${shift - 12}) in Q0.15, gemmlowp's function of 16 bits`;
    return [{ name: 'function', formula, value }, clampStep(value, lowest, highest)];
  }
  const scaling = inputScaling(kind, scale);
  const x = toTable(scaling)(q);
  const half = scaling.shift > 0 ? ` + 2^${scaling.shift - 1}` : '';
  const formula = `a straight line between points ${Math.min(255, Math.abs(x) >> (kind === 'LOGISTIC' ? 9 : 8))} and the next of the sigmoid's 256`;
  return [
    { name: 'to table units', formula: `(${q} x ${scaling.multiplier}${half}) >> ${scaling.shift}`, value: x },
    { name: 'table', formula, value: interpolate(kind, scaling)(q) },
    clampStep(value, lowest, highest),
  ];
}

/** All in 16 bits (reference/hard_swish.h). */
function swishSteps(question: Question): Step[] {
  const { toOutput, toRelu } = hardSwishConstants(question.inputs[0]!.tensor, question.output);
  const centred = centreStep(question);
  const hires = centred.value * 128;
  const unshifted = multiplyHigh16(hires, toOutput.multiplier);
  const third = scaleToRelu(hires, toRelu);
  const relu = (third + 32768) >> 1;
  const product = multiplyShares(relu, unshifted);
  const shifted = roundingDivideByPowerOfTwo(product, -toOutput.shift);
  const { zeroPoint, lowest, highest } = rangeOf(question);
  const whole = toInt16(shifted + zeroPoint);
  return [
    centred,
    { name: 'spare bits', formula: `${centred.value} x 128`, value: hires },
    { name: 'x', formula: `round(${hires} x ${toOutput.multiplier} / 2^15)`, value: unshifted },
    {
      name: 'x / 3',
      formula: `${hires} x ${toRelu.multiplier} / 2^15 x 2^${toRelu.shift}, rounded, saturated: Q0.15`,
      value: third,
    },
    { name: '(x + 3) / 6', formula: `(${third} + 32768) >> 1`, value: relu },
    { name: 'product', formula: `${relu} x ${unshifted} / 2^15, fraction dropped`, value: product },
    { name: 'shift', formula: `round(${product} / 2^${-toOutput.shift}), ties away from 0`, value: shifted },
    { name: 'zero point', formula: `${shifted} + ${zeroPoint}, in 16 bits`, value: whole },
    clampStep(whole, lowest, highest),
  ];
}

function preluSteps(question: Question): Step[] {
  const [x, alpha] = [question.inputs[0]!.tensor, question.inputs[1]!.tensor];
  const { above, below } = preluMultipliers(x, alpha, question.output);
  const centred = centreStep(question);
  if (centred.value >= 0) return finish([centred, ...multiplyTwice(centred.value, above)], rangeOf(question));
  const factor = centreStep(question, 1);
  const value = centred.value * factor.value;
  const product: Step = {
    name: 'below the zero point: times alpha',
    formula: `${centred.value} x (${factor.formula})`,
    value,
  };
  return finish([centred, product, ...multiplyTwice(value, below)], rangeOf(question));
}

/** In double precision, rounded once (float/elementwise.ts). */
function realSteps(question: Question): Step[] | null {
  const { operator } = question;
  const x = raw(question, 0);
  const rounded = (step: Step): Step[] => [
    step,
    { name: 'float32', formula: `float32(${step.value})`, value: fround(step.value) },
  ];
  if (operator.kind === 'PRELU') {
    const alpha = raw(question, 1);
    return rounded(
      x >= 0
        ? { name: 'above zero', formula: `${x}`, value: x }
        : { name: 'below zero', formula: `${x} x ${alpha}`, value: x * alpha },
    );
  }
  if (!isRealFunction(operator)) return null;
  const value = REAL_FUNCTIONS[operator.kind](operator.options as never)(x);
  const formula = REAL_FORMULAS[operator.kind].replaceAll('x', `${x}`);
  return rounded({ name: 'function', formula, value });
}
