// `goldbench quantise --judge` and `--suggest`: what words cost, and where longer ones pay. In: their arguments; a judgement, a
// suggestion. Out: checked values; tables, worst layers first, and judgements as plain JSON.
import { userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { type Scheme, schemeText } from '../network/scheme';
import { type Budget, type Mixing, parseMixing } from '../quantise/choice';
import type { Judgement, OperatorNoise } from '../quantise/judge';
import type { Agreement } from '../quantise/record';
import type { Observation } from '../quantise/observe';
import { recordDecibels } from '../quantise/recording';
import type { Point, Suggestion } from '../quantise/suggest';
import { clean, formatTable, print, share, thousands } from './print';

/** `--suggest 60kB` or `97.5%`, with `--high SCHEME` or the next longer words; null: no suggestion. */
export function checkMixing(suggest: string | undefined, high: string | undefined, low: Scheme): Mixing | null {
  if (suggest !== undefined) return parseMixing(suggest, high ?? null, low);
  if (high === undefined) return null;
  throw userFailure(
    'arguments',
    `--high ${high} goes with --suggest.`,
    'Give a budget, too: --suggest 60kB, or --suggest 97.5%.',
  );
}

const decibelText = (value: number): string =>
  value === Infinity ? 'exact' : value === -Infinity ? 'noise only' : value.toFixed(1);
const rangeText = (from: number, to: number): string => `${from.toPrecision(4)} … ${to.toPrecision(4)}`;
const qualityText = (quality: number | null): string => (quality === null ? '' : `${(100 * quality).toFixed(2)} %`);

// ---- Judge

export function printJudgement({ operators, agreement, inputs, outputSqnr }: Judgement, source: string): void {
  print(
    `\nSignal over quantisation noise on ${thousands(inputs)} inputs of ${clean(source)}, worst first; ${decibelText(outputSqnr)}${Number.isFinite(outputSqnr) ? ' dB' : ''} at the last operator.\n`,
  );
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
  if (labelled > 0)
    print(`best class right: ${share(rightQuantised, labelled)}; in real numbers ${share(rightReal, labelled)}`);
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

const seenRecord = ({ count, zeros, min, max }: Observation): Partial<OperatorNoise['before']> => ({
  count,
  zeros,
  min,
  max,
});

// ---- Suggest

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
      {
        title: 'raised',
        cell: (p) => (p.raised.length === 0 ? 'none' : `+ ${p.raised.at(-1)!} ${nameOf(p.raised.at(-1)!)}`),
      },
      { title: 'dB at the output', right: true, cell: (p) => decibelText(p.sqnr) },
      { title: 'right, or alike', right: true, cell: (p) => qualityText(p.quality) },
      { title: 'bytes of constants', right: true, cell: (p) => thousands(p.bytes) },
    ]),
  );
  print(`\n${keeps ? 'Chosen' : `Nothing keeps ${budgetText(budget)}; nearest`}: ${chosenText(chosen, high)}\n`);
}

const budgetText = (budget: Budget): string =>
  'bytes' in budget ? `${thousands(budget.bytes)} bytes` : qualityText(budget.quality);

const chosenText = ({ raised }: Point, high: Scheme): string =>
  raised.length === 0 ? 'no layer raised' : raised.map((layer) => `--layer ${layer}=${schemeText(high)}`).join(' ');
