// Signal to quantisation noise as text. In: a record's decibels. Out: words, and a number to order by.
import type { Decibels } from '../../main/quantise/record';

export const decibelText = (sqnr: Decibels): string =>
  sqnr === 'equal' ? 'no noise' : sqnr === 'noise' ? 'noise only' : `${sqnr.toFixed(1).replace('-', '−')}`;

/** The worst first; no noise at all last. */
export const decibelOrder = (sqnr: Decibels | undefined): number =>
  sqnr === undefined || sqnr === 'equal' ? Infinity : sqnr === 'noise' ? -Infinity : sqnr;

/** dB gained or lost; all noise, or all signal. */
export const gainText = (gain: Decibels): string =>
  gain === 'equal' ? 'all noise' : gain === 'noise' ? 'all signal' : `${gain > 0 ? '+' : ''}${decibelText(gain)}`;
