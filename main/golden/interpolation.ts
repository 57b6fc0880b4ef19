// Functions of int16 values as TFLite tabulates them: few points, straight lines between. In: raw values. Out: raw values.
// Sources: reference/integer_ops/{logistic,tanh}.h, kernels/activations.cc {Sigmoid,Tanh,Softmax}Prepare,
// reference/softmax.h, internal/common.h LUTPopulate and LUTLookup (int16).
import { roundHalfAway } from './fixedPoint';

/** log2 of a scale that is a power of two, as TFLite recognises them (kernel_util.cc CheckedLog2); else null. */
export function log2Of(scale: number): number | null {
  const log = Math.log2(scale);
  return Math.abs(log - Math.round(log)) < 1e-3 ? Math.round(log) : null;
}

/**
 * sigmoid(i / 24) in 0.16 fixed point, to 10.6; beyond, it is 1. Each point is moved by half the error that the straight line
 * to the next has in its middle. tanh(x) = 2 sigmoid(2x) - 1 reads it too.
 */
const SIGMOID = Uint16Array.from({ length: 256 }, (_, i) => {
  const sigmoid = (at: number): number => 65536 / (1 + Math.exp(-at / 24));
  const error = sigmoid(i + 0.5) - (sigmoid(i) + sigmoid(i + 1)) / 2;
  return i < 255 ? Math.round(sigmoid(i) + error / 2) : 65535;
});

/** Integer bits left of Q3.12 in a power-of-two scale: 0, and 1 for TANH; null where TFLite rescales. */
export function powerOfTwoShift(kind: 'LOGISTIC' | 'TANH', scale: number): number | null {
  const log2 = log2Of(scale);
  return log2 === -12 || (kind === 'TANH' && log2 === -11) ? log2 + 12 : null;
}

/** To the table's units: (raw x multiplier + half) >> shift. */
export interface Scaling {
  readonly multiplier: number;
  readonly shift: number;
}

/** x = raw value times scale, in units of 1 / (3 x 4096): (raw x multiplier + half) >> shift. */
export function inputScaling(kind: 'LOGISTIC' | 'TANH', scale: number): Scaling {
  const leftShift = powerOfTwoShift(kind, scale);
  if (leftShift !== null) return { multiplier: 3 << leftShift, shift: 0 };
  let multiplier = scale * 4096 * 3;
  let shift = 0;
  for (; multiplier <= 32767 / 2 && shift <= 30; shift++) multiplier *= 2;
  return { multiplier: Math.trunc(multiplier), shift };
}

/** A raw value in the table's units. */
export function toTable({ multiplier, shift }: Scaling): (raw: number) => number {
  const half = shift > 0 ? 2 ** (shift - 1) : 0;
  return (raw) => (raw * multiplier + half) >> shift;
}

/** LOGISTIC or TANH of a raw value times an input scaling; result in units of 2^-15. */
export function interpolate(kind: 'LOGISTIC' | 'TANH', scaling: Scaling): (raw: number) => number {
  const argumentOf = toTable(scaling);
  const bits = kind === 'LOGISTIC' ? 9 : 8; // between two points of the table; TANH reads it at 2x
  return (raw) => {
    const x = argumentOf(raw);
    const distance = Math.abs(x);
    const at = distance >> bits;
    const rest = distance & ((1 << bits) - 1);
    const [before, after] = at < 255 ? [SIGMOID[at]!, SIGMOID[at + 1]!] : [65535, 65535];
    const sigmoid = (before << bits) + rest * (after - before);
    if (kind === 'TANH') return ((x >= 0 ? sigmoid - 2 ** 23 : 2 ** 23 - sigmoid - 1) + 128) >> 8;
    return (
      ((x >= 0 ? (at < 255 ? sigmoid : 0x7fff << 10) : 2 ** 25 - (at < 255 ? sigmoid : 0x7fff << 10) - 1) + 512) >> 10
    );
  };
}

/**
 * 513 points of `f` over `zeroPoint` -/+ 16 bits times `scale`, in units of 2^-15. Each is moved by half the error that the
 * straight line to the next has in its middle. `round`: Math.fround for TFLite Micro, which computes in float32.
 */
export function tabulate(
  f: (x: number) => number,
  range: number,
  zeroPoint: number,
  round: (x: number) => number = (x) => x,
): Int16Array {
  const [scale, outputScale] = [round(range / 65535), round(2 / 65535)];
  const [from, to] = [round(scale * (-32768 - zeroPoint)), round(scale * (32767 - zeroPoint))];
  const step = round(round(to - from) / 512);
  const inverse = round(65536 / round(round(outputScale * 32767) - round(outputScale * -32768)));
  const scaled = (x: number): number => round(round(f(x)) * inverse);
  const place = (i: number): number => round(from + round(i * step));
  return Int16Array.from({ length: 513 }, (_, i) => {
    let point = roundHalfAway(scaled(i < 512 ? place(i) : to));
    if (i < 512) {
      const line = roundHalfAway(round(round(scaled(place(i + 1)) + point) / 2));
      const middle = roundHalfAway(scaled(round(place(i) + round(step / 2))));
      point -= roundHalfAway((line - middle) / 2);
    }
    return Math.min(32767, Math.max(-32768, point));
  });
}

/** The table's value for a raw int16 argument. */
export function lookUp(table: Int16Array, raw: number): number {
  const at = 256 + (raw >> 7);
  const slope = ((table[at + 1]! - table[at]!) << 16) >> 16;
  return ((table[at]! + ((slope * (raw & 127) + 64) >> 7)) << 16) >> 16;
}
