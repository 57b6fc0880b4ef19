// MAX_POOL_2D: int8, uint8 and int16. In: x [N, H, W, C]. Out: y [N, OH, OW, C], the largest tap inside the image.
// Sources: reference/integer_ops/pooling.h, reference/pooling.h (uint8), kernels/pooling.cc Prepare.
import type { PoolOptions } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange } from '../activation';
import { type Kernel, integers } from '../kernel';
import { supportsPool, visitWindows } from '../pool';

/** The largest tap of each window, clamped; `largest` is where a window's channels are compared. */
export function largestOfWindows(
  options: PoolOptions,
  x: TensorValue,
  y: TensorValue,
  largest: Int32Array | Float32Array,
  [lowest, highest]: readonly [number, number],
): null {
  const [data, out] = [integers(x), integers(y)]; // or float32: numbers, either way
  const depth = largest.length;
  largest.fill(lowest); // starting at the lower clamp changes nothing: the result is clamped to it anyway
  visitWindows(
    options,
    x.tensor.shape,
    (at) => {
      for (let c = 0; c < depth; c++) if (data[at + c]! > largest[c]!) largest[c] = data[at + c]!;
    },
    (o) => {
      for (let c = 0; c < depth; c++) out[o + c] = largest[c]! > highest ? highest : largest[c]!;
      largest.fill(lowest);
    },
  );
  return null;
}

export const maxPool2d: Kernel<'MAX_POOL_2D'> = {
  inputs: [1, 1],
  supports: supportsPool,
  run: ({ options }, [x], [y], arithmetic) => {
    const range = activationRange(options.activation, y!.tensor, arithmetic);
    return largestOfWindows(options, x!, y!, new Int32Array(x!.tensor.shape[3]!), range);
  },
};
