// The steps of the schemes of words (network/schemeDefinitions.ts). In: a question about an operator that computes with words.
// Out: the steps, each computed by the primitive that the kernels use; or null where they are not written out.
import type { Activation, OperatorOf } from '../../network/network';
import { schemeOfWords } from '../arithmetic';
import { roundHalfEven } from '../fixedPoint';
import { REAL_FORMULAS, REAL_FUNCTIONS, isRealFunction } from '../float/elementwise';
import { powersOf } from '../float/rows';
import { scaleOf, zeroPointOf } from '../kernel';
import { ACTIVATION_OF } from '../operators/relu';
import {
  SLOPE_SCALE,
  commonStep,
  ratioFrom,
  requantizerFrom,
  rescaleQuotient,
  slopeWord,
  stepsOf,
} from '../scheme/elementwise';
import { shareOfLength, sumOfSquares } from '../scheme/functions';
import { multiplyAdd } from '../scheme/requantizer';
import { wordRange } from '../scheme/words';
import { type Account, type Question, countOf, operandOf, rawAt } from './explanation';
import { elementOf, elementsRead, listElements } from './places';
import { explainResize } from './resize';
import { endOf } from './steps';
import { Steps, clamp, finishSteps, requantize } from './wordSteps';

const { fround } = Math;

/** Null where the steps are not written out. */
export function explainWords(question: Question): Account | null {
  const { operator, inputs, output } = question;
  switch (operator.kind) {
    case 'ADD':
    case 'SUB':
      return oneByOne(
        question,
        operator.kind === 'ADD' ? 'Both inputs at one scale, added.' : 'Both inputs at one scale, subtracted.',
        sumSteps(question, operator),
      );
    case 'MUL': {
      const [a, b] = [0, 1].map((slot) => less(question, slot)) as [number, number];
      const r = requantizerFrom(
        scaleOf(inputs[0]!.tensor) * scaleOf(inputs[1]!.tensor),
        output,
        isPow2(question),
        operator.options.activation,
      );
      return oneByOne(
        question,
        'The product of both, requantised.',
        requantize(new Steps().add('product', `${a} x ${b}`, a * b), 0, r),
      );
    }
    case 'DIV':
      return oneByOne(question, 'The first divided by the second, requantised.', quotientSteps(question, operator));
    case 'PRELU':
      return oneByOne(question, 'Brought to the output, below zero times its alpha.', preluSteps(question));
    case 'RELU':
    case 'RELU6':
    case 'RELU_N1_TO_1':
      return oneByOne(
        question,
        'Brought to the output, then clamped to the range of the activation.',
        rescaled(question, ACTIVATION_OF[operator.kind]),
      );
    case 'LEAKY_RELU':
      return oneByOne(question, 'Brought to the output, below zero times alpha.', leakySteps(question, operator));
    case 'NEG':
    case 'ABS':
      return oneByOne(question, operator.kind === 'NEG' ? 'Negated.' : 'Without its sign.', rescaled(question, 'none'));
    case 'QUANTIZE':
      return oneByOne(
        question,
        'Brought to the words of the output.',
        inputs[0]!.tensor.type === 'float32'
          ? toWord(question, new Steps().add('real value', 'as given', raw(question, 0)))
          : rescaled(question, 'none'),
      );
    case 'SOFTMAX':
      return explainSoftmax(question, operator);
    case 'L2_NORMALIZATION':
      return explainLength(question);
    case 'RESIZE_BILINEAR':
      return explainBlend(question, operator);
    case 'AVERAGE_POOL_2D':
    case 'MAX_POOL_2D':
    case 'MEAN':
    case 'SUM':
      return explainGathered(question, operator);
    default:
      return isRealFunction(operator)
        ? oneByOne(question, `${REAL_FORMULAS[operator.kind]}, of the real value.`, functionSteps(question))
        : null;
  }
}

const isPow2 = ({ operator, network }: Question): boolean => schemeOfWords(operator, network)!.kind === 'shift';
const raw = (question: Question, slot: number): number => rawAt(question.inputs[slot]!.data, elementOf(question, slot));
const less = (question: Question, slot: number): number =>
  raw(question, slot) - zeroPointOf(question.inputs[slot]!.tensor);

function oneByOne(question: Question, says: string, { list }: Steps): Account {
  const slots = question.inputs.length > 1 ? [0, 1] : [0];
  const elements = slots.map((slot) => [elementOf(question, slot)]);
  return {
    says,
    operands: slots.map((slot) => operandOf(question, slot, slots.length > 1 ? 'ab'[slot]! : 'x')),
    ...listElements(question, slots, elements),
    steps: list,
    result: endOf(list),
  };
}

