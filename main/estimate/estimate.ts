// The estimate room. In: a TilePlan. Out: numbers for each layer and for the whole network, each with a formula that can
// be shown with its values in it. Pure: the same plan gives the same numbers.
import type { PeArray } from '../array/array';
import type { LayerPlan, TilePlan } from '../plan/plan';
import { plannedLayers } from '../plan/plan';
import { commonFormulas } from './common';
import { type Figure, type Formula, type Values, evaluate, explain, formula, givenNames } from './formula';
import { KRAKEN_SYMBOLS, krakenFormulas, krakenValues } from './kraken';
import { SYSTOLIC_SYMBOLS, systolicFormulas, systolicValues } from './systolic';
import { type LostClocks, layerWaterfall, sumWaterfalls } from './waterfall';

export interface LayerEstimate {
  readonly planned: LayerPlan;
  /** Given values and results by symbol; explainLayer tells each with its formula. */
  readonly values: Values;
  readonly waterfall: readonly LostClocks[];
}

export const GROUPS = ['convolutions', 'products', 'all'] as const;
export type Group = (typeof GROUPS)[number];

export interface Estimate {
  readonly plan: TilePlan;
  readonly layers: readonly LayerEstimate[];
  /** Sums over the convolution layers (what papers print), the products, and all layers. */
  readonly totals: Readonly<Record<Group, Values>>;
  /** Of each group the layer that needs the most DRAM bandwidth while it computes; '' where there is none. */
  readonly hungriest: Readonly<Record<Group, string>>;
  readonly waterfall: readonly LostClocks[]; // of all layers
}

export function estimatePlan(plan: TilePlan): Estimate {
  const done = new Map<LayerPlan['plan'], Omit<LayerEstimate, 'planned'>>(); // equal layers share their plan
  const layers = plannedLayers(plan).map((planned) => {
    let estimate = done.get(planned.plan);
    if (!estimate) done.set(planned.plan, (estimate = estimateLayer(planned, plan.array, plan.batch)));
    return { planned, ...estimate };
  });
  const of = (kind: 'convolution' | 'product') => layers.filter(({ planned }) => planned.layer.kind === kind);
  const groups = { convolutions: of('convolution'), products: of('product'), all: layers };
  const inEach = <T>(tell: (group: readonly LayerEstimate[]) => T): Record<Group, T> => ({
    convolutions: tell(groups.convolutions),
    products: tell(groups.products),
    all: tell(groups.all),
  });
  return {
    plan,
    layers,
    totals: inEach((group) => sumLayers(group, plan)),
    hungriest: inEach(
      (group) => group.find(({ values }) => values.need === largestNeed(group))?.planned.layer.name ?? '',
    ),
    waterfall: sumWaterfalls(layers.map(({ waterfall }) => waterfall)),
  };
}

const formulasOf = ({ layer, plan }: LayerPlan, array: PeArray): Formula[] => [
  ...(plan.dataflow === 'kraken' ? krakenFormulas(layer, plan) : systolicFormulas(layer, plan)),
  ...commonOf(array),
];

/** Parsed once for each energy table. */
const common = new Map<string, Formula[]>();
function commonOf({ energy }: PeArray): Formula[] {
  let found = common.get(energy.source);
  if (!found) common.set(energy.source, (found = commonFormulas(energy.source)));
  return found;
}

function estimateLayer(planned: LayerPlan, array: PeArray, batch: number): Omit<LayerEstimate, 'planned'> {
  const { layer, plan } = planned;
  const given =
    plan.dataflow === 'kraken' ? krakenValues(layer, plan, array, batch) : systolicValues(layer, plan, array, batch);
  const values = evaluate(formulasOf(planned, array), given);
  return { values, waterfall: layerWaterfall(planned, values) };
}

/** Every figure of a layer with its formula and the values in it. */
export const explainLayer = ({ planned, values }: LayerEstimate, array: PeArray): Figure[] =>
  explain(formulasOf(planned, array), values);

