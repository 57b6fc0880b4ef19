// Which products one output element of a layer sums. In: the shapes and options of a layer, a flat output element. Out: pairs
// of flat elements of x and w, and the output channel. Windows, groups and strides are those of the kernels.
import { elementCount } from '../../network/network';
import { indexOf } from '../../tensor/place';
import { convolutionWindows } from '../convolution';
import type { Layer } from '../layer';
import { broadcastOffsets, padRank } from '../../tensor/offsets';
import { matrixOf } from '../operators/batchMatmul';
import { transposeWindows } from '../operators/transposeConv';
import { type Window, endTap, firstTap, windowStart } from '../padding';

export interface Taps {
  readonly x: readonly number[];
  readonly w: readonly number[]; // as many
  readonly channel: number;
  readonly leftOut: number; // taps (filter positions) that fall outside the image, or between pixels
}

type Shape = readonly number[];

export function tapsOf(layer: Layer, x: Shape, w: Shape, y: Shape, element: number): Taps {
  switch (layer.kind) {
    case 'CONV_2D':
      return convolutionTaps(convolutionWindows(layer.options, x, w), x, w, indexOf(y, element));
    case 'DEPTHWISE_CONV_2D':
      return depthwiseTaps(convolutionWindows(layer.options, x, w), x, w, indexOf(y, element));
    case 'FULLY_CONNECTED':
      return rowTaps(w, element);
    case 'TRANSPOSE_CONV':
      return transposeTaps(transposeWindows(layer.options, y, w), x, w, indexOf(y, element));
    case 'BATCH_MATMUL':
      return matrixTaps(layer, x, w, y, element);
  }
}

/** Pixels of x under the window at [oy, ox] with the tap that meets each; taps outside the image are skipped. */
function* pixels([rows, columns]: readonly [Window, Window], oy: number, ox: number) {
  const [top, left] = [windowStart(rows, oy), windowStart(columns, ox)];
  for (let ky = firstTap(rows, top); ky < endTap(rows, top); ky++)
    for (let kx = firstTap(columns, left); kx < endTap(columns, left); kx++)
      yield { iy: top + ky * rows.dilation, ix: left + kx * columns.dilation, ky, kx };
}

function convolutionTaps(windows: [Window, Window], x: Shape, w: Shape, [n, oy, ox, channel]: Shape): Taps {
  const [, height, width, depth] = x as [number, number, number, number];
  const [channels, tapsH, tapsW, groupDepth] = w as [number, number, number, number];
  const group = Math.floor(channel! / (channels / (depth / groupDepth))) * groupDepth;
  const [xs, ws]: [number[], number[]] = [[], []];
  for (const { iy, ix, ky, kx } of pixels(windows, oy!, ox!))
    for (let k = 0; k < groupDepth; k++) {
      xs.push(((n! * height + iy) * width + ix) * depth + group + k);
      ws.push(((channel! * tapsH + ky) * tapsW + kx) * groupDepth + k);
    }
  return { x: xs, w: ws, channel: channel!, leftOut: tapsH * tapsW - xs.length / groupDepth };
}

function depthwiseTaps(windows: [Window, Window], x: Shape, w: Shape, [n, oy, ox, channel]: Shape): Taps {
  const [, height, width, depth] = x as [number, number, number, number];
  const [, tapsH, tapsW, channels] = w as [number, number, number, number];
  const from = Math.floor(channel! / (channels / depth));
  const [xs, ws]: [number[], number[]] = [[], []];
  for (const { iy, ix, ky, kx } of pixels(windows, oy!, ox!)) {
    xs.push(((n! * height + iy) * width + ix) * depth + from);
    ws.push((ky * tapsW + kx) * channels + channel!);
  }
  return { x: xs, w: ws, channel: channel!, leftOut: tapsH * tapsW - xs.length };
}

function rowTaps([channels, depth]: Shape, element: number): Taps {
  const channel = element % channels!;
  const row = Math.floor(element / channels!) * depth!;
  const k = Array.from({ length: depth! }, (_, i) => i);
  return { x: k.map((i) => row + i), w: k.map((i) => channel * depth! + i), channel, leftOut: 0 };
}

/** The input pixels whose window covers the output pixel. */
function transposeTaps([rows, columns]: [Window, Window], x: Shape, w: Shape, [n, oy, ox, channel]: Shape): Taps {
  const [, height, width, depth] = x as [number, number, number, number];
  const [, tapsH, tapsW] = w as [number, number, number, number];
  const [xs, ws]: [number[], number[]] = [[], []];
  for (let iy = 0; iy < height; iy++) {
    const ky = oy! - windowStart(rows, iy);
    for (let ix = 0; ky >= 0 && ky < tapsH && ix < width; ix++) {
      const kx = ox! - windowStart(columns, ix);
      for (let k = 0; kx >= 0 && kx < tapsW && k < depth; k++) {
        xs.push(((n! * height + iy) * width + ix) * depth + k);
        ws.push(((channel! * tapsH + ky) * tapsW + kx) * depth + k);
      }
    }
  }
  return { x: xs, w: ws, channel: channel!, leftOut: tapsH * tapsW - xs.length / depth };
}

function matrixTaps(
  { options }: Layer & { kind: 'BATCH_MATMUL' },
  a: Shape,
  b: Shape,
  y: Shape,
  element: number,
): Taps {
  const [p, q] = [matrixOf(a, options.adjX), matrixOf(b, options.adjY)];
  const lead = y.slice(0, -2);
  const matrix = Math.floor(element / (p.rows * q.columns));
  const [row, column] = [Math.floor(element / q.columns) % p.rows, element % q.columns];
  const start = (shape: Shape): number =>
    broadcastOffsets(padRank(shape.slice(0, -2), lead.length), lead)[matrix]! * elementCount(shape.slice(-2));
  const [fromA, fromB] = [start(a), start(b)];
  const k = Array.from({ length: p.columns }, (_, i) => i);
  return {
    x: k.map((i) => fromA + (options.adjX ? i * p.rows + row : row * p.columns + i)),
    w: k.map((i) => fromB + (options.adjY ? column * q.rows + i : i * q.columns + column)),
    channel: 0, // one multiplier for all columns
    leftOut: 0,
  };
}
