// Operators that take elements one by one: ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM, QUANTIZE, DEQUANTIZE, LEAKY_RELU and the ReLUs. In: a
// question. Out: the steps of the arithmetic, or null where the operator is another one. Curves are in curves.ts, ABS, NEG and CAST in
// unary.ts, XNNPACK's own arithmetics in xnnpack.ts.
import type { OperatorOf, Tensor } from '../../network/network';
import { INTEGER_RANGE, activationRange, realRange } from '../activation';
import { roundHalfAway, roundHalfEven, roundingDivideByPowerOfTwo } from '../fixedPoint';
import { scaleOf, zeroPointOf } from '../kernel';
import { divMultiplier, divide } from '../operators/div';
import { leakyMultipliers } from '../operators/leakyRelu';
import { mulMultiplier } from '../operators/mul';
import { ratioOf } from '../operators/quantize';
import { ACTIVATION_OF, reluMultiplier } from '../operators/relu';
import { PLAIN, type Pair, operationOf } from '../plain';
import { shiftsOf, sumConstants } from '../sum';
import { explainCurve } from './curves';
import { type Account, type Question, type Step, operandOf, rawAt } from './explanation';
import { elementOf } from './places';
import { clampStep, clampWithin, endOf, finish, multiplyTwice } from './steps';
import { explainUnary } from './unary';
import { explainXnnpack } from './xnnpack';

const FIXED: Partial<Record<string, (question: Question) => readonly Step[]>> = {
  ADD: sumSteps,
  SUB: sumSteps,
  MUL: mulSteps,
  DIV: quotientSteps,
  LEAKY_RELU: leakySteps,
  RELU: reluSteps,
  RELU6: reluSteps,
  RELU_N1_TO_1: reluSteps,
};
const SAYS: Partial<Record<string, string>> = {
  ADD: 'Both inputs are brought to one scale with spare bits, added, and brought to the output.',
  SUB: 'Both inputs are brought to one scale with spare bits, subtracted, and brought to the output.',
  MUL: 'The product of both, requantised.',
  DIV: 'The first times the reciprocal of the second, requantised.',
  LEAKY_RELU: 'Above the zero point brought to the output as it is, below it times alpha.',
  PRELU: 'Above the zero point brought to the output as it is, below it times alpha.',
  LOGISTIC: 'The sigmoid of the real value, 1 / (1 + e^-x).',
  TANH: 'The hyperbolic tangent of the real value.',
  HARD_SWISH: 'x times x + 3, kept within 0 and 6, over 6.',
  QUANTIZE: 'Brought to the scale and zero point of the output.',
  DEQUANTIZE: 'The real value: scale times what lies above the zero point.',
  MAXIMUM: 'The larger raw value.',
  MINIMUM: 'The smaller raw value.',
  ABS: 'Without its sign.',
  NEG: 'Negated.',
  CAST: 'The same number in another type.',
  ELU: 'The real value above zero, e^x - 1 below it.',
  SQRT: 'The root of the real value.',
  RSQRT: 'One over the root of the real value.',
};

/** Null where the operator is another one. */
export function explainElementwise(question: Question): Account | null {
  const steps = stepsOf(question);
  if (!steps) return null;
  const { operator, inputs } = question;
  const symbols = inputs.length > 1 ? ['a', 'b'] : ['x'];
  const read = symbols.map((_, slot) => elementOf(question, slot));
  const raw = read.map((element, slot) => rawAt(inputs[slot]!.data, element));
  return {
    says:
      (isPlainPair(question) ? PLAIN_SAYS : SAYS)[operator.kind] ??
      'Brought to the output, then clamped to the range of the activation.',
    operands: symbols.map((symbol, slot) => operandOf(question, slot, symbol)),
    termsAre: 'elements',
    terms: read.map((element, slot) => ({
      elements: symbols.map((_, other) => (other === slot ? element : null)),
      raw: symbols.map((_, other) => (other === slot ? raw[slot]! : null)),
      value: raw[slot]!,
    })),
    termCount: read.length,
    steps,
    result: endOf(steps),
  };
}

