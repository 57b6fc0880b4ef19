// RESIZE_NEAREST_NEIGHBOR: any type. In: x [N, H, W, C], constant sizes. Out: y [N, OH, OW, C]. The scale is a float32.
// Source: reference/resize_nearest_neighbor.h GetNearestNeighbor.
import type { ResizeOptions } from '../../network/network';
import { roundHalfAway } from '../fixedPoint';
import type { Kernel } from '../kernel';
import { type Steps, evenSteps, move } from '../move';
import { supportsResize } from '../resize';

const { fround } = Math;

/** Which of `input` pixels lies nearest to each of `output`, as offsets `stride` apart. */
function nearest(input: number, output: number, stride: number, o: ResizeOptions): Steps {
  const aligned = o.alignCorners && output > 1;
  const scale = aligned ? fround((input - 1) / (output - 1)) : fround(input / output);
  const offset = o.halfPixelCenters ? 0.5 : 0;
  return evenSteps(output, 1).map((at) => {
    const real = fround(fround(at + offset) * scale);
    const pixel = Math.min(o.alignCorners ? roundHalfAway(real) : Math.floor(real), input - 1);
    return Math.max(0, pixel) * stride;
  });
}

export const resizeNearestNeighbor: Kernel<'RESIZE_NEAREST_NEIGHBOR'> = {
  inputs: [2, 2],
  supports: supportsResize,
  run: ({ options }, [x], [y]) => {
    const [batches, height, width, depth] = x!.tensor.shape as [number, number, number, number];
    const [, outputH, outputW] = y!.tensor.shape as [number, number, number, number];
    move(x!.data, y!.data, [
      evenSteps(batches, height * width * depth),
      nearest(height, outputH, width * depth, options),
      nearest(width, outputW, depth, options),
      evenSteps(depth, 1),
    ]);
    return null;
  },
};
