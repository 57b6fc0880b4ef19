// CONV_2D, int8 and int16 (weights int8, or int4 under int8, symmetric, per tensor or per channel) and uint8 (per tensor).
// In: x [N, H, W, I], w [O, KH, KW, I / groups], bias [O] int32 (int16: int64 or int32) or none.
// Out: y [N, OH, OW, O], accumulators of y's shape.
// Sources: reference/integer_ops/conv.h ConvPerChannel, reference/conv.h Conv (uint8), kernels/conv.cc Prepare.
import type { Arithmetic } from '../../network/arithmetic';
import type { OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { convolutionWindows, supportsConvolution } from '../convolution';
import type { Accumulators, Kernel } from '../kernel';
import { requantizationOfLayer } from '../layer';
import { type Window, endTap, firstTap, windowStart } from '../padding';
import type { Factors, Products } from '../products';
import { centre, requantize } from '../requantize';
import { type Sums, productsFor, readBias, toAccumulators } from '../wide';

type Conv = OperatorOf<'CONV_2D'>;

/** Groups (conv.cc Prepare): filters over I / groups channels, and as many outputs for each group. */
export function fitGroups(x: Tensor, w: Tensor): string | null {
  const [depth, channels, groupDepth] = [x.shape[3]!, w.shape[0]!, w.shape[3]!];
  const groups = depth / groupDepth;
  if (Number.isInteger(groups) && channels % groups === 0) return null;
  return `CONV_2D of ${depth} channels with filters over ${groupDepth} cannot be split into equal groups for ${channels} outputs.`;
}

function run(
  operator: Conv,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): Accumulators {
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2] ?? null];
  const y = outputs[0]!;
  const [rows, columns] = convolutionWindows(operator.options, x.tensor.shape, w.tensor.shape);
  const sums = accumulate(x, w, bias, rows, columns);
  requantize(sums, requantizationOfLayer(operator, inputs, y.tensor, arithmetic), y);
  return toAccumulators(sums);
}

/** Sum over the taps inside the image of (x - zX)(w - zW), plus bias. */
const accumulate = (x: TensorValue, w: TensorValue, bias: TensorValue | null, rows: Window, columns: Window): Sums =>
  sumWindows(
    productsFor(x.tensor, bias?.tensor ?? null),
    x.tensor.shape,
    centre(x),
    w.tensor.shape,
    centre(w),
    readBias(bias),
    rows,
    columns,
  );

/** For every output pixel and channel, the sum of x w over the taps inside the image, plus bias. */
export function sumWindows<F extends Factors, S extends Int32Array | Float64Array>(
  { allocate, add }: Products<F, S>,
  x: readonly number[],
  xs: F,
  w: readonly number[],
  ws: F,
  bias: ArrayLike<number> | null,
  rows: Window,
  columns: Window,
): S {
  const [batches, height, width, depth] = x as [number, number, number, number];
  const [channels, tapsH, tapsW, groupDepth] = w as [number, number, number, number];
  const channelsPerGroup = channels / (depth / groupDepth);
  const sums = allocate(batches * rows.output * columns.output * channels);
  // Neighbouring taps of a row lie side by side in x and in w unless dilated or grouped: take them in one run.
  const together = columns.dilation === 1 && groupDepth === depth;
  let out = 0;
  for (let n = 0; n < batches; n++) {
    for (let oy = 0; oy < rows.output; oy++) {
      const top = windowStart(rows, oy);
      const firstY = firstTap(rows, top);
      const endY = endTap(rows, top);
      for (let ox = 0; ox < columns.output; ox++) {
        const left = windowStart(columns, ox);
        const firstX = firstTap(columns, left);
        const endX = endTap(columns, left);
        const step = together ? Math.max(1, endX - firstX) : 1;
        const run = step * groupDepth;
        for (let c = 0; c < channels; c++) {
          const group = Math.floor(c / channelsPerGroup) * groupDepth;
          let sum = bias === null ? 0 : bias[c]!;
          for (let ky = firstY; ky < endY; ky++) {
            const xRow = (n * height + top + ky * rows.dilation) * width;
            for (let kx = firstX; kx < endX; kx += step) {
              const xi = (xRow + left + kx * columns.dilation) * depth + group;
              sum = add(sum, xs, xi, ws, ((c * tapsH + ky) * tapsW + kx) * groupDepth, run);
            }
          }
          sums[out++] = sum;
        }
      }
    }
  }
  return sums;
}

export const conv2d: Kernel<'CONV_2D'> = {
  inputs: [2, 3],
  supports: (operator, network) => supportsConvolution(operator, network, 0, fitGroups),
  run,
};
