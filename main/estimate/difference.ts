// Two estimates side by side. In: the estimates of two designs, usually of one network. Out: each figure of both, and which
// design is better in it; layer by layer, and in all.
import { areaProxyMm2 } from './area';
import { type Bar, type Chart, EMPTY, linear } from './chart';
import { type Estimate, explainTotals } from './estimate';
import type { Values } from './formula';

export interface FigureDifference {
  readonly name: string; // symbol
  readonly about: string;
  readonly unit: string;
  readonly a: number;
  readonly b: number;
  readonly better: 'a' | 'b' | null; // null: equal, or neither is better
}

export interface LayerDifference {
  readonly name: string;
  /** null where the design leaves the layer to the host, or has no such layer. */
  readonly a: Values | null;
  readonly b: Values | null;
}

export interface EstimateDifference {
  readonly figures: readonly FigureDifference[];
  readonly layers: readonly LayerDifference[]; // in the order of a, then what only b has
}

/** Figures of which more is better, and those of which less is; others describe a design without judging it. */
const MORE = ['eff', 'fps', 'Gops', 'AI', 'AI_B'];
const LESS = ['Q_t', 'stall', 'latency', 'MA', 'MB', 'E_all', 'power', 'need', 'area'];

export function compareEstimates(a: Estimate, b: Estimate): EstimateDifference {
  const totals = [a, b].map(({ totals }) => explainTotals(totals.all)) as [
    ReturnType<typeof explainTotals>,
    ReturnType<typeof explainTotals>,
  ];
  const figures = totals[0].map(({ name, about, unit, value }, at) =>
    judge({ name, about, unit, a: value, b: totals[1][at]!.value }),
  );
  const area = {
    name: 'area',
    about: 'area proxy',
    unit: 'mm²',
    a: areaProxyMm2(a.plan.array),
    b: areaProxyMm2(b.plan.array),
  };
  const [ofA, ofB] = [valuesByName(a), valuesByName(b)];
  const names = new Set([...ofA.keys(), ...ofB.keys()]);
  return {
    figures: [...figures, judge(area)],
    layers: [...names].map((name) => ({ name, a: ofA.get(name) ?? null, b: ofB.get(name) ?? null })),
  };
}

function judge(figure: Omit<FigureDifference, 'better'>): FigureDifference {
  const { name, a, b } = figure;
  const isJudged = MORE.includes(name) || LESS.includes(name);
  const better = a === b || !isJudged ? null : a > b === MORE.includes(name) ? 'a' : 'b';
  return { ...figure, better };
}

const valuesByName = ({ layers }: Estimate): Map<string, Values> =>
  new Map(layers.map(({ planned, values }) => [planned.layer.name, values]));

/** By how many clocks each layer differs that both designs run; below 0 where B is faster. */
export function differenceChart({ layers }: EstimateDifference, a: string, b: string): Chart {
  const bars = layers.flatMap(({ name, a: one, b: other }): Bar[] =>
    one && other ? [{ name, part: other.Q_t! < one.Q_t! ? 0 : 1, from: 0, to: other.Q_t! - one.Q_t! }] : [],
  );
  return {
    ...EMPTY,
    name: 'difference',
    title: 'Clocks of B less those of A',
    subject: `A ${a}; B ${b}`,
    x: linear('layer'),
    y: linear('clocks'),
    parts: ['B is faster', 'A is faster'],
    bars,
  };
}
