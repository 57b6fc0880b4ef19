// How each operator's options are read. In: an operator's accessors. Out: one recipe a kind: its options table, its arity,
// and the reading of its fields into the IR's words.
import type {
  Activation,
  ConvOptions,
  DetectionOptions,
  OperatorKind,
  OptionsOf,
  Padding,
  PoolOptions,
  ResizeOptions,
} from '../../network/network';
import { readFlexMap } from './flexbuffers';
import * as schema from './schema/tflite';

/** Where we are, and how to say that an option makes no sense. */
interface Context {
  readonly slot: schema.Operator;
  readonly bad: (what: string) => never;
}

export interface Recipe<K extends OperatorKind> {
  readonly type: schema.BuiltinOptions; // the only options table this operator may carry
  readonly inputs: readonly [least: number, most: number]; // the first `least` must be there
  readonly severalOutputs?: true; // one or more; the others have exactly one
  readonly read: (context: Context) => OptionsOf[K];
}

/** By their numbers in the file. */
export const PADDINGS: readonly Padding[] = ['same', 'valid'];
export const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'relu_n1_to_1', 'relu6', 'tanh', 'sign_bit'];

function choose<T>(names: readonly T[], value: number, what: string, { bad }: Context): T {
  return names[value] ?? bad(`${what} ${value}`);
}

function atLeast(least: number, value: number, what: string, { bad }: Context): number {
  return value >= least ? value : bad(`a ${what} of ${value}`);
}

const readActivation = (o: { fusedActivationFunction: number }, context: Context): Activation =>
  choose(ACTIVATIONS, o.fusedActivationFunction, 'the activation', context);

const readSum = (o: { fusedActivationFunction: number; potScaleInt16: boolean }, context: Context) => ({
  activation: readActivation(o, context),
  potScaleInt16: o.potScaleInt16,
});

function finite(value: number, what: string, { bad }: Context): number {
  return Number.isFinite(value) ? value : bad(`${what} of ${value}`);
}

/** The options table unpacked, or its defaults where the file leaves it out. */
function unpack<T>(slot: schema.Operator, table: { unpack(): T }, defaults: T): T {
  return (slot.builtinOptions(table) as { unpack(): T } | null)?.unpack() ?? defaults;
}

type Window = Pick<schema.Conv2DOptionsT, 'padding' | 'strideH' | 'strideW' | 'fusedActivationFunction'>;
const readWindow = (o: Window, context: Context) => ({
  padding: choose(PADDINGS, o.padding, 'the padding', context),
  strideH: atLeast(1, o.strideH, 'vertical stride', context),
  strideW: atLeast(1, o.strideW, 'horizontal stride', context),
  activation: readActivation(o, context),
});

const readConv = (
  o: Window & Pick<schema.Conv2DOptionsT, 'dilationHFactor' | 'dilationWFactor'>,
  context: Context,
): ConvOptions => ({
  ...readWindow(o, context),
  dilationH: atLeast(1, o.dilationHFactor, 'vertical dilation', context),
  dilationW: atLeast(1, o.dilationWFactor, 'horizontal dilation', context),
});

function readPool(context: Context): PoolOptions {
  const o = unpack(context.slot, new schema.Pool2DOptions(), new schema.Pool2DOptionsT());
  return {
    ...readWindow(o, context),
    filterH: atLeast(1, o.filterHeight, 'filter height', context),
    filterW: atLeast(1, o.filterWidth, 'filter width', context),
  };
}

const readReducer = ({ slot }: Context) => ({
  keepDims: unpack(slot, new schema.ReducerOptions(), new schema.ReducerOptionsT()).keepDims,
});

const readResize = ({ alignCorners, halfPixelCenters }: ResizeOptions): ResizeOptions => ({
  alignCorners,
  halfPixelCenters,
});

/** The custom options of TFLite_Detection_PostProcess; a missing one is 0, or TFLite's default. */
function readDetection(context: Context): DetectionOptions {
  const options = readCustom(context);
  const number = (name: string, otherwise = 0): number => Math.fround(Number(options.get(name) ?? otherwise));
  const count = (name: string, otherwise?: number): number =>
    atLeast(1, Math.trunc(number(name, otherwise)), name, context);
  const scale = (name: string): number =>
    number(name) > 0 ? number(name) : context.bad(`a ${name} of ${number(name)}`);
  const iouThreshold = number('nms_iou_threshold');
  if (!(iouThreshold > 0 && iouThreshold <= 1)) context.bad(`an nms_iou_threshold of ${iouThreshold}`);
  return {
    maxDetections: count('max_detections'),
    maxClassesPerDetection: count('max_classes_per_detection'),
    detectionsPerClass: count('detections_per_class', 100),
    useRegularNms: Boolean(options.get('use_regular_nms')),
    scoreThreshold: finite(number('nms_score_threshold'), 'an nms_score_threshold', context),
    iouThreshold,
    numClasses: count('num_classes'),
    scale: { y: scale('y_scale'), x: scale('x_scale'), h: scale('h_scale'), w: scale('w_scale') },
  };
}

