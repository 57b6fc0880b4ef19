// Builds valid .tflite files from the IR's own words, for tests. In: tensors and operators, one call each.
// Out: the file's bytes; every operator output is a graph output, so that an interpreter shows all of them.
import * as flatbuffers from 'flatbuffers';
import * as schema from '../../main/import/tflite/schema/tflite';
import type { ElementType, OperatorKind, OptionsOf, Quantization } from '../../main/network/network';
import { encodeCustom, encodeOptions } from '../../main/quantise/encode';
import { versionOf } from '../../main/quantise/versions';
import { type TypedArray, bytesOf, packInt4 } from '../../main/tensor/tensor';
import { LeanBuffer, LeanOperator, packModel } from '../import/tflite/build';

export interface TensorDescription {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly quantization?: Partial<Quantization> & Pick<Quantization, 'scale'>;
}

export class NetworkBuilder {
  private readonly model = new schema.ModelT();
  private readonly graph = new schema.SubGraphT();
  private readonly descriptions: TensorDescription[] = []; // by tensor index

  constructor(name = 'generated') {
    this.model.version = 3;
    this.model.description = name;
    this.model.buffers = [new LeanBuffer()];
    this.model.subgraphs = [this.graph];
    this.graph.name = name;
  }

  /** A network input; returns its tensor index. */
  input(tensor: TensorDescription): number {
    const index = this.tensor(tensor, 0);
    this.graph.inputs.push(index);
    return index;
  }

  constant(tensor: TensorDescription, data: TypedArray): number {
    const buffer = new LeanBuffer();
    buffer.data = Array.from(tensor.type === 'int4' ? packInt4(data) : bytesOf(data));
    this.model.buffers.push(buffer);
    return this.tensor(tensor, this.model.buffers.length - 1);
  }

  /** A tensor that operators update; returns its index. */
  variable(tensor: TensorDescription): number {
    const index = this.tensor(tensor, 0);
    this.graph.tensors[index]!.isVariable = true;
    return index;
  }

  /** A tensor that belongs to no operator's inputs or outputs, for its quantisation alone. */
  beside(tensor: TensorDescription): number {
    return this.tensor(tensor, 0);
  }

  /** An operator with one output; returns the output's tensor index. */
  operator<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    output: TensorDescription,
    options: OptionsOf[K],
  ): number {
    return this.operatorOfMany(kind, inputs, [output], options)[0]!;
  }

  /** An operator with any number of outputs; returns their tensor indices. */
  operatorOfMany<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    outputs: readonly TensorDescription[],
    options: OptionsOf[K],
  ): number[] {
    const given = inputs.map((index) => this.descriptions[index] ?? null); // -1: left out
    const { type, table } = encodeOptions(kind, options, given, outputs);
    const version = versionOf(kind, options, given, outputs);
    const operator = new LeanOperator();
    const builtin =
      kind in schema.BuiltinOperator ? schema.BuiltinOperator[kind as 'ADD'] : schema.BuiltinOperator.CUSTOM;
    operator.opcodeIndex = findOperatorCode(this.model, builtin, version, kind);
    operator.customOptions = Array.from(encodeCustom(kind, options));
    operator.inputs = [...inputs];
    operator.outputs = outputs.map((output) => this.tensor(output, 0));
    operator.builtinOptionsType = type;
    operator.builtinOptions = table;
    if ('intermediates' in options) operator.intermediates = [...options.intermediates];
    this.graph.operators.push(operator);
    this.graph.outputs.push(...operator.outputs);
    return operator.outputs;
  }

  /** Keeps a tensor to the graph: an interpreter does not show it. */
  hide(tensor: number): void {
    this.graph.outputs = this.graph.outputs.filter((output) => output !== tensor);
  }

  /**
   * The file. `dynamic` adds a RESHAPE whose shape is a run-time input, which keeps delegates away from the graph;
   * `lastOnly` leaves the last operator's as the only outputs, as converters write them.
   */
  finish({ dynamic = false, lastOnly = false } = {}): Uint8Array {
    if (lastOnly) this.graph.outputs = [...this.graph.operators.at(-1)!.outputs];
    if (dynamic) addDynamicReshape(this.model);
    return pack(this.model);
  }

  private tensor(description: TensorDescription, buffer: number): number {
    const { type, shape, quantization } = description;
    this.descriptions.push(description);
    const tensor = new schema.TensorT();
    tensor.name = `t${this.graph.tensors.length}`;
    tensor.shape = [...shape];
    tensor.type = schema.TensorType[type.toUpperCase() as 'INT8'];
    tensor.buffer = buffer;
    if (quantization) {
      const q = new schema.QuantizationParametersT();
      q.scale = [...quantization.scale];
      q.zeroPoint = (quantization.zeroPoint ?? quantization.scale.map(() => 0)).map(BigInt);
      q.quantizedDimension = quantization.axis ?? 0;
      tensor.quantization = q;
    }
    return this.graph.tensors.push(tensor) - 1;
  }
}

