// "Why is this 37?" In: one output element of an operator, and the values of the tensors it reads. Out: every product or element
// it is made of, each rounding step with its numbers, and the value the steps end in, which is the one the run stored.
// Operators whose steps are not written out say which input elements they read.
import { userFailure } from '../network/failure';
import { type Network, type Operator, elementCount } from '../network/network';
import type { Arithmetic } from '../network/arithmetic';
import { flatOf, indexOf } from '../tensor/place';
import type { TensorValue, TypedArray } from '../tensor/tensor';
import { schemeOfWords } from './arithmetic';
import { explainElementwise } from './explain/elementwise';
import { type Account, type Explanation, type Question, countOf, operandOf, rawAt } from './explain/explanation';
import { explainLayer } from './explain/layer';
import { MOVED, elementOf, elementsRead, listElements, sourceOf } from './explain/places';
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
  const { kind } = question.operator;
  if (kind in MOVED && kind !== 'OTHER') return explainMove(question);
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

/** What takes words over, or leaves them, is as in TFLite; the rest has steps of its own. */
const explainInWords = (question: Question): Account =>
  explainLayer(question) ??
  explainWords(question) ??
  (['MAXIMUM', 'MINIMUM', 'DEQUANTIZE'].includes(question.operator.kind) ? explainElementwise(question) : null) ??
  explainReads(question);

function explainGathered(question: Question): Account | null {
  const { operator } = question;
  if (operator.kind === 'RESIZE_BILINEAR') return explainResize(question, operator);
  return ['AVERAGE_POOL_2D', 'MAX_POOL_2D', 'MEAN', 'SUM'].includes(operator.kind) ? explainPool(question) : null;
}

function explainMove(question: Question): Account {
  const { inputs, output } = question;
  const source = sourceOf(question);
  if (!source) {
    const value =
      question.operator.kind === 'PADV2' ? rawAt(inputs[2]!.data, 0) : (output.quantization?.zeroPoint[0] ?? 0);
    return {
      says: 'Padding: no input element lies here.',
      operands: [],
      termsAre: 'elements',
      terms: [],
      termCount: 0,
      steps: [
        { name: 'padding', formula: question.operator.kind === 'PADV2' ? 'the value given' : 'the zero point', value },
      ],
      result: value,
    };
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

/** Kinds that take one element of each input. */
const ONE_BY_ONE = new Set([
  'ADD',
  'SUB',
  'MUL',
  'DIV',
  'MAXIMUM',
  'MINIMUM',
  'PRELU',
  'QUANTIZE',
  'DEQUANTIZE',
  'CAST',
  'ABS',
  'NEG',
  'SQRT',
  'RSQRT',
  'ELU',
  'LOGISTIC',
  'TANH',
  'HARD_SWISH',
  'LEAKY_RELU',
  'RELU',
  'RELU6',
  'RELU_N1_TO_1',
]);

/** The general answer: which elements are read; without naming them where that is all. */
function explainReads(question: Question): Account {
  const { operator, inputs } = question;
  const slots = inputs.flatMap((input, slot) => (input ? [slot] : []));
  const oneByOne = ONE_BY_ONE.has(operator.kind);
  const known = oneByOne ? slots : elementsRead(question, 0).length > 0 ? [0] : [];
  const elements = known.map((slot) => (oneByOne ? [elementOf(question, slot)] : elementsRead(question, slot)));
  const { terms, termCount, termsAre } = listElements(question, known, elements);
  const symbols = known.length > 1 ? 'abcdefgh' : 'x';
  const whole = slots.map((slot) => inputs[slot]!.tensor);
  return {
    says:
      termCount > 0
        ? `Computed from ${countOf(termCount, 'element')}; the steps of ${operator.name} in this arithmetic are not written out.`
        : `${operator.name} may read every element of its inputs: ${listText(whole.map(({ index, shape }) => `tensor ${index} (${shapeText(shape)})`))}.`,
    operands: known.map((slot, i) => operandOf(question, slot, symbols[i] ?? `input ${slot}`)),
    termsAre,
    terms,
    termCount,
    steps: [],
    result: null,
  };
}

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
