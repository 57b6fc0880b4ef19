// IR options in the file's words: the opposite of import/tflite/recipes.ts. In: a kind and its options. Out: the options
// table and its type.
import * as flexbuffers from 'flatbuffers/js/flexbuffers.js';
import { ACTIVATIONS, PADDINGS } from '../import/tflite/recipes';
import * as schema from '../import/tflite/schema/tflite';
import type { Activation, ElementType, OperatorKind, OptionsOf, Padding } from '../network/network';

type Table = schema.OperatorT['builtinOptions'];
const { BuiltinOptions } = schema;

const padding = (o: { padding: Padding }): number => PADDINGS.indexOf(o.padding);
const activation = (o: { activation: Activation }): number => ACTIVATIONS.indexOf(o.activation);

interface Encoding<K extends OperatorKind> {
  readonly type: schema.BuiltinOptions;
  readonly encode: (options: OptionsOf[K]) => Table;
}

/** An operator without options, or whose table has no fields. */
const plain = (type: schema.BuiltinOptions, make: (new () => NonNullable<Table>) | null): Encoding<OperatorKind> => ({
  type,
  encode: () => (make ? new make() : null),
});

const ENCODINGS: { readonly [K in OperatorKind]: Encoding<K> } = {
  CONV_2D: {
    type: BuiltinOptions.Conv2DOptions,
    encode: (o) => new schema.Conv2DOptionsT(padding(o), o.strideW, o.strideH, activation(o), o.dilationW, o.dilationH),
  },
  DEPTHWISE_CONV_2D: {
    type: BuiltinOptions.DepthwiseConv2DOptions,
    encode: (o) =>
      new schema.DepthwiseConv2DOptionsT(
        padding(o),
        o.strideW,
        o.strideH,
        o.depthMultiplier,
        activation(o),
        o.dilationW,
        o.dilationH,
      ),
  },
  FULLY_CONNECTED: {
    type: BuiltinOptions.FullyConnectedOptions,
    encode: (o) =>
      new schema.FullyConnectedOptionsT(activation(o), o.shuffledWeights ? 1 : 0, o.keepNumDims, o.asymmetricInputs),
  },
  TRANSPOSE_CONV: {
    type: BuiltinOptions.TransposeConvOptions,
    encode: (o) => new schema.TransposeConvOptionsT(padding(o), o.strideW, o.strideH, activation(o)),
  },
  BATCH_MATMUL: {
    type: BuiltinOptions.BatchMatMulOptions,
    encode: (o) => new schema.BatchMatMulOptionsT(o.adjX, o.adjY, o.asymmetricInputs),
  },
  SVDF: {
    type: BuiltinOptions.SVDFOptions,
    encode: (o) => new schema.SVDFOptionsT(o.rank, activation(o)),
  },
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    type: BuiltinOptions.UnidirectionalSequenceLSTMOptions,
    encode: (o) =>
      new schema.UnidirectionalSequenceLSTMOptionsT(activation(o), o.cellClip, o.projectionClip, o.timeMajor),
  },
  ADD: {
    type: BuiltinOptions.AddOptions,
    encode: (o) => new schema.AddOptionsT(activation(o), o.potScaleInt16),
  },
  SUB: {
    type: BuiltinOptions.SubOptions,
    encode: (o) => new schema.SubOptionsT(activation(o), o.potScaleInt16),
  },
  MUL: {
    type: BuiltinOptions.MulOptions,
    encode: (o) => new schema.MulOptionsT(activation(o)),
  },
  MAXIMUM: plain(BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT),
  MINIMUM: plain(BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT),
  RESHAPE: {
    type: BuiltinOptions.ReshapeOptions,
    encode: (o) => o.newShape && new schema.ReshapeOptionsT([...o.newShape]),
  },
  QUANTIZE: plain(BuiltinOptions.QuantizeOptions, schema.QuantizeOptionsT),
  DEQUANTIZE: plain(BuiltinOptions.DequantizeOptions, schema.DequantizeOptionsT),
  SOFTMAX: {
    type: BuiltinOptions.SoftmaxOptions,
    encode: (o) => new schema.SoftmaxOptionsT(o.beta),
  },
  AVERAGE_POOL_2D: {
    type: BuiltinOptions.Pool2DOptions,
    encode: (o) => new schema.Pool2DOptionsT(padding(o), o.strideW, o.strideH, o.filterW, o.filterH, activation(o)),
  },
  MAX_POOL_2D: {
    type: BuiltinOptions.Pool2DOptions,
    encode: (o) => new schema.Pool2DOptionsT(padding(o), o.strideW, o.strideH, o.filterW, o.filterH, activation(o)),
  },
  MEAN: { type: BuiltinOptions.ReducerOptions, encode: (o) => new schema.ReducerOptionsT(o.keepDims) },
  SUM: { type: BuiltinOptions.ReducerOptions, encode: (o) => new schema.ReducerOptionsT(o.keepDims) },
  REDUCE_MAX: {
    type: BuiltinOptions.ReducerOptions,
    encode: (o) => new schema.ReducerOptionsT(o.keepDims),
  },
  PAD: plain(BuiltinOptions.PadOptions, schema.PadOptionsT),
  PADV2: plain(BuiltinOptions.PadV2Options, schema.PadV2OptionsT),
  MIRROR_PAD: {
    type: BuiltinOptions.MirrorPadOptions,
    encode: (o) => new schema.MirrorPadOptionsT(['reflect', 'symmetric'].indexOf(o.mode)),
  },
  CONCATENATION: {
    type: BuiltinOptions.ConcatenationOptions,
    encode: (o) => new schema.ConcatenationOptionsT(o.axis, activation(o)),
  },
  RELU: plain(BuiltinOptions.NONE, null),
  RELU6: plain(BuiltinOptions.NONE, null),
  RELU_N1_TO_1: plain(BuiltinOptions.NONE, null),
  LEAKY_RELU: {
    type: BuiltinOptions.LeakyReluOptions,
    encode: (o) => new schema.LeakyReluOptionsT(o.alpha),
  },
  PRELU: plain(BuiltinOptions.NONE, null),
  LOGISTIC: plain(BuiltinOptions.NONE, null),
  TANH: plain(BuiltinOptions.NONE, null),
  HARD_SWISH: plain(BuiltinOptions.HardSwishOptions, schema.HardSwishOptionsT),
  ABS: plain(BuiltinOptions.AbsOptions, schema.AbsOptionsT),
  NEG: plain(BuiltinOptions.NegOptions, schema.NegOptionsT),
  SPACE_TO_DEPTH: {
    type: BuiltinOptions.SpaceToDepthOptions,
    encode: (o) => new schema.SpaceToDepthOptionsT(o.blockSize),
  },
  DEPTH_TO_SPACE: {
    type: BuiltinOptions.DepthToSpaceOptions,
    encode: (o) => new schema.DepthToSpaceOptionsT(o.blockSize),
  },
  SPACE_TO_BATCH_ND: plain(BuiltinOptions.SpaceToBatchNDOptions, schema.SpaceToBatchNDOptionsT),
  BATCH_TO_SPACE_ND: plain(BuiltinOptions.BatchToSpaceNDOptions, schema.BatchToSpaceNDOptionsT),
  TRANSPOSE: plain(BuiltinOptions.TransposeOptions, schema.TransposeOptionsT),
  SQUEEZE: {
    type: BuiltinOptions.SqueezeOptions,
    encode: (o) => new schema.SqueezeOptionsT([...o.squeezeDims]),
  },
  EXPAND_DIMS: plain(BuiltinOptions.ExpandDimsOptions, schema.ExpandDimsOptionsT),
  SHAPE: plain(BuiltinOptions.ShapeOptions, schema.ShapeOptionsT),
  SPLIT: plain(BuiltinOptions.SplitOptions, schema.SplitOptionsT),
  SPLIT_V: plain(BuiltinOptions.SplitVOptions, schema.SplitVOptionsT),
  SLICE: plain(BuiltinOptions.SliceOptions, schema.SliceOptionsT),
  STRIDED_SLICE: {
    type: BuiltinOptions.StridedSliceOptions,
    encode: (o) =>
      new schema.StridedSliceOptionsT(
        o.beginMask,
        o.endMask,
        o.ellipsisMask,
        o.newAxisMask,
        o.shrinkAxisMask,
        o.offset,
      ),
  },
  PACK: { type: BuiltinOptions.PackOptions, encode: (o) => new schema.PackOptionsT(0, o.axis) },
  UNPACK: { type: BuiltinOptions.UnpackOptions, encode: (o) => new schema.UnpackOptionsT(0, o.axis) },
  GATHER: {
    type: BuiltinOptions.GatherOptions,
    encode: (o) => new schema.GatherOptionsT(o.axis, o.batchDims),
  },
  ARG_MAX: plain(BuiltinOptions.ArgMaxOptions, schema.ArgMaxOptionsT),
  ARG_MIN: plain(BuiltinOptions.ArgMinOptions, schema.ArgMinOptionsT),
  RESIZE_BILINEAR: {
    type: BuiltinOptions.ResizeBilinearOptions,
    encode: (o) => new schema.ResizeBilinearOptionsT(o.alignCorners, o.halfPixelCenters),
  },
  RESIZE_NEAREST_NEIGHBOR: {
    type: BuiltinOptions.ResizeNearestNeighborOptions,
    encode: (o) => new schema.ResizeNearestNeighborOptionsT(o.alignCorners, o.halfPixelCenters),
  },
  CAST: plain(BuiltinOptions.CastOptions, schema.CastOptionsT),
  DIV: { type: BuiltinOptions.DivOptions, encode: (o) => new schema.DivOptionsT(activation(o)) },
  ELU: plain(BuiltinOptions.NONE, null),
  SQRT: plain(BuiltinOptions.NONE, null),
  RSQRT: plain(BuiltinOptions.NONE, null),
  L2_NORMALIZATION: {
    type: BuiltinOptions.L2NormOptions,
    encode: (o) => new schema.L2NormOptionsT(activation(o)),
  },
  GATHER_ND: plain(BuiltinOptions.GatherNdOptions, schema.GatherNdOptionsT),
  TFLite_Detection_PostProcess: plain(BuiltinOptions.NONE, null),
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

