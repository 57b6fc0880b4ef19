// CONV_2D of dynamic-range networks: float32 activations, int8 weights. TFLite quantises x to 8 bits as it runs, each image by
// its own range (symmetric for one weight scale, with a zero point for one a channel), sums int8 products and goes back to
// float32. In: x [N, H, W, C], w [O, H, W, C] int8, bias [O] float32 or none. Out: y float32.
// Sources: kernels/conv.cc EvalHybrid, EvalHybridPerChannel; internal/reference/portable_tensor_utils.cc
// PortableSymmetricQuantizeFloats, PortableAsymmetricQuantizeFloats.
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needCount, needReals, needWeights } from '../checks';
import { convolutionWindows } from '../convolution';
import { roundHalfAway } from '../fixedPoint';
import { inputTensor, integers, outputTensor } from '../kernel';
import { sumWindows } from '../operators/conv2d';
import { INTEGER_PRODUCTS } from '../products';
import { clampReals, reals } from './layers';

const { fround } = Math;

/** Is this layer's arithmetic of two kinds? */
export const isHybrid = (x: Tensor, w: Tensor): boolean => x.type === 'float32' && w.type === 'int8';

/** The types and scales of a hybrid CONV_2D; its shapes are checked as any other's. */
export function needHybrid(operator: OperatorOf<'CONV_2D'>, network: Network): string | null {
  const { name } = operator;
  const [w, bias, y] = [inputTensor(operator, network, 1)!, inputTensor(operator, network, 2), outputTensor(operator, network)]; // prettier-ignore
  const channels = w.shape[0]!;
  return firstComplaint(
    () => needReals(name, y, ...(bias ? [bias] : [])),
    () => (bias ? needCount(`${name}'s bias for ${channels} channels`, bias, channels) : null),
    () => needWeights(name, w, channels, 0, true),
  );
}

export function runHybrid(
  { options }: OperatorOf<'CONV_2D'>,
  [x, w, bias]: readonly (TensorValue | null)[],
  [y]: readonly TensorValue[],
): null {
  const [xShape, wShape] = [x!.tensor.shape, w!.tensor.shape];
  const scales = w!.tensor.quantization!.scale;
  const images = quantizeImages(reals(x!), xShape[0]!, scales.length > 1);
  const windows = convolutionWindows(options, xShape, wShape);
  const weights = Int16Array.from(integers(w!));
  const sums = sumWindows(INTEGER_PRODUCTS, xShape, images.centred, wShape, weights, null, ...windows);
  const channels = wShape[0]!;
  const each = sums.length / xShape[0]!; // of an image
  const added = bias ? reals(bias) : null;
  const out = Float32Array.from(sums, (sum, i) => {
    const c = i % channels;
    const scale = fround(images.scales[Math.floor(i / each)]! * scales[scales.length > 1 ? c : 0]!);
    return fround(sum * scale) + (added?.[c] ?? 0);
  });
  return clampReals(out, options.activation, y!);
}

/** Each image's values less its zero point, and its scale. */
function quantizeImages(data: Float32Array, count: number, hasZeroPoint: boolean) {
  const centred = new Int16Array(data.length);
  const each = data.length / count;
  const scales = Array.from({ length: count }, (_, image) => {
    const values = data.subarray(image * each, (image + 1) * each);
    const { scale, inverse, zeroPoint, lowest } = (hasZeroPoint ? fitRange : fitMagnitude)(values);
    values.forEach((value, i) => {
      const raw = roundHalfAway(fround(zeroPoint + fround(value * inverse)));
      centred[image * each + i] = Math.min(127, Math.max(lowest, raw)) - zeroPoint;
    });
    return scale;
  });
  return { centred, scales };
}

interface Fit {
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
  return { scale, inverse: fround(1 / scale), zeroPoint: Math.min(127, Math.max(-128, roundHalfAway(nearer))), lowest: -128 }; // prettier-ignore
}