function sumSteps(question: Question, { kind, options }: OperatorOf<'ADD' | 'SUB'>): Steps {
  const { inputs, output } = question;
  const [a, b] = [inputs[0]!.tensor, inputs[1]!.tensor];
  const [p, q] = [less(question, 0), less(question, 1)];
  const sign = kind === 'ADD' ? 1 : -1;
  const r = requantizerFrom(commonStep(a, b), output, isPow2(question), options.activation);
  const word = sign === 1 ? 'sum' : 'difference';
  if (r.arithmetic === 'pow2') {
    const [left, right] = [scaleOf(a) / commonStep(a, b), scaleOf(b) / commonStep(a, b)];
    const steps = new Steps().add('a', `${p} x ${left}`, p * left).add('b', `${q} x ${right}`, q * right);
    return requantize(
      steps.add(word, `${p * left} ${sign === 1 ? '+' : '-'} ${q * right}`, p * left + sign * q * right),
      0,
      r,
    );
  }
  const [ofA, ofB] = [ratioFrom(scaleOf(a), output), ratioFrom(scaleOf(b), output)];
  const [first, second] = [multiplyAdd(p, ofA, 0), multiplyAdd(q, ofB, 0)];
  const steps = new Steps().add('a', `float32(${p} x ${ofA})`, first).add('b', `float32(${q} x ${ofB})`, second);
  return finishSteps(
    steps.add(word, `float32(${first} ${sign === 1 ? '+' : '-'} ${second})`, fround(first + sign * second)),
    r,
  );
}

function quotientSteps(question: Question, { options }: OperatorOf<'DIV'>): Steps {
  const { inputs, output } = question;
  const [p, q] = [less(question, 0), less(question, 1)];
  const [step] = stepsOf('DIV', scaleOf(inputs[0]!.tensor), scaleOf(inputs[1]!.tensor));
  const r = requantizerFrom(step!, output, isPow2(question), options.activation);
  if (r.arithmetic === 'float16') {
    const quotient = fround(p / q || 0);
    const steps = new Steps().add('quotient', `float32(${p} / ${q})`, quotient);
    return finishSteps(
      steps.add('multiply', `float32(${quotient} x ${r.scale[0]})`, multiplyAdd(quotient, r.scale[0]!, 0)),
      r,
    );
  }
  const shifted = p * 2 ** -r.shift[0]!;
  const steps = new Steps().add('shift', `${p} x 2^${-r.shift[0]!}`, shifted);
  return clamp(steps.add('divide', `round(${shifted} / ${q}), ties to even`, rescaleQuotient(p, q, r)), r);
}

function preluSteps(question: Question): Steps {
  const [x, alpha] = [question.inputs[0]!.tensor, question.inputs[1]!.tensor];
  const [p, q] = [less(question, 0), less(question, 1)];
  const [above, below] = stepsOf('PRELU', scaleOf(x), scaleOf(alpha));
  const steps = new Steps().add('less the zero point', `${raw(question, 0)} - ${zeroPointOf(x)}`, p);
  if (p < 0) steps.add('times alpha', `${p} x ${q}`, p * q + 0);
  return requantize(steps, 0, requantizerFrom(p < 0 ? below! : above!, question.output, isPow2(question), 'none'));
}

/** By shifts as PRELU, whose alpha is a word; by Kraken's requantiser its slope. */
function leakySteps(question: Question, { options }: OperatorOf<'LEAKY_RELU'>): Steps {
  const [value, x] = [less(question, 0), question.inputs[0]!.tensor];
  if (!isPow2(question)) return rescaled(question, 'none', options.alpha);
  if (value >= 0) return rescaled(question, 'none');
  const word = slopeWord(options.alpha);
  const steps = new Steps().add('times alpha', `${value} x ${word}, alpha in steps of 2^-15`, value * word + 0);
  return requantize(steps, 0, requantizerFrom(scaleOf(x) * SLOPE_SCALE, question.output, true, 'none'));
}

/** One word to another scale. */
function rescaled(question: Question, activation: Activation, slope = 1): Steps {
  const { inputs, output, operator } = question;
  const [q, z, value] = [raw(question, 0), zeroPointOf(inputs[0]!.tensor), less(question, 0)];
  const steps = new Steps().add('less the zero point', `${q} - ${z}`, value);
  if (operator.kind === 'NEG') steps.add('negate', `-(${value})`, -value + 0);
  if (operator.kind === 'ABS') steps.add('magnitude', `|${value}|`, Math.abs(value));
  return requantize(steps, 0, requantizerFrom(scaleOf(inputs[0]!.tensor), output, isPow2(question), activation, slope));
}

/** A real number to the nearest word. */
function toWord({ output }: Question, steps: Steps): Steps {
  const [scale, zero] = [scaleOf(output), zeroPointOf(output)];
  const value = roundHalfEven(steps.value / scale || 0) + zero;
  steps.add('round', `round(${steps.value} / ${scale}) + ${zero}, ties to even`, value);
  return clamp(steps, wordRange('none', output));
}

