// What is quantised in a graph. In: QuantizeLinear and DequantizeLinear; nodes between them; nodes that are given scales
// themselves (QLinearConv, ...), which mean the same; nodes that move integers. Out: operators on 8-bit integers where TFLite
// has them (forms.ts), else on reals.
// Sources: onnx/docs/Operators.md; onnxruntime/docs/ContribOperators.md (com.microsoft).
import { type ElementType, type Quantization, elementCount } from '../../network/network';
import { type Constant, valuesOf } from './constants';
import type { Value } from './conversion';
import { FORMS, canGive, isOnBytes, lookAhead } from './forms';
import { IntegerStep } from './integerStep';
import type { Node } from './model';
import {
  type Parameters,
  integersOf,
  isByte,
  quantizationOf,
  quantized,
  readParameters,
  realsOf,
} from './quantisation';
import { type Recipe, Step } from './step';

interface Scaled {
  readonly kind: string; // that they are on reals
  /** Where the inputs are; each has its scale and zero point behind it. */
  readonly inputs: readonly number[] | 'all';
  readonly output: number; // where the output's scale and zero point are
  readonly bias?: number;
}

const SCALED: Readonly<Record<string, Scaled>> = {
  QLinearConv: { kind: 'Conv', inputs: [0, 3], output: 6, bias: 8 },
  QLinearMatMul: { kind: 'MatMul', inputs: [0, 3], output: 6 },
};
const MICROSOFTS: Readonly<Record<string, Scaled>> = {
  ...SCALED,
  QGemm: { kind: 'Gemm', inputs: [0, 3], output: 7, bias: 6 },
  QLinearAdd: { kind: 'Add', inputs: [0, 3], output: 6 },
  QLinearMul: { kind: 'Mul', inputs: [0, 3], output: 6 },
  QLinearAveragePool: { kind: 'AveragePool', inputs: [0], output: 3 },
  QLinearGlobalAveragePool: { kind: 'GlobalAveragePool', inputs: [0], output: 3 },
  QLinearLeakyRelu: { kind: 'LeakyRelu', inputs: [0], output: 3 },
  QLinearSigmoid: { kind: 'Sigmoid', inputs: [0], output: 3 },
  QLinearSoftmax: { kind: 'Softmax', inputs: [0], output: 3 },
  QLinearConcat: { kind: 'Concat', inputs: 'all', output: 0 },
};
export const QUANTISED: readonly string[] = ['QuantizeLinear', 'DequantizeLinear', ...Object.keys(MICROSOFTS)];

/** Converts what is quantised; false where the node is for reals. `recipes`: those for reals. */
export function convertQuantised(step: Step, recipes: Readonly<Record<string, Recipe>>): boolean {
  const { node, conversion } = step;
  if (conversion.absorbed.has(node)) {
    step.define(step.input(0));
    return true;
  }
  if (!/^(|com\.microsoft)$/.test(node.domain)) return false;
  if (node.kind === 'QuantizeLinear') step.define(quantized(step, step.real(0), parametersOf(step, 'uint8')));
  else if (node.kind === 'DequantizeLinear') step.define(dequantized(step));
  else if (Object.hasOwn(node.domain ? MICROSOFTS : SCALED, node.kind))
    convertScaled(step, MICROSOFTS[node.kind]!, recipes);
  else if (/^Dynamic|Integer$/.test(node.kind))
    step.refuse(
      'onnx-quantised',
      'chooses scales at run time, which is not supported',
      'Quantise the network statically.',
    );
  else return node.domain === '' && convertOnBytes(step, recipes);
  return true;
}

/** Activations have one scale; constants perhaps one for each index of a dimension. */
function parametersOf(step: Step, otherwise: ElementType): Parameters {
  if (step.int('block_size', 0) !== 0)
    step.refuse('onnx-not-supported', 'has a scale for each block, which is not supported');
  const { shape } = step.input(0);
  const isPerTensor = elementCount(step.constant(1, 'scale').shape) === 1;
  return readParameters(step, 1, otherwise, isPerTensor ? 0 : step.axis(step.int('axis', 1), shape.length));
}

function dequantized(step: Step): Value {
  const x = step.input(0);
  return realsOf(integersOf(step, x, parametersOf(step, x.type)));
}

function convertOnBytes(step: Step, recipes: Readonly<Record<string, Recipe>>): boolean {
  const { kind } = step.node;
  const form = Object.hasOwn(FORMS, kind) ? FORMS[kind]! : null;
  const x = form && step.optional(0);
  if (!form || !x) return false;
  if (isByte(x.type) && form.keeps && quantizationOf(step.conversion, x)) {
    const reals = convertAs(
      step,
      kind,
      [realsOf(x), ...restOf(step)],
      recipes,
      step.node.outputs.map(() => null),
    );
    reals.forEach((value, slot) =>
      step.define(value.quantized ?? step.refuse('onnx-type', `has no form on ${x.type} values`), slot),
    );
    return true;
  }
  if (!isOnBytes(step, form)) return false;
  const wanted = lookAhead(step, form);
  if (wanted) recipes[kind]!(new IntegerStep(step, wanted));
  return wanted !== null;
}