function readCustom({ slot, bad }: Context): Map<string, number | boolean> {
  try {
    return readFlexMap(slot.customOptionsArray() ?? new Uint8Array());
  } catch (error) {
    if (error instanceof RangeError) return bad(`custom options that are no FlexBuffers map (${error.message})`);
    throw error;
  }
}

/** An operator without options, or whose options table has no fields. */
const plain = (
  type: schema.BuiltinOptions,
  least: number,
  most = least,
): Recipe<OperatorKind> & { read: () => never } => ({
  type,
  inputs: [least, most],
  read: () => ({}) as never,
});

export const RECIPES: { readonly [K in OperatorKind]: Recipe<K> } = {
  CONV_2D: {
    type: schema.BuiltinOptions.Conv2DOptions,
    inputs: [2, 3],
    read: (c) => readConv(unpack(c.slot, new schema.Conv2DOptions(), new schema.Conv2DOptionsT()), c),
  },
  DEPTHWISE_CONV_2D: {
    type: schema.BuiltinOptions.DepthwiseConv2DOptions,
    inputs: [2, 3],
    read: (c) => {
      const o = unpack(c.slot, new schema.DepthwiseConv2DOptions(), new schema.DepthwiseConv2DOptionsT());
      return { ...readConv(o, c), depthMultiplier: atLeast(0, o.depthMultiplier, 'depth multiplier', c) };
    },
  },
  FULLY_CONNECTED: {
    type: schema.BuiltinOptions.FullyConnectedOptions,
    inputs: [2, 3],
    read: (c) => {
      const o = unpack(c.slot, new schema.FullyConnectedOptions(), new schema.FullyConnectedOptionsT());
      return {
        activation: readActivation(o, c),
        keepNumDims: o.keepNumDims,
        shuffledWeights: choose([false, true], o.weightsFormat, 'the weights format', c),
        asymmetricInputs: o.asymmetricQuantizeInputs,
      };
    },
  },
  ADD: {
    type: schema.BuiltinOptions.AddOptions,
    inputs: [2, 2],
    read: (c) => readSum(unpack(c.slot, new schema.AddOptions(), new schema.AddOptionsT()), c),
  },
  SUB: {
    type: schema.BuiltinOptions.SubOptions,
    inputs: [2, 2],
    read: (c) => readSum(unpack(c.slot, new schema.SubOptions(), new schema.SubOptionsT()), c),
  },
  MUL: {
    type: schema.BuiltinOptions.MulOptions,
    inputs: [2, 2],
    read: (c) => ({ activation: readActivation(unpack(c.slot, new schema.MulOptions(), new schema.MulOptionsT()), c) }),
  },
  MAXIMUM: plain(schema.BuiltinOptions.MaximumMinimumOptions, 2),
  MINIMUM: plain(schema.BuiltinOptions.MaximumMinimumOptions, 2),
  RESHAPE: {
    type: schema.BuiltinOptions.ReshapeOptions,
    inputs: [1, 2],
    read: ({ slot }) => {
      const shape = (slot.builtinOptions(new schema.ReshapeOptions()) as schema.ReshapeOptions | null)?.newShapeArray();
      return { newShape: shape ? Array.from(shape) : null };
    },
  },
  QUANTIZE: plain(schema.BuiltinOptions.QuantizeOptions, 1),
  DEQUANTIZE: plain(schema.BuiltinOptions.DequantizeOptions, 1),
  SOFTMAX: {
    type: schema.BuiltinOptions.SoftmaxOptions,
    inputs: [1, 1],
    read: (c) => {
      const { beta } = unpack(c.slot, new schema.SoftmaxOptions(), new schema.SoftmaxOptionsT());
      return { beta: finite(beta, 'a beta', c) };
    },
  },
  AVERAGE_POOL_2D: { type: schema.BuiltinOptions.Pool2DOptions, inputs: [1, 1], read: readPool },
  MAX_POOL_2D: { type: schema.BuiltinOptions.Pool2DOptions, inputs: [1, 1], read: readPool },
  MEAN: { type: schema.BuiltinOptions.ReducerOptions, inputs: [2, 2], read: readReducer },
  PAD: plain(schema.BuiltinOptions.PadOptions, 2),
  CONCATENATION: {
    type: schema.BuiltinOptions.ConcatenationOptions,
    inputs: [1, Infinity],
    read: (c) => {
      const o = unpack(c.slot, new schema.ConcatenationOptions(), new schema.ConcatenationOptionsT());
      return { axis: o.axis, activation: readActivation(o, c) };
    },
  },
  RELU: plain(schema.BuiltinOptions.NONE, 1),
  RELU6: plain(schema.BuiltinOptions.NONE, 1),
  RELU_N1_TO_1: plain(schema.BuiltinOptions.NONE, 1),
  LEAKY_RELU: {
    type: schema.BuiltinOptions.LeakyReluOptions,
    inputs: [1, 1],
    read: (c) => {
      const { alpha } = unpack(c.slot, new schema.LeakyReluOptions(), new schema.LeakyReluOptionsT());
      return { alpha: finite(alpha, 'an alpha', c) };
    },
  },
  PRELU: plain(schema.BuiltinOptions.NONE, 2),
  LOGISTIC: plain(schema.BuiltinOptions.NONE, 1),
  TANH: plain(schema.BuiltinOptions.NONE, 1),
  HARD_SWISH: plain(schema.BuiltinOptions.HardSwishOptions, 1),
  ABS: plain(schema.BuiltinOptions.AbsOptions, 1),
  NEG: plain(schema.BuiltinOptions.NegOptions, 1),
  SPACE_TO_DEPTH: {
    type: schema.BuiltinOptions.SpaceToDepthOptions,
    inputs: [1, 1],
    read: (c) => {
      const { blockSize } = unpack(c.slot, new schema.SpaceToDepthOptions(), new schema.SpaceToDepthOptionsT());
      return { blockSize: atLeast(1, blockSize, 'block size', c) };
    },
  },
  DEPTH_TO_SPACE: {
    type: schema.BuiltinOptions.DepthToSpaceOptions,
    inputs: [1, 1],
    read: (c) => {
      const { blockSize } = unpack(c.slot, new schema.DepthToSpaceOptions(), new schema.DepthToSpaceOptionsT());
      return { blockSize: atLeast(1, blockSize, 'block size', c) };
    },
  },
  SPACE_TO_BATCH_ND: plain(schema.BuiltinOptions.SpaceToBatchNDOptions, 3),
  BATCH_TO_SPACE_ND: plain(schema.BuiltinOptions.BatchToSpaceNDOptions, 3),
  TRANSPOSE: plain(schema.BuiltinOptions.TransposeOptions, 2),
  SQUEEZE: {
    type: schema.BuiltinOptions.SqueezeOptions,
    inputs: [1, 1],
    read: (c) => ({
      squeezeDims: unpack(c.slot, new schema.SqueezeOptions(), new schema.SqueezeOptionsT()).squeezeDims,
    }),
  },
  EXPAND_DIMS: plain(schema.BuiltinOptions.ExpandDimsOptions, 2),
  SHAPE: plain(schema.BuiltinOptions.ShapeOptions, 1),
  SPLIT: { ...plain(schema.BuiltinOptions.SplitOptions, 2), severalOutputs: true },
  SPLIT_V: { ...plain(schema.BuiltinOptions.SplitVOptions, 3), severalOutputs: true },
  SLICE: plain(schema.BuiltinOptions.SliceOptions, 3),
  STRIDED_SLICE: {
    type: schema.BuiltinOptions.StridedSliceOptions,
    inputs: [4, 4],
    read: (c) => ({ ...unpack(c.slot, new schema.StridedSliceOptions(), new schema.StridedSliceOptionsT()) }),
  },
  PACK: {
    type: schema.BuiltinOptions.PackOptions,
    inputs: [1, Infinity],
    read: (c) => ({ axis: unpack(c.slot, new schema.PackOptions(), new schema.PackOptionsT()).axis }),
  },
  UNPACK: {
    type: schema.BuiltinOptions.UnpackOptions,
    inputs: [1, 1],
    severalOutputs: true,
    read: (c) => ({ axis: unpack(c.slot, new schema.UnpackOptions(), new schema.UnpackOptionsT()).axis }),
  },
  PADV2: plain(schema.BuiltinOptions.PadV2Options, 3),
  MIRROR_PAD: {
    type: schema.BuiltinOptions.MirrorPadOptions,
    inputs: [2, 2],
    read: (c) => {
      const { mode } = unpack(c.slot, new schema.MirrorPadOptions(), new schema.MirrorPadOptionsT());
      return { mode: choose(['reflect', 'symmetric'] as const, mode, 'the mode', c) };
    },
  },
  GATHER: {
    type: schema.BuiltinOptions.GatherOptions,
    inputs: [2, 2],
    read: (c) => ({ ...unpack(c.slot, new schema.GatherOptions(), new schema.GatherOptionsT()) }),
  },
  ARG_MAX: plain(schema.BuiltinOptions.ArgMaxOptions, 2),
  ARG_MIN: plain(schema.BuiltinOptions.ArgMinOptions, 2),
  RESIZE_BILINEAR: {
    type: schema.BuiltinOptions.ResizeBilinearOptions,
    inputs: [2, 2],
    read: (c) => readResize(unpack(c.slot, new schema.ResizeBilinearOptions(), new schema.ResizeBilinearOptionsT())),
  },
  RESIZE_NEAREST_NEIGHBOR: {
    type: schema.BuiltinOptions.ResizeNearestNeighborOptions,
    inputs: [2, 2],
    read: (c) =>
      readResize(unpack(c.slot, new schema.ResizeNearestNeighborOptions(), new schema.ResizeNearestNeighborOptionsT())),
  },
  CAST: plain(schema.BuiltinOptions.CastOptions, 1),
  SUM: { type: schema.BuiltinOptions.ReducerOptions, inputs: [2, 2], read: readReducer },
  REDUCE_MAX: { type: schema.BuiltinOptions.ReducerOptions, inputs: [2, 2], read: readReducer },
  TRANSPOSE_CONV: {
    type: schema.BuiltinOptions.TransposeConvOptions,
    inputs: [3, 4],
    read: (c) => readWindow(unpack(c.slot, new schema.TransposeConvOptions(), new schema.TransposeConvOptionsT()), c),
  },
  BATCH_MATMUL: {
    type: schema.BuiltinOptions.BatchMatMulOptions,
    inputs: [2, 2],
    read: (c) => {
      const o = unpack(c.slot, new schema.BatchMatMulOptions(), new schema.BatchMatMulOptionsT());
      return { adjX: o.adjX, adjY: o.adjY, asymmetricInputs: o.asymmetricQuantizeInputs };
    },
  },
  SVDF: {
    type: schema.BuiltinOptions.SVDFOptions,
    inputs: [3, 5],
    read: (c) => {
      const o = unpack(c.slot, new schema.SVDFOptions(), new schema.SVDFOptionsT());
      return { rank: atLeast(1, o.rank, 'rank', c), activation: readActivation(o, c) };
    },
  },
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    type: schema.BuiltinOptions.UnidirectionalSequenceLSTMOptions,
    inputs: [1, 24], // most of them may be left out
    read: (c) => {
      const o = unpack(
        c.slot,
        new schema.UnidirectionalSequenceLSTMOptions(),
        new schema.UnidirectionalSequenceLSTMOptionsT(),
      );
      return {
        activation: readActivation(o, c),
        cellClip: finite(o.cellClip, 'a cell clip', c),
        projectionClip: finite(o.projClip, 'a projection clip', c),
        timeMajor: o.timeMajor,
        intermediates: Array.from({ length: c.slot.intermediatesLength() }, (_, i) => c.slot.intermediates(i)!),
      };
    },
  },
  DIV: {
    type: schema.BuiltinOptions.DivOptions,
    inputs: [2, 2],
    read: (c) => ({ activation: readActivation(unpack(c.slot, new schema.DivOptions(), new schema.DivOptionsT()), c) }),
  },
  ELU: plain(schema.BuiltinOptions.NONE, 1),
  SQRT: plain(schema.BuiltinOptions.NONE, 1),
  RSQRT: plain(schema.BuiltinOptions.NONE, 1),
  L2_NORMALIZATION: {
    type: schema.BuiltinOptions.L2NormOptions,
    inputs: [1, 1],
    read: (c) => ({
      activation: readActivation(unpack(c.slot, new schema.L2NormOptions(), new schema.L2NormOptionsT()), c),
    }),
  },
  GATHER_ND: plain(schema.BuiltinOptions.GatherNdOptions, 2),
  TFLite_Detection_PostProcess: {
    type: schema.BuiltinOptions.NONE,
    inputs: [3, 3],
    severalOutputs: true,
    read: readDetection,
  },
};
