// DEPTH_TO_SPACE: any type. In: x [N, H, W, b b C]. Out: y [N, b H, b W, C], each pixel a block of b x b pixels, its rows
// first. Source: reference/depth_to_space.h.
import type { Kernel } from '../kernel';
import { evenSteps, move, supportsMoveOfFirst } from '../move';

export const depthToSpace: Kernel<'DEPTH_TO_SPACE'> = {
  inputs: [1, 1],
  supports: (operator, network) =>
    supportsMoveOfFirst(operator, network, (x) => {
      const { blockSize: b } = operator.options;
      const [batches, height, width, depth] = x as [number, number, number, number];
      if (x.length !== 4 || depth % (b * b) !== 0)
        return `DEPTH_TO_SPACE needs 4 dimensions, the last a multiple of ${b * b}; it has ${x.join(' x ')}.`;
      return [batches, height * b, width * b, depth / (b * b)];
    }),
  run: ({ options: { blockSize: b } }, [x], [y]) => {
    const [batches, height, width, depth] = x!.tensor.shape as [number, number, number, number];
    move(x!.data, y!.data, [
      evenSteps(batches, height * width * depth),
      evenSteps(height, width * depth),
      evenSteps(b, depth / b), // the rows of a block lie one after another in depth
      evenSteps(width, depth),
      evenSteps(depth / b, 1),
    ]);
    return null;
  },
};
