// Checks that the operators' `supports` share. Each returns a sentence that says what is wrong and what would do, or null.
// A kernel runs only where all its checks pass, so kernels index without looking again.
import { type ElementType, type Tensor, elementCount } from '../network/network';
import { isPerTensor, listText, sameQuantization, sameShape, shapeText, zeroPointOf } from './kernel';

/** The first complaint, or null. Later checks may rely on earlier ones: they are called one by one. */
export function firstComplaint(...checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const complaint = check();
    if (complaint !== null) return complaint;
  }
  return null;
}

/** The activation tensor has one of the element types. */
export const needType = (name: string, tensor: Tensor, types: readonly ElementType[]): string | null =>
  types.includes(tensor.type)
    ? null
    : `${name} with ${tensor.type} activations is not supported; ${listText(types)} ${types.length > 1 ? 'are' : 'is'}.`;

export const needSameType = (name: string, a: Tensor, b: Tensor): string | null =>
  a.type === b.type ? null : `${name} from ${a.type} to ${b.type} is not supported; both must have one type.`;

export const needPerTensor = (name: string, ...tensors: readonly Tensor[]): string | null => {
  const bad = tensors.find((tensor) => !isPerTensor(tensor.quantization));
  return bad
    ? `${name} needs one scale and one zero point for tensor ${bad.index} (${bad.name}); it has ${bad.quantization?.scale.length ?? 'none'}.`
    : null;
};

/** int16 is quantised symmetrically. */
export const needSymmetricInt16 = (name: string, ...tensors: readonly Tensor[]): string | null =>
  tensors.some((tensor) => tensor.type === 'int16' && zeroPointOf(tensor) !== 0)
    ? `${name} of int16 needs zero points of 0.`
    : null;

/** Both tensors map raw values to reals alike (pools and copies have no rescaling). */
export const needSameQuantization = (name: string, a: Tensor, b: Tensor, tolerance = 0): string | null =>
  sameQuantization(a, b, tolerance)
    ? null
    : `${name} does not rescale, but tensors ${a.index} and ${b.index} have different scales or zero points.`;

export const needRank = (name: string, tensor: Tensor, rank: number): string | null =>
  tensor.shape.length === rank
    ? null
    : `${name} needs ${rank} dimensions in tensor ${tensor.index}; it has shape ${shapeText(tensor.shape)}.`;

export const needShape = (name: string, tensor: Tensor, shape: readonly number[]): string | null =>
  sameShape(tensor.shape, shape)
    ? null
    : `${name} gives shape ${shapeText(shape)}, but tensor ${tensor.index} is declared ${shapeText(tensor.shape)}.`;

export const needCount = (name: string, tensor: Tensor, count: number): string | null =>
  elementCount(tensor.shape) === count
    ? null
    : `${name} gives ${count} elements, but tensor ${tensor.index} of shape ${shapeText(tensor.shape)} has ${elementCount(tensor.shape)}.`;

/** The tensor's bytes are in the file. */
export const needConstant = (name: string, what: string, tensor: Tensor): string | null =>
  tensor.data ? null : `${name} with ${what} computed at run time is not supported; a constant in the file is.`;

/** A bias: absent, or of one of the types with one value per output channel. */
export function needBias(
  name: string,
  bias: Tensor | null,
  channels: number,
  types: readonly ElementType[] = ['int32'],
): string | null {
  if (!bias) return null;
  if (!types.includes(bias.type))
    return `${name} with an ${bias.type} bias is not supported; ${listText(types)} ${types.length > 1 ? 'are' : 'is'}.`;
  return needCount(`${name}'s bias for ${channels} channels`, bias, channels);
}

/** The type of the weights: int8 for int16 activations, the activations' own otherwise; int4 for int8 where `int4`. */
export const needWeightType = (name: string, x: Tensor, w: Tensor, int4 = false): string | null =>
  w.type === (x.type === 'int16' ? 'int8' : x.type) || (int4 && w.type === 'int4' && x.type === 'int8')
    ? null
    : `${name} of ${x.type} activations with ${w.type} weights is not supported.`;

/** Weights: one scale, or one per output channel along `axis`; int8 weights are symmetric where the kernel takes them so. */
export function needWeights(
  name: string,
  weights: Tensor,
  channels: number,
  axis: number,
  symmetric: boolean,
): string | null {
  const q = weights.quantization;
  if (!q) return `${name} needs quantised weights; tensor ${weights.index} (${weights.name}) has no scale.`;
  if (q.scale.length !== 1 && (q.scale.length !== channels || q.axis !== axis))
    return `${name} needs one weight scale, or ${channels} along dimension ${axis}; tensor ${weights.index} has ${q.scale.length} along dimension ${q.axis}.`;
  if (symmetric && q.zeroPoint.some((zeroPoint) => zeroPoint !== 0))
    return `${name} with ${weights.type} weights whose zero point is not 0 is not supported (tensor ${weights.index}).`;
  return null;
}

/** All of them float32. */
export const needReals = (name: string, ...tensors: readonly Tensor[]): string | null => {
  const other = tensors.find((tensor) => tensor.type !== 'float32');
  if (other?.type === 'int8' && other.data)
    return `${name} of float32 activations with int8 weights (tensor ${other.index}; dynamic-range quantisation) is not supported; CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and BATCH_MATMUL with them are.`;
  return other
    ? `${name} of float32 with ${other.type} values (tensor ${other.index}) is not supported; all float32, or all quantised, is.`
    : null;
};

/** A layer of real numbers: everything float32, the bias absent or one value per output channel. */
export const needRealLayer = (
  name: string,
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  y: Tensor,
  channels: number,
): string | null =>
  needReals(name, x, w, y, ...(bias ? [bias] : [])) ??
  (bias ? needCount(`${name}'s bias for ${channels} channels`, bias, channels) : null);
