// DEPTHWISE_CONV_2D, int8 and int16 (weights int8, or int4 under int8, symmetric, per tensor or per channel) and uint8 (per tensor).
// In: x [N, H, W, I], w [1, KH, KW, O], O = I x depth multiplier, bias [O] int32 (int16: int64) or none.
// Out: y [N, OH, OW, O], accumulators of y's shape; output channel o reads input channel floor(o / depth multiplier).
// Sources: reference/integer_ops/depthwise_conv.h, reference/depthwiseconv_uint8.h, kernels/depthwise_conv.cc Prepare.
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

type Depthwise = OperatorOf<'DEPTHWISE_CONV_2D'>;

export function fitChannels(x: Tensor, w: Tensor): string | null {
  const channels = w.shape[3]!;
  if (w.shape[0] === 1 && channels > 0 && channels % x.shape[3]! === 0) return null;
  return `DEPTHWISE_CONV_2D of ${x.shape[3]} channels needs weights for a multiple of them; theirs is ${w.shape.join(' x ')}.`;
}

function run(
  operator: Depthwise,
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
  sumChannels(
    productsFor(x.tensor, bias?.tensor ?? null),
    x.tensor.shape,
    centre(x),
    w.tensor.shape,
    centre(w),
    readBias(bias),
    rows,
    columns,
  );

/** For every output pixel and channel, the sum of x w over the taps inside the image, plus bias. Channels run innermost. */
export function sumChannels<F extends Factors, S extends Int32Array | Float64Array>(
  { allocate, addEach }: Products<F, S>,
  x: readonly number[],
  xs: F,
  w: readonly number[],
  ws: F,
  bias: ArrayLike<number> | null,
  rows: Window,
  columns: Window,
): S {
  const [batches, height, width, depth] = x as [number, number, number, number];
  const channels = w[3]!;
  const multiplier = channels / depth;
  const sums = allocate(batches * rows.output * columns.output * channels);
  for (let n = 0, out = 0; n < batches; n++) {
    for (let oy = 0; oy < rows.output; oy++) {
      const top = windowStart(rows, oy);
      const firstY = firstTap(rows, top);
      const endY = endTap(rows, top);
      for (let ox = 0; ox < columns.output; ox++, out += channels) {
        const left = windowStart(columns, ox);
        const firstX = firstTap(columns, left);
        const endX = endTap(columns, left);
        if (bias !== null) sums.set(bias, out);
        for (let ky = firstY; ky < endY; ky++) {
          const xRow = (n * height + top + ky * rows.dilation) * width;
          for (let kx = firstX; kx < endX; kx++) {
            const xi = (xRow + left + kx * columns.dilation) * depth;
            addEach(sums, out, xs, xi, ws, (ky * columns.taps + kx) * channels, depth, multiplier);
          }
        }
      }
    }
  }
  return sums;
}

export const depthwiseConv2d: Kernel<'DEPTHWISE_CONV_2D'> = {
  inputs: [2, 3],
  supports: (operator, network) => supportsConvolution(operator, network, 3, fitChannels),
  run,
};
