// `goldbench quantise --judge` and `--suggest`: what words cost, and where longer ones pay. In: their arguments; a judgement, a
// suggestion. Out: checked values; tables, worst layers first, and the same as plain JSON.
import { userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { type Scheme, parseScheme, schemeText } from '../network/scheme';
import type { Judgement, OperatorNoise } from '../quantise/judge';
import type { Agreement } from '../quantise/record';
import { type Mixing, longerWords } from '../quantise/mixed';
import type { Observation } from '../quantise/observe';
import { recordDecibels } from '../quantise/recording';
import type { Budget, Point, SuggestStep, Suggestion } from '../quantise/suggest';
import { clean, formatTable, print, share, thousands } from './print';

const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, KiB: 2 ** 10, MiB: 2 ** 20 };

/** `--suggest 60kB` or `97.5%`, with `--high SCHEME` or the next longer words; null: no suggestion. */
export function checkMixing(suggest: string | undefined, high: string | undefined, low: Scheme): Mixing | null {
  if (suggest === undefined && high === undefined) return null;
  if (suggest === undefined)
    throw userFailure('arguments', `--high ${high} goes with --suggest.`, 'Give a budget, too: --suggest 60kB, or --suggest 97.5%.'); // prettier-ignore
  const longer = high === undefined ? longerWords(low) : parseScheme(high);
  if (longer) return { high: longer, budget: readBudget(suggest) };
  throw userFailure('arguments', `${schemeText(low)} has the longest words of its kind.`, 'Give --high SCHEME, or a --scheme of shorter words.'); // prettier-ignore
}

function readBudget(text: string): Budget {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(%|[kKM]?i?B)$/.exec(text) ?? [];
  const factor = unit === '%' ? 0.01 : BYTES[unit ?? ''];
  const value = Number(number) * (factor ?? NaN);
  if (unit === '%' && value <= 1) return { quality: value };
  if (unit !== '%' && Number.isFinite(value)) return { bytes: Math.floor(value) };
  throw userFailure('arguments', `--suggest ${text} is no budget.`, 'Give bytes of all constants (60kB, 1.5MB), or the least accuracy (97.5%).'); // prettier-ignore
}

const decibelText = (value: number): string =>
  value === Infinity ? 'exact' : value === -Infinity ? 'noise only' : value.toFixed(1);
const rangeText = (from: number, to: number): string => `${from.toPrecision(4)} … ${to.toPrecision(4)}`;
const qualityText = (quality: number | null): string => (quality === null ? '' : `${(100 * quality).toFixed(2)} %`);

// ---- Judge

export function printJudgement({ operators, agreement, inputs, outputSqnr }: Judgement, source: string): void {
  print(`\nSignal over quantisation noise on ${thousands(inputs)} inputs of ${clean(source)}, worst first; ${decibelText(outputSqnr)}${Number.isFinite(outputSqnr) ? ' dB' : ''} at the last operator.\n`); // prettier-ignore
  print(
    formatTable(operators, [
      { title: '#', right: true, cell: (o) => o.operator },
      { title: 'fused', right: true, cell: (o) => o.origin },
      { title: 'operator', cell: (o) => o.name },
      { title: 'dB', right: true, cell: (o) => decibelText(o.sqnr) },
      { title: 'largest error', right: true, cell: (o) => o.largest.toPrecision(3) },
      { title: 'real', right: true, cell: (o) => rangeText(o.before.min, o.before.max) },
      { title: 'clips at', right: true, cell: (o) => (o.limits ? rangeText(...o.limits) : '') },
      { title: 'clipped', right: true, cell: (o) => (o.clipped > 0 ? `${(100 * o.clipped).toPrecision(2)} %` : '') },
    ]),
  );
  if (agreement) printAgreement(agreement);
}

function printAgreement({ inputs, best, among, top, labelled, rightReal, rightQuantised }: Agreement): void {
  print(
    `\nbest class as in real numbers: ${share(best, inputs)}; that one among the best ${top}: ${share(among, inputs)}`,
  );
  if (labelled > 0) print(`best class right: ${share(rightQuantised, labelled)}; in real numbers ${share(rightReal, labelled)}`); // prettier-ignore
}

/** Plain JSON; histograms are left out. */
export const judgementRecord = ({ operators, outputSqnr, ...rest }: Judgement, source: string) => ({
  source,
  ...rest,
  outputSqnr: recordDecibels(outputSqnr),
  operators: operators.map((one) => ({
    ...one,
    sqnr: recordDecibels(one.sqnr),
    before: seenRecord(one.before),
    after: seenRecord(one.after),
  })),
});

const seenRecord = ({ count, zeros, min, max }: Observation): Partial<OperatorNoise['before']> => ({ count, zeros, min, max }); // prettier-ignore

// ---- Suggest

export function tellStep({ stage, done, of, inputs }: SuggestStep): string {
  const doing = { real: 'real numbers', low: 'none raised', alone: `layer ${done + 1} of ${of} alone`, together: `together, step ${done + 1} of at most ${of}` }; // prettier-ignore
  return `choosing schemes: ${doing[stage]}, input ${inputs + 1}`;
}

export function printSuggestion(
  { gains, points, chosen, keeps }: Suggestion,
  { high, budget }: Mixing,
  low: Scheme,
  fused: Network,
): void {
  const nameOf = (layer: number): string => fused.operators[layer]!.name;
  print(`\nEach layer alone as ${schemeText(high)}, the others ${schemeText(low)}; best first:\n`);
  print(
    formatTable(gains, [
      { title: 'fused', right: true, cell: (g) => g.layer },
      { title: 'operator', cell: (g) => nameOf(g.layer) },
      { title: 'dB gained', right: true, cell: (g) => g.decibels.toFixed(2) },
      { title: 'bytes more', right: true, cell: (g) => thousands(g.bytes) },
    ]),
  );
  print('\nTogether, one after the other:\n');
  print(
    formatTable(points, [
      { title: '', cell: (p) => (p === chosen ? '>' : '') },
      { title: 'raised', cell: (p) => (p.raised.length === 0 ? 'none' : `+ ${p.raised.at(-1)!} ${nameOf(p.raised.at(-1)!)}`) },
      { title: 'dB at the output', right: true, cell: (p) => decibelText(p.sqnr) },
      { title: 'right, or alike', right: true, cell: (p) => qualityText(p.quality) },
      { title: 'bytes of constants', right: true, cell: (p) => thousands(p.bytes) },
    ]),
  ); // prettier-ignore
  print(`\n${keeps ? 'Chosen' : `Nothing keeps ${budgetText(budget)}; nearest`}: ${chosenText(chosen, high)}\n`);
}

const budgetText = (budget: Budget): string =>
  'bytes' in budget ? `${thousands(budget.bytes)} bytes` : qualityText(budget.quality);

const chosenText = ({ raised }: Point, high: Scheme): string =>
  raised.length === 0 ? 'no layer raised' : raised.map((layer) => `--layer ${layer}=${schemeText(high)}`).join(' ');

/** Plain JSON. */
export const suggestionRecord = ({ layers, points, chosen, ...rest }: Suggestion, { high, budget }: Mixing) => ({
  high: schemeText(high),
  budget,
  ...rest,
  points: points.map(pointRecord),
  chosen: pointRecord(chosen),
  layers: Object.fromEntries([...layers].map(([layer, scheme]) => [layer, schemeText(scheme)])),
});

const pointRecord = (point: Point) => ({ ...point, sqnr: recordDecibels(point.sqnr) });
