// RESIZE_BILINEAR: int8 and int16 with positions of 10 fraction bits (XNNPACK: of 11), uint8 and float32 in float32 steps.
// In: x [N, H, W, C], constant sizes. Out: y [N, OH, OW, C].
// Sources: reference/resize_bilinear.h ResizeBilinearInteger, ComputeInterpolationValuesInteger; XNNPACK/src/indirection.c
// xnn_indirection_init_resize_bilinear2d_hwc_q11 and the s8-ibilinear kernels.
import type { Arithmetic } from '../../network/arithmetic';
import type { OperatorOf, ResizeOptions, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needType } from '../checks';
import { roundHalfAway, roundHalfEven } from '../fixedPoint';
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
    const lower = Math.min(Math.max(Math.trunc(scaled / 1024), 0), input - 1);
    const upper = Math.min(Math.trunc((scaled + 1023) / 1024), input - 1);
    return { lower, upper, weight: scaled - 1024 * lower };
  });
}

/** Steps of 1024ths add up to places beyond the last pixel in much enlarged images; TFLite reads whatever lies there. */
export function leavesImage(operator: OperatorOf<'RESIZE_BILINEAR'>, x: Tensor, y: Tensor): boolean {
  const leaves = (d: 1 | 2): boolean => positionsOf(x.shape[d]!, y.shape[d]!, operator.options).at(-1)!.weight >= 1024; // steps only grow
  return leaves(1) || leaves(2);
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

/** The reference kernel's positions, every step rounded to float32 (ComputeInterpolationValues). */
function realPositionsOf(input: number, output: number, { alignCorners, halfPixelCenters }: ResizeOptions): Position[] {
  const aligned = alignCorners && output > 1;
  const scale = fround(aligned ? (input - 1) / (output - 1) : input / output);
  return Array.from({ length: output }, (_, at) => {
    const scaled = halfPixelCenters ? fround(fround(fround(at + 0.5) * scale) - 0.5) : fround(at * scale);
    const lower = Math.max(Math.floor(scaled), 0);
    return { lower, upper: Math.min(Math.ceil(scaled), input - 1), weight: fround(scaled - lower) };
  });
}

/** An output value from the four pixels about it: `down` and `right` are the weights of the lower row and right column. */
export type Blend = (
  topLeft: number,
  topRight: number,
  bottomLeft: number,
  bottomRight: number,
  down: number,
  right: number,
) => number;

/** Weights of `one` steps: 20 or 22 fraction bits, below 2^53. */
const blendIntegers =
  (one: number, round: (sum: number) => number): Blend =>
  (topLeft, topRight, bottomLeft, bottomRight, down, right) => {
    const upper = topLeft * (one - right) + topRight * right;
    const lower = bottomLeft * (one - right) + bottomRight * right;
    return round((upper * (one - down) + lower * down) / one ** 2);
  };

/** The reference kernel's order of float32 operations: it decides the last bit of uint8 values. */
const blendReals: Blend = (topLeft, topRight, bottomLeft, bottomRight, down, right) => {
  const [up, left] = [fround(1 - down), fround(1 - right)];
  const share = (value: number, row: number, column: number): number => fround(fround(value * row) * column);
  const first = fround(share(topLeft, up, left) + share(bottomLeft, down, left));
  return fround(fround(first + share(topRight, up, right)) + share(bottomRight, down, right));
};

/** The same in TFLite's optimised kernel, which multiplies the weights first. */
const blendWeights: Blend = (topLeft, topRight, bottomLeft, bottomRight, down, right) => {
  const [up, left] = [fround(1 - down), fround(1 - right)];
  const share = (value: number, row: number, column: number): number => fround(value * fround(row * column));
  const upper = fround(share(topLeft, up, left) + share(topRight, up, right));
  return fround(fround(upper + share(bottomLeft, down, left)) + share(bottomRight, down, right));
};

/** uint8: half a step is added in float32, and storing drops the fraction. */
const toBytes =
  (blend: Blend): Blend =>
  (...pixels) =>
    fround(blend(...pixels) + 0.5);

interface Method {
  readonly positions: typeof positionsOf;
  readonly blend: Blend;
}
const METHODS = {
  fixed: { positions: positionsOf, blend: blendIntegers(1024, roundHalfAway) },
  rounded: { positions: positionsOf, blend: blendIntegers(1024, roundHalfEven) }, // words: scheme/pools.ts
  q11: { positions: positionsInQ11, blend: blendIntegers(2048, (value) => Math.floor(value + 0.5)) },
  float: { positions: realPositionsOf, blend: blendReals },
  bytes: { positions: realPositionsOf, blend: toBytes(blendReals) },
  real: { positions: realPositionsOf, blend: toBytes(blendWeights) },
} as const satisfies Record<string, Method>;

export function methodOf(arithmetic: Arithmetic, { type }: Tensor): Method {
  if (arithmetic === 'fixed' || arithmetic === 'rounded' || arithmetic === 'q11' || arithmetic === 'real')
    return METHODS[arithmetic];
  return type === 'uint8' ? METHODS.bytes : METHODS.float;
}

/** Every pixel of y, blended from those of x about its place. */
export function blendPixels(
  { positions, blend }: Method,
  options: ResizeOptions,
  x: TensorValue,
  y: TensorValue,
): null {
  const [batches, height, width, depth] = x.tensor.shape as [number, number, number, number];
  const rows = positions(height, y.tensor.shape[1]!, options);
  const columns = positions(width, y.tensor.shape[2]!, options);
  const [data, out] = [integers(x), integers(y)]; // or float32: numbers, either way
  let o = 0;
  for (let n = 0; n < batches; n++) {
    for (const row of rows) {
      const [top, bottom] = [(n * height + row.lower) * width, (n * height + row.upper) * width];
      for (const column of columns) {
        const [topLeft, topRight] = [(top + column.lower) * depth, (top + column.upper) * depth];
        const [bottomLeft, bottomRight] = [(bottom + column.lower) * depth, (bottom + column.upper) * depth];
        for (let c = 0; c < depth; c++)
          out[o++] = blend(
            data[topLeft + c]!,
            data[topRight + c]!,
            data[bottomLeft + c]!,
            data[bottomRight + c]!,
            row.weight,
            column.weight,
          );
      }
    }
  }
  return null;
}

export const resizeBilinear: Kernel<'RESIZE_BILINEAR'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    needType('RESIZE_BILINEAR', inputTensor(operator, network, 0)!, ['int8', 'int16', 'uint8', 'float32']) ??
    supportsResize(operator, network),
  run: ({ options }, [x], [y], arithmetic) => blendPixels(methodOf(arithmetic, x!.tensor), options, x!, y!),
};
