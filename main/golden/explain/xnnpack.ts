// XNNPACK's arithmetics of operators that take elements one by one: ADD, SUB, MUL, QUANTIZE and LEAKY_RELU. In: a question.
// Out: the steps, or null where the operator or the arithmetic is another one.
import type { OperatorOf } from '../../network/network';
import { INTEGER_RANGE, activationRange } from '../activation';
import { multiplyByQ8 } from '../fixedPoint';
import { zeroPointOf } from '../kernel';
import { leakyRatios } from '../operators/leakyRelu';
import { mulRatio } from '../operators/mul';
import { q8RatioOf } from '../operators/quantize';
import { vaddConstants } from '../sum';
import { type Question, type Step, rawAt } from './explanation';
import { elementOf } from './places';
import { finish, multiplyFloat } from './steps';

export function explainXnnpack(question: Question): Step[] | null {
  const { operator, arithmetic, inputs, output } = question;
  const x = inputs[0]!.tensor;
  switch (operator.kind) {
    case 'ADD':
    case 'SUB':
      return arithmetic === 'vadd' ? sumSteps(question, operator) : null;
    case 'MUL':
      return arithmetic === 'float32' ? mulSteps(question, operator) : null;
    case 'QUANTIZE':
      return arithmetic === 'q8' ? q8Steps(question, q8RatioOf(x, output)) : null;
    case 'LEAKY_RELU': {
      const { above, below } = leakyRatios(operator.options.alpha, x, output);
      return arithmetic === 'q8' ? q8Steps(question, raw(question, 0) >= zeroPointOf(x) ? above : below) : null;
    }
    default:
      return null;
  }
}

const raw = (question: Question, slot: number): number => rawAt(question.inputs[slot]!.data, elementOf(question, slot));

function sumSteps(question: Question, operator: OperatorOf<'ADD' | 'SUB'>): Step[] {
  const { inputs, output } = question;
  const sign = operator.kind === 'ADD' ? 1 : -1;
  const constants = vaddConstants(operator, sign, inputs[0]!.tensor, inputs[1]!.tensor, output);
  const { bias, multiplierA, multiplierB, shift, lowest, highest } = constants;
  const [a, b] = [raw(question, 0), raw(question, 1)];
  const total = (bias + a * multiplierA + b * multiplierB) | 0;
  const steps: Step[] = [
    { name: 'weighted sum', formula: `${bias} + ${a} x ${multiplierA} + ${b} x ${multiplierB}`, value: total },
    { name: 'shift', formula: `${total} >> ${shift}`, value: total >> shift },
  ];
  return finish(steps, { zeroPoint: zeroPointOf(output), lowest, highest });
}

function mulSteps(question: Question, { options }: OperatorOf<'MUL'>): Step[] {
  const { inputs, output, arithmetic } = question;
  const [a, b] = [raw(question, 0), raw(question, 1)];
  const [za, zb] = [zeroPointOf(inputs[0]!.tensor), zeroPointOf(inputs[1]!.tensor)];
  const product: Step = { name: 'product', formula: `(${a} - ${za}) x (${b} - ${zb})`, value: (a - za) * (b - zb) };
  const steps = [product, ...multiplyFloat(product.value, mulRatio(inputs[0]!.tensor, inputs[1]!.tensor, output))];
  const [lowest, highest] = activationRange(options.activation, output, arithmetic);
  return finish(steps, { zeroPoint: zeroPointOf(output), lowest, highest });
}

function q8Steps(question: Question, ratio: number): Step[] {
  const [q, z] = [raw(question, 0), zeroPointOf(question.inputs[0]!.tensor)];
  const centred: Step = { name: 'less the zero point', formula: `${q} - ${z}`, value: q - z };
  const formula = `(${centred.value} x ${ratio} + 128) >> 8`;
  const steps = [centred, { name: 'multiply and shift', formula, value: multiplyByQ8(centred.value, ratio) }];
  const [lowest, highest] = INTEGER_RANGE[question.output.type]!;
  return finish(steps, { zeroPoint: zeroPointOf(question.output), lowest, highest });
}
