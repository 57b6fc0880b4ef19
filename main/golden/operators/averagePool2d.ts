// AVERAGE_POOL_2D: int8, uint8 and int16. In: x [N, H, W, C]. Out: y [N, OH, OW, C], the rounded mean of the taps
// inside the image. Raw values are averaged (both sides have one quantization), so no zero point enters.
// Sources: reference/integer_ops/pooling.h, reference/pooling.h (uint8), kernels/pooling.cc Prepare.
import type { PoolOptions } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange } from '../activation';
import { type Kernel, integers } from '../kernel';
import { supportsPool, visitWindows } from '../pool';

/** The mean of each window, `divide`d and clamped; `sums` is where a window's channels are added up. */
export function averageWindows(
  options: PoolOptions,
  x: TensorValue,
  y: TensorValue,
  sums: Int32Array | Float64Array,
  divide: (sum: number, count: number) => number,
  [lowest, highest]: readonly [number, number],
): null {
  const [data, out] = [integers(x), integers(y)]; // or float32: numbers, either way
  const depth = sums.length;
  visitWindows(
    options,
    x.tensor.shape,
    (at) => {
      for (let c = 0; c < depth; c++) sums[c] = sums[c]! + data[at + c]!;
    },
    (o, count) => {
      for (let c = 0; c < depth; c++) {
        const mean = divide(sums[c]!, count);
        out[o + c] = mean < lowest ? lowest : mean > highest ? highest : mean;
      }
      sums.fill(0);
    },
  );
  return null;
}

/** To the nearest integer, ties away from zero. */
const divide = (sum: number, count: number): number =>
  Math.trunc((sum > 0 ? sum + (count >> 1) : sum - (count >> 1)) / count);

export const averagePool2d: Kernel<'AVERAGE_POOL_2D'> = {
  inputs: [1, 1],
  supports: supportsPool,
  run: ({ options }, [x], [y]) => {
    const range = activationRange(options.activation, y!.tensor);
    return averageWindows(options, x!, y!, new Int32Array(x!.tensor.shape[3]!), divide, range);
  },
};
