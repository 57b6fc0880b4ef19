// What the values of a tensor were like over many runs. In: its values, run by run, in any order. Out: extremes and a histogram,
// the same whatever the order. Bins are a power of two wide and begin at 0, so a wider range only joins them in pairs.
import { userFailure } from '../network/failure';
import type { Tensor } from '../network/network';

const MOST_BINS = 4096;

/** Reals from here on stand for infinity and are passed over: PADV2 before a pool fills with the lowest float32. */
export const INFINITE = 1e30;

/** Real values of one tensor over all runs. */
export interface Observation {
  readonly tensor: number;
  readonly count: number; // values seen
  readonly zeros: number; // of them exactly 0: not in the bins, for every scheme holds 0 exactly
  readonly min: number;
  readonly max: number;
  readonly width: number; // of a bin, a power of two
  readonly first: number; // bin i holds values from (first + i) * width up to the next
  readonly bins: Float64Array;
}

export class Observer {
  private count = 0;
  private zeros = 0;
  private min = Infinity;
  private max = -Infinity;
  private width = 0;
  private first = 0;
  private bins = new Float64Array(0);

  constructor(private readonly tensor: Tensor) {}

  /** @throws userFailure calibrate-not-finite */
  observe(values: Float32Array, run: string): void {
    let [min, max] = [this.min, this.max];
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) throw notFinite(this.tensor, value, i, run);
      if (value < min && value > -INFINITE) min = value;
      if (value > max && value < INFINITE) max = value;
    }
    if (min > max) return;
    this.cover(min, max);
    const { bins, first } = this;
    const inverse = 1 / this.width;
    let zeros = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value === 0) zeros++;
      else bins[Math.floor(value * inverse) - first]!++; // without effect beyond the ends
    }
    this.zeros += zeros;
    this.count += values.length;
  }

  take(): Observation {
    const { count, zeros, min, max, width, first, bins } = this;
    return { tensor: this.tensor.index, count, zeros, min, max, width, first, bins };
  }

  /** Makes room for values from min to max. */
  private cover(min: number, max: number): void {
    if (min >= this.min && max <= this.max) return;
    [this.min, this.max] = [min, max];
    let width = this.width || widthFor(min, max);
    while (Math.floor(max / width) - Math.floor(min / width) >= MOST_BINS) width *= 2;
    const first = Math.floor(min / width);
    const bins = new Float64Array(Math.floor(max / width) - first + 1);
    const ratio = this.width === 0 ? 1 : this.width / width; // 1, 1/2, 1/4 …
    this.bins.forEach((count, i) => (bins[Math.floor((this.first + i) * ratio) - first]! += count));
    [this.width, this.first, this.bins] = [width, first, bins];
  }
}

/** The narrowest bins that are not too many; the smallest float32 above 0 is the least that can matter. */
function widthFor(min: number, max: number): number {
  const span = max - min || Math.abs(max) || 1;
  return 2 ** Math.max(-149, Math.floor(Math.log2(span / MOST_BINS)));
}

const notFinite = (tensor: Tensor, value: number, element: number, run: string): Error =>
  userFailure(
    'calibrate-not-finite',
    `Of ${run}, tensor ${tensor.index} (${tensor.name}) becomes ${value} at element ${element}.`,
    'Leave that input out, or check how its values are scaled (--pixels).',
    { file: run, tensor: tensor.index, element: [element] },
  );