const restOf = (step: Step): (Value | null)[] => step.node.inputs.slice(1).map((_, i) => step.optional(i + 1));

/** The node as one on reals between the integers' scales, which is what it means. */
function convertScaled(step: Step, { kind, inputs, output, bias }: Scaled, recipes: Readonly<Record<string, Recipe>>) {
  const slots =
    inputs === 'all' ? step.node.inputs.map((_, slot) => slot).filter((slot) => slot > 1 && slot % 3 === 2) : inputs;
  const operands: (Value | null)[] = slots.map((slot, i) =>
    readScaled(step, slot, i === 1 && (kind === 'Conv' ? 0 : 1)),
  );
  if (bias !== undefined && step.optional(bias)) operands.push(realsOf(biasOf(step, bias, operands)));
  if (step.int('channels_last', 0) !== 0)
    step.refuse('onnx-not-supported', 'has its channels last, which is not supported');
  const isReal = !step.optional(output); // QGemm without an output scale
  const wanted = isReal ? null : readParameters(step, output, step.input(slots[0]!).type);
  const [reals] = convertAs(step, kind, operands, recipes, [wanted && wanted.quantization]);
  if (reals) step.define(wanted ? quantized(step, reals, wanted) : reals);
}

function readScaled(step: Step, slot: number, channelAxis: number | false): Value {
  const value = step.input(slot);
  const isPerChannel = channelAxis !== false && elementCount(step.constant(slot + 1, 'scale').shape) > 1;
  const axis = isPerChannel && step.node.kind === 'QGemm' && step.int('transB', 0) !== 0 ? 0 : channelAxis || 0;
  return realsOf(integersOf(step, value, readParameters(step, slot + 1, value.type, axis)));
}

/** int32 of the product of the other operands' scales. */
function biasOf(step: Step, slot: number, [x, w]: readonly (Value | null)[]): Value {
  const value = step.input(slot);
  const constant = step.constant(slot, 'bias');
  if (constant.type !== 'int32') step.refuse('onnx-type', `has biases of ${constant.type}; int32 is supported`);
  const [ofX, ofW] = [x, w].map((operand) => quantizationOf(step.conversion, operand!.quantized!)!.scale) as [
    readonly number[],
    readonly number[],
  ];
  const scale = ofW.map((s) => Math.fround(ofX[0]! * s));
  const quantization: Quantization = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
  return { ...value, constant: { ...constant, quantization } };
}

/** The values of a node of another kind with these inputs, computed on integers where that has a form, else on reals. */
function convertAs(
  step: Step,
  kind: string,
  operands: readonly (Value | null)[],
  recipes: Readonly<Record<string, Recipe>>,
  outputs: readonly (Quantization | null)[],
): Value[] {
  const { node, conversion } = step;
  const call = (what: string, i: number): string => `${node.outputs[0] ?? ''}/${what} ${i}`;
  const inputs = operands.map((value, i) => (value ? call('operand', i) : ''));
  operands.forEach((value, i) => value && conversion.define(inputs[i]!, value));
  const names = node.outputs.map((_, i) => call('real', i));
  const on = new Step(step.index, { ...node, kind, domain: '', inputs, outputs: names }, conversion);
  const form = FORMS[kind]!;
  if (isOnBytes(on, form) && canGive(on, form, outputs))
    recipes[kind]!(new IntegerStep(on, { outputs, activation: null }));
  else recipes[kind]!(on);
  return names.map(
    (name) => conversion.find(name) ?? step.refuse('onnx-operator-outputs', 'has more outputs than it gives'),
  );
}

/** Do some layer's weights have zero points? Then the network is held as uint8, else as int8. */
export function byteTypeOf(nodes: readonly Node[], constants: ReadonlyMap<string, Constant>): 'int8' | 'uint8' {
  const isAsymmetric = (name: string | undefined): boolean => {
    const zero = constants.get(name ?? '');
    if (!zero || !isByte(zero.type)) return false;
    const middle = zero.type === 'int8' ? 0 : 128;
    return valuesOf(zero).some((value) => Number(value) !== middle);
  };
  const readers = new Map(
    nodes.filter(({ kind }) => kind === 'DequantizeLinear').map((node) => [node.outputs[0], node]),
  );
  return nodes.some(({ kind, inputs }) => {
    if (/^(QLinearConv|QLinearMatMul|QGemm)$/.test(kind))
      return constants.has(inputs[3] ?? '') && isAsymmetric(inputs[5]);
    const reader = /^(Conv|ConvTranspose|Gemm|MatMul)$/.test(kind) ? readers.get(inputs[1] ?? '') : undefined;
    return reader !== undefined && constants.has(reader.inputs[0] ?? '') && isAsymmetric(reader.inputs[2]);
  })
    ? 'uint8'
    : 'int8';
}
