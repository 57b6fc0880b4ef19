// IR options in the file's words: the opposite of main/import/tflite/recipes.ts. In: a kind and its options. Out: the
// options table, its type, and the operator's version that interpreters want.
import * as flexbuffers from 'flatbuffers/js/flexbuffers.js';
import type { Activation, ElementType, OperatorKind, OptionsOf, Padding } from '../../main/network/network';
import * as schema from '../../main/import/tflite/schema/tflite';

type Table = schema.OperatorT['builtinOptions'];
const { BuiltinOptions } = schema;

const PADDINGS: readonly Padding[] = ['same', 'valid'];
const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'relu_n1_to_1', 'relu6', 'tanh', 'sign_bit'];
const padding = (o: { padding: Padding }): number => PADDINGS.indexOf(o.padding);
const activation = (o: { activation: Activation }): number => ACTIVATIONS.indexOf(o.activation);

interface Encoding<K extends OperatorKind> {
  readonly type: schema.BuiltinOptions;
  readonly encode: (options: OptionsOf[K]) => Table;
  readonly version: number; // for int8
  readonly wide?: number; // for int16
}

/** An operator without options, or whose table has no fields. */
const plain = (type: schema.BuiltinOptions, make: (new () => NonNullable<Table>) | null, version: number, wide = version): Encoding<OperatorKind> =>
  ({ type, version, wide, encode: () => (make ? new make() : null) }); // prettier-ignore