/** What stands in the formulas of a layer's figures without a formula of its own, explained. */
export function explainGiven(figures: readonly Figure[], { dataflow }: PeArray): { name: string; about: string }[] {
  const symbols = dataflow === 'kraken' ? KRAKEN_SYMBOLS : { ...KRAKEN_SYMBOLS, ...SYSTOLIC_SYMBOLS };
  return givenNames(figures).map((name) => ({ name, about: symbols[name]! }));
}

// ---- the network

const SUMMED = ['Q', 'stall', 'MAC', 'M_X', 'M_K', 'M_Y', 'M_R', 'B', 'E_mac', 'E_sram', 'E_dram'] as const;
const TABLE_V = 'Kraken, arXiv 2112.02793, Table V';

const TOTALS: readonly Formula[] = [
  formula('Q_t', 'clocks with stalls', 'clocks', 'Q + stall', TABLE_V),
  formula('eff', 'utilisation', '%', '100 × MAC / (R × C × Q_t)', TABLE_V),
  formula('fps', 'frames per second', '1/s', 'f × 1000000 × N / Q_t', TABLE_V),
  formula('latency', 'latency of the batch', 'ms', 'Q_t / f / 1000', TABLE_V),
  formula('Gops', 'operations per second, two for each MAC', 'Gop/s', '2 × MAC × f / Q_t / 1000', TABLE_V),
  formula('peak', 'peak of the array', 'Gop/s', '2 × R × C × f / 1000', TABLE_V),
  formula('MA', 'memory accesses of a frame', 'M words', '(M_X + M_K + M_Y + M_R) / N / 1000000', TABLE_V),
  formula(
    'MB',
    'memory traffic of a frame',
    'MiB',
    '(M_X × b_X + M_K × b_K + (M_Y + M_R) × b_Y) / 8 / N / 1048576',
    TABLE_V,
  ),
  formula('AI', 'arithmetic intensity', 'op/word', '2 × MAC / (M_X + M_K + M_Y + M_R)', TABLE_V),
  formula('AI_B', 'arithmetic intensity in bytes', 'op/byte', '2 × MAC / B', 'the axis of a roofline'),
  formula(
    'need',
    'DRAM traffic while computing, the average of all layers (one layer alone may need more)',
    'MB/s',
    'B × f / Q',
    'bytes × MHz / clocks',
  ),
  formula('E_all', 'energy of a frame', 'mJ', '(E_mac + E_sram + E_dram) / N / 1000', "the array's energy table"),
  formula(
    'power',
    'power of these events, without leakage and clock tree',
    'mW',
    'E_all × fps',
    'energy × frames per second',
  ),
];

const largestNeed = (layers: readonly LayerEstimate[]): number =>
  layers.reduce((most, { values }) => Math.max(most, values.need!), 0);

/** All zero where there is no such layer. */
function sumLayers(layers: readonly LayerEstimate[], plan: TilePlan): Values {
  const { array, batch } = plan;
  const given: Values = {
    R: array.rows,
    C: array.cores,
    f: array.clockMHz,
    N: batch,
    b_X: array.pixelBits,
    b_K: array.weightBits,
    b_Y: array.accumulatorBits,
    layers: layers.length,
  };
  for (const name of SUMMED) given[name] = layers.reduce((sum, { values }) => sum + values[name]!, 0);
  given.need_most = largestNeed(layers);
  const ofDataflow = array.dataflow === 'kraken' ? ['fill', 'drain', 'w_Y', 'w_K'] : ['SS_cycles'];
  for (const name of ofDataflow) given[name] = layers.reduce((sum, { values }) => sum + values[name]!, 0);
  if (array.dataflow === 'kraken') given.edges = given.fill! + given.drain!;
  if (layers.length > 0) return evaluate(TOTALS, given);
  return { ...given, ...Object.fromEntries(TOTALS.map(({ name }) => [name, 0])) };
}

/** Every figure of a total with its formula and the values in it; the sums are given. */
export const explainTotals = (totals: Values): Figure[] => explain(TOTALS, totals);
