// What the two resizing operators accept: x [N, H, W, C], constant sizes [2] (height, width), y [N, OH, OW, C].
// Sources: kernels/resize_nearest_neighbor.cc and kernels/resize_bilinear.cc Prepare.
import type { Network, OperatorOf } from '../network/network';
import { needCount } from './checks';
import { needIndices, readIndices } from './constants';
import { inputTensor } from './kernel';
import { supportsMoveOfFirst } from './move';

export function supportsResize(
  operator: OperatorOf<'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'>,
  network: Network,
): string | null {
  const { name, options } = operator;
  const sizes = inputTensor(operator, network, 1)!;
  return supportsMoveOfFirst(operator, network, (x) => {
    const complaint = needIndices(name, 'sizes', sizes) ?? needCount(name, sizes, 2);
    if (complaint) return complaint;
    if (x.length !== 4) return `${name} needs 4 dimensions; it has ${x.length}.`;
    if (options.alignCorners && options.halfPixelCenters)
      return `${name} cannot both align corners and centre on half pixels.`;
    const [height, width] = readIndices(sizes) as [number, number];
    return [x[0]!, height, width, x[3]!];
  });
}
