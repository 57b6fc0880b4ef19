// RESIZE_BILINEAR, int8 and int16, with positions of 10 fraction bits (XNNPACK: of 11). In: x [N, H, W, C], constant sizes.
// Out: y [N, OH, OW, C]. (TFLite interpolates uint8 in float: not supported.)
// Sources: reference/resize_bilinear.h ResizeBilinearInteger, ComputeInterpolationValuesInteger; XNNPACK/src/indirection.c
// xnn_indirection_init_resize_bilinear2d_hwc_q11 and the s8-ibilinear kernels.
import type { Arithmetic } from '../../network/arithmetic';
import type { OperatorOf, ResizeOptions } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needType } from '../checks';
import { roundHalfEven } from '../fixedPoint';
import { type Kernel, inputTensor, integers } from '../kernel';
import { supportsResize } from '../resize';

/** Between which two pixels an output pixel lies, and how far from the first, of as many steps as make one. */
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

const { fround } = Math;

/** The same in XNNPACK: float32 positions, kept inside the image, weights of 11 fraction bits. */
function positionsInQ11(input: number, output: number, { alignCorners, halfPixelCenters }: ResizeOptions): Position[] {
  const aligned = alignCorners && output > 1 ? 1 : 0;
  const scale = fround((input - aligned) / (output - aligned));
  const offset = halfPixelCenters && !alignCorners ? fround(fround(0.5 * scale) - 0.5) : 0;
  return Array.from({ length: output }, (_, at) => {
    const real = Math.min(Math.max(fround(fround(at * scale) + offset), 0), input - 1);
    const lower = Math.trunc(real);
    return { lower, upper: Math.min(lower + 1, input - 1), weight: roundHalfEven(fround(real - lower) * 2048) };
  });
}

function run(
  { options }: OperatorOf<'RESIZE_BILINEAR'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [batches, height, width, depth] = x.tensor.shape as [number, number, number, number];
  const inQ11 = arithmetic === 'q11';
  const positions = inQ11 ? positionsInQ11 : positionsOf;
  const one = inQ11 ? 2048 : 1024;
  const [rows, columns] = [
    positions(height, y.tensor.shape[1]!, options),
    positions(width, y.tensor.shape[2]!, options),
  ];
  const half = one ** 2 / 2;
  const round = inQ11
    ? (sum: number): number => Math.floor((sum + half) / one ** 2)
    : (sum: number): number => Math.trunc((sum + (sum > 0 ? half : -half)) / one ** 2);
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
          const upper = data[topLeft + c]! * (one - column.weight) + data[topRight + c]! * column.weight;
          const lower = data[bottomLeft + c]! * (one - column.weight) + data[bottomRight + c]! * column.weight;
          const sum = upper * (one - row.weight) + lower * row.weight; // 20 or 22 fraction bits, below 2^53
          out[o++] = round(sum);
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
