// The one table from an operator's kind to its kernel. Adding an operator: a file in operators/, a row here and one in
// arithmetic.ts, and its options in network/network.ts and the importer.
import type { ElementType, Network, Operator, OperatorKind } from '../network/network';
import { dataTypeOf, schemeOfWords } from './arithmetic';
import * as real from './float/elementwise';
import * as layers from './float/layers';
import * as pools from './float/pools';
import * as recurrent from './float/recurrent';
import * as reductions from './float/reductions';
import * as rows from './float/rows';
import type { Kernel } from './kernel';
import { abs } from './operators/abs';
import { add } from './operators/add';
import { argMax, argMin } from './operators/argExtreme';
import { averagePool2d } from './operators/averagePool2d';
import { batchMatmul } from './operators/batchMatmul';
import { cast } from './operators/cast';
import { concatenation } from './operators/concatenation';
import { conv2d } from './operators/conv2d';
import { logistic, tanh } from './operators/curve';
import { depthToSpace } from './operators/depthToSpace';
import { depthwiseConv2d } from './operators/depthwiseConv2d';
import { dequantize } from './operators/dequantize';
import { detectionPostProcess } from './operators/detectionPostProcess';
import { div } from './operators/div';
import { elu } from './operators/elu';
import { maximum, minimum } from './operators/extreme';
import { fullyConnected } from './operators/fullyConnected';
import { gather } from './operators/gather';
import { gatherNd } from './operators/gatherNd';
import { hardSwish } from './operators/hardSwish';
import { l2Normalization } from './operators/l2Normalization';
import { leakyRelu } from './operators/leakyRelu';
import { maxPool2d } from './operators/maxPool2d';
import { mean } from './operators/mean';
import { mul } from './operators/mul';
import { neg } from './operators/neg';
import { pack } from './operators/pack';
import { mirrorPad, pad, padV2 } from './operators/pad';
import { prelu } from './operators/prelu';
import { quantize } from './operators/quantize';
import { reduceMax } from './operators/reduceMax';
import { relu, relu6, reluN1To1 } from './operators/relu';
import { expandDims, reshape, squeeze } from './operators/reshape';
import { resizeBilinear } from './operators/resizeBilinear';
import { resizeNearestNeighbor } from './operators/resizeNearestNeighbor';
import { rsqrt } from './operators/rsqrt';
import { shape } from './operators/shape';
import { slice, stridedSlice } from './operators/slice';
import { softmax } from './operators/softmax';
import { batchToSpaceNd, spaceToBatchNd } from './operators/spaceToBatchNd';
import { spaceToDepth } from './operators/spaceToDepth';
import { split, splitV, unpack } from './operators/split';
import { sub } from './operators/sub';
import { sum } from './operators/sum';
import { svdf } from './operators/svdf';
import { transpose } from './operators/transpose';
import { transposeConv } from './operators/transposeConv';
import { unidirectionalSequenceLstm } from './operators/unidirectionalSequenceLstm';
import { PLAIN, plainPair } from './plain';
import { WORD_KERNELS } from './scheme/kernels';

