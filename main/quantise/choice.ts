// What may be chosen besides the scheme: how ranges are found, and what inputs and outputs are. Pure: the window imports it, too.
// In: a text of the command line. Out: a checked value, or a sentence.
import { userFailure } from '../network/failure';

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
