// The reader on small built networks: what it reads, and the sentence for each thing it refuses.
import { describe, expect, it } from 'vitest';
import { importNetwork } from '../../../main/import/import';
import {
  type AddOptionsT,
  type Conv2DOptionsT,
  type ModelT,
  BuiltinOperator,
  BuiltinOptions,
  CustomQuantizationT,
  Padding,
  Pool2DOptionsT,
  QuantizationDetails,
  SparsityParametersT,
  TensorType,
} from '../../../main/import/tflite/schema/tflite';
import { Failure } from '../../../main/network/failure';
import { buildModel } from './build';
import { addition, convolution } from './samples';

const read = (bytes: Uint8Array) => importNetwork(bytes, 'folder/net.tflite');
const tensor = (model: ModelT, index: number) => model.subgraphs[0]!.tensors[index]!;
const operator = (model: ModelT, index: number) => model.subgraphs[0]!.operators[index]!;

describe('a network with a convolution', () => {
  const bytes = buildModel(convolution());
  const { network, problems } = read(bytes);

  it('has name, identity and description', () => {
    expect(network).toMatchObject({
      name: 'net',
      format: 'tflite',
      description: 'built by a test',
      fileBytes: bytes.length,
    });
    expect(network.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(problems).toEqual([]);
    expect([network.inputs, network.outputs]).toEqual([[0], [6]]);
  });

  it('has operators with options', () => {
    expect(network.operators.map((o) => o.kind)).toEqual(['CONV_2D', 'RESHAPE', 'SOFTMAX']);
    expect(network.operators[0]).toMatchObject({
      index: 0,
      name: 'CONV_2D',
      version: 3,
      inputs: [0, 1, 2],
      outputs: [3],
      options: { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' },
    });
    expect(network.operators[1]!.options).toEqual({ newShape: [1, 32] });
    expect(network.operators[2]!.options).toEqual({ beta: 1 });
  });

  it('has tensors with quantization, and constants that are views of the file', () => {
    expect(network.tensors[0]).toMatchObject({ name: 'image', type: 'int8', shape: [1, 4, 4, 1], data: null });
    expect(network.tensors[0]!.quantization).toEqual({ scale: [0.5], zeroPoint: [-3], axis: 0 });
    expect(network.tensors[1]!.quantization).toEqual({ scale: [0.25, 0.125], zeroPoint: [0, 0], axis: 0 });
    expect(network.tensors[3]!.quantization).toEqual({ scale: [1], zeroPoint: [4], axis: 0 });
    expect(network.tensors[4]).toMatchObject({ type: 'int32', quantization: null });
    const weights = network.tensors[1]!.data!;
    expect(Array.from(new Int8Array(weights))).toEqual(Array.from({ length: 18 }, (_, i) => i - 9));
    expect(Array.from(bytes.subarray(weights.byteOffset, weights.byteOffset + 18))).toEqual(Array.from(weights));
  });

  it('reads the same from bytes in the middle of a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    const other = read(larger.subarray(3)).network;
    expect(other.sha256).toBe(network.sha256);
    expect(other.tensors[1]!.data!.byteOffset).toBe(network.tensors[1]!.data!.byteOffset);
  });
});

describe('what the reader accepts', () => {
  it('takes defaults where an operator has no options', () => {
    const plan = addition();
    delete plan.operators[0]!.options;
    expect(read(buildModel(plan)).network.operators[0]!.options).toEqual({ activation: 'none', potScaleInt16: true });
  });

  it('takes an operator code from the old field or the new, whichever is larger', () => {
    const old = buildModel(addition(), (m) => {
      m.operatorCodes[0]!.deprecatedBuiltinCode = BuiltinOperator.FLOOR_DIV;
      m.operatorCodes[0]!.builtinCode = 0;
      operator(m, 0).builtinOptionsType = 0;
      operator(m, 0).builtinOptions = null;
    });
    expect(read(old).network.operators[0]).toMatchObject({ name: 'FLOOR_DIV', kind: 'OTHER', options: {} });
    const plan = addition();
    plan.operators[0] = { code: BuiltinOperator.ATAN2, inputs: [0, 1], outputs: [2] };
    expect(read(buildModel(plan)).network.operators[0]!.name).toBe('ATAN2');
  });

  it('names custom operators, and warns of unknown codes', () => {
    const plan = addition();
    plan.operators[0] = {
      code: BuiltinOperator.CUSTOM,
      customCode: 'Posenet\u001b[31mOp',
      inputs: [0, 1],
      outputs: [2],
    };
    expect(read(buildModel(plan)).network.operators[0]!.name).toBe('CUSTOM:Posenet\ufffd[31mOp');
    const unknown = read(buildModel(addition(), (m) => (m.operatorCodes[0]!.builtinCode = 5000 as BuiltinOperator)));
    expect(unknown.network.operators[0]).toMatchObject({ name: 'UNKNOWN_5000', kind: 'OTHER' });
    expect(unknown.problems).toMatchObject([
      { severity: 'warning', code: 'tflite-operator-unknown', place: { operator: 0 } },
    ]);
  });

  it('keeps int4 constants packed', () => {
    const plan = addition();
    plan.tensors[1] = { type: TensorType.INT4, shape: [7], data: Uint8Array.of(0x21, 0x43, 0x65, 0x07), scale: [1] };
    plan.inputs = [0];
    expect(read(buildModel(plan)).network.tensors[1]).toMatchObject({
      type: 'int4',
      data: Uint8Array.of(0x21, 0x43, 0x65, 7),
    });
  });

  it('warns of an old bias quantised along the axis of its weights', () => {
    const { network, problems } = read(
      buildModel(convolution(), (m) => (tensor(m, 2).quantization!.quantizedDimension = 3)),
    );
    expect(network.tensors[2]!.quantization!.axis).toBe(0);
    expect(problems).toMatchObject([
      { severity: 'warning', code: 'tflite-axis', place: { file: 'net.tflite', tensor: 2 } },
    ]);
  });

  it('takes optional inputs, variables, scalars, float tensors with a scale', () => {
    const plan = convolution();
    plan.operators[0]!.inputs = [0, 1, -1];
    plan.tensors.push({ shape: [], type: TensorType.FLOAT32, scale: [0] }, { shape: [1, 6], isVariable: true });
    const { network } = read(buildModel(plan));
    expect(network.operators[0]!.inputs).toEqual([0, 1, -1]);
    expect(network.tensors[7]).toMatchObject({ shape: [], type: 'float32', quantization: null });
    expect(network.tensors[8]!.isVariable).toBe(true);
  });
});

type Bad = [code: string, sentence: string, bytes: () => Uint8Array];
const conv = (change: (model: ModelT) => void) => () => buildModel(convolution(), change);
const add = (change: (model: ModelT) => void) => () => buildModel(addition(), change);
const convOptions = (model: ModelT) => operator(model, 0).builtinOptions as Conv2DOptionsT;
const swap = (options: BuiltinOptions, table: unknown) => (m: ModelT) => {
  operator(m, 0).builtinOptionsType = options;
  operator(m, 0).builtinOptions = table as AddOptionsT;
};

const BAD: Bad[] = [
  ['tflite-version', 'this is version 2 of the TFLite format; version 3 is supported.', add((m) => (m.version = 2))],
  ['tflite-no-graph', 'the file holds no network.', add((m) => (m.subgraphs = []))],
  [
    'tflite-subgraphs',
    'the file holds 2 subgraphs (control flow or several signatures); one is supported.',
    add((m) => m.subgraphs.push(m.subgraphs[0]!)),
  ],
  [
    'tflite-operator-code',
    'operator 0 names operator code 9, but there are 1.',
    add((m) => (operator(m, 0).opcodeIndex = 9)),
  ],
  [
    'tflite-operator-code',
    'operator 0 has the impossible code -5.',
    add((m) => {
      m.operatorCodes[0]!.builtinCode = -5 as BuiltinOperator;
      m.operatorCodes[0]!.deprecatedBuiltinCode = -7;
    }),
  ],
  [
    'tflite-tensor-index',
    'the inputs of operator 0 (ADD) name tensor 3, but there are 3.',
    add((m) => (operator(m, 0).inputs = [0, 3])),
  ],
  [
    'tflite-tensor-index',
    'the inputs of operator 0 (ADD) name tensor -2, but there are 3.',
    add((m) => (operator(m, 0).inputs = [0, -2])),
  ],
  [
    'tflite-tensor-index',
    'the outputs of operator 0 (ADD) name tensor -1, but there are 3.',
    add((m) => (operator(m, 0).outputs = [-1])),
  ],
  [
    'tflite-tensor-index',
    'the list of inputs name tensor 77, but there are 3.',
    add((m) => (m.subgraphs[0]!.inputs = [0, 77])),
  ],
  [
    'tflite-operator-inputs',
    'operator 0 (ADD) has 1 inputs; it needs 2.',
    add((m) => (operator(m, 0).inputs = [0, -1])),
  ],
  [
    'tflite-operator-inputs',
    'operator 0 (CONV_2D) has 1 inputs; it needs 2 to 3.',
    conv((m) => (operator(m, 0).inputs = [0])),
  ],
  ['tflite-operator-outputs', 'operator 0 (ADD) has 0 outputs; it needs 1.', add((m) => (operator(m, 0).outputs = []))],
  [
    'tflite-options-type',
    'operator 0 (ADD) carries options of type 5 (Pool2DOptions), which belong to another operator.',
    add(swap(BuiltinOptions.Pool2DOptions, new Pool2DOptionsT(Padding.SAME, 1, 1, 1, 1))),
  ],
  [
    'tflite-option',
    'operator 0 (CONV_2D) has a horizontal stride of 0, which cannot be.',
    conv((m) => (convOptions(m).strideW = 0)),
  ],
  [
    'tflite-option',
    'operator 0 (CONV_2D) has a vertical dilation of -1, which cannot be.',
    conv((m) => (convOptions(m).dilationHFactor = -1)),
  ],
  [
    'tflite-option',
    'operator 0 (CONV_2D) has the padding 2, which cannot be.',
    conv((m) => (convOptions(m).padding = 2 as Padding)),
  ],
  [
    'tflite-option',
    'operator 0 (CONV_2D) has the activation 9, which cannot be.',
    conv((m) => (convOptions(m).fusedActivationFunction = 9 as 0)),
  ],
  [
    'tflite-buffer-index',
    'tensor 1 (weights) names buffer 99, but there are 4.',
    conv((m) => (tensor(m, 1).buffer = 99)),
  ],
  [
    'tflite-large-buffers',
    'tensor 1 (weights) keeps its values behind the FlatBuffer (the form for networks over 2 GB), which is not supported.',
    conv((m) => (m.buffers[1]!.offset = 4096n)),
  ],
  [
    'tflite-external-data',
    'tensor 1 (weights) keeps its values in another file, which is not supported.',
    conv((m) => (tensor(m, 1).externalBuffer = 1)),
  ],
  [
    'tflite-sparse',
    'tensor 1 (weights) is stored sparse, which is not supported.',
    conv((m) => (tensor(m, 1).sparsity = new SparsityParametersT())),
  ],
  [
    'tflite-quantization-form',
    'tensor 0 (a) is quantised in a form (block-wise, multi-axis or custom) that is not supported.',
    add((m) => {
      tensor(m, 0).quantization!.detailsType = QuantizationDetails.CustomQuantization;
      tensor(m, 0).quantization!.details = new CustomQuantizationT([1]);
    }),
  ],
  [
    'tflite-constant-length',
    'tensor 1 (weights) is int8 of shape [2, 3, 3, 2] and needs 36 bytes, but its buffer has 18.',
    conv((m) => (tensor(m, 1).shape = [2, 3, 3, 2])),
  ],
  [
    'tflite-constant-length',
    'tensor 1 (weights) is int4 of shape [2, 3, 3, 1] and needs 9 bytes, but its buffer has 18.',
    conv((m) => (tensor(m, 1).type = TensorType.INT4)),
  ],
  [
    'tflite-rank',
    'tensor 0 (a) has 9 dimensions; at most 8 are supported.',
    add((m) => (tensor(m, 0).shape = Array(9).fill(1))),
  ],
  [
    'tflite-shape-negative',
    'tensor 0 (a) has the shape [-1, 6], with a dimension below 0.',
    add((m) => (tensor(m, 0).shape = [-1, 6])),
  ],
  [
    'tflite-shape-too-large',
    'tensor 0 (a) has the shape [65536, 65536] and would take 4294967296 bytes; less than 2 GiB is supported.',
    add((m) => (tensor(m, 0).shape = [65536, 65536])),
  ],
  [
    'tflite-shape-too-large',
    'tensor 0 (a) has the shape [2147483647, 2147483647, 2147483647] and would take 9.903520300447984e+27 bytes; less than 2 GiB is supported.',
    add((m) => (tensor(m, 0).shape = Array(3).fill(0x7fffffff))),
  ],
  [
    'tflite-scale',
    'tensor 0 (a) has a scale of 0; scales must be finite and above 0.',
    add((m) => (tensor(m, 0).quantization!.scale = [0])),
  ],
  [
    'tflite-scale',
    'tensor 0 (a) has a scale of NaN; scales must be finite and above 0.',
    add((m) => (tensor(m, 0).quantization!.scale = [NaN])),
  ],
  [
    'tflite-scale',
    'tensor 0 (a) has a scale of Infinity; scales must be finite and above 0.',
    add((m) => (tensor(m, 0).quantization!.scale = [1 / 0])),
  ],
  [
    'tflite-scale-count',
    'tensor 0 (a) has the shape [1, 6] and 5 scales along dimension 1; there must be 1, or one per index of that dimension.',
    add((m) => {
      tensor(m, 0).quantization!.scale = [1, 1, 1, 1, 1];
      tensor(m, 0).quantization!.quantizedDimension = 1;
    }),
  ],
  [
    'tflite-zero-point-count',
    'tensor 0 (a) has 1 scales but 2 zero points.',
    add((m) => (tensor(m, 0).quantization!.zeroPoint = [0n, 0n])),
  ],
  [
    'tflite-zero-point',
    'tensor 0 (a) has the zero point 128, outside -128 to 127 of int8.',
    add((m) => (tensor(m, 0).quantization!.zeroPoint = [128n])),
  ],
  [
    'tflite-constant-input',
    'tensor 1 (weights) is an input of the network, but a constant.',
    conv((m) => (m.subgraphs[0]!.inputs = [0, 1])),
  ],
  [
    'tflite-order',
    'operator 0 (ADD) reads tensor 1 (b), which nothing has written before.',
    add((m) => (m.subgraphs[0]!.inputs = [0])),
  ],
  [
    'tflite-order',
    'operator 0 (RESHAPE) reads tensor 3 (map), which nothing has written before.',
    conv((m) => m.subgraphs[0]!.operators.push(m.subgraphs[0]!.operators.shift()!)),
  ],
  [
    'tflite-written-twice',
    'operator 1 (ADD) writes tensor 2 (sum), which has a value already.',
    add((m) => m.subgraphs[0]!.operators.push(operator(m, 0))),
  ],
  [
    'tflite-written-twice',
    'operator 0 (ADD) writes tensor 0 (a), which has a value already.',
    add((m) => (operator(m, 0).outputs = [0])),
  ],
  [
    'tflite-output-unwritten',
    'tensor 2 (sum) is an output of the network, but nothing writes it.',
    add((m) => (m.subgraphs[0]!.operators = [])),
  ],
];

describe('what the reader refuses', () => {
  it.each(BAD)('%s: %s', (code, sentence, bytes) => {
    let failure: unknown;
    try {
      read(bytes());
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      kind: 'user',
      code,
      message: `net.tflite: ${sentence}`,
      place: { file: 'net.tflite' },
    });
    const { place } = failure as Failure;
    expect(place.offset ?? place.tensor).toBeTypeOf('number');
  });
});