const KERNELS: { readonly [K in OperatorKind]: Kernel<K> } = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  ADD: add,
  SUB: sub,
  MUL: mul,
  MAXIMUM: maximum,
  MINIMUM: minimum,
  RESHAPE: reshape,
  QUANTIZE: quantize,
  DEQUANTIZE: dequantize,
  SOFTMAX: softmax,
  AVERAGE_POOL_2D: averagePool2d,
  MAX_POOL_2D: maxPool2d,
  MEAN: mean,
  PAD: pad,
  CONCATENATION: concatenation,
  RELU: relu,
  RELU6: relu6,
  RELU_N1_TO_1: reluN1To1,
  LEAKY_RELU: leakyRelu,
  PRELU: prelu,
  LOGISTIC: logistic,
  TANH: tanh,
  HARD_SWISH: hardSwish,
  ABS: abs,
  NEG: neg,
  SPACE_TO_DEPTH: spaceToDepth,
  DEPTH_TO_SPACE: depthToSpace,
  SPACE_TO_BATCH_ND: spaceToBatchNd,
  BATCH_TO_SPACE_ND: batchToSpaceNd,
  TRANSPOSE: transpose,
  SQUEEZE: squeeze,
  EXPAND_DIMS: expandDims,
  SHAPE: shape,
  SPLIT: split,
  SPLIT_V: splitV,
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  PACK: pack,
  UNPACK: unpack,
  PADV2: padV2,
  MIRROR_PAD: mirrorPad,
  GATHER: gather,
  ARG_MAX: argMax,
  ARG_MIN: argMin,
  RESIZE_BILINEAR: resizeBilinear,
  RESIZE_NEAREST_NEIGHBOR: resizeNearestNeighbor,
  CAST: cast,
  SUM: sum,
  REDUCE_MAX: reduceMax,
  TRANSPOSE_CONV: transposeConv,
  BATCH_MATMUL: batchMatmul,
  SVDF: svdf,
  UNIDIRECTIONAL_SEQUENCE_LSTM: unidirectionalSequenceLstm,
  DIV: div,
  ELU: elu,
  SQRT: real.sqrt,
  RSQRT: rsqrt,
  L2_NORMALIZATION: l2Normalization,
  GATHER_ND: gatherNd,
  TFLite_Detection_PostProcess: detectionPostProcess,
};

export const SUPPORTED_KINDS = Object.keys(KERNELS) as OperatorKind[];

/** Kernels of float32, where they are not those of integers: float/. */
const FLOAT_KERNELS: { readonly [K in OperatorKind]?: Kernel<K> } = {
  CONV_2D: layers.conv2d,
  DEPTHWISE_CONV_2D: layers.depthwiseConv2d,
  FULLY_CONNECTED: layers.fullyConnected,
  TRANSPOSE_CONV: layers.transposeConv,
  BATCH_MATMUL: layers.batchMatmul,
  ADD: plainPair(PLAIN),
  SUB: plainPair(PLAIN),
  MUL: plainPair(PLAIN),
  DIV: plainPair(['float32', 'int32']),
  AVERAGE_POOL_2D: pools.averagePool2d,
  MAX_POOL_2D: pools.maxPool2d,
  MEAN: reductions.mean,
  SUM: reductions.sum,
  SOFTMAX: rows.softmax,
  L2_NORMALIZATION: rows.l2Normalization,
  LOGISTIC: real.logistic,
  TANH: real.tanh,
  RELU: real.relu,
  RELU6: real.relu6,
  RELU_N1_TO_1: real.reluN1To1,
  LEAKY_RELU: real.leakyRelu,
  PRELU: real.prelu,
  ELU: real.elu,
  HARD_SWISH: real.hardSwish,
  RSQRT: real.rsqrt,
  SVDF: recurrent.svdf,
  UNIDIRECTIONAL_SEQUENCE_LSTM: recurrent.unidirectionalSequenceLstm,
};

/** Kernels of integers that are not quantised. */
const INTEGER_KERNELS: { readonly [K in OperatorKind]?: Kernel<K> } = {
  ADD: plainPair(PLAIN),
  SUB: plainPair(PLAIN),
  MUL: plainPair(PLAIN),
  DIV: plainPair(['float32', 'int32']),
};

const FORMS: Partial<Record<ElementType, { readonly [K in OperatorKind]?: Kernel<K> }>> = {
  float32: FLOAT_KERNELS,
  int32: INTEGER_KERNELS,
  int64: INTEGER_KERNELS,
};

/** The kernel of an operator. (The casts are sound: row K of a table takes operators of kind K.) */
export function kernelOf(operator: Operator & { kind: OperatorKind }, network: Network): Kernel<OperatorKind> {
  const forms = schemeOfWords(operator, network) ? WORD_KERNELS : FORMS[dataTypeOf(operator, network)];
  const form = forms?.[operator.kind];
  return (form ?? KERNELS[operator.kind]) as Kernel<OperatorKind>;
}
