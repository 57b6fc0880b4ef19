// Layers of dynamic-range networks: float32 activations, int8 weights. TFLite quantises x to 8 bits as it runs, each part of it
// by its own range (an image of a convolution, a row of a matrix), sums int8 products and goes back to float32. In and out: as
// the layers of reals (layers.ts), but for the weights. Ranges are symmetric, or have a zero point where weights have a scale
// a channel, and where the options of FULLY_CONNECTED or BATCH_MATMUL ask for one.
// Sources: kernels/conv.cc EvalHybrid, EvalHybridPerChannel; kernels/depthwise_conv.cc EvalHybridPerChannel; kernels/
// fully_connected.cc EvalHybrid; kernels/batch_matmul.cc EvalHybrid; internal/reference/portable_tensor_utils.cc
// PortableSymmetricQuantizeFloats, PortableAsymmetricQuantizeFloats.
import { type Network, type OperatorOf, type Tensor, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needCount, needReals, needWeights } from '../checks';
import { convolutionWindows } from '../convolution';
import { roundHalfAway } from '../fixedPoint';
import { inputTensor, integers, outputTensor } from '../kernel';
import { multiplyMatrices, swapLast } from '../operators/batchMatmul';
import { sumWindows } from '../operators/conv2d';
import { sumChannels } from '../operators/depthwiseConv2d';
import { sumRows } from '../operators/fullyConnected';
import { INTEGER_PRODUCTS } from '../products';
import { clampReals, reals } from './layers';

const { fround } = Math;

export type Hybrid = OperatorOf<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED' | 'BATCH_MATMUL'>;
type Inputs = readonly (TensorValue | null)[];

/** Is this layer's arithmetic of two kinds? */
export const isHybrid = (x: Tensor, w: Tensor): boolean => x.type === 'float32' && w.type === 'int8';

/** The types and scales of a hybrid layer; its shapes are checked as any other's. */
export function needHybrid(operator: Hybrid, network: Network): string | null {
  const { name, kind } = operator;
  const [w, bias, y] = [
    inputTensor(operator, network, 1)!,
    inputTensor(operator, network, 2),
    outputTensor(operator, network),
  ];
  const axis = kind === 'DEPTHWISE_CONV_2D' ? 3 : 0;
  const channels = w.shape[axis]!;
  return firstComplaint(
    () => needReals(name, y, ...(bias ? [bias] : [])),
    () => (bias ? needCount(`${name}'s bias for ${channels} channels`, bias, channels) : null),
    () => needWeights(name, w, channels, axis, true),
    () => needScales(operator, w, channels),
    () => needOneGroup(operator, inputTensor(operator, network, 0)!, w),
  );
}

/** Not every kernel takes one scale, and one a channel, alike. */
function needScales({ kind, name }: Hybrid, w: Tensor, channels: number): string | null {
  const { scale } = w.quantization!;
  const given = scale.length;
  const of = `${name} of float32 activations with int8 weights (dynamic range)`;
  if (kind === 'DEPTHWISE_CONV_2D' && given !== channels)
    return `${of} needs a weight scale for each of its ${channels} channels; tensor ${w.index} has ${given}.`;
  if (kind === 'CONV_2D' && given > 1 && scale.every((one) => one === scale[0]))
    return `${of} needs one weight scale, or scales that differ: TFLite takes the ${given} equal ones of tensor ${w.index} for one, does not find it, and gives the bias alone.`;
  if ((kind === 'FULLY_CONNECTED' || kind === 'BATCH_MATMUL') && given !== 1)
    return `${of} needs one weight scale; tensor ${w.index} has ${given}.`;
  return null;
}

/** What BATCH_MATMUL quantises and multiplies as one would expect: more than that comes out wrong of TFLite's own kernel. */
export function needPlainBatch({ name }: Hybrid, a: Tensor, y: Tensor): string | null {
  const lead = y.shape.slice(0, -2);
  if (elementCount(a.shape.slice(0, -2)) !== elementCount(lead))
    return `${name} of float32 with int8 values cannot repeat the matrices of its first input (tensor ${a.index}).`;
  return elementCount(lead.slice(0, -1)) === 1
    ? null
    : `${name} of float32 with int8 values over ${lead.length} dimensions of matrices is not supported, since TFLite mixes their scales up; one dimension is.`;
}

/** TFLite's kernel for one weight scale fails on groups. */
const needOneGroup = ({ kind, name }: Hybrid, x: Tensor, w: Tensor): string | null =>
  kind === 'CONV_2D' && w.quantization?.scale.length === 1 && x.shape[3] !== w.shape[3]
    ? `${name} of float32 activations with int8 weights in groups needs a weight scale for each channel, as TFLite's kernel does.`
    : null;

