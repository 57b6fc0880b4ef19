// The network IR: what import makes and every later room reads. In: nothing. Out: types only, plus the few
// questions each room asks of a shape. A network is immutable once import has checked it.
//
// Words are TFLite's: a *tensor* is a named slot of a graph, an *operator* reads and writes tensors. Layouts are
// NHWC for activations, OHWI for CONV_2D weights, 1HWO for DEPTHWISE_CONV_2D, [O, K] for FULLY_CONNECTED.

import type { PixelRule } from './pixels';
import type { Scheme } from './scheme';

export type ElementType =
  'int4' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64' | 'float16' | 'float32' | 'bool' | 'string' | 'other';

/** real = scale[c] x (q - zeroPoint[c]); one entry per tensor, or one per index c of dimension `axis`. */
export interface Quantization {
  readonly scale: readonly number[]; // float32 values, finite and positive
  readonly zeroPoint: readonly number[]; // same length as scale
  readonly axis: number; // only meaningful when scale.length > 1
}

export interface Tensor {
  readonly index: number;
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly quantization: Quantization | null;
  /** Little-endian bytes of a constant (a view of the file, or of `Network.converted`), or null for an activation. */
  readonly data: Uint8Array | null;
  readonly isVariable: boolean;
  /** Bits of its signed words, where they do not fill the type: scheme.ts. */
  readonly bits?: number;
  /** Of an input that takes images, how pixels become real values, where the file says it. */
  readonly pixels?: PixelRule;
}

export type Padding = 'same' | 'valid';
export type Activation = 'none' | 'relu' | 'relu_n1_to_1' | 'relu6' | 'tanh' | 'sign_bit';

export interface ConvOptions {
  readonly padding: Padding;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly activation: Activation;
}
export interface PoolOptions {
  readonly padding: Padding;
  readonly strideH: number;
  readonly strideW: number;
  readonly filterH: number;
  readonly filterW: number;
  readonly activation: Activation;
}
export interface ResizeOptions {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}
/** Bit d of a mask speaks of dimension d. */
export interface StridedSliceOptions {
  readonly beginMask: number; // from the first element
  readonly endMask: number; // to the last
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number; // one element, and the dimension goes
  readonly offset: boolean; // the ends are counted from the beginnings
}
export interface LstmOptions {
  readonly activation: Activation; // of the cell gate and the cell
  readonly cellClip: number; // real; 0: none
  readonly projectionClip: number;
  readonly timeMajor: boolean; // x is [T, B, I], not [B, T, I]
  readonly intermediates: readonly number[]; // tensors that only carry quantizations: of the four gates and the hidden state
}
export interface DetectionOptions {
  readonly maxDetections: number;
  readonly maxClassesPerDetection: number; // of one box, unless useRegularNms
  readonly detectionsPerClass: number; // where useRegularNms
  readonly useRegularNms: boolean; // classes one by one; else each box by its best class
  readonly scoreThreshold: number; // float32 values, here and below
  readonly iouThreshold: number;
  readonly numClasses: number; // without the background
  readonly scale: { readonly y: number; readonly x: number; readonly h: number; readonly w: number };
}
/** Operators without options. */
export type NoOptions = Record<string, never>;
/** Options of the operators the IR understands; an operator absent here is imported as kind OTHER, options {}. */
export interface OptionsOf {
  CONV_2D: ConvOptions;
  DEPTHWISE_CONV_2D: ConvOptions & { readonly depthMultiplier: number };
  FULLY_CONNECTED: {
    readonly activation: Activation;
    readonly keepNumDims: boolean;
    readonly shuffledWeights: boolean;
    readonly asymmetricInputs?: boolean; // float32 activations with int8 weights: x is quantised with a zero point
  };
  ADD: { readonly activation: Activation; readonly potScaleInt16: boolean };
  SUB: { readonly activation: Activation; readonly potScaleInt16: boolean };
  MUL: { readonly activation: Activation };
  MAXIMUM: NoOptions;
  MINIMUM: NoOptions;
  RESHAPE: { readonly newShape: readonly number[] | null };
  QUANTIZE: NoOptions;
  DEQUANTIZE: NoOptions;
  SOFTMAX: { readonly beta: number };
  AVERAGE_POOL_2D: PoolOptions;
  MAX_POOL_2D: PoolOptions;
  MEAN: { readonly keepDims: boolean };
  PAD: NoOptions;
  CONCATENATION: { readonly axis: number; readonly activation: Activation };
  RELU: NoOptions;
  RELU6: NoOptions;
  RELU_N1_TO_1: NoOptions;
  LEAKY_RELU: { readonly alpha: number };
  PRELU: NoOptions;
  LOGISTIC: NoOptions;
  TANH: NoOptions;
  HARD_SWISH: NoOptions;
  ABS: NoOptions;
  NEG: NoOptions;
  SPACE_TO_DEPTH: { readonly blockSize: number };
  DEPTH_TO_SPACE: { readonly blockSize: number };
  SPACE_TO_BATCH_ND: NoOptions;
  BATCH_TO_SPACE_ND: NoOptions;
  TRANSPOSE: NoOptions;
  SQUEEZE: { readonly squeezeDims: readonly number[] }; // none: all dimensions of 1
  EXPAND_DIMS: NoOptions;
  SHAPE: NoOptions; // the output's type is its tensor's
  SPLIT: NoOptions; // as many as there are outputs
  SPLIT_V: NoOptions;
  SLICE: NoOptions;
  STRIDED_SLICE: StridedSliceOptions;
  PACK: { readonly axis: number };
  UNPACK: { readonly axis: number };
  PADV2: NoOptions;
  MIRROR_PAD: { readonly mode: 'reflect' | 'symmetric' };
  GATHER: { readonly axis: number; readonly batchDims: number };
  ARG_MAX: NoOptions;
  ARG_MIN: NoOptions;
  RESIZE_BILINEAR: ResizeOptions;
  RESIZE_NEAREST_NEIGHBOR: ResizeOptions;
  CAST: NoOptions; // the types are the tensors'
  SUM: { readonly keepDims: boolean };
  REDUCE_MAX: { readonly keepDims: boolean };
  TRANSPOSE_CONV: Pick<ConvOptions, 'padding' | 'strideH' | 'strideW' | 'activation'>;
  BATCH_MATMUL: { readonly adjX: boolean; readonly adjY: boolean; readonly asymmetricInputs?: boolean };
  SVDF: { readonly rank: number; readonly activation: Activation };
  UNIDIRECTIONAL_SEQUENCE_LSTM: LstmOptions;
  DIV: { readonly activation: Activation };
  ELU: NoOptions;
  SQRT: NoOptions;
  RSQRT: NoOptions;
  L2_NORMALIZATION: { readonly activation: Activation };
  GATHER_ND: NoOptions;
  /** A custom operator, by its own name. */
  TFLite_Detection_PostProcess: DetectionOptions;
}
export type OperatorKind = keyof OptionsOf;

