// Which layers deserve longer words. In: a low and a high scheme, the layers that may have either, how to convert and to measure, and
// a budget of bytes, or of quality. Out: a choice for each layer, and every measurement on the way. Greedy: each layer alone is given
// the high scheme and measured; then they get it in the order of dB gained a byte, each step measured, until the budget says stop.
import { type Network, type Tensor, elementCount } from '../network/network';
import { type Scheme, wordBits } from '../network/scheme';
import type { Budget } from './choice';

/** What a conversion is worth. */
export interface Measured {
  readonly sqnr: number; // dB at the output
  readonly quality: number | null; // what a budget of quality speaks of, 0..1: accuracy, or agreement with the real network
}

export interface Point extends Measured {
  /** Layers (operators of the real network) with the high scheme. */
  readonly raised: readonly number[];
  readonly bytes: number; // of all constants, words packed
}

export interface Gain {
  readonly layer: number;
  readonly decibels: number; // gained at the output by this layer alone
  readonly bytes: number; // that it takes more
}

export interface SuggestOptions<C extends { readonly network: Network }> {
  readonly layers: readonly number[];
  readonly low: Scheme;
  readonly high: Scheme;
  readonly convert: (layers: ReadonlyMap<number, Scheme>) => C;
  /** Yields how many inputs are done. */
  readonly measure: (converted: C) => Generator<number, Measured>;
  /** At most so many bytes; or the first point of at least that quality. */
  readonly budget: Budget;
}

export interface Suggestion {
  readonly layers: ReadonlyMap<number, Scheme>;
  readonly gains: readonly Gain[]; // in the order they were tried
  readonly points: readonly Point[]; // the first with none raised; each was measured
  readonly chosen: Point;
  /** Does the chosen point keep the budget? Where even the first is too large, or the last too poor, it does not. */
  readonly keeps: boolean;
}

export interface SuggestStep {
  readonly stage: 'real' | 'low' | 'alone' | 'together';
  readonly done: number;
  readonly of: number; // at most
  readonly inputs: number; // of this measurement that are done
}

/** What a step is about, for people. */
export function tellStep({ stage, done, of, inputs }: SuggestStep): string {
  const doing = {
    real: 'real numbers',
    low: 'none raised',
    alone: `layer ${done + 1} of ${of} alone`,
    together: `together, step ${done + 1} of at most ${of}`,
  };
  return `choosing schemes: ${doing[stage]}, input ${inputs + 1}`;
}

/** Yields before every measurement and at each input of it: stopping is up to the caller. */
export function* suggest<C extends { readonly network: Network }>(
  options: SuggestOptions<C>,
): Generator<SuggestStep, Suggestion> {
  const { layers, budget } = options;
  const first = yield* measurePoint(options, [], { stage: 'low', done: 0, of: 1 });
  const gains: Gain[] = [];
  for (const [done, layer] of layers.entries()) {
    const point = yield* measurePoint(options, [layer], { stage: 'alone', done, of: layers.length });
    gains.push({ layer, decibels: difference(point.sqnr, first.sqnr), bytes: point.bytes - first.bytes });
  }
  gains.sort((a, b) => worth(b) - worth(a) || a.layer - b.layer);
  const points = [first];
  for (const [done, { layer }] of gains.entries()) {
    const last = points.at(-1)!;
    if ('quality' in budget && isEnough(last, budget.quality)) break;
    const next = yield* measurePoint(options, [...last.raised, layer], { stage: 'together', done, of: gains.length });
    if (!('bytes' in budget) || next.bytes <= budget.bytes) points.push(next); // a smaller layer may still fit
  }
  const chosen = choose(points, budget);
  const keeps = 'bytes' in budget ? chosen.bytes <= budget.bytes : isEnough(chosen, budget.quality);
  return { layers: schemesOf(options, chosen.raised), gains, points, chosen, keeps };
}

const isEnough = ({ quality }: Measured, least: number): boolean => quality !== null && quality >= least;

/** Of dB, which may both be infinite. */
const difference = (a: number, b: number): number => (a === b ? 0 : a - b);

/** A layer that gains without taking more comes first. */
const worth = ({ decibels, bytes }: Gain): number =>
  bytes > 0 ? decibels / bytes : decibels > 0 ? Infinity : -Infinity;

/** The best that was measured: raising a layer may also lose. Of equals, the earlier, which is the smaller. */
function choose(points: readonly Point[], budget: Budget): Point {
  if ('quality' in budget) {
    const enough = points.find((point) => isEnough(point, budget.quality));
    return enough ?? points.reduce((best, point) => ((point.quality ?? 0) > (best.quality ?? 0) ? point : best));
  }
  return points.reduce((best, point) => (point.sqnr > best.sqnr ? point : best));
}

function* measurePoint<C extends { readonly network: Network }>(
  options: SuggestOptions<C>,
  raised: readonly number[],
  step: Omit<SuggestStep, 'inputs'>,
): Generator<SuggestStep, Point> {
  yield { ...step, inputs: 0 };
  const converted = options.convert(schemesOf(options, raised));
  const measuring = options.measure(converted);
  for (;;) {
    const { done, value } = measuring.next();
    if (done) return { raised, bytes: constantBytes(converted.network), ...value };
    yield { ...step, inputs: value };
  }
}

const schemesOf = (
  { layers, low, high }: Pick<SuggestOptions<never>, 'layers' | 'low' | 'high'>,
  raised: readonly number[],
) => new Map(layers.map((layer) => [layer, raised.includes(layer) ? high : low] as const));

const REAL_BITS: Partial<Record<Tensor['type'], number>> = { uint8: 8, bool: 8, float16: 16, float32: 32, int64: 64 };

/** Bytes of a network's constants, each word taking its bits. */
export const constantBytes = ({ tensors }: Network): number =>
  Math.ceil(
    tensors
      .filter(({ data }) => data !== null)
      .reduce(
        (bits, tensor) => bits + elementCount(tensor.shape) * (wordBits(tensor) ?? REAL_BITS[tensor.type] ?? 0),
        0,
      ) / 8,
  );