function stepsOf(question: Question): readonly Step[] | null {
  const { operator, arithmetic, output, inputs } = question;
  const isReal = [output.type, inputs[0]!.tensor.type].includes('float32');
  if (operator.kind === 'MAXIMUM' || operator.kind === 'MINIMUM') return extremeSteps(question, operator.kind);
  if (operator.kind === 'DEQUANTIZE') return dequantizeSteps(question);
  if (operator.kind === 'QUANTIZE' && isReal) return quantizeRealSteps(question);
  if (isPlainPair(question)) return plainSteps(question, operator as OperatorOf<Pair>);
  const ofOne = explainCurve(question) ?? explainUnary(question);
  if (ofOne) return ofOne;
  if (arithmetic === 'shift') return shiftedSumSteps(question);
  if (arithmetic !== 'double') return isReal ? null : explainXnnpack(question);
  if (operator.kind === 'QUANTIZE') return quantizeSteps(question);
  return isReal ? null : (FIXED[operator.kind]?.(question) ?? null);
}

/** ADD, SUB, MUL or DIV of numbers that are not quantised. */
const isPlainPair = ({ operator, inputs }: Question): boolean =>
  operator.kind in SIGNS && PLAIN.includes(inputs[0]!.tensor.type);
const SIGNS: Readonly<Record<Pair, string>> = { ADD: '+', SUB: '-', MUL: 'x', DIV: '/' };
const RESULTS: Readonly<Record<Pair, string>> = { ADD: 'sum', SUB: 'difference', MUL: 'product', DIV: 'quotient' };
const PLAIN_SAYS: Partial<Record<string, string>> = {
  ADD: 'The sum of both, clamped by the activation.',
  SUB: 'The difference of both, clamped by the activation.',
  MUL: 'The product of both, clamped by the activation.',
  DIV: 'The quotient of both, clamped by the activation.',
};

/** As plain.ts: float32 is computed in double and rounded once, integers wrap to their width. */
function plainSteps(question: Question, { kind, options }: OperatorOf<Pair>): Step[] {
  const { inputs, output } = question;
  const [a, b] = inputs.slice(0, 2).map((input, slot) => input!.data[elementOf(question, slot)]) as [number, number]; // or BigInts
  const value = operationOf(kind, output.type)(a, b);
  const width = { int32: ', in 32 bits', int64: ', in 64 bits' }[output.type as string] ?? '';
  const step: Step = { name: RESULTS[kind], formula: `${a} ${SIGNS[kind]} ${b}${width}`, value: Number(value) };
  const steps = [step, ...clampWithin(step.value, ...realRange(options.activation))];
  return width
    ? steps
    : [...steps, { name: 'float32', formula: `float32(${endOf(steps)})`, value: Math.fround(endOf(steps)) }];
}

/** The raw value read from an input. */
const raw = (question: Question, slot: number): number => rawAt(question.inputs[slot]!.data, elementOf(question, slot));
const zero = ({ inputs }: Question, slot: number): number => zeroPointOf(inputs[slot]!.tensor);
const named = (prefix: string, steps: readonly Step[]): Step[] =>
  steps.map((step) => ({ ...step, name: `${prefix}: ${step.name}` }));

