// Random sliding windows. In: a source of numbers, the image. Out: taps, output size, and the options that give them.
import type { Padding } from '../../main/network/network';
import { placeWindow } from '../../main/golden/padding';
import type { Random } from './random';

/** A window with a stride, a dilation and a padding that fits the image. */
export function windowOf(r: Random, height: number, width: number, dilate: boolean) {
  const dilation = dilate && r.chance(0.25) ? r.whole(2, 3) : 1;
  const padding: Padding = r.pick(['same', 'valid']);
  const fits = (size: number): number =>
    padding === 'valid' ? Math.max(1, Math.min(5, Math.floor((size - 1) / dilation) + 1)) : 5;
  const [tapsH, tapsW] = [r.whole(1, fits(height)), r.whole(1, fits(width))];
  const [strideH, strideW] = dilation > 1 ? [1, 1] : [r.whole(1, 3), r.whole(1, 3)];
  const rows = placeWindow(height, tapsH, strideH, dilation, padding);
  const columns = placeWindow(width, tapsW, strideW, dilation, padding);
  return {
    tapsH,
    tapsW,
    outH: rows.output,
    outW: columns.output,
    options: { padding, strideH, strideW, dilationH: dilation, dilationW: dilation },
  };
}
