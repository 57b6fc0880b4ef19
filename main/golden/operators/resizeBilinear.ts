// RESIZE_BILINEAR, int8 and int16, with positions of 10 fraction bits. In: x [N, H, W, C], constant sizes.
// Out: y [N, OH, OW, C]. (TFLite interpolates uint8 in float: not supported.)
// Source: reference/resize_bilinear.h ResizeBilinearInteger, ComputeInterpolationValuesInteger.
import type { OperatorOf, ResizeOptions } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needType } from '../checks';
import { type Kernel, inputTensor, integers } from '../kernel';
import { supportsResize } from '../resize';

/** Between which two pixels an output pixel lies, and how far (of 1024) from the first. */
interface Position {
  readonly lower: number;
  readonly upper: number;
  readonly weight: number; // may be negative before the first pixel: both pixels are the first then
}

export function positionsOf(
  input: number,
  output: number,
  { alignCorners, halfPixelCenters }: ResizeOptions,
): Position[] {
  const aligned = alignCorners && output > 1;
  const [from, to] = aligned ? [input - 1, output - 1] : [input, output];
  const scale = Math.trunc((1024 * from + Math.trunc(to / 2)) / to);
  return Array.from({ length: output }, (_, at) => {
    const scaled = at * scale + (halfPixelCenters ? Math.trunc(scale / 2) - 512 : 0);
    const lower = Math.max(Math.trunc(scaled / 1024), 0);
    const upper = Math.min(Math.trunc((scaled + 1023) / 1024), input - 1);
    return { lower, upper, weight: scaled - 1024 * lower };
  });
}

function run(
  { options }: OperatorOf<'RESIZE_BILINEAR'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [batches, height, width, depth] = x.tensor.shape as [number, number, number, number];
  const rows = positionsOf(height, y.tensor.shape[1]!, options);
  const columns = positionsOf(width, y.tensor.shape[2]!, options);
  const data = integers(x);
  const out = integers(y);
  let o = 0;
  for (let n = 0; n < batches; n++) {
    for (const row of rows) {
      const [top, bottom] = [(n * height + row.lower) * width, (n * height + row.upper) * width];
      for (const column of columns) {
        const [topLeft, topRight] = [(top + column.lower) * depth, (top + column.upper) * depth];
        const [bottomLeft, bottomRight] = [(bottom + column.lower) * depth, (bottom + column.upper) * depth];
        for (let c = 0; c < depth; c++) {
          const upper = data[topLeft + c]! * (1024 - column.weight) + data[topRight + c]! * column.weight;
          const lower = data[bottomLeft + c]! * (1024 - column.weight) + data[bottomRight + c]! * column.weight;
          const sum = upper * (1024 - row.weight) + lower * row.weight; // 20 fraction bits, below 2^53
          out[o++] = Math.trunc((sum + (sum > 0 ? 2 ** 19 : -(2 ** 19))) / 2 ** 20);
        }
      }
    }
  }
  return null;
}

export const resizeBilinear: Kernel<'RESIZE_BILINEAR'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    needType('RESIZE_BILINEAR', inputTensor(operator, network, 0)!, ['int8', 'int16']) ??
    supportsResize(operator, network),
  run,
};