function sumSteps(question: Question): Step[] {
  const { inputs, output } = question;
  const operator = question.operator as OperatorOf<'ADD' | 'SUB'>;
  const constants = sumConstants(operator, inputs[0]!.tensor, inputs[1]!.tensor, output);
  const { leftShift, ofA, ofB, ofSum, lowest, highest } = constants;
  const bring = (slot: 0 | 1): Step[] => {
    const [q, z] = [raw(question, slot), zero(question, slot)];
    const spare: Step = { name: 'spare bits', formula: `(${q} - ${z}) << ${leftShift}`, value: (q - z) << leftShift };
    return named('ab'[slot]!, [spare, ...multiplyTwice(spare.value, slot === 0 ? ofA : ofB)]);
  };
  const [a, b] = [bring(0), bring(1)];
  const sign = operator.kind === 'ADD' ? '+' : '-';
  const total = (endOf(a) + (sign === '+' ? endOf(b) : -endOf(b))) | 0;
  const sum: Step = {
    name: sign === '+' ? 'sum' : 'difference',
    formula: `${endOf(a)} ${sign} ${endOf(b)}`,
    value: total,
  };
  const steps = [...a, ...b, sum, ...multiplyTwice(total, ofSum)];
  return finish(steps, { zeroPoint: zeroPointOf(output), lowest, highest });
}

/** int16 of scales that are powers of two: one input has the output's, the other is shifted to it. */
function shiftedSumSteps(question: Question): Step[] {
  const { inputs, output } = question;
  const operator = question.operator as OperatorOf<'ADD' | 'SUB'>;
  const shifts = shiftsOf(operator, inputs[0]!.tensor, inputs[1]!.tensor, output)!;
  const [a, b] = shifts.map((right, slot): Step => {
    const q = raw(question, slot);
    const formula = right === 0 ? `${q}` : `round(${q} / 2^${right}), ties away from 0`;
    return { name: 'ab'[slot]!, formula, value: roundingDivideByPowerOfTwo(q, right) };
  }) as [Step, Step];
  const [lowest, highest] = activationRange(operator.options.activation, output);
  const isSum = operator.kind === 'ADD';
  const total: Step = {
    name: isSum ? 'sum' : 'difference',
    formula: `${a.value} ${isSum ? '+' : '-'} ${b.value}`,
    value: isSum ? a.value + b.value : a.value - b.value,
  };
  return [a, b, total, clampStep(total.value, lowest, highest)];
}

/** As operators/div.ts: a divisor below zero is negated with the numerator. */
function quotientSteps(question: Question): Step[] {
  const { inputs, output } = question;
  const [x, y] = inputs.map((input) => input!.tensor) as [Tensor, Tensor];
  const fixed = divMultiplier(x, y, output);
  const [p, q] = [raw(question, 0) - zero(question, 0), raw(question, 1) - zero(question, 1)];
  const { a, b, fraction, headroom, quotient, scaled, right, value } = divide(p, q, fixed);
  const sign = q < 0 ? '-' : '';
  const [lowest, highest] = activationRange((question.operator as OperatorOf<'DIV'>).options.activation, output);
  const shift = right < 0 ? `${scaled} << ${-right}` : `round(${scaled} / 2^${right}), ties away from 0`;
  return finish(
    [
      { name: 'a', formula: `${sign}(${raw(question, 0)} - ${zero(question, 0)})`, value: a + 0 },
      { name: 'b', formula: `${sign}(${raw(question, 1)} - ${zero(question, 1)})`, value: b },
      { name: 'reciprocal', formula: `1 / ${b}, normalised: Q0.31`, value: fraction },
      { name: 'a / b', formula: `round((${a + 0} << ${headroom}) x ${fraction} / 2^31)`, value: quotient },
      { name: 'multiply', formula: `round(${quotient} x ${fixed.multiplier} / 2^31)`, value: scaled },
      { name: 'shift', formula: right > 31 ? `by ${right}, below one half` : shift, value: value + 0 },
    ],
    { zeroPoint: zeroPointOf(output), lowest, highest },
  );
}

function mulSteps(question: Question): Step[] {
  const { inputs, output } = question;
  const operator = question.operator as OperatorOf<'MUL'>;
  const [lowest, highest] = activationRange(operator.options.activation, output);
  const [a, b] = [raw(question, 0), raw(question, 1)];
  const [za, zb] = [zero(question, 0), zero(question, 1)];
  const product: Step = { name: 'product', formula: `(${a} - ${za}) x (${b} - ${zb})`, value: (a - za) * (b - zb) };
  const multiplier = mulMultiplier(inputs[0]!.tensor, inputs[1]!.tensor, output);
  const steps = [product, ...multiplyTwice(product.value, multiplier)];
  return finish(steps, { zeroPoint: zeroPointOf(output), lowest, highest });
}

