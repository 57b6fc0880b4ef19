// The one table from an operator's kind to its kernel (kernel set `reference`). Adding an operator: a file in operators/,
// a row here, and its options in network/network.ts and the importer.
import type { OperatorKind } from '../network/network';
import type { Kernel } from './kernel';
import { add } from './operators/add';
import { averagePool2d } from './operators/averagePool2d';
import { concatenation } from './operators/concatenation';
import { conv2d } from './operators/conv2d';
import { depthwiseConv2d } from './operators/depthwiseConv2d';
import { dequantize } from './operators/dequantize';
import { fullyConnected } from './operators/fullyConnected';
import { maxPool2d } from './operators/maxPool2d';
import { mean } from './operators/mean';
import { pad } from './operators/pad';
import { quantize } from './operators/quantize';
import { reshape } from './operators/reshape';
import { softmax } from './operators/softmax';

const KERNELS: { readonly [K in OperatorKind]: Kernel<K> } = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  ADD: add,
  RESHAPE: reshape,
  QUANTIZE: quantize,
  DEQUANTIZE: dequantize,
  SOFTMAX: softmax,
  AVERAGE_POOL_2D: averagePool2d,
  MAX_POOL_2D: maxPool2d,
  MEAN: mean,
  PAD: pad,
  CONCATENATION: concatenation,
};

export const SUPPORTED_KINDS = Object.keys(KERNELS) as OperatorKind[];

/** The kernel of a kind. (The cast is sound: row K of the table takes operators of kind K.) */
export const kernelOf = (kind: OperatorKind): Kernel<OperatorKind> => KERNELS[kind] as Kernel<OperatorKind>;