interface Typed {
  readonly type: ElementType;
}

/** As the file numbers it. */
export const typeCode = (type: ElementType): schema.TensorType => schema.TensorType[type.toUpperCase() as 'INT8'];

/**
 * The options table of an operator with these inputs and outputs. Some tables repeat what the tensors say (numbers of inputs
 * or outputs, types): written here from the tensors.
 */
export function encodeOptions<K extends OperatorKind>(
  kind: K,
  options: OptionsOf[K],
  inputs: readonly (Typed | null)[],
  outputs: readonly Typed[],
): { type: schema.BuiltinOptions; table: Table } {
  const { type, encode } = ENCODINGS[kind] as Encoding<K>;
  const table = encode(options);
  const output = typeCode(outputs[0]!.type);
  if (table instanceof schema.SplitOptionsT || table instanceof schema.SplitVOptionsT) table.numSplits = outputs.length;
  if (table instanceof schema.PackOptionsT) table.valuesCount = inputs.length;
  if (table instanceof schema.UnpackOptionsT) table.num = outputs.length;
  if (table instanceof schema.ShapeOptionsT) table.outType = output;
  if (table instanceof schema.ArgMaxOptionsT || table instanceof schema.ArgMinOptionsT) table.outputType = output;
  if (table instanceof schema.CastOptionsT) [table.inDataType, table.outDataType] = [typeCode(inputs[0]!.type), output];
  return { type: table ? type : BuiltinOptions.NONE, table };
}
