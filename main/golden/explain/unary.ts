// ABS, NEG and CAST of any type, and ELU and RSQRT of int8 (of float32: curves.ts). In: a question. Out: the steps, or null where the
// operator is another one.
import { allocate } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { roundHalfAway, roundHalfEven } from '../fixedPoint';
import { scaleOf, zeroPointOf } from '../kernel';
import { absMultiplier } from '../operators/abs';
import { converter } from '../operators/cast';
import { eluOf } from '../operators/elu';
import { rsqrtMultiplier, spareRoot } from '../operators/rsqrt';
import type { Question, Step } from './explanation';
import { clampStep, endOf, finish, multiplyTwice } from './steps';

const { fround } = Math;

export function explainUnary(question: Question): Step[] | null {
  switch (question.operator.kind) {
    case 'ABS':
      return absSteps(question);
    case 'NEG':
      return [
        storedAs(
          question,
          'negate',
          (x) => -x,
          (x) => `-(${x})`,
        ),
      ];
    case 'CAST':
      return castSteps(question);
    case 'ELU':
      return eluSteps(question);
    case 'RSQRT':
      return rootSteps(question);
    default:
      return null;
  }
}

const rawOf = ({ inputs, element }: Question) => inputs[0]!.data[element] as number; // or a BigInt
const centreStep = (question: Question): Step => {
  const [q, z] = [rawOf(question), zeroPointOf(question.inputs[0]!.tensor)];
  return { name: 'less the zero point', formula: `${q} - ${z}`, value: q - z };
};
const rangeOf = ({ output }: Question) => {
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  return { zeroPoint: zeroPointOf(output), lowest, highest };
};

/** One operation on a plain number, as the output's type holds it. */
function storedAs(
  question: Question,
  name: string,
  compute: (x: number) => number | bigint,
  tell: (x: number) => string,
): Step {
  const x = rawOf(question);
  const held = allocate(question.output.type, 1);
  held[0] = compute(x);
  const width = /^u?int(\d+)$/.exec(question.output.type)?.[1];
  return { name, formula: `${tell(x)}${width ? `, in ${width} bits` : ''}`, value: Number(held[0]) };
}

function absSteps(question: Question): Step[] {
  const { inputs, output } = question;
  if (!/^int(8|16)$/.test(output.type)) return [storedAs(question, 'magnitude', Math.abs, (x) => `|${x}|`)];
  const centred = centreStep(question);
  const magnitude = Math.abs(centred.value);
  const multiplier = absMultiplier(inputs[0]!.tensor, output);
  const steps = [centred, { name: 'magnitude', formula: `|${centred.value}|`, value: magnitude }];
  return finish(multiplier ? [...steps, ...multiplyTwice(magnitude, multiplier)] : steps, rangeOf(question));
}

function castSteps(question: Question): Step[] {
  const [from, to] = [question.inputs[0]!.tensor.type, question.output.type];
  const tell = (x: number): string => {
    if (to === 'bool') return `1 unless ${x} is 0`;
    if (to === 'float32') return `float32(${x})`;
    return from === 'float32' ? `${x} without its fraction, saturated` : `${x}`;
  };
  return [storedAs(question, `to ${to}`, converter(from, to), tell)];
}

/** The table's entry for this value, computed in float32 (operators/elu.ts). */
function eluSteps(question: Question): Step[] {
  const [isEven, scale] = [question.arithmetic === 'tableEven', scaleOf(question.inputs[0]!.tensor)];
  const centred = centreStep(question);
  const real = fround(scale * centred.value);
  const value = eluOf(real);
  const inverse = fround(1 / scaleOf(question.output));
  const scaled = fround(value * inverse);
  return finish(
    [
      centred,
      { name: 'real value', formula: `float32(${scale} x ${centred.value})`, value: real },
      { name: 'function', formula: real < 0 ? `float32(e^(${real}) - 1)` : `${real}, not below 0`, value },
      { name: 'divide by the scale', formula: `float32(${value} x ${inverse})`, value: scaled },
      {
        name: 'round',
        formula: `round(${scaled}), ties ${isEven ? 'to even' : 'away from 0'}`,
        value: (isEven ? roundHalfEven : roundHalfAway)(scaled),
      },
    ],
    rangeOf(question),
  );
}

/** gemmlowp's root of a whole number, brought to the output (operators/rsqrt.ts). */
function rootSteps(question: Question): Step[] {
  const centred = centreStep(question);
  const { lowest, highest } = rangeOf(question);
  if (centred.value <= 0)
    return [
      centred,
      { name: 'one over 0', formula: 'the largest value', value: highest },
      clampStep(highest, lowest, highest),
    ];
  const root = spareRoot(centred.value);
  const spare = multiplyTwice(1, root);
  const of = `1 / the root of ${centred.value} = ${root.multiplier} x 2^${root.shift - 51}, with 20 spare bits`;
  return finish(
    [
      centred,
      { name: 'inverse root', formula: of, value: endOf(spare) },
      ...multiplyTwice(endOf(spare), rsqrtMultiplier(question.inputs[0]!.tensor, question.output)),
    ],
    rangeOf(question),
  );
}
