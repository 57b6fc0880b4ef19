// From raw sums to the operator's accumulators, and back. The engine sums x*w over the taps inside the map; TFLite sums
// (x - zX)(w - zW) and adds the bias. The difference is folded outside, as Kraken's host does, edge positions included:
//
//   accumulator = raw + bias - zX * sum(w) - zW * sum(x) + taps * zX * zW,   all over the taps inside the map
import { endTap, firstTap, windowStart } from '../golden/padding';
import type { TensorValue } from '../tensor/tensor';
import type { OperatorRun } from './lower';
import { endOfChannels } from './pixels';

export interface ZeroPoints {
  readonly x: number; // of signed words
  readonly w: number;
}

/** Zero points as the engine's signed words see them. */
export const signedZeroPoints = (x: TensorValue, w: TensorValue): ZeroPoints => ({
  x: signedZeroPoint(x),
  w: signedZeroPoint(w),
});

const signedZeroPoint = ({ tensor }: TensorValue): number =>
  (tensor.quantization?.zeroPoint[0] ?? 0) - (tensor.type === 'uint8' ? 128 : 0);

/**
 * Adds a run's raw sums to the accumulators, which hold the bias; the two wrap in int32.
 * @param raw [N, H_out, W_out, C_o]
 */
export function addSums(accumulators: Int32Array, run: OperatorRun, raw: Int32Array, zeros: ZeroPoints): void {
  walkSums(run, zeros, (sum, at, constant, weights) => {
    for (let co = 0; co < weights.length; co++)
      accumulators[at + co] = accumulators[at + co]! + raw[sum + co]! + constant - zeros.x * weights[co]!;
  });
}

/** The raw sums that give these accumulators; the inverse of addSums. */
export function rawSums(
  accumulators: Int32Array,
  bias: Int32Array | null,
  run: OperatorRun,
  zeros: ZeroPoints,
): Int32Array {
  const { frames, channelsOut, rows, columns } = run.layer;
  const raw = new Int32Array(frames * rows.output * columns.output * channelsOut);
  const channels = bias?.length ?? 1;
  walkSums(run, zeros, (sum, at, constant, weights) => {
    for (let co = 0; co < weights.length; co++)
      raw[sum + co] = accumulators[at + co]! - (bias?.[(at + co) % channels] ?? 0) - constant + zeros.x * weights[co]!;
  });
  return raw;
}

/**
 * Visits the sums of each output position, channel after channel: the index of the first, that of its accumulator, and what
 * is between each of them without the bias: constant - zX * weights[channel].
 */
function walkSums(
  run: OperatorRun,
  zeros: ZeroPoints,
  visit: (sum: number, at: number, constant: number, weights: Int32Array) => void,
): void {
  const { layer, place } = run;
  const { frames, channelsIn, channelsOut } = layer;
  const sumsOfWeights = new Map<number, Int32Array>(); // by which taps are inside: few kinds of positions
  const [height, width] = [layer.rows.taps + 1, layer.columns.taps + 1];
  let sum = 0;
  for (let n = 0; n < frames; n++)
    for (let i = 0; i < layer.rows.output; i++) {
      const [fromH, toH] = tapsInside(layer.rows, i);
      for (let o = 0; o < layer.columns.output; o++) {
        const [fromW, toW] = tapsInside(layer.columns, o);
        const inside: Inside = { fromH, toH, fromW, toW };
        const key = ((fromH * height + toH) * width + fromW) * width + toW;
        let weights = sumsOfWeights.get(key);
        if (!weights) sumsOfWeights.set(key, (weights = sumWeights(run, inside)));
        const taps = (toH - fromH) * (toW - fromW) * channelsIn;
        const constant = zeros.w === 0 ? 0 : taps * zeros.x * zeros.w - zeros.w * sumPixels(run, inside, n, i, o);
        const at = place.offset + n * place.frame + i * place.row + o * place.column;
        visit(sum, at, constant, weights);
        sum += channelsOut;
      }
    }
}

/** Taps inside the map, from first to one past the last. */
interface Inside {
  readonly fromH: number;
  readonly toH: number;
  readonly fromW: number;
  readonly toW: number;
}

function tapsInside(window: OperatorRun['layer']['rows'], at: number): [number, number] {
  const start = windowStart(window, at);
  const from = Math.min(window.taps, firstTap(window, start));
  return [from, Math.max(from, endTap(window, start))];
}

function sumWeights({ layer, w }: OperatorRun, { fromH, toH, fromW, toW }: Inside): Int32Array {
  const sums = new Int32Array(layer.channelsOut);
  for (let kh = fromH; kh < toH; kh++)
    for (let kw = fromW; kw < toW; kw++)
      for (let ci = 0; ci < layer.channelsIn; ci++)
        for (let co = 0; co < layer.channelsOut; co++)
          sums[co]! += w.data[w.offset + kh * w.tapRow + kw * w.tapColumn + ci * w.input + co * w.output]!;
  return sums;
}

function sumPixels(
  { layer, x }: OperatorRun,
  { fromH, toH, fromW, toW }: Inside,
  n: number,
  i: number,
  o: number,
): number {
  let sum = 0;
  const [top, left] = [windowStart(layer.rows, i), windowStart(layer.columns, o)];
  for (let kh = fromH; kh < toH; kh++)
    for (let kw = fromW; kw < toW; kw++)
      for (let ci = 0; ci < endOfChannels(x, layer.channelsIn); ci++)
        sum += x.data[x.offset + n * x.frame + (top + kh) * x.row + (left + kw) * x.column + ci * x.channel]!;
  return sum;
}
