// The version of each operator that interpreters must know to run it as it is. In: a kind, its options, its tensors. Out: the
// lowest that TFLite gives such an operator. Source: tflite/tools/versioning/op_version.cc; for 16x8 layers, which it passes
// over, the versions that brought their kernels.
import type { ElementType, OperatorKind, OptionsOf } from '../network/network';

/** Of a tensor, what a version hangs on. */
export interface Signature {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly quantization?: { readonly scale: readonly number[] } | null;
}

/** Versions by the type of the data: what is neither int8 nor int16, int8, int16. Kinds left out have one version only. */
const VERSIONS: { readonly [K in OperatorKind]?: readonly [other: number, int8: number, int16: number] } = {
  CONV_2D: [1, 3, 4],
  DEPTHWISE_CONV_2D: [1, 3, 5],
  FULLY_CONNECTED: [1, 4, 7],
  TRANSPOSE_CONV: [1, 2, 2],
  BATCH_MATMUL: [1, 2, 3],
  SVDF: [1, 3, 1],
  UNIDIRECTIONAL_SEQUENCE_LSTM: [1, 3, 5],
  ADD: [1, 2, 1],
  SUB: [1, 2, 1],
  MUL: [1, 2, 4],
  MAXIMUM: [1, 2, 4],
  MINIMUM: [1, 2, 4],
  DEQUANTIZE: [1, 2, 3],
  SOFTMAX: [1, 2, 3],
  AVERAGE_POOL_2D: [1, 2, 3],
  MAX_POOL_2D: [1, 2, 3],
  MEAN: [1, 2, 3],
  SUM: [1, 2, 1],
  REDUCE_MAX: [1, 2, 3],
  PAD: [1, 2, 3],
  PADV2: [1, 2, 3],
  MIRROR_PAD: [1, 2, 3],
  CONCATENATION: [1, 2, 3],
  RELU: [1, 2, 3],
  RELU6: [1, 2, 3],
  LEAKY_RELU: [1, 1, 2],
  LOGISTIC: [1, 2, 3],
  TANH: [1, 2, 3],
  ABS: [1, 2, 3],
  SPACE_TO_DEPTH: [1, 2, 1],
  DEPTH_TO_SPACE: [1, 2, 1],
  SPACE_TO_BATCH_ND: [1, 2, 4],
  BATCH_TO_SPACE_ND: [1, 2, 4],
  TRANSPOSE: [1, 2, 5],
  SPLIT: [1, 2, 4],
  SPLIT_V: [1, 2, 1],
  SLICE: [1, 2, 4],
  STRIDED_SLICE: [1, 2, 1],
  PACK: [1, 2, 3],
  UNPACK: [1, 2, 4],
  GATHER: [1, 2, 4],
  GATHER_ND: [1, 1, 3],
  ARG_MAX: [1, 2, 1],
  ARG_MIN: [1, 2, 1],
  RESIZE_BILINEAR: [1, 2, 4],
  RESIZE_NEAREST_NEIGHBOR: [1, 2, 4],
  RSQRT: [1, 2, 3],
  L2_NORMALIZATION: [1, 2, 1],
  CAST: [1, 3, 1],
};

type Rule<K extends OperatorKind> = (
  inputs: readonly (Signature | null)[],
  outputs: readonly Signature[],
  options: OptionsOf[K],
) => number;

const typeAt = (tensors: readonly (Signature | null)[], slot: number): ElementType | undefined => tensors[slot]?.type;
const rankAt = (inputs: readonly (Signature | null)[], slot = 0): number => inputs[slot]?.shape.length ?? 0;
const scaleOf = (tensor: Signature | null | undefined): number => tensor?.quantization?.scale[0] ?? 0;
const isHybrid = (inputs: readonly (Signature | null)[]): boolean =>
  typeAt(inputs, 0) === 'float32' && typeAt(inputs, 1) === 'int8';
const isPerChannel = (tensor: Signature | null | undefined): boolean => (tensor?.quantization?.scale.length ?? 0) > 1;
const isDilated = ({ dilationH, dilationW }: OptionsOf['CONV_2D']): boolean => dilationH !== 1 || dilationW !== 1;
/** A sum of int16 whose scales are not powers of two. */
const isScaled = (inputs: readonly (Signature | null)[], options: OptionsOf['ADD']): boolean =>
  typeAt(inputs, 0) === 'int16' && !options.potScaleInt16;
const above4 = (inputs: readonly (Signature | null)[], version: number): number => (rankAt(inputs) > 4 ? version : 1);

