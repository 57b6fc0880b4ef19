// Which real values a tensor's words are to span. In: what was observed of a tensor, a method, and how many steps there will be.
// Out: the range; values beyond it are clipped. All methods but min-max give up rare large values for finer steps.
//  - min-max: all that was seen (TFLite's calibrator).
//  - percentile: p percent of the values; half of the others are cut off at each end.
//  - mse: the least mean squared error, a value inside costing step^2 / 12, one outside the square of what is cut off.
//  - entropy: the least divergence of the quantised distribution from the seen one (after S. Migacz, 8-bit Inference with TensorRT,
//    2017), the larger magnitude drawn in: Jensen and Shannon's, which needs no floor where one of them is 0. Divergences
//    know no distance: spikes (the background of images, past a bias) would buy any clipping, so at most 0.1 % is cut off.
import type { Method } from './choice';
import type { Observation } from './observe';

export interface Range {
  readonly min: number; // real, at most 0
  readonly max: number; // real, at least 0
}

export { METHODS, type Method, methodText, parseMethod } from './choice';

/** What the words of the tensor are like. */
export interface Words {
  readonly steps: number; // 255 for int8
  readonly symmetric: boolean; // the range is as wide below 0 as above
}

export function chooseRange(seen: Observation, method: Method, words: Words): Range {
  const whole = withZero(seen.min, seen.max);
  switch (method.name) {
    case 'min-max':
      return whole;
    case 'percentile':
      return percentile(seen, whole, method.percent);
    case 'mse':
      return leastError(seen, whole, words);
    case 'entropy':
      return leastDivergence(seen, whole, words);
  }
}

/** 0 is always among the words: padding and ReLU need it (TFLite's quantization specification). */
const withZero = (min: number, max: number): Range => ({ min: Math.min(0, min), max: Math.max(0, max) });

/** The range that holds both. */
export const joinRanges = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });

// ---- Percentile

function percentile(seen: Observation, whole: Range, percent: number): Range {
  const cut = (seen.count * (1 - percent / 100)) / 2;
  const { bins, first, width } = seen;
  let [low, below] = [0, 0];
  while (low < bins.length - 1 && below + bins[low]! <= cut) below += bins[low++]!;
  let [high, above] = [bins.length - 1, 0];
  while (high > low && above + bins[high]! <= cut) above += bins[high--]!;
  return within(whole, withZero((first + low) * width, (first + high + 1) * width));
}

const within = (whole: Range, { min, max }: Range): Range => ({
  min: Math.max(whole.min, min),
  max: Math.min(whole.max, max),
});

// ---- Least squared error

const CANDIDATES = 128;
/** Shares of the whole range, from all of it to very little. */
const SHARES = Array.from({ length: CANDIDATES }, (_, i) => 1 - i / CANDIDATES);

function leastError(seen: Observation, whole: Range, words: Words): Range {
  const cost = squaredError(seen, words);
  if (words.symmetric)
    return best(
      SHARES.map((share) => shrink(whole, share, share)),
      cost,
    );
  // One end after the other: the ends hardly depend on each other.
  let range = whole;
  for (let round = 0; round < 2; round++) {
    range = best([range, ...SHARES.map((share) => ({ min: range.min, max: whole.max * share }))], cost);
    range = best([range, ...SHARES.map((share) => ({ min: whole.min * share, max: range.max }))], cost);
  }
  return range;
}

const shrink = ({ min, max }: Range, low: number, high: number): Range => ({ min: min * low, max: max * high });

/** The first of the cheapest. */
function best(ranges: readonly Range[], cost: (range: Range) => number): Range {
  let [least, found] = [Infinity, ranges[0]!];
  for (const range of ranges) {
    const c = range.max > range.min ? cost(range) : Infinity;
    if (c < least) [least, found] = [c, range];
  }
  return found;
}

/** The summed squared error of a range, from prefix sums over the bins' centres. */
function squaredError({ bins, first, width }: Observation, { steps, symmetric }: Words): (range: Range) => number {
  const sums = [0, 1, 2].map((power) => {
    const sum = new Float64Array(bins.length + 1);
    bins.forEach((count, i) => (sum[i + 1] = sum[i]! + count * ((first + i + 0.5) * width) ** power));
    return (from: number, to: number) => sum[to]! - sum[from]!;
  });
  const [counts, firsts, seconds] = sums as [Sum, Sum, Sum];
  const off = (from: number, to: number, end: number): number =>
    seconds(from, to) - 2 * end * firsts(from, to) + end * end * counts(from, to);
  const place = (real: number): number => Math.min(bins.length, Math.max(0, Math.round(real / width) - first));
  return ({ min, max }) => {
    const [lowest, highest] = symmetric ? [-Math.max(-min, max), Math.max(-min, max)] : [min, max];
    const [low, high] = [place(lowest), place(highest)];
    const step = (highest - lowest) / steps;
    return off(0, low, lowest) + off(high, bins.length, highest) + (counts(low, high) * step * step) / 12;
  };
}
type Sum = (from: number, to: number) => number;

// ---- Least divergence

function leastDivergence(seen: Observation, whole: Range, { steps, symmetric }: Words): Range {
  const { bins, first, width } = seen;
  if (bins.length <= steps) return whole; // every bin has a word of its own
  const place = (real: number): number => Math.min(bins.length, Math.max(0, Math.round(real / width) - first));
  const cost = ({ min, max }: Range): number => {
    const end = Math.max(-min, max);
    const [low, high] = symmetric ? [place(-end), place(end)] : [place(min), place(max)];
    const cut = sumOf(bins.subarray(0, low)) + sumOf(bins.subarray(high));
    return cut > MOST_CUT * seen.count ? Infinity : divergence(bins, low, high, steps);
  };
  return best(
    SHARES.map((share) => capped(whole, share)),
    cost,
  );
}

/** Both ends at most a share of the larger magnitude. */
function capped({ min, max }: Range, share: number): Range {
  const cap = Math.max(-min, max) * share;
  return { min: Math.max(min, -cap), max: Math.min(max, cap) };
}

const MOST_CUT = 0.001; // of all values
const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/**
 * Jensen-Shannon divergence of the bins P and the words Q: each run of bins that one word stands for is evened out over those of
 * them that are not empty, and what lies beyond joins the outermost words.
 */
function divergence(bins: Float64Array, low: number, high: number, steps: number): number {
  const q = new Float64Array(bins.length);
  const per = Math.max(1, (high - low) / steps);
  for (let word = 0; low + word * per < high; word++) {
    const [from, to] = [low + Math.round(word * per), Math.min(high, low + Math.round((word + 1) * per))];
    let [sum, filled] = [0, 0];
    for (let i = from === low ? 0 : from; i < (to === high ? bins.length : to); i++) sum += bins[i]!;
    for (let i = from; i < to; i++) if (bins[i]! > 0) filled++;
    for (let i = from; i < to; i++) if (bins[i]! > 0) q[i] = sum / filled;
  }
  let [sum, total] = [0, 0];
  for (let i = 0; i < q.length; i++) {
    const middle = (bins[i]! + q[i]!) / 2;
    total += bins[i]!;
    if (bins[i]! > 0) sum += bins[i]! * Math.log(bins[i]! / middle);
    if (q[i]! > 0) sum += q[i]! * Math.log(q[i]! / middle);
  }
  return sum / (2 * total);
}