export function runHybrid(operator: Hybrid, inputs: Inputs, [y]: readonly TensorValue[]): null {
  const [x, w, bias] = inputs;
  const parts = quantizeParts(operator, x!, w!.tensor);
  const sums = sumHybrid(operator, x!.tensor.shape, w!, y!.tensor.shape, parts.centred);
  const scales = w!.tensor.quantization!.scale;
  const channels = y!.tensor.shape.at(-1)!;
  const each = sums.length / parts.fits.length; // of a part
  const added = bias ? reals(bias) : null;
  const out = Float32Array.from(sums, (sum, i) => {
    const c = i % channels;
    const scale = fround(parts.fits[Math.floor(i / each)]!.scale * scales[scales.length > 1 ? c : 0]!);
    return fround(sum * scale) + (added?.[c] ?? 0);
  });
  return clampReals(out, operator.kind === 'BATCH_MATMUL' ? 'none' : operator.options.activation, y!);
}

/** Sums of products of the quantised x, without a bias. */
function sumHybrid(operator: Hybrid, x: readonly number[], w: TensorValue, y: readonly number[], xs: Int16Array) {
  const [shape, ws] = [w.tensor.shape, Int16Array.from(integers(w))];
  switch (operator.kind) {
    case 'CONV_2D':
      return sumWindows(INTEGER_PRODUCTS, x, xs, shape, ws, null, ...convolutionWindows(operator.options, x, shape));
    case 'DEPTHWISE_CONV_2D':
      return sumChannels(INTEGER_PRODUCTS, x, xs, shape, ws, null, ...convolutionWindows(operator.options, x, shape));
    case 'FULLY_CONNECTED':
      return sumRows(INTEGER_PRODUCTS, xs, ws, shape[1]!, null);
    case 'BATCH_MATMUL':
      return multiplyMatrices(INTEGER_PRODUCTS, [x, shape, y], xs, ws, operator.options);
  }
}

/** x as integers less their zero points, and how each part was quantised; parts follow each other in y as they do in x. */
function quantizeParts(operator: Hybrid, { tensor, data }: TensorValue, w: Tensor) {
  const values = data as Float32Array;
  const [last, isTurned] = [tensor.shape.slice(-2), operator.kind === 'BATCH_MATMUL' && operator.options.adjX];
  if (!isTurned)
    return quantizeEach(values, values.length / partLength(operator, tensor, w), isAsymmetric(operator, w));
  const turned = quantizeEach(swapLast(values, tensor.shape), values.length / last[0]!, isAsymmetric(operator, w));
  return { ...turned, centred: swapLast(turned.centred, [...tensor.shape.slice(0, -2), last[1]!, last[0]!]) };
}

/** x quantised, and the fit of the part that an output element sums up. */
export interface Part {
  readonly centred: Int16Array;
  readonly fit: Fit;
}
export function partOf(operator: Hybrid, x: TensorValue, w: Tensor, y: Tensor, element: number): Part {
  const { centred, fits } = quantizeParts(operator, x, w);
  return { centred, fit: fits[Math.floor((element / elementCount(y.shape)) * fits.length)]! };
}

/** Values of x that share a range. */
function partLength(operator: Hybrid, x: Tensor, w: Tensor): number {
  if (operator.kind === 'FULLY_CONNECTED') return w.shape[1]!;
  if (operator.kind === 'BATCH_MATMUL') return x.shape.at(-1)!;
  return elementCount(x.shape.slice(1));
}

const isAsymmetric = (operator: Hybrid, w: Tensor): boolean =>
  'asymmetricInputs' in operator.options
    ? operator.options.asymmetricInputs === true
    : operator.kind === 'DEPTHWISE_CONV_2D' || (operator.kind === 'CONV_2D' && w.quantization!.scale.length > 1);

function quantizeEach(values: Float32Array, count: number, hasZeroPoint: boolean) {
  const centred = new Int16Array(values.length);
  const each = values.length / count;
  const fits = Array.from({ length: count }, (_, part) => {
    const own = values.subarray(part * each, (part + 1) * each);
    const fit = (hasZeroPoint ? fitRange : fitMagnitude)(own);
    own.forEach((value, i) => (centred[part * each + i] = quantizeBy(fit, value) - fit.zeroPoint));
    return fit;
  });
  return { centred, fits };
}

/** The raw integer a value becomes. */
const quantizeBy = ({ zeroPoint, inverse, lowest }: Fit, value: number): number =>
  Math.min(127, Math.max(lowest, roundHalfAway(fround(zeroPoint + fround(value * inverse)))));

/** How one part of x becomes integers. */
export interface Fit {
  readonly scale: number; // float32
  readonly inverse: number;
  readonly zeroPoint: number;
  readonly lowest: number; // raw
}
const NOTHING: Fit = { scale: 1, inverse: 0, zeroPoint: 0, lowest: -128 }; // all values are 0

function fitMagnitude(values: Float32Array): Fit {
  const range = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return range === 0
    ? NOTHING
    : { scale: fround(range / 127), inverse: fround(127 / range), zeroPoint: 0, lowest: -127 };
}

function fitRange(values: Float32Array): Fit {
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  if (low === high) return NOTHING;
  const exact = (high - low) / 255;
  const [fromLow, fromHigh] = [-128 - low / exact, 127 - high / exact];
  const nearer = 128 + Math.abs(low / exact) < 127 + Math.abs(high / exact) ? fromLow : fromHigh;
  const scale = fround(exact);
  return {
    scale,
    inverse: fround(1 / scale),
    zeroPoint: Math.min(127, Math.max(-128, roundHalfAway(nearer))),
    lowest: -128,
  };
}
