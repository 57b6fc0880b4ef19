// What an ONNX file says, message by message. In: a file's bytes. Out: its graph with nodes, attributes, constants, inputs and
// outputs; constants' bytes are views of the file. Nothing is judged here but that it can be read.
// Field numbers and type numbers: onnx/onnx.proto3 (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, …).
import { cleanText } from '../text';
import { type Field, readWire } from './wire';

export interface Model {
  irVersion: number;
  producer: string;
  /** Operator set versions by domain; '' is ONNX's own. */
  readonly opsets: Map<string, number>;
  graph: Graph | null;
}

export interface Graph {
  name: string;
  readonly nodes: Node[];
  readonly constants: StoredTensor[];
  readonly inputs: Slot[];
  readonly outputs: Slot[];
  readonly isSparse: boolean; // there are sparse constants
}

export interface Node {
  name: string;
  kind: string; // its op_type: Conv
  domain: string;
  readonly inputs: string[]; // '': left out
  readonly outputs: string[];
  readonly attributes: Map<string, Attribute>;
  readonly offset: number;
}

/** Which of the fields holds the value, `type` says (AttributeProto.AttributeType). */
export interface Attribute {
  type: number;
  int: number;
  float: number;
  text: string;
  tensor: StoredTensor | null;
  readonly ints: number[];
  readonly floats: number[];
}

/** A constant. Its values are in `raw` or, number by number, in one of the lists, whose packed bytes are kept. */
export interface StoredTensor {
  name: string;
  type: number; // TensorProto.DataType
  readonly shape: number[];
  raw: Uint8Array | null;
  /** float_data, as the file has it: little-endian float32. */
  readonly floats: Uint8Array[];
  /** int32_data and int64_data: packed varints. */
  readonly ints: number[];
  isExternal: boolean;
  readonly offset: number;
}

/** An input or output of the graph. A dimension without a fixed size is its name, or ''. */
export interface Slot {
  name: string;
  type: number; // 0: no tensor
  shape: (number | string)[] | null;
  readonly offset: number;
}

export function readOnnx(bytes: Uint8Array, file: string): Model {
  const model: Model = { irVersion: 0, producer: '', opsets: new Map(), graph: null };
  readWire(bytes, file, (field, number) => {
    if (number === 1) model.irVersion = field.int();
    if (number === 2) model.producer = cleanText(field.text());
    if (number === 7) model.graph = readGraph(field);
    if (number === 8) readOpset(field, model.opsets);
  });
  return model;
}

function readOpset(field: Field, opsets: Map<string, number>): void {
  let [domain, version] = ['', 0];
  field.message('opset_import', (part, number) => {
    if (number === 1) domain = part.text();
    if (number === 2) version = part.int();
  });
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

function readGraph(field: Field): Graph {
  const graph = { name: '', nodes: [], constants: [], inputs: [], outputs: [], isSparse: false } as Graph & {
    isSparse: boolean;
  };
  field.message('graph', (part, number) => {
    if (number === 1) graph.nodes.push(readNode(part, graph.nodes.length));
    if (number === 2) graph.name = cleanText(part.text());
    if (number === 5) graph.constants.push(readTensor(part, `initializer[${graph.constants.length}]`));
    if (number === 11) graph.inputs.push(readSlot(part, 'input'));
    if (number === 12) graph.outputs.push(readSlot(part, 'output'));
    if (number === 15) graph.isSparse = true;
  });
  return graph;
}

function readNode(field: Field, index: number): Node {
  const node: Node = {
    name: '',
    kind: '',
    domain: '',
    inputs: [],
    outputs: [],
    attributes: new Map(),
    offset: field.offset,
  };
  field.message(`node[${index}]`, (part, number) => {
    if (number === 1) node.inputs.push(part.text());
    if (number === 2) node.outputs.push(part.text());
    if (number === 3) node.name = cleanText(part.text());
    if (number === 4) node.kind = cleanText(part.text());
    if (number === 5) readAttribute(part, node.attributes);
    if (number === 7) node.domain = cleanText(part.text());
  });
  if (node.domain === 'ai.onnx') node.domain = '';
  return node;
}

function readAttribute(field: Field, attributes: Map<string, Attribute>): void {
  const attribute: Attribute = { type: 0, int: 0, float: 0, text: '', tensor: null, ints: [], floats: [] };
  let name = '';
  field.message('attribute', (part, number) => {
    if (number === 1) name = part.text();
    if (number === 2) attribute.float = part.float();
    if (number === 3) attribute.int = part.int();
    if (number === 4) attribute.text = cleanText(part.text());
    if (number === 5) attribute.tensor = readTensor(part, 't');
    if (number === 7) append(attribute.floats, part.floats());
    if (number === 8) append(attribute.ints, part.ints());
    if (number === 20) attribute.type = part.int();
  });
  attributes.set(name, attribute);
}

function readTensor(field: Field, path: string): StoredTensor {
  const tensor: StoredTensor = {
    name: '',
    type: 0,
    shape: [],
    raw: null,
    floats: [],
    ints: [],
    isExternal: false,
    offset: field.offset,
  };
  field.message(path, (part, number) => {
    if (number === 1) append(tensor.shape, part.ints());
    if (number === 2) tensor.type = part.int();
    if (number === 4) tensor.floats.push(part.bytes());
    if (number === 5 || number === 7) append(tensor.ints, part.ints());
    if (number === 8) tensor.name = part.text();
    if (number === 9) tensor.raw = part.bytes();
    if (number === 14) tensor.isExternal = part.int() === 1;
  });
  return tensor;
}

/** ValueInfoProto > TypeProto > Tensor > TensorShapeProto > Dimension. */
function readSlot(field: Field, path: string): Slot {
  const slot: Slot = { name: '', type: 0, shape: null, offset: field.offset };
  const onTensor = (part: Field, number: number): void => {
    if (number === 1) slot.type = part.int();
    if (number === 2)
      part.message('shape', (dimension, n) => {
        if (n === 1) (slot.shape ??= []).push(readDimension(dimension));
      });
    if (number === 2) slot.shape ??= [];
  };
  field.message(path, (part, number) => {
    if (number === 1) slot.name = part.text();
    if (number === 2) part.message('type', (type, n) => n === 1 && type.message('tensor_type', onTensor));
  });
  return slot;
}

function readDimension(field: Field): number | string {
  let size: number | string = '';
  field.message('dim', (part, number) => {
    if (number === 1) size = part.int();
    if (number === 2) size = cleanText(part.text());
  });
  return size;
}

/** Spreading a long list into push() would overflow the stack. */
function append(list: number[], more: readonly number[]): void {
  for (const value of more) list.push(value);
}