interface OperatorCommon {
  readonly index: number;
  /** TFLite's name, e.g. CONV_2D, or CUSTOM:PosenetDecoderOp. */
  readonly name: string;
  readonly version: number;
  readonly inputs: readonly number[]; // tensor indices; -1 = optional input left out
  readonly outputs: readonly number[];
  readonly fileOffset: number; // where the operator's table starts in the file
  /** Of a converted network: what the file calls the operator this one was made for, e.g. "Conv /features/0". */
  readonly origin?: string;
  /** Its own scheme, in place of the network's. */
  readonly scheme?: Scheme;
}
/** An operator of a kind, or of one of several kinds. */
export type OperatorOf<K extends OperatorKind> = {
  [Kind in K]: OperatorCommon & { readonly kind: Kind; readonly options: OptionsOf[Kind] };
}[K];
export type OtherOperator = OperatorCommon & { readonly kind: 'OTHER'; readonly options: Record<string, never> };
export type Operator = OperatorOf<OperatorKind> | OtherOperator;

/** The file formats a network can come from, which are their endings too. */
export type Format = 'tflite' | 'onnx';

export interface Network {
  readonly name: string; // the file's name without folder and ending
  readonly format: Format;
  readonly description: string; // what the file says of itself
  readonly sha256: string; // of the file's bytes, lower-case hex: the network's identity everywhere
  readonly fileBytes: number;
  readonly tensors: readonly Tensor[];
  /** In execution order. */
  readonly operators: readonly Operator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Constants as import converted them, one after another; those of `tensors` that are not views of the file are of this. */
  readonly converted: Uint8Array | null;
  /** How its numbers are kept, where it is not as TFLite does it; layers may have schemes of their own. */
  readonly scheme?: Scheme;
}

/** Number of elements of a shape ([] is a scalar: 1). */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Bytes per element; int4 is kept one value per byte once unpacked. 0 for types without a fixed size. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  int4: 1,
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  float16: 2,
  int32: 4,
  float32: 4,
  int64: 8,
  string: 0,
  other: 0,
};