const centreStep = (question: Question): Step => {
  const [q, z] = [raw(question, 0), zero(question, 0)];
  return { name: 'less the zero point', formula: `${q} - ${z}`, value: q - z };
};
const rangeOf = ({ output }: Question) => {
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  return { zeroPoint: zeroPointOf(output), lowest, highest };
};

function leakySteps(question: Question): Step[] {
  const { alpha } = (question.operator as OperatorOf<'LEAKY_RELU'>).options;
  const { above, below } = leakyMultipliers(alpha, question.inputs[0]!.tensor, question.output);
  const centred = centreStep(question);
  const [word, multiplier] = centred.value >= 0 ? ['above', above] : ['below', below];
  const steps = [centred, ...named(`${word} the zero point`, multiplyTwice(centred.value, multiplier as typeof above))];
  return finish(steps, rangeOf(question));
}

function reluSteps(question: Question): Step[] {
  const kind = question.operator.kind as keyof typeof ACTIVATION_OF;
  const [lowest, highest] = activationRange(ACTIVATION_OF[kind], question.output);
  const centred = centreStep(question);
  const steps = [centred, ...multiplyTwice(centred.value, reluMultiplier(question.inputs[0]!.tensor, question.output))];
  return finish(steps, { zeroPoint: zeroPointOf(question.output), lowest, highest });
}

function quantizeSteps(question: Question): Step[] {
  const [q, z] = [raw(question, 0), zero(question, 0)];
  const centred: Step = { name: 'less the zero point', formula: `${q} - ${z}`, value: (q - z) | 0 };
  const multiplier = ratioOf(question.inputs[0]!.tensor, question.output);
  return finish([centred, ...multiplyTwice(centred.value, multiplier)], rangeOf(question));
}

/** round(x / s) + z, or x times 1 / s in XNNPACK (operators/quantize.ts). */
function quantizeRealSteps(question: Question): Step[] {
  const [real, scale] = [raw(question, 0), scaleOf(question.output)];
  const inverse = Math.fround(1 / scale);
  const step: Step = {
    real: { name: 'divide', formula: `float32(${real} / ${scale})`, value: Math.fround(real / scale) },
    quotient: { name: 'divide', formula: `${real} / ${scale}`, value: real / scale },
    float32: { name: 'multiply', formula: `float32(${real} x ${inverse})`, value: Math.fround(real * inverse) },
  }[question.arithmetic as 'real' | 'quotient' | 'float32'];
  const even = question.arithmetic === 'float32';
  const rounded = even ? roundHalfEven(step.value || 0) : roundHalfAway(step.value || 0);
  const round = {
    name: 'round',
    formula: `round(${step.value}), ties ${even ? 'to even' : 'away from 0'}`,
    value: rounded,
  };
  return finish([step, round], rangeOf(question));
}

function dequantizeSteps(question: Question): Step[] | null {
  const { tensor } = question.inputs[0]!;
  if (tensor.quantization?.scale.length !== 1) return null;
  const centred = centreStep(question);
  const formula = `float32(${scaleOf(tensor)} x ${centred.value})`;
  return [centred, { name: 'real value', formula, value: Math.fround(scaleOf(tensor) * centred.value) }];
}

function extremeSteps(question: Question, kind: 'MAXIMUM' | 'MINIMUM'): Step[] {
  const [a, b] = [raw(question, 0), raw(question, 1)];
  const word = kind === 'MAXIMUM' ? 'larger' : 'smaller';
  const value = a > b === (kind === 'MAXIMUM') ? a : b;
  const whole: Step = { name: word, formula: `the ${word} of ${a} and ${b}`, value };
  const range = INTEGER_RANGE[question.output.type];
  return range ? [whole, clampStep(value, ...range)] : [whole];
}
