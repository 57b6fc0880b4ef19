// How each operator's options are read. In: an operator's accessors. Out: one recipe a kind: its options table, its arity,
// and the reading of its fields into the IR's words.
import type {
  Activation,
  ConvOptions,
  OperatorKind,
  OptionsOf,
  Padding,
  PoolOptions,
  ResizeOptions,
} from '../../network/network';
import {
  type Operator as Slot,
  AddOptions,
  AddOptionsT,
  BatchMatMulOptions,
  BatchMatMulOptionsT,
  BuiltinOptions,
  ConcatenationOptions,
  ConcatenationOptionsT,
  Conv2DOptions,
  Conv2DOptionsT,
  DepthToSpaceOptions,
  DepthToSpaceOptionsT,
  DepthwiseConv2DOptions,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptions,
  FullyConnectedOptionsT,
  GatherOptions,
  GatherOptionsT,
  LeakyReluOptions,
  LeakyReluOptionsT,
  MirrorPadOptions,
  MirrorPadOptionsT,
  MulOptions,
  MulOptionsT,
  PackOptions,
  PackOptionsT,
  Pool2DOptions,
  Pool2DOptionsT,
  ReducerOptions,
  ReducerOptionsT,
  ReshapeOptions,
  ResizeBilinearOptions,
  ResizeBilinearOptionsT,
  ResizeNearestNeighborOptions,
  ResizeNearestNeighborOptionsT,
  SoftmaxOptions,
  SoftmaxOptionsT,
  SpaceToDepthOptions,
  SpaceToDepthOptionsT,
  SqueezeOptions,
  SqueezeOptionsT,
  StridedSliceOptions,
  StridedSliceOptionsT,
  SubOptions,
  SubOptionsT,
  TransposeConvOptions,
  TransposeConvOptionsT,
  UnpackOptions,
  UnpackOptionsT,
} from './schema/tflite';

/** Where we are, and how to say that an option makes no sense. */
interface Context {
  readonly slot: Slot;
  readonly bad: (what: string) => never;
}

export interface Recipe<K extends OperatorKind> {
  readonly type: BuiltinOptions; // the only options table this operator may carry
  readonly inputs: readonly [least: number, most: number]; // the first `least` must be there
  readonly severalOutputs?: true; // one or more; the others have exactly one
  readonly read: (context: Context) => OptionsOf[K];
}

const PADDINGS: readonly Padding[] = ['same', 'valid'];
const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'relu_n1_to_1', 'relu6', 'tanh', 'sign_bit'];

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
function unpack<T>(slot: Slot, table: { unpack(): T }, defaults: T): T {
  return (slot.builtinOptions(table) as { unpack(): T } | null)?.unpack() ?? defaults;
}

type Window = Pick<Conv2DOptionsT, 'padding' | 'strideH' | 'strideW' | 'fusedActivationFunction'>;
const readWindow = (o: Window, context: Context) => ({
  padding: choose(PADDINGS, o.padding, 'the padding', context),
  strideH: atLeast(1, o.strideH, 'vertical stride', context),
  strideW: atLeast(1, o.strideW, 'horizontal stride', context),
  activation: readActivation(o, context),
});

const readConv = (
  o: Window & Pick<Conv2DOptionsT, 'dilationHFactor' | 'dilationWFactor'>,
  context: Context,
): ConvOptions => ({
  ...readWindow(o, context),
  dilationH: atLeast(1, o.dilationHFactor, 'vertical dilation', context),
  dilationW: atLeast(1, o.dilationWFactor, 'horizontal dilation', context),
});

function readPool(context: Context): PoolOptions {
  const o = unpack(context.slot, new Pool2DOptions(), new Pool2DOptionsT());
  return {
    ...readWindow(o, context),
    filterH: atLeast(1, o.filterHeight, 'filter height', context),
    filterW: atLeast(1, o.filterWidth, 'filter width', context),
  };
}

const readReducer = ({ slot }: Context) => ({
  keepDims: unpack(slot, new ReducerOptions(), new ReducerOptionsT()).keepDims,
});

const readResize = ({ alignCorners, halfPixelCenters }: ResizeOptions): ResizeOptions => ({
  alignCorners,
  halfPixelCenters,
});

/** An operator without options, or whose options table has no fields. */
const plain = (type: BuiltinOptions, least: number, most = least): Recipe<OperatorKind> & { read: () => never } => ({
  type,
  inputs: [least, most],
  read: () => ({}) as never,
});

