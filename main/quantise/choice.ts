// What may be chosen besides the scheme: how ranges are found, and within which budget longer words are suggested. Pure: the window
// imports it, too. In: texts of the command line. Out: checked values, or a sentence.
import { userFailure } from '../network/failure';
import { type Scheme, isWordScheme, parseScheme, schemeText } from '../network/scheme';

export const METHODS = ['min-max', 'percentile', 'mse', 'entropy'] as const;
export type MethodName = (typeof METHODS)[number];
export type Method =
  { readonly name: Exclude<MethodName, 'percentile'> } | { readonly name: 'percentile'; readonly percent: number };

const USUAL_PERCENT = 99.99;

/** 'mse', or 'percentile:99.9'. */
export function parseMethod(text: string): Method {
  const [word, number, ...more] = text.split(':');
  const name = METHODS.find((method) => method === word);
  const percent = number === undefined ? USUAL_PERCENT : Number(number);
  const takesNumber = name === 'percentile' || number === undefined;
  if (name && takesNumber && more.length === 0 && percent > 50 && percent <= 100)
    return name === 'percentile' ? { name, percent } : { name };
  throw userFailure(
    'method',
    `${text} is no way to choose ranges.`,
    `Choose ${METHODS.join(', ')}; percentile:99.9 says which share of the values is kept (above 50 to 100).`,
  );
}

export const methodText = (method: Method): string =>
  method.name === 'percentile' ? `percentile:${method.percent}` : method.name;

/** What each of them does (range.ts). */
export const METHOD_ABOUT: Readonly<Record<MethodName, string>> = {
  'min-max': 'All that was seen, as TFLite’s calibrator',
  percentile: 'A share of the values; half of the others are cut off at each end',
  mse: 'The least mean squared error: rare large values are given up for finer steps',
  entropy: 'The least divergence from what was seen; at most 0.1 % is cut off',
};

// ---- Longer words for the layers that deserve them

/** At most so many bytes of constants; or the least quality, 0..1: accuracy, or agreement with the network of real numbers. */
export type Budget = { readonly bytes: number } | { readonly quality: number };

/** What is asked of a suggestion. */
export interface Mixing {
  readonly high: Scheme;
  readonly budget: Budget;
}

/** @param high null: the next longer words. @throws userFailure budget, suggest-high, scheme */
export function parseMixing(budget: string, high: string | null, low: Scheme): Mixing {
  const longer = high === null ? longerWords(low) : parseScheme(high);
  if (longer) return { high: longer, budget: parseBudget(budget) };
  throw userFailure(
    'suggest-high',
    `${schemeText(low)} has the longest words of its kind.`,
    'Name the longer ones (--high), or begin with a scheme of shorter words.',
  );
}

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, KiB: 2 ** 10, MiB: 2 ** 20 };

/** '60kB', '97.5%'. @throws userFailure budget */
function parseBudget(text: string): Budget {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(%|[kKM]?i?B)$/.exec(text) ?? [];
  const factor = unit === '%' ? 0.01 : UNITS[unit ?? ''];
  const value = Number(number) * (factor ?? NaN);
  if (unit === '%' && value <= 1) return { quality: value };
  if (unit !== '%' && Number.isFinite(value)) return { bytes: Math.floor(value) };
  throw userFailure(
    'budget',
    `${text || 'An empty text'} is no budget.`,
    'Give bytes of all constants (60kB, 1.5MB), or the least accuracy (97.5%).',
  );
}

/** The next longer words: int4, int8, 16x8; in schemes of words, weights of twice the bits and sums that hold their products. Null: none. */
export function longerWords(scheme: Scheme): Scheme | null {
  if (isWordScheme(scheme)) {
    const more = Math.min(scheme.weightBits, 16 - scheme.weightBits);
    const accumulatorBits = Math.min(32, scheme.accumulatorBits + more);
    const isBiasAsWide = scheme.kind === 'shift' && scheme.biasBits === scheme.accumulatorBits;
    const biasBits = isBiasAsWide && { biasBits: accumulatorBits };
    return more > 0 ? { ...scheme, weightBits: scheme.weightBits + more, accumulatorBits, ...biasBits } : null;
  }
  if (scheme.weights === 'int4') return { ...scheme, weights: 'int8' };
  return scheme.activations === 'int8' ? { ...scheme, activations: 'int16' } : null;
}
