// What the two pools share: their windows and what they accept. Source: kernels/pooling.cc GenericPrepare.
import type { Network, OperatorOf, PoolOptions } from '../network/network';
import { refuseActivation } from './activation';
import {
  firstComplaint,
  needPerTensor,
  needRank,
  needSameQuantization,
  needSameType,
  needShape,
  needType,
} from './checks';
import { inputTensor, outputTensor } from './kernel';
import { type Window, endTap, firstTap, placeWindow, windowStart } from './padding';

/** TFLite lets the scales of a pool's two sides differ by this much (GenericPrepare, TF_LITE_ENSURE_NEAR). */
const SCALE_TOLERANCE = 1e-6;

export const poolWindows = (o: PoolOptions, x: readonly number[]): [rows: Window, columns: Window] => [
  placeWindow(x[1]!, o.filterH, o.strideH, 1, o.padding),
  placeWindow(x[2]!, o.filterW, o.strideW, 1, o.padding),
];

export function supportsPool(operator: OperatorOf<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>, network: Network): string | null {
  const { name, options } = operator;
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(name, x, ['int8', 'uint8', 'int16', 'float32']),
    () => needSameType(name, x, y),
    () =>
      x.type === 'float32' ? null : (needPerTensor(name, x, y) ?? needSameQuantization(name, x, y, SCALE_TOLERANCE)),
    () => needRank(name, x, 4),
    () => refuseActivation(name, options.activation),
    () => {
      const [rows, columns] = poolWindows(options, x.shape);
      return needShape(name, y, [x.shape[0]!, rows.output, columns.output, x.shape[3]!]);
    },
  );
}

/**
 * Visits all windows in output order: `tap` gets the offset of each pixel inside the image, `end` the offset of the output
 * pixel and how many taps there were. Both work on all channels.
 */
export function visitWindows(
  options: PoolOptions,
  x: readonly number[],
  tap: (at: number) => void,
  end: (out: number, count: number) => void,
): void {
  const [batches, height, width, depth] = x as [number, number, number, number];
  const [rows, columns] = poolWindows(options, x);
  for (let n = 0, out = 0; n < batches; n++) {
    for (let oy = 0; oy < rows.output; oy++) {
      const top = windowStart(rows, oy);
      for (let ox = 0; ox < columns.output; ox++, out += depth) {
        const left = windowStart(columns, ox);
        let count = 0;
        for (let ky = firstTap(rows, top); ky < endTap(rows, top); ky++)
          for (let kx = firstTap(columns, left); kx < endTap(columns, left); kx++, count++)
            tap(((n * height + top + ky) * width + left + kx) * depth);
        end(out, count);
      }
    }
  }
}