export const RECIPES: { readonly [K in OperatorKind]: Recipe<K> } = {
  CONV_2D: {
    type: BuiltinOptions.Conv2DOptions,
    inputs: [2, 3],
    read: (c) => readConv(unpack(c.slot, new Conv2DOptions(), new Conv2DOptionsT()), c),
  },
  DEPTHWISE_CONV_2D: {
    type: BuiltinOptions.DepthwiseConv2DOptions,
    inputs: [2, 3],
    read: (c) => {
      const o = unpack(c.slot, new DepthwiseConv2DOptions(), new DepthwiseConv2DOptionsT());
      return { ...readConv(o, c), depthMultiplier: atLeast(0, o.depthMultiplier, 'depth multiplier', c) };
    },
  },
  FULLY_CONNECTED: {
    type: BuiltinOptions.FullyConnectedOptions,
    inputs: [2, 3],
    read: (c) => {
      const o = unpack(c.slot, new FullyConnectedOptions(), new FullyConnectedOptionsT());
      return {
        activation: readActivation(o, c),
        keepNumDims: o.keepNumDims,
        shuffledWeights: choose([false, true], o.weightsFormat, 'the weights format', c),
      };
    },
  },
  ADD: {
    type: BuiltinOptions.AddOptions,
    inputs: [2, 2],
    read: (c) => readSum(unpack(c.slot, new AddOptions(), new AddOptionsT()), c),
  },
  SUB: {
    type: BuiltinOptions.SubOptions,
    inputs: [2, 2],
    read: (c) => readSum(unpack(c.slot, new SubOptions(), new SubOptionsT()), c),
  },
  MUL: {
    type: BuiltinOptions.MulOptions,
    inputs: [2, 2],
    read: (c) => ({ activation: readActivation(unpack(c.slot, new MulOptions(), new MulOptionsT()), c) }),
  },
  MAXIMUM: plain(BuiltinOptions.MaximumMinimumOptions, 2),
  MINIMUM: plain(BuiltinOptions.MaximumMinimumOptions, 2),
  RESHAPE: {
    type: BuiltinOptions.ReshapeOptions,
    inputs: [1, 2],
    read: ({ slot }) => {
      const shape = (slot.builtinOptions(new ReshapeOptions()) as ReshapeOptions | null)?.newShapeArray();
      return { newShape: shape ? Array.from(shape) : null };
    },
  },
  QUANTIZE: plain(BuiltinOptions.QuantizeOptions, 1),
  DEQUANTIZE: plain(BuiltinOptions.DequantizeOptions, 1),
  SOFTMAX: {
    type: BuiltinOptions.SoftmaxOptions,
    inputs: [1, 1],
    read: (c) => {
      const { beta } = unpack(c.slot, new SoftmaxOptions(), new SoftmaxOptionsT());
      return { beta: finite(beta, 'a beta', c) };
    },
  },
  AVERAGE_POOL_2D: { type: BuiltinOptions.Pool2DOptions, inputs: [1, 1], read: readPool },
  MAX_POOL_2D: { type: BuiltinOptions.Pool2DOptions, inputs: [1, 1], read: readPool },
  MEAN: { type: BuiltinOptions.ReducerOptions, inputs: [2, 2], read: readReducer },
  PAD: plain(BuiltinOptions.PadOptions, 2),
  CONCATENATION: {
    type: BuiltinOptions.ConcatenationOptions,
    inputs: [1, Infinity],
    read: (c) => {
      const o = unpack(c.slot, new ConcatenationOptions(), new ConcatenationOptionsT());
      return { axis: o.axis, activation: readActivation(o, c) };
    },
  },
  RELU: plain(BuiltinOptions.NONE, 1),
  RELU6: plain(BuiltinOptions.NONE, 1),
  RELU_N1_TO_1: plain(BuiltinOptions.NONE, 1),
  LEAKY_RELU: {
    type: BuiltinOptions.LeakyReluOptions,
    inputs: [1, 1],
    read: (c) => {
      const { alpha } = unpack(c.slot, new LeakyReluOptions(), new LeakyReluOptionsT());
      return { alpha: finite(alpha, 'an alpha', c) };
    },
  },
  PRELU: plain(BuiltinOptions.NONE, 2),
  LOGISTIC: plain(BuiltinOptions.NONE, 1),
  TANH: plain(BuiltinOptions.NONE, 1),
  HARD_SWISH: plain(BuiltinOptions.HardSwishOptions, 1),
  ABS: plain(BuiltinOptions.AbsOptions, 1),
  NEG: plain(BuiltinOptions.NegOptions, 1),
  SPACE_TO_DEPTH: {
    type: BuiltinOptions.SpaceToDepthOptions,
    inputs: [1, 1],
    read: (c) => {
      const { blockSize } = unpack(c.slot, new SpaceToDepthOptions(), new SpaceToDepthOptionsT());
      return { blockSize: atLeast(1, blockSize, 'block size', c) };
    },
  },
  DEPTH_TO_SPACE: {
    type: BuiltinOptions.DepthToSpaceOptions,
    inputs: [1, 1],
    read: (c) => {
      const { blockSize } = unpack(c.slot, new DepthToSpaceOptions(), new DepthToSpaceOptionsT());
      return { blockSize: atLeast(1, blockSize, 'block size', c) };
    },
  },
  SPACE_TO_BATCH_ND: plain(BuiltinOptions.SpaceToBatchNDOptions, 3),
  BATCH_TO_SPACE_ND: plain(BuiltinOptions.BatchToSpaceNDOptions, 3),
  TRANSPOSE: plain(BuiltinOptions.TransposeOptions, 2),
  SQUEEZE: {
    type: BuiltinOptions.SqueezeOptions,
    inputs: [1, 1],
    read: (c) => ({ squeezeDims: unpack(c.slot, new SqueezeOptions(), new SqueezeOptionsT()).squeezeDims }),
  },
  EXPAND_DIMS: plain(BuiltinOptions.ExpandDimsOptions, 2),
  SHAPE: plain(BuiltinOptions.ShapeOptions, 1),
  SPLIT: { ...plain(BuiltinOptions.SplitOptions, 2), severalOutputs: true },
  SPLIT_V: { ...plain(BuiltinOptions.SplitVOptions, 3), severalOutputs: true },
  SLICE: plain(BuiltinOptions.SliceOptions, 3),
  STRIDED_SLICE: {
    type: BuiltinOptions.StridedSliceOptions,
    inputs: [4, 4],
    read: (c) => ({ ...unpack(c.slot, new StridedSliceOptions(), new StridedSliceOptionsT()) }),
  },
  PACK: {
    type: BuiltinOptions.PackOptions,
    inputs: [1, Infinity],
    read: (c) => ({ axis: unpack(c.slot, new PackOptions(), new PackOptionsT()).axis }),
  },
  UNPACK: {
    type: BuiltinOptions.UnpackOptions,
    inputs: [1, 1],
    severalOutputs: true,
    read: (c) => ({ axis: unpack(c.slot, new UnpackOptions(), new UnpackOptionsT()).axis }),
  },
  PADV2: plain(BuiltinOptions.PadV2Options, 3),
  MIRROR_PAD: {
    type: BuiltinOptions.MirrorPadOptions,
    inputs: [2, 2],
    read: (c) => {
      const { mode } = unpack(c.slot, new MirrorPadOptions(), new MirrorPadOptionsT());
      return { mode: choose(['reflect', 'symmetric'] as const, mode, 'the mode', c) };
    },
  },
  GATHER: {
    type: BuiltinOptions.GatherOptions,
    inputs: [2, 2],
    read: (c) => ({ ...unpack(c.slot, new GatherOptions(), new GatherOptionsT()) }),
  },
  ARG_MAX: plain(BuiltinOptions.ArgMaxOptions, 2),
  ARG_MIN: plain(BuiltinOptions.ArgMinOptions, 2),
  RESIZE_BILINEAR: {
    type: BuiltinOptions.ResizeBilinearOptions,
    inputs: [2, 2],
    read: (c) => readResize(unpack(c.slot, new ResizeBilinearOptions(), new ResizeBilinearOptionsT())),
  },
  RESIZE_NEAREST_NEIGHBOR: {
    type: BuiltinOptions.ResizeNearestNeighborOptions,
    inputs: [2, 2],
    read: (c) => readResize(unpack(c.slot, new ResizeNearestNeighborOptions(), new ResizeNearestNeighborOptionsT())),
  },
  CAST: plain(BuiltinOptions.CastOptions, 1),
  SUM: { type: BuiltinOptions.ReducerOptions, inputs: [2, 2], read: readReducer },
  REDUCE_MAX: { type: BuiltinOptions.ReducerOptions, inputs: [2, 2], read: readReducer },
  TRANSPOSE_CONV: {
    type: BuiltinOptions.TransposeConvOptions,
    inputs: [3, 4],
    read: (c) => readWindow(unpack(c.slot, new TransposeConvOptions(), new TransposeConvOptionsT()), c),
  },
  BATCH_MATMUL: {
    type: BuiltinOptions.BatchMatMulOptions,
    inputs: [2, 2],
    read: (c) => {
      const { adjX, adjY } = unpack(c.slot, new BatchMatMulOptions(), new BatchMatMulOptionsT());
      return { adjX, adjY };
    },
  },
};
