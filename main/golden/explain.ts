// "Why is this 37?" In: one output element of an operator, and the values of the tensors it reads. Out: every product or element
// it is made of, each rounding step with its numbers, and the value the steps end in, which is the one the run stored.
// test/golden/explain.test.ts proves that of every operator in every type. Where an operator's state was not kept it says so instead.
import { userFailure } from '../network/failure';
import { type Network, type Operator, elementCount } from '../network/network';
import type { Arithmetic } from '../network/arithmetic';
import { flatOf, indexOf } from '../tensor/place';
import type { TensorValue, TypedArray } from '../tensor/tensor';
import { schemeOfWords } from './arithmetic';
import { explainElementwise } from './explain/elementwise';
import { explainDetection } from './explain/detection';
import { type Account, type Explanation, type Question, type Step, operandOf, rawAt } from './explain/explanation';
import { explainLayer } from './explain/layer';
import { MOVED, listElements, sourceOf } from './explain/places';
import { explainPool } from './explain/pools';
import { explainRecurrent } from './explain/recurrent';
import { explainResize } from './explain/resize';
import { explainRow } from './explain/rows';
import { explainWords } from './explain/words';
import { listText, shapeText } from './kernel';

export type { Explanation } from './explain/explanation';

/**
 * `values` gives the value of every tensor the operator reads (of a state, the one it read; null: nothing keeps it) and of the output
 * `position`; `element` is its flat position there, or its index, one number a dimension.
 * @throws userFailure element-outside
 */
export function explainElement(
  network: Network,
  operator: Operator,
  arithmetic: Arithmetic,
  values: (tensor: number) => TypedArray | null,
  element: number | readonly number[],
  position = 0,
): Explanation {
  const output = network.tensors[operator.outputs[position]!]!;
  const flat = findElement(operator, output.shape, element);
  const inputs = operator.inputs.map((index): TensorValue | null => {
    const data = index < 0 ? null : values(index);
    return data && { tensor: network.tensors[index]!, data };
  });
  const stored = values(output.index);
  if (!stored) throw new Error(`tensor ${output.index} has no value`);
  const question: Question = { network, operator, arithmetic, inputs, output, position, element: flat };
  return {
    operator: operator.index,
    name: operator.name,
    arithmetic,
    output: { tensor: output.index, name: output.name, shape: output.shape },
    element: flat,
    index: indexOf(output.shape, flat),
    ...accountFor(question),
    stored: rawAt(stored, flat),
  };
}

function accountFor(question: Question): Account {
  const { operator } = question;
  if (operator.kind in MOVED && operator.kind !== 'OTHER') return explainMove(question);
  if (operator.kind === 'SHAPE') return explainShape(question);
  if (operator.kind === 'TFLite_Detection_PostProcess') return explainDetection(question, operator);
  if (schemeOfWords(question.operator, question.network)) return explainInWords(question);
  return (
    explainLayer(question) ??
    explainElementwise(question) ??
    explainGathered(question) ??
    explainRow(question) ??
    explainRecurrent(question) ??
    explainReads(question)
  );
}

/** What takes words over, compares them or leaves them is as in TFLite; the rest has steps of its own. */
const explainInWords = (question: Question): Account =>
  explainLayer(question) ??
  explainWords(question) ??
  explainElementwise(question) ??
  explainGathered(question) ??
  explainReads(question);

const explainGathered = (question: Question): Account | null =>
  question.operator.kind === 'RESIZE_BILINEAR' ? explainResize(question, question.operator) : explainPool(question);

function explainMove(question: Question): Account {
  const { inputs, output } = question;
  const source = sourceOf(question);
  if (!source) {
    const value =
      question.operator.kind === 'PADV2' ? rawAt(inputs[2]!.data, 0) : (output.quantization?.zeroPoint[0] ?? 0);
    const formula = question.operator.kind === 'PADV2' ? 'the value given' : 'the zero point';
    return alone('Padding: no input element lies here.', { name: 'padding', formula, value });
  }
  const { slot, element } = source;
  const operand = operandOf(question, slot, 'x');
  const value = rawAt(inputs[slot]!.data, element);
  const from = `x[${indexOf(operand.shape, element).join(', ')}]`;
  return {
    says: 'Moved here unchanged.',
    operands: [operand],
    ...listElements(question, [slot], [[element]]),
    steps: [{ name: 'moved', formula: from, value }],
    result: value,
  };
}

function explainShape({ inputs, element }: Question): Account {
  const { shape } = inputs[0]!.tensor;
  return alone('No element is read: the shape is known.', {
    name: 'dimension',
    formula: `number ${element} of ${shapeText(shape)}`,
    value: shape[element]!,
  });
}

/** What no element has a part in. */
const alone = (says: string, step: Step): Account => ({
  says,
  operands: [],
  termsAre: 'elements',
  terms: [],
  termCount: 0,
  steps: [step],
  result: step.value,
});

/** The general answer, where there are no steps: a state is not at hand. */
const explainReads = ({ operator, inputs }: Question): Account => ({
  says: `${operator.name} may read every element of its inputs, and not all of them are at hand: ${listText(inputs.flatMap((input) => (input ? [`tensor ${input.tensor.index} (${shapeText(input.tensor.shape)})`] : [])))} are.`,
  operands: [],
  termsAre: 'elements',
  terms: [],
  termCount: 0,
  steps: [],
  result: null,
});

function findElement(operator: Operator, shape: readonly number[], element: number | readonly number[]): number {
  const isIndex = typeof element !== 'number';
  const flat = isIndex ? flatOf(shape, element) : element;
  if (flat !== null && Number.isInteger(flat) && flat >= 0 && flat < elementCount(shape)) return flat;
  throw userFailure(
    'element-outside',
    `The output of operator ${operator.index} (${operator.name}) has no element ${isIndex ? `[${element.join(', ')}]` : element}.`,
    `Its shape is ${shapeText(shape)}: give ${shape.length} ${shape.length === 1 ? 'number' : 'numbers'}, each from 0 to below that of its dimension.`,
    { operator: operator.index, element: isIndex ? element : [element] },
  );
}