/**
 * A real file with every operator output as a graph output; `dynamic` adds the dynamic RESHAPE. Tensor indices stay, their
 * names become t and the index.
 */
export function exposeAll(file: Uint8Array, { dynamic = true } = {}): { bytes: Uint8Array; outputs: number[] } {
  const model = schema.Model.getRootAsModel(new flatbuffers.ByteBuffer(file)).unpack();
  const graph = model.subgraphs[0]!;
  const outputs = [...new Set(graph.operators.flatMap((operator) => operator.outputs))];
  graph.outputs = [...outputs];
  model.signatureDefs = [];
  graph.tensors.forEach((tensor, index) => (tensor.name = `t${index}`));
  if (dynamic) addDynamicReshape(model);
  return { bytes: pack(model), outputs };
}

function addDynamicReshape(model: schema.ModelT): void {
  const graph = model.subgraphs[0]!;
  const addTensor = (name: string, shape: number[]): number => {
    const tensor = new schema.TensorT();
    Object.assign(tensor, { name, shape, type: schema.TensorType.INT32, buffer: 0 });
    return graph.tensors.push(tensor) - 1;
  };
  const [data, shape, result] = [
    addTensor('dynamic_data', [4]),
    addTensor('dynamic_shape', [1]),
    addTensor('dynamic_result', [4]),
  ];
  const operator = new LeanOperator();
  operator.opcodeIndex = findOperatorCode(model, schema.BuiltinOperator.RESHAPE, 1);
  operator.inputs = [data, shape];
  operator.outputs = [result];
  graph.operators.push(operator);
  graph.inputs.push(data, shape);
  graph.outputs.push(result);
}

/** Values for the two inputs addDynamicReshape adds. */
export const DYNAMIC_INPUTS: readonly Int32Array[] = [Int32Array.of(1, 2, 3, 4), Int32Array.of(4)];

/** `name` is that of a custom operator. */
function findOperatorCode(model: schema.ModelT, builtin: schema.BuiltinOperator, version: number, name = ''): number {
  const custom = builtin === schema.BuiltinOperator.CUSTOM ? name : null;
  const at = model.operatorCodes.findIndex(
    (code) =>
      Math.max(code.builtinCode, code.deprecatedBuiltinCode) === builtin &&
      code.version === version &&
      code.customCode === custom,
  );
  if (at >= 0) return at;
  const code = new schema.OperatorCodeT();
  Object.assign(code, {
    builtinCode: builtin,
    deprecatedBuiltinCode: Math.min(builtin, 127),
    customCode: custom,
    version,
  });
  return model.operatorCodes.push(code) - 1;
}

function pack(model: schema.ModelT): Uint8Array {
  model.buffers = model.buffers.map((buffer) => Object.assign(new LeanBuffer(), buffer));
  for (const graph of model.subgraphs)
    graph.operators = graph.operators.map((operator) => Object.assign(new LeanOperator(), operator));
  return packModel(model);
}
