// The ONNX reader. In: a file's bytes (beginning at byte 0 of their ArrayBuffer). Out: tensors and operators of the IR, with
// images NHWC, and notes that say what became what; or a user failure with a place.
// The graph is walked once, in its own order, which ONNX demands to be one of execution. Source: onnx/docs/IR.md.
import { type Reading, refuse, warn } from '../place';
import { cleanText, shortText } from '../text';
import type { Content } from '../tflite/read';
import { Builder } from './builder';
import { complainAboutShape, readConstant, typeName, typeOf } from './constants';
import { Conversion, IMAGE, type Value, asIs, heldOrder, sameOrder } from './conversion';
import { fold } from './fold';
import { type Graph, type Model, type Node, type Slot, readOnnx } from './model';
import { QUANTISED, byteTypeOf, convertQuantised } from './integers';
import { asStored, usesOf } from './quantisation';
import { RECIPES, SUPPORTED } from './recipes';
import { Step } from './step';

const OPSETS = [7, 21] as const;

/** Reads a file that begins like ONNX. `reading` collects the problems. */
export function readOnnxModel(bytes: Uint8Array, reading: Reading): Content {
  const model = readOnnx(bytes, reading.file);
  const graph = model.graph ?? refuse(reading, 'onnx-no-graph', 'the file holds no graph.', { offset: 0 });
  const builder = new Builder(bytes, reading, checkOpset(model, reading));
  if (graph.isSparse)
    refuse(reading, 'onnx-sparse', 'it holds sparse constants, which are not supported.', { offset: 0 });
  const constants = graph.constants.map((tensor) => [tensor.name, readConstant(tensor, tensor.name, reading)] as const);
  const byteType = byteTypeOf(graph.nodes, new Map(constants));
  const conversion = new Conversion(builder, reading, builder.opset, usesOf(graph), byteType);
  constants.forEach(([name, constant], i) => defineConstant(conversion, name, constant, graph.constants[i]!.offset));
  const inputs = graph.inputs
    .filter(({ name }) => !conversion.find(name)) // up to IR version 3 constants are listed as inputs, too
    .map((slot) => defineInput(conversion, slot, graph));
  graph.nodes.forEach((node, index) => convert(new Step(index, node, conversion)));
  const outputs = graph.outputs.map((slot) => giveOutput(conversion, slot));
  if (outputs.length === 0) refuse(reading, 'onnx-no-output', 'the graph has no outputs.', { offset: 0 });
  reading.problems.push(...conversion.takeNotes());
  const description = cleanText(
    [`ONNX, opset ${builder.opset}`, model.producer, graph.name].filter(Boolean).join(', '),
  );
  return { description, ...builder.finish(), operators: builder.operators, inputs, outputs };
}

function checkOpset({ opsets }: Model, reading: Reading): number {
  const opset = opsets.get('') ?? 1;
  const [least, most] = OPSETS;
  if (opset < least || opset > most)
    refuse(
      reading,
      'onnx-opset',
      `the network uses opset ${opset}; opsets ${least} to ${most} are supported.`,
      { offset: 0 },
      `Convert it in Python: onnx.version_converter.convert_version(model, ${opset < least ? 13 : most}).`,
    );
  return opset;
}

function defineConstant(
  conversion: Conversion,
  name: string,
  constant: NonNullable<Value['constant']>,
  offset: number,
) {
  if (conversion.find(name))
    refuse(conversion.reading, 'onnx-order', `two constants are called ${shortText(name)}.`, { offset });
  const { type, shape } = constant;
  conversion.define(name, { name, type, shape, order: asIs(shape.length), tensor: null, constant, image: null });
}