const ENCODINGS: { readonly [K in OperatorKind]: Encoding<K> } = {
  CONV_2D: {
    type: BuiltinOptions.Conv2DOptions,
    version: 3,
    wide: 4,
    encode: (o) => new schema.Conv2DOptionsT(padding(o), o.strideW, o.strideH, activation(o), o.dilationW, o.dilationH),
  },
  DEPTHWISE_CONV_2D: {
    type: BuiltinOptions.DepthwiseConv2DOptions,
    version: 3,
    wide: 5,
    encode: (o) => new schema.DepthwiseConv2DOptionsT(padding(o), o.strideW, o.strideH, o.depthMultiplier, activation(o), o.dilationW, o.dilationH), // prettier-ignore
  },
  FULLY_CONNECTED: {
    type: BuiltinOptions.FullyConnectedOptions,
    version: 5,
    wide: 7,
    encode: (o) =>
      new schema.FullyConnectedOptionsT(activation(o), o.shuffledWeights ? 1 : 0, o.keepNumDims, o.asymmetricInputs),
  },
  TRANSPOSE_CONV: {
    type: BuiltinOptions.TransposeConvOptions,
    version: 3,
    encode: (o) => new schema.TransposeConvOptionsT(padding(o), o.strideW, o.strideH, activation(o)),
  },
  BATCH_MATMUL: {
    type: BuiltinOptions.BatchMatMulOptions,
    version: 2,
    encode: (o) => new schema.BatchMatMulOptionsT(o.adjX, o.adjY, o.asymmetricInputs),
  },
  SVDF: {
    type: BuiltinOptions.SVDFOptions,
    version: 3,
    encode: (o) => new schema.SVDFOptionsT(o.rank, activation(o)),
  },
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    type: BuiltinOptions.UnidirectionalSequenceLSTMOptions,
    version: 3,
    encode: (o) =>
      new schema.UnidirectionalSequenceLSTMOptionsT(activation(o), o.cellClip, o.projectionClip, o.timeMajor),
  },
  ADD: {
    type: BuiltinOptions.AddOptions,
    version: 2,
    wide: 4,
    encode: (o) => new schema.AddOptionsT(activation(o), o.potScaleInt16),
  },
  SUB: {
    type: BuiltinOptions.SubOptions,
    version: 2,
    wide: 5,
    encode: (o) => new schema.SubOptionsT(activation(o), o.potScaleInt16),
  },
  MUL: {
    type: BuiltinOptions.MulOptions,
    version: 2,
    wide: 4,
    encode: (o) => new schema.MulOptionsT(activation(o)),
  },
  MAXIMUM: plain(BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT, 2, 4),
  MINIMUM: plain(BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT, 2, 4),
  RESHAPE: {
    type: BuiltinOptions.ReshapeOptions,
    version: 1,
    encode: (o) => new schema.ReshapeOptionsT([...(o.newShape ?? [])]),
  },
  QUANTIZE: plain(BuiltinOptions.QuantizeOptions, schema.QuantizeOptionsT, 1, 2),
  DEQUANTIZE: plain(BuiltinOptions.DequantizeOptions, schema.DequantizeOptionsT, 2),
  SOFTMAX: {
    type: BuiltinOptions.SoftmaxOptions,
    version: 2,
    wide: 3,
    encode: (o) => new schema.SoftmaxOptionsT(o.beta),
  },
  AVERAGE_POOL_2D: {
    type: BuiltinOptions.Pool2DOptions,
    version: 2,
    wide: 3,
    encode: (o) => new schema.Pool2DOptionsT(padding(o), o.strideW, o.strideH, o.filterW, o.filterH, activation(o)),
  },
  MAX_POOL_2D: {
    type: BuiltinOptions.Pool2DOptions,
    version: 2,
    wide: 3,
    encode: (o) => new schema.Pool2DOptionsT(padding(o), o.strideW, o.strideH, o.filterW, o.filterH, activation(o)),
  },
  MEAN: { type: BuiltinOptions.ReducerOptions, version: 2, encode: (o) => new schema.ReducerOptionsT(o.keepDims) },
  SUM: { type: BuiltinOptions.ReducerOptions, version: 2, encode: (o) => new schema.ReducerOptionsT(o.keepDims) },
  REDUCE_MAX: {
    type: BuiltinOptions.ReducerOptions,
    version: 2,
    wide: 3,
    encode: (o) => new schema.ReducerOptionsT(o.keepDims),
  },
  PAD: plain(BuiltinOptions.PadOptions, schema.PadOptionsT, 2, 3),
  PADV2: plain(BuiltinOptions.PadV2Options, schema.PadV2OptionsT, 2, 3),
  MIRROR_PAD: {
    type: BuiltinOptions.MirrorPadOptions,
    version: 2,
    wide: 3,
    encode: (o) => new schema.MirrorPadOptionsT(['reflect', 'symmetric'].indexOf(o.mode)),
  },
  CONCATENATION: {
    type: BuiltinOptions.ConcatenationOptions,
    version: 2,
    wide: 3,
    encode: (o) => new schema.ConcatenationOptionsT(o.axis, activation(o)),
  },
  RELU: plain(BuiltinOptions.NONE, null, 2, 3),
  RELU6: plain(BuiltinOptions.NONE, null, 2),
  RELU_N1_TO_1: plain(BuiltinOptions.NONE, null, 1),
  LEAKY_RELU: {
    type: BuiltinOptions.LeakyReluOptions,
    version: 2,
    encode: (o) => new schema.LeakyReluOptionsT(o.alpha),
  },
  PRELU: plain(BuiltinOptions.NONE, null, 1),
  LOGISTIC: plain(BuiltinOptions.NONE, null, 2, 3),
  TANH: plain(BuiltinOptions.NONE, null, 2, 3),
  HARD_SWISH: plain(BuiltinOptions.HardSwishOptions, schema.HardSwishOptionsT, 1),
  ABS: plain(BuiltinOptions.AbsOptions, schema.AbsOptionsT, 2, 3),
  NEG: plain(BuiltinOptions.NegOptions, schema.NegOptionsT, 1),
  SPACE_TO_DEPTH: {
    type: BuiltinOptions.SpaceToDepthOptions,
    version: 2,
    encode: (o) => new schema.SpaceToDepthOptionsT(o.blockSize),
  },
  DEPTH_TO_SPACE: {
    type: BuiltinOptions.DepthToSpaceOptions,
    version: 2,
    encode: (o) => new schema.DepthToSpaceOptionsT(o.blockSize),
  },
  SPACE_TO_BATCH_ND: plain(BuiltinOptions.SpaceToBatchNDOptions, schema.SpaceToBatchNDOptionsT, 2, 4),
  BATCH_TO_SPACE_ND: plain(BuiltinOptions.BatchToSpaceNDOptions, schema.BatchToSpaceNDOptionsT, 2, 4),
  TRANSPOSE: plain(BuiltinOptions.TransposeOptions, schema.TransposeOptionsT, 2, 5),
  SQUEEZE: {
    type: BuiltinOptions.SqueezeOptions,
    version: 1,
    encode: (o) => new schema.SqueezeOptionsT([...o.squeezeDims]),
  },
  EXPAND_DIMS: plain(BuiltinOptions.ExpandDimsOptions, schema.ExpandDimsOptionsT, 1),
  SHAPE: plain(BuiltinOptions.ShapeOptions, schema.ShapeOptionsT, 1),
  SPLIT: plain(BuiltinOptions.SplitOptions, schema.SplitOptionsT, 2, 4),
  SPLIT_V: plain(BuiltinOptions.SplitVOptions, schema.SplitVOptionsT, 2),
  SLICE: plain(BuiltinOptions.SliceOptions, schema.SliceOptionsT, 2, 4),
  STRIDED_SLICE: {
    type: BuiltinOptions.StridedSliceOptions,
    version: 2,
    wide: 4,
    encode: (o) => new schema.StridedSliceOptionsT(o.beginMask, o.endMask, o.ellipsisMask, o.newAxisMask, o.shrinkAxisMask, o.offset), // prettier-ignore
  },
  PACK: { type: BuiltinOptions.PackOptions, version: 2, encode: (o) => new schema.PackOptionsT(0, o.axis) },
  UNPACK: { type: BuiltinOptions.UnpackOptions, version: 2, encode: (o) => new schema.UnpackOptionsT(0, o.axis) },
  GATHER: {
    type: BuiltinOptions.GatherOptions,
    version: 5,
    encode: (o) => new schema.GatherOptionsT(o.axis, o.batchDims),
  },
  ARG_MAX: plain(BuiltinOptions.ArgMaxOptions, schema.ArgMaxOptionsT, 2),
  ARG_MIN: plain(BuiltinOptions.ArgMinOptions, schema.ArgMinOptionsT, 2),
  RESIZE_BILINEAR: {
    type: BuiltinOptions.ResizeBilinearOptions,
    version: 3,
    wide: 4,
    encode: (o) => new schema.ResizeBilinearOptionsT(o.alignCorners, o.halfPixelCenters),
  },
  RESIZE_NEAREST_NEIGHBOR: {
    type: BuiltinOptions.ResizeNearestNeighborOptions,
    version: 3,
    wide: 4,
    encode: (o) => new schema.ResizeNearestNeighborOptionsT(o.alignCorners, o.halfPixelCenters),
  },
  CAST: plain(BuiltinOptions.CastOptions, schema.CastOptionsT, 1),
  DIV: { type: BuiltinOptions.DivOptions, version: 2, encode: (o) => new schema.DivOptionsT(activation(o)) },
  ELU: plain(BuiltinOptions.NONE, null, 1),
  SQRT: plain(BuiltinOptions.NONE, null, 1),
  RSQRT: plain(BuiltinOptions.NONE, null, 2),
  L2_NORMALIZATION: {
    type: BuiltinOptions.L2NormOptions,
    version: 2,
    encode: (o) => new schema.L2NormOptionsT(activation(o)),
  },
  GATHER_ND: plain(BuiltinOptions.GatherNdOptions, schema.GatherNdOptionsT, 3),
  TFLite_Detection_PostProcess: plain(BuiltinOptions.NONE, null, 1),
};

