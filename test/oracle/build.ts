// Builds valid .tflite files from the IR's own words, for tests. In: tensors and operators, one call each.
// Out: the file's bytes; every operator output is a graph output, so that an interpreter shows all of them.
import * as flatbuffers from 'flatbuffers';
import * as schema from '../../main/import/tflite/schema/tflite';
import type {
  Activation,
  ElementType,
  OperatorKind,
  OptionsOf,
  Padding,
  Quantization,
} from '../../main/network/network';
import { type TypedArray, bytesOf } from '../../main/tensor/tensor';
import { LeanBuffer, LeanOperator, packModel } from '../import/tflite/build';

export interface TensorDescription {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly quantization?: Partial<Quantization> & Pick<Quantization, 'scale'>;
}

export class NetworkBuilder {
  private readonly model = new schema.ModelT();
  private readonly graph = new schema.SubGraphT();

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
    buffer.data = Array.from(bytesOf(data));
    this.model.buffers.push(buffer);
    return this.tensor(tensor, this.model.buffers.length - 1);
  }

  /** An operator with one output; returns the output's tensor index. */
  operator<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    output: TensorDescription,
    options: OptionsOf[K],
  ): number {
    const index = this.tensor(output, 0);
    const operator = new LeanOperator();
    operator.opcodeIndex = this.operatorCode(
      schema.BuiltinOperator[kind],
      output.type === 'int16' ? (WIDE_VERSIONS[kind] ?? VERSIONS[kind]) : VERSIONS[kind],
    );
    operator.inputs = [...inputs];
    operator.outputs = [index];
    operator.builtinOptionsType = OPTION_TABLES[kind];
    operator.builtinOptions = encodeOptions(kind, options);
    this.graph.operators.push(operator);
    this.graph.outputs.push(index);
    return index;
  }

  /** The file. `dynamic` adds a RESHAPE whose shape is a run-time input, which keeps delegates away from the graph. */
  finish({ dynamic = false } = {}): Uint8Array {
    if (dynamic) addDynamicReshape(this.model);
    return pack(this.model);
  }

  private tensor({ type, shape, quantization }: TensorDescription, buffer: number): number {
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

  private operatorCode(code: schema.BuiltinOperator, version: number): number {
    return findOperatorCode(this.model, code, version);
  }
}

/** Versions that interpreters want for int8, and where they differ for int16. */
const VERSIONS: Readonly<Record<OperatorKind, number>> = {
  CONV_2D: 3, DEPTHWISE_CONV_2D: 3, FULLY_CONNECTED: 5, ADD: 2, RESHAPE: 1, QUANTIZE: 1, DEQUANTIZE: 2, SOFTMAX: 2,
  AVERAGE_POOL_2D: 2, MAX_POOL_2D: 2, MEAN: 2, PAD: 2, CONCATENATION: 2,
}; // prettier-ignore
const WIDE_VERSIONS: Partial<Record<OperatorKind, number>> = { ADD: 4, AVERAGE_POOL_2D: 3, MAX_POOL_2D: 3, PAD: 3, CONCATENATION: 3, QUANTIZE: 2 }; // prettier-ignore

const { BuiltinOptions } = schema;
const OPTION_TABLES: Readonly<Record<OperatorKind, schema.BuiltinOptions>> = {
  CONV_2D: BuiltinOptions.Conv2DOptions,
  DEPTHWISE_CONV_2D: BuiltinOptions.DepthwiseConv2DOptions,
  FULLY_CONNECTED: BuiltinOptions.FullyConnectedOptions,
  ADD: BuiltinOptions.AddOptions,
  RESHAPE: BuiltinOptions.ReshapeOptions,
  QUANTIZE: BuiltinOptions.QuantizeOptions,
  DEQUANTIZE: BuiltinOptions.DequantizeOptions,
  SOFTMAX: BuiltinOptions.SoftmaxOptions,
  AVERAGE_POOL_2D: BuiltinOptions.Pool2DOptions,
  MAX_POOL_2D: BuiltinOptions.Pool2DOptions,
  MEAN: BuiltinOptions.ReducerOptions,
  PAD: BuiltinOptions.PadOptions,
  CONCATENATION: BuiltinOptions.ConcatenationOptions,
};

const PADDINGS: readonly Padding[] = ['same', 'valid'];
const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'relu_n1_to_1', 'relu6', 'tanh', 'sign_bit'];