/** A batch of any size is taken as 1; other sizes must be known. */
function defineInput(conversion: Conversion, slot: Slot, graph: Graph): number {
  const { builder, reading } = conversion;
  const place = { offset: slot.offset };
  const called = `input ${shortText(slot.name)}`;
  const type = typeOf(slot.type);
  if (type === 'other' || type === 'string' || type === 'float16')
    refuse(reading, 'onnx-type', `${called} is ${typeName(slot.type)}; float32 is supported.`, place);
  const stored = slot.shape ?? refuse(reading, 'onnx-shape', `${called} has no shape.`, place, fixingShape(slot));
  const isOpen = (size: number | string): boolean => typeof size === 'string' || size < 1;
  const open = stored.findIndex((size, d) => d > 0 && isOpen(size));
  if (open >= 0)
    refuse(
      reading,
      'onnx-shape-open',
      `${called} leaves dimension ${open} (${shortText(String(stored[open]))}) open; only the batch may be.`,
      place,
      fixingShape(slot),
    );
  const shape = stored.map((size) => (isOpen(size) ? 1 : Number(size)));
  if (stored.some(isOpen)) warn(reading, 'onnx-batch', `The batch of ${called} is left open; it is taken as 1.`, place);
  const complaint = complainAboutShape(shape, type);
  if (complaint) refuse(reading, 'onnx-shape', `${called} ${complaint}.`, place);
  const order = shape.length === 4 && isImage(slot.name, graph) ? IMAGE : asIs(shape.length);
  const tensor = builder.addTensor(
    slot.name,
    type,
    order.map((d) => shape[d]!),
    slot.offset,
  );
  if (conversion.find(slot.name))
    refuse(reading, 'onnx-order', `two inputs are called ${shortText(slot.name)}.`, place);
  conversion.define(slot.name, { name: slot.name, type, shape, order, tensor, constant: null, image: null });
  if (order === IMAGE) tellLayout(conversion, 'input', tensor, shape);
  return tensor;
}

function tellLayout({ builder, reading }: Conversion, what: string, tensor: number, shape: readonly number[]): void {
  const { name, shape: held } = builder.tensor(tensor);
  reading.problems.push({
    severity: 'note',
    code: 'onnx-layout',
    sentence: `Images are held NHWC: ${what} '${shortText(name)}' of [${shape.join(', ')}] is [${held.join(', ')}] here.`,
    place: { file: reading.file, tensor },
  });
}

const fixingShape = ({ name }: Slot): string =>
  `Fix it in Python: python -m onnxruntime.tools.make_dynamic_shape_fixed --input_name ${shortText(name)} --input_shape 1,3,224,224 IN OUT.`;

/** Nodes that take an image of NCHW, and nodes behind which the order is still the same. */
const ON_IMAGES =
  /^(Conv|QLinearConv|ConvTranspose|MaxPool|(QLinear)?(Average|Global\w+)Pool|BatchNormalization|Resize|Upsample|SpaceToDepth|DepthToSpace|PRelu)$/;
const PASSING =
  /^(QuantizeLinear|DequantizeLinear|Add|Sub|Mul|Div|Identity|Dropout|Relu|Clip|Pad|Neg|Concat|Slice|Split|Cast|Pow|Sqrt|LeakyRelu|Sigmoid|Tanh|Max|Min)$/;

/** Does the value reach a node that takes images before one that has another idea of its dimensions? */
function isImage(name: string, { nodes }: Graph): boolean {
  const names = new Set([name]);
  for (const node of nodes) {
    if (!node.inputs.some((input) => names.has(input))) continue;
    if (ON_IMAGES.test(node.kind)) return true;
    if (!PASSING.test(node.kind)) return false;
    node.outputs.forEach((output) => names.add(output));
  }
  return false;
}

function convert(step: Step): void {
  const { kind, domain } = step.node;
  if (domain === '' && fold(step)) return;
  if (convertQuantised(step, RECIPES)) return;
  const recipe = domain === '' && Object.hasOwn(RECIPES, kind) ? RECIPES[kind] : undefined;
  if (!recipe)
    step.refuse(
      'onnx-operator',
      `is not supported${domain ? ` (it is of the domain ${shortText(domain)})` : ''}`,
      `These are: ${[...SUPPORTED, ...QUANTISED].sort().join(', ')}.`,
    );
  recipe(step);
}

/** Images stay as they are held; everything else is given as the graph has it. */
function giveOutput(conversion: Conversion, slot: Slot): number {
  const { builder, reading } = conversion;
  const value =
    conversion.find(slot.name) ??
    refuse(reading, 'onnx-order', `nothing writes output ${shortText(slot.name)}.`, { offset: slot.offset });
  const order = sameOrder(heldOrder(value) ?? [], IMAGE) ? IMAGE : asIs(value.shape.length);
  const node: Node = {
    name: slot.name,
    kind: 'output',
    domain: '',
    inputs: [],
    outputs: [slot.name],
    attributes: new Map(),
    offset: slot.offset,
  };
  const tensor = asStored(conversion, conversion.arrange(value, order, node), typeOf(slot.type), node);
  if (builder.operators.some(({ outputs }) => outputs.includes(tensor))) builder.rename(tensor, slot.name);
  if (order === IMAGE) tellLayout(conversion, 'output', tensor, value.shape);
  return tensor;
}
