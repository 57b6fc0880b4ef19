// SPACE_TO_DEPTH: any type. In: x [N, H, W, C]. Out: y [N, H / b, W / b, b b C], each block of b x b pixels one pixel, its
// rows first. Source: reference/space_to_depth.h.
import type { Kernel } from '../kernel';
import { evenSteps, move, supportsMoveOfFirst } from '../move';

export const spaceToDepth: Kernel<'SPACE_TO_DEPTH'> = {
  inputs: [1, 1],
  supports: (operator, network) =>
    supportsMoveOfFirst(operator, network, (x) => {
      const { blockSize: b } = operator.options;
      const [batches, height, width, depth] = x as [number, number, number, number];
      if (x.length !== 4 || height % b !== 0 || width % b !== 0)
        return `SPACE_TO_DEPTH needs 4 dimensions, height and width multiples of ${b}; it has ${x.join(' x ')}.`;
      return [batches, height / b, width / b, b * b * depth];
    }),
  run: ({ options: { blockSize: b } }, [x], [y]) => {
    const [batches, height, width, depth] = x!.tensor.shape as [number, number, number, number];
    const row = width * depth;
    move(x!.data, y!.data, [
      evenSteps(batches, height * row),
      evenSteps(height / b, b * row),
      evenSteps(width / b, b * depth),
      evenSteps(b, row),
      evenSteps(b * depth, 1), // a block's row lies together in x
    ]);
    return null;
  },
};