/** IR options in the file's words: the opposite of main/import/tflite/options.ts. */
function encodeOptions(
  kind: OperatorKind,
  given: OptionsOf[OperatorKind],
): NonNullable<schema.OperatorT['builtinOptions']> {
  const o = given as Partial<OptionsOf['DEPTHWISE_CONV_2D'] & OptionsOf['MAX_POOL_2D'] & OptionsOf['FULLY_CONNECTED'] & OptionsOf['ADD'] & OptionsOf['SOFTMAX'] & OptionsOf['MEAN'] & OptionsOf['CONCATENATION'] & OptionsOf['RESHAPE']>; // prettier-ignore
  const padding = PADDINGS.indexOf(o.padding ?? 'same');
  const activation = ACTIVATIONS.indexOf(o.activation ?? 'none');
  switch (kind) {
    case 'CONV_2D':
      return new schema.Conv2DOptionsT(padding, o.strideW, o.strideH, activation, o.dilationW, o.dilationH);
    case 'DEPTHWISE_CONV_2D':
      return new schema.DepthwiseConv2DOptionsT(padding, o.strideW, o.strideH, o.depthMultiplier, activation, o.dilationW, o.dilationH); // prettier-ignore
    case 'FULLY_CONNECTED':
      return new schema.FullyConnectedOptionsT(activation, o.shuffledWeights ? 1 : 0, o.keepNumDims);
    case 'AVERAGE_POOL_2D':
    case 'MAX_POOL_2D':
      return new schema.Pool2DOptionsT(padding, o.strideW, o.strideH, o.filterW, o.filterH, activation);
    case 'ADD':
      return new schema.AddOptionsT(activation, o.potScaleInt16);
    case 'RESHAPE':
      return new schema.ReshapeOptionsT([...(o.newShape ?? [])]);
    case 'SOFTMAX':
      return new schema.SoftmaxOptionsT(o.beta);
    case 'MEAN':
      return new schema.ReducerOptionsT(o.keepDims);
    case 'CONCATENATION':
      return new schema.ConcatenationOptionsT(o.axis, activation);
    case 'PAD':
      return new schema.PadOptionsT();
    case 'QUANTIZE':
      return new schema.QuantizeOptionsT();
    case 'DEQUANTIZE':
      return new schema.DequantizeOptionsT();
  }
}

/** A real file with every operator output as a graph output, and the dynamic RESHAPE added. Tensor indices stay. */
export function exposeAll(file: Uint8Array): { bytes: Uint8Array; outputs: number[] } {
  const model = schema.Model.getRootAsModel(new flatbuffers.ByteBuffer(file)).unpack();
  const graph = model.subgraphs[0]!;
  const outputs = [...new Set(graph.operators.flatMap((operator) => operator.outputs))];
  graph.outputs = [...outputs];
  model.signatureDefs = [];
  addDynamicReshape(model);
  return { bytes: pack(model), outputs };
}

function addDynamicReshape(model: schema.ModelT): void {
  const graph = model.subgraphs[0]!;
  const addTensor = (name: string, shape: number[]): number => {
    const tensor = new schema.TensorT();
    Object.assign(tensor, { name, shape, type: schema.TensorType.INT32, buffer: 0 });
    return graph.tensors.push(tensor) - 1;
  };
  const [data, shape, result] = [addTensor('dynamic_data', [4]), addTensor('dynamic_shape', [1]), addTensor('dynamic_result', [4])]; // prettier-ignore
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

function findOperatorCode(model: schema.ModelT, builtin: schema.BuiltinOperator, version: number): number {
  const at = model.operatorCodes.findIndex(
    (code) => Math.max(code.builtinCode, code.deprecatedBuiltinCode) === builtin && code.version === version,
  );
  if (at >= 0) return at;
  const code = new schema.OperatorCodeT();
  Object.assign(code, { builtinCode: builtin, deprecatedBuiltinCode: Math.min(builtin, 127), version });
  return model.operatorCodes.push(code) - 1;
}

function pack(model: schema.ModelT): Uint8Array {
  model.buffers = model.buffers.map((buffer) => Object.assign(new LeanBuffer(), buffer));
  for (const graph of model.subgraphs)
    graph.operators = graph.operators.map((operator) => Object.assign(new LeanOperator(), operator));
  return packModel(model);
}