/** What asks for more than the data's type does. */
const RULES: { readonly [K in OperatorKind]?: Rule<K> } = {
  CONV_2D: (inputs) => {
    const [x, w] = inputs;
    if (x && w && x.shape[3] !== w.shape[3]) return 6; // grouped
    if (typeAt(inputs, 1) === 'int4') return 7;
    return isHybrid(inputs) ? (isPerChannel(w) ? 5 : 2) : 1;
  },
  DEPTHWISE_CONV_2D: (inputs, _, options) => {
    if (typeAt(inputs, 1) === 'int4') return 7;
    if (isHybrid(inputs)) return isPerChannel(inputs[1]) ? 6 : 4;
    return isDilated(options) ? 2 : 1;
  },
  FULLY_CONNECTED: (inputs, _, options) => {
    if (typeAt(inputs, 1) === 'int4') return 10;
    if (!inputs[2]) return 6;
    if (options.keepNumDims) return 5;
    if (isHybrid(inputs)) return options.asymmetricInputs ? 9 : 3;
    return options.shuffledWeights ? 2 : 1;
  },
  TRANSPOSE_CONV: (inputs, _, { activation }) => (activation !== 'none' ? 4 : inputs[3] ? 3 : 1),
  BATCH_MATMUL: (inputs, _, options) => (isHybrid(inputs) && options.asymmetricInputs ? 3 : 1),
  ADD: (inputs, _, options) => (typeAt(inputs, 0) === 'int64' ? 4 : isScaled(inputs, options) ? 3 : 1),
  SUB: (inputs, _, options) => (typeAt(inputs, 0) === 'int64' ? 4 : isScaled(inputs, options) ? 5 : above4(inputs, 3)),
  MUL: ([a, b], [y]) => {
    if (a?.type === 'int64') return 5;
    return scaleOf(y) > 0 && (scaleOf(a) * scaleOf(b)) / scaleOf(y) >= 1 ? 3 : 1;
  },
  DIV: (inputs) => above4(inputs, 2),
  MAXIMUM: (inputs) => above4(inputs, 3),
  MINIMUM: (inputs) => above4(inputs, 3),
  DEQUANTIZE: (inputs) => (typeAt(inputs, 0) === 'float16' ? 3 : isPerChannel(inputs[0]) ? 5 : 1),
  QUANTIZE: (_, outputs) => (isPerChannel(outputs[0]) ? 3 : typeAt(outputs, 0) === 'int16' ? 2 : 1),
  PAD: (inputs) => above4(inputs, 4),
  PADV2: (inputs) => above4(inputs, 4),
  RELU: (inputs) => (typeAt(inputs, 0) === 'uint8' ? 2 : 1),
  ABS: (inputs) => (typeAt(inputs, 0) === 'uint8' ? 2 : typeAt(inputs, 0) === 'int32' ? 5 : 1),
  SPACE_TO_BATCH_ND: (inputs) => (rankAt(inputs) !== 4 ? 3 : 1),
  BATCH_TO_SPACE_ND: (inputs) => (rankAt(inputs) !== 4 ? 3 : 1),
  TRANSPOSE: (inputs) => (rankAt(inputs) > 5 ? 6 : rankAt(inputs) > 4 ? 4 : typeAt(inputs, 0) === 'bool' ? 3 : 1),
  SPLIT: (inputs) => (typeAt(inputs, 1) === 'int32' ? 3 : 1),
  SLICE: (inputs) => above4(inputs, 5),
  STRIDED_SLICE: (inputs, _, o) => {
    if (o.offset) return 8;
    if (o.ellipsisMask !== 0 || o.newAxisMask !== 0) return 6;
    return rankAt(inputs) > 4 ? 4 : typeAt(inputs, 0) === 'bool' ? 3 : 1;
  },
  UNPACK: (inputs) => (typeAt(inputs, 0) === 'uint8' ? 2 : typeAt(inputs, 0) === 'bool' ? 3 : 1),
  GATHER: (inputs, _, o) => (o.batchDims !== 0 ? 5 : typeAt(inputs, 0) === 'bool' ? 3 : 1),
  RESIZE_BILINEAR: (_, __, o) => (o.halfPixelCenters ? 3 : 1),
  RESIZE_NEAREST_NEIGHBOR: (_, __, o) => (o.halfPixelCenters || o.alignCorners ? 3 : 1),
  CAST: (_, outputs) => (typeAt(outputs, 0) === 'int8' ? 3 : 1),
};

/** The input whose type decides. */
const DATA_SLOT: Partial<Record<OperatorKind, number>> = { TRANSPOSE_CONV: 2, SPLIT: 1 };

/** Inputs left out are null. */
export function versionOf<K extends OperatorKind>(
  kind: K,
  options: OptionsOf[K],
  inputs: readonly (Signature | null)[],
  outputs: readonly Signature[],
): number {
  const type = typeAt(inputs, DATA_SLOT[kind] ?? 0);
  const [other, int8, int16] = VERSIONS[kind] ?? [1, 1, 1];
  const byType = type === 'int8' ? int8 : type === 'int16' ? int16 : other;
  const rule = RULES[kind] as Rule<K> | undefined;
  return Math.max(byType, rule?.(inputs, outputs, options) ?? 1);
}