function functionSteps(question: Question): Steps {
  const { tensor } = question.inputs[0]!;
  const { operator } = question;
  if (!isRealFunction(operator)) throw new Error(`${operator.name} is no function of one element`);
  const real = scaleOf(tensor) * less(question, 0);
  const compute = REAL_FUNCTIONS[operator.kind](operator.options as never);
  const steps = new Steps().add('real value', `${scaleOf(tensor)} x ${less(question, 0)}`, real);
  return toWord(question, steps.add('function', `${REAL_FORMULAS[operator.kind]} of ${real}`, compute(real)));
}

function explainSoftmax(question: Question, { options }: OperatorOf<'SOFTMAX'>): Account {
  const { tensor, data } = question.inputs[0]!;
  const elements = elementsRead(question, 0);
  const row = Float64Array.from(elements, (at) => scaleOf(tensor) * rawAt(data, at));
  const { powers, sum } = powersOf(row, options.beta);
  const power = powers[question.element - elements[0]!]!;
  const steps = new Steps().add('exponential', 'e^(beta x (the real value - the largest of the row))', power);
  steps.add('sum', `of ${countOf(row.length, 'exponential')}`, sum).add('share', `${power} / ${sum}`, power / sum);
  return gathered(
    question,
    elements,
    'Its exponential’s share in the sum of those of the row.',
    toWord(question, steps),
  );
}

function explainLength(question: Question): Account {
  const { inputs, output } = question;
  const { tensor, data } = inputs[0]!;
  const elements = elementsRead(question, 0);
  const squares = sumOfSquares(
    elements.map((at) => rawAt(data, at)),
    zeroPointOf(tensor),
  );
  const word = rawAt(data, question.element) - zeroPointOf(tensor);
  const steps = new Steps().add('squares', `sum of those of ${countOf(elements.length, 'element')}`, squares);
  steps.add('less the zero point', `${rawAt(data, question.element)} - ${zeroPointOf(tensor)}`, word);
  const share = shareOfLength(word, squares, scaleOf(output)) + 0;
  steps.add('divide', `${word} / (the root of ${squares} x ${scaleOf(output)})`, share);
  steps.add(
    'round',
    `round(${share}) + ${zeroPointOf(output)}, ties to even`,
    roundHalfEven(share) + zeroPointOf(output),
  );
  return gathered(
    question,
    elements,
    'Divided by the length of the row, the root of its squares.',
    clamp(steps, wordRange('none', output)),
  );
}

/** As TFLite's, but for the ties; and the words of the output may be fewer. */
function explainBlend(question: Question, operator: OperatorOf<'RESIZE_BILINEAR'>): Account {
  const account = explainResize(question, operator);
  const steps = clamp(new Steps([...account.steps]), wordRange('none', question.output));
  return { ...account, steps: steps.list, result: steps.value };
}

const gathered = (question: Question, elements: readonly number[], says: string, { list }: Steps): Account => ({
  says,
  operands: [operandOf(question, 0, 'x')],
  ...listElements(question, [0], [elements]),
  steps: list,
  result: endOf(list),
});

function explainGathered(
  question: Question,
  operator: OperatorOf<'AVERAGE_POOL_2D' | 'MAX_POOL_2D' | 'MEAN' | 'SUM'>,
): Account {
  const { inputs, output } = question;
  const x = inputs[0]!;
  const elements = elementsRead(question, 0);
  const raws = elements.map((at) => rawAt(x.data, at));
  const [count, many] = [raws.length, countOf(raws.length, 'element')];
  if (operator.kind === 'MAX_POOL_2D') {
    const largest = raws.reduce((most, value) => Math.max(most, value), -Infinity);
    const steps = new Steps().add('largest', `the largest of ${many}`, largest);
    return gathered(
      question,
      elements,
      'The largest word inside the image.',
      clamp(steps, wordRange(operator.options.activation, output)),
    );
  }
  const sum = raws.reduce((total, value) => total + value, 0);
  const steps = new Steps().add('sum', `sum of ${many}`, sum);
  if (operator.kind === 'AVERAGE_POOL_2D') {
    steps.add('divide', `round(${sum} / ${count}), ties to even`, roundHalfEven(sum / count) + 0);
    return gathered(
      question,
      elements,
      'The rounded mean of the words inside the image.',
      clamp(steps, wordRange(operator.options.activation, output)),
    );
  }
  const zero = zeroPointOf(x.tensor);
  if (zero !== 0) steps.add('less the zero points', `${sum} - ${zero} x ${count}`, sum - zero * count);
  const isMean = operator.kind === 'MEAN';
  const says = isMean ? 'The mean of the elements.' : 'The sum of the elements.';
  if (isMean && isPow2(question)) {
    const factor = scaleOf(x.tensor) / scaleOf(output);
    steps.add(
      'mean',
      `round(${steps.value} x ${factor} / ${count}), ties to even`,
      roundHalfEven((steps.value * factor) / count) + 0,
    );
    return gathered(question, elements, says, clamp(steps, wordRange('none', output)));
  }
  const r = requantizerFrom(isMean ? scaleOf(x.tensor) / count : scaleOf(x.tensor), output, isPow2(question), 'none');
  return gathered(question, elements, says, requantize(steps, 0, r));
}
