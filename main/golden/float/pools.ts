// AVERAGE_POOL_2D and MAX_POOL_2D of float32. In: x [N, H, W, C]. Out: y [N, OH, OW, C], the mean (summed in double) or the
// largest of the taps inside the image, clamped. Source: reference/pooling.h.
import { realRange } from '../activation';
import type { Kernel } from '../kernel';
import { averageWindows } from '../operators/averagePool2d';
import { largestOfWindows } from '../operators/maxPool2d';
import { supportsPool } from '../pool';

export const averagePool2d: Kernel<'AVERAGE_POOL_2D'> = {
  inputs: [1, 1],
  supports: supportsPool,
  run: ({ options }, [x], [y]) => {
    const sums = new Float64Array(x!.tensor.shape[3]!);
    return averageWindows(options, x!, y!, sums, (sum, count) => sum / count, realRange(options.activation));
  },
};

export const maxPool2d: Kernel<'MAX_POOL_2D'> = {
  inputs: [1, 1],
  supports: supportsPool,
  run: ({ options }, [x], [y]) =>
    largestOfWindows(options, x!, y!, new Float32Array(x!.tensor.shape[3]!), realRange(options.activation)),
};
