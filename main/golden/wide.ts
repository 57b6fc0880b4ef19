// 16x8 layers: int16 activations, int8 weights, sums of 64 bits. In: tensors of a layer. Out: how its sums are kept, and why
// golden cannot take it. A sum is carried as a double, exact below 2^53; `needReach` keeps it below 2^47, where TFLite's own
// requantisation of 64-bit sums ends. A layer whose bias is int32 sums and requantises in 32 bits, as 8-bit layers do.
// Sources: reference/integer_ops/{conv,depthwise_conv,fully_connected,transpose_conv}.h, internal/common.cc, kernels/conv.cc.
import type { ElementType, Network, Operator, Tensor } from '../network/network';
import { type TensorValue, readConstant } from '../tensor/tensor';
import { needSymmetricInt16 } from './checks';
import { type Accumulators, inputTensor, scaleOf } from './kernel';
import { INTEGER_PRODUCTS, type Products, WIDE_PRODUCTS } from './products';

/** Sums under way: of 32 bits, or exact numbers that become int64. */
export type Sums = Int32Array | Float64Array;

/** How a layer adds its products. (The cast is sound: sums are made and filled by one and the same of the two.) */
export const productsFor = (x: Tensor, bias: Tensor | null): Products<Int16Array, Sums> =>
  (isWide(x.type, bias) ? WIDE_PRODUCTS : INTEGER_PRODUCTS) as Products<Int16Array, Sums>;

export const isWide = (type: ElementType, bias: Tensor | null): boolean => type === 'int16' && bias?.type !== 'int32';

export const toAccumulators = (sums: Sums): Accumulators =>
  sums instanceof Int32Array ? sums : BigInt64Array.from(sums, BigInt);

/** One number a channel, or null. */
export const readBias = (bias: TensorValue | null): ArrayLike<number> | null =>
  bias && (bias.data instanceof BigInt64Array ? Float64Array.from(bias.data, Number) : (bias.data as Int32Array));

/** Types of bias: CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV of int16 also take int32, DEPTHWISE_CONV_2D does not. */
export const biasTypes = (x: Tensor, either: boolean): readonly ElementType[] =>
  x.type !== 'int16' ? ['int32'] : either ? ['int64', 'int32'] : ['int64'];

/** What int16 activations ask of a layer that adds `products` products of 8-bit weights into each sum. */
export function needWideLayer(operator: Operator, network: Network, biasSlot: number, products: number): string | null {
  const { name, kind } = operator;
  const x = inputTensor(operator, network, kind === 'TRANSPOSE_CONV' ? 2 : 0)!;
  const w = inputTensor(operator, network, 1)!;
  const bias = inputTensor(operator, network, biasSlot);
  const y = network.tensors[operator.outputs[0]!]!;
  if (x.type !== 'int16') return null;
  if (kind === 'CONV_2D' && !bias) return `${name} of int16 without a bias is not supported; TFLite asks for one.`;
  const asymmetric = needSymmetricInt16(name, x, y);
  return (
    asymmetric ?? (isWide(x.type, bias) ? (needReach(name, products, 24, bias) ?? needRatio(name, x, w, y)) : null)
  );
}

/** Where TFLite's requantisation of 64-bit sums ends. */
const REACH = 2 ** 47;

/** No sum of `products` products of up to `bits` bits (sign included), plus a constant bias, leaves the reach. */
export function needReach(name: string, products: number, bits: number, bias: Tensor | null): string | null {
  if (bias && !bias.data)
    return `${name} of int16 with an int64 bias computed at run time is not supported; a constant in the file is.`;
  let largest = 0;
  if (bias) for (const value of readConstant(bias)) largest = Math.max(largest, Math.abs(Number(value)));
  return products * 2 ** (bits - 1) + largest < REACH
    ? null
    : `${name} adds ${products} products to biases up to ${largest}; sums of 2^47 and more are not supported.`;
}

/** The requantisation of 64-bit sums multiplies by less than 2^7. */
export function needRatio(name: string, x: Tensor, w: Tensor, y: Tensor): string | null {
  const ratio = (scaleOf(x) * Math.max(...w.quantization!.scale)) / scaleOf(y);
  return ratio < 127
    ? null
    : `${name} of int16 cannot multiply its sums by 127 or more; the scales of its input, weights and output ask for ${ratio}.`;
}
