// What a tensor looks like in a few numbers. In: a typed array and its element type. Out: statistics and a histogram
// over the raw stored integers (or the floats), never over dequantised reals: the reader can always scale them.
import type { ElementType } from '../network/network';
import type { TypedArray } from './tensor';

export interface TensorStatistics {
  readonly count: number; // elements
  readonly min: number; // raw values; NaN never appears: see nonFinite
  readonly max: number;
  readonly mean: number;
  readonly zeros: number; // elements equal to the zero point (real zero)
  readonly atLowest: number; // elements at the type's lowest value: saturation shows here
  readonly atHighest: number;
  readonly nonFinite: number; // float only
}

export interface Histogram {
  readonly from: number; // lower edge of the first bin
  readonly to: number; // upper edge of the last bin (for integers: highest value + 1)
  readonly bins: readonly number[];
}

const LIMITS: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
};

/** One pass over the values; `zeroPoint` is the quantised zero. */
export function computeStatistics(type: ElementType, data: TypedArray, zeroPoint = 0): TensorStatistics {
  const [lowest, highest] = LIMITS[type] ?? [NaN, NaN];
  let min = Infinity,
    max = -Infinity,
    sum = 0,
    zeros = 0,
    atLowest = 0,
    atHighest = 0,
    nonFinite = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) {
      nonFinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    if (value === zeroPoint) zeros++;
    if (value === lowest) atLowest++;
    if (value === highest) atHighest++;
  }
  const finite = data.length - nonFinite;
  if (finite === 0) return { count: data.length, min: 0, max: 0, mean: 0, zeros, atLowest, atHighest, nonFinite };
  return { count: data.length, min, max, mean: sum / finite, zeros, atLowest, atHighest, nonFinite };
}

/** Counts in at most `most` equal bins; integers get bins of a whole number of values, so that no bin is favoured. */
export function computeHistogram(
  data: TypedArray,
  statistics: TensorStatistics,
  integer: boolean,
  most = 256,
): Histogram {
  const { min, max } = statistics;
  const span = integer ? max - min + 1 : max - min || 1;
  const width = integer ? Math.ceil(span / most) : span / most;
  const bins = new Array<number>(integer ? Math.ceil(span / width) : most).fill(0);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(bins.length - 1, Math.floor((value - min) / width));
    bins[bin] = bins[bin]! + 1;
  }
  return { from: min, to: min + width * bins.length, bins };
}