/** The options of a custom operator as FlexBuffers, under TFLite's names; empty for builtin operators. */
export function encodeCustom<K extends OperatorKind>(kind: K, options: OptionsOf[K]): Uint8Array {
  if (kind !== 'TFLite_Detection_PostProcess') return new Uint8Array();
  const o = options as OptionsOf['TFLite_Detection_PostProcess'];
  const map = flexbuffers.builder();
  map.startMap();
  const add = (name: string, value: () => void): void => {
    map.addKey(name);
    value();
  };
  add('max_detections', () => map.addInt(o.maxDetections));
  add('max_classes_per_detection', () => map.addInt(o.maxClassesPerDetection));
  add('detections_per_class', () => map.addInt(o.detectionsPerClass));
  add('use_regular_nms', () => map.add(o.useRegularNms));
  add('nms_score_threshold', () => map.addFloat(o.scoreThreshold));
  add('nms_iou_threshold', () => map.addFloat(o.iouThreshold));
  add('num_classes', () => map.addInt(o.numClasses));
  for (const side of ['y', 'x', 'h', 'w'] as const) add(`${side}_scale`, () => map.addFloat(o.scale[side]));
  map.end();
  return map.finish();
}

interface Shape {
  readonly type: ElementType;
}

/**
 * The options table and version for an operator with these inputs and outputs. Some tables repeat what the tensors say
 * (numbers of inputs or outputs, types): written here from the tensors.
 */
export function encodeOperator<K extends OperatorKind>(
  kind: K,
  options: OptionsOf[K],
  inputs: readonly Shape[],
  outputs: readonly Shape[],
): { type: schema.BuiltinOptions; table: Table; version: number } {
  const { type, encode, version, wide } = ENCODINGS[kind] as Encoding<K>;
  const table = encode(options);
  const typeOf = ({ type: name }: Shape): number => schema.TensorType[name.toUpperCase() as 'INT8'];
  if (table instanceof schema.SplitOptionsT || table instanceof schema.SplitVOptionsT) table.numSplits = outputs.length;
  if (table instanceof schema.PackOptionsT) table.valuesCount = inputs.length;
  if (table instanceof schema.UnpackOptionsT) table.num = outputs.length;
  if (table instanceof schema.ShapeOptionsT) table.outType = typeOf(outputs[0]!);
  if (table instanceof schema.ArgMaxOptionsT || table instanceof schema.ArgMinOptionsT)
    table.outputType = typeOf(outputs[0]!);
  if (table instanceof schema.CastOptionsT)
    [table.inDataType, table.outDataType] = [typeOf(inputs[0]!), typeOf(outputs[0]!)];
  return { type, table, version: outputs[0]!.type === 'int16' ? (wide ?? version) : version };
}
