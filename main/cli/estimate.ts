// `goldbench estimate`: clocks, utilisation, traffic and energy of a plan. In: as goldbench plan. Out: a table of layers,
// totals, where the clocks went; with --layer every figure of it with its formula and the values in it.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Verb } from '../cli';
import { type Chart, estimateCharts } from '../estimate/chart';
import {
  explainGiven,
  explainLayer,
  explainTotals,
  GROUPS,
  type Estimate,
  type LayerEstimate,
} from '../estimate/estimate';
import type { Figure } from '../estimate/formula';
import { estimate as estimateClocks } from '../flow';
import { drawChart } from '../estimate/svg';
import { WAITS } from '../estimate/waterfall';
import { diskFailure } from '../import/disk';
import { userFailure } from '../network/failure';
import { describeLayer } from '../plan/layer';
import { plannedLayers } from '../plan/plan';
import { describeCertificate } from '../plan/search';
import { parseVerb } from './files';
import {
  PLAN_OPTIONS,
  PLAN_USAGE,
  describeArray,
  findLayer,
  makePlan,
  oneWorkload,
  printHost,
  printNotes,
  save,
} from './plan';
import { clean, formatTable, print, printJson, thousands } from './print';

const usage = `estimate ${PLAN_USAGE} [--layer LAYER|convolutions|products|all] [--csv] [--svg DIR] [--json]`;

export const runEstimate: Verb = {
  usage,
  about: 'clocks, utilisation, frames per second, traffic, energy; with --layer every number with its formula',
  async run(args) {
    const options = {
      ...PLAN_OPTIONS,
      layer: { type: 'string' },
      csv: { type: 'boolean' },
      svg: { type: 'string' },
    } as const;
    const { values, positionals } = parseVerb(args, options, usage);
    if (values.csv && values.json) throw userFailure('arguments', '--csv and --json exclude each other.', 'Give one.');
    const { plan, workload, milliseconds } = makePlan(oneWorkload(positionals, usage), values);
    const estimate = estimateClocks(plan);
    if (values.svg !== undefined) saveCharts(values.svg, estimateCharts(estimate, workload.steps));
    if (values.layer !== undefined) explain(estimate, values.layer, values.json ?? false);
    else if (values.csv) printCsv(estimate);
    else if (values.json) printJson(estimateRecord(estimate, milliseconds));
    else printEstimate(estimate, milliseconds);
  },
};

function explain(estimate: Estimate, name: string, json: boolean): void {
  const group = GROUPS.find((one) => one === name);
  const layer = group ? undefined : layerNamed(estimate, name);
  const figures = layer ? explainLayer(layer, estimate.plan.array) : explainTotals(estimate.totals[group!]);
  const given = layer && explainGiven(figures, estimate.plan.array);
  if (json) return printJson({ layer: name, figures, given, waterfall: layer?.waterfall });
  printFigures(figures);
  if (given) printGiven(given);
}

/** One .svg for each chart, into a folder that is made where it is missing. */
function saveCharts(folder: string, charts: readonly Chart[]): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw diskFailure(error, folder);
  }
  for (const chart of charts) save(path.join(folder, `${chart.name}.svg`), drawChart(chart));
}

function layerNamed(estimate: Estimate, name: string): LayerEstimate {
  const { layer } = findLayer(estimate.plan, name);
  return estimate.layers.find(({ planned }) => planned.layer === layer)!;
}

function printFigures(figures: readonly Figure[]): void {
  for (const { name, about, value, unit, formula, filled } of figures)
    print(`${name} = ${tell(value)} ${unit}: ${about}\n    ${formula}\n    ${filled}`);
}

function printGiven(given: readonly { name: string; about: string }[]): void {
  const columns = [
    { title: 'given', cell: ({ name }: (typeof given)[number]) => name },
    { title: 'what it is', most: 110, cell: ({ about }: (typeof given)[number]) => about },
  ];
  print(`\n${formatTable(given, columns)}`);
}

function estimateRecord({ plan, layers, totals, hungriest, waterfall }: Estimate, milliseconds: number): unknown {
  const { name, array, batch, objective, certificate, steps } = plan;
  return {
    network: name,
    array,
    batch,
    objective,
    certificate: { ...certificate, milliseconds },
    totals,
    hungriest,
    figures: explainTotals(totals.all),
    waterfall,
    layers: layers.map(({ planned, values, waterfall }) => ({
      name: planned.layer.name,
      operator: planned.layer.operator,
      kind: planned.layer.kind,
      sizes: describeLayer(planned.layer),
      choice: planned.plan.choice,
      values,
      waterfall,
      notes: planned.notes,
    })),
    host: steps.flatMap((step) => ('host' in step ? [step.host] : [])),
  };
}

/** Columns of the layer table, by symbol. */
const COLUMNS = [
  ['clocks', 'Q', 0],
  ['stalls', 'stall', 0],
  ['utilisation %', 'eff', 1],
  ['valid MACs', 'MAC', 0],
  ['µs', 'time', 1],
  ['words', 'M_all', 0],
  ['op/word', 'AI', 1],
  ['needs MB/s', 'need', 0],
  ['µJ', 'E_all', 1],
] as const;

function printEstimate(estimate: Estimate, milliseconds: number): void {
  const { plan, layers, totals, hungriest, waterfall } = estimate;
  print(`${clean(plan.name)} on ${describeArray(plan.array)}, batch ${plan.batch}\n`);
  if (layers.length === 0) return printHost(plan);
  print(
    formatTable(layers, [
      { title: 'layer', cell: ({ planned }) => planned.layer.name },
      { title: 'sizes', most: 60, cell: ({ planned }) => describeLayer(planned.layer) },
      ...COLUMNS.map(([title, name, digits]) => ({
        title,
        right: true,
        cell: ({ values }: LayerEstimate) => fixed(values[name]!, digits),
      })),
    ]),
  );
  const groups = GROUPS.filter((group) => totals[group].layers! > 0);
  const figures = explainTotals(totals.all).filter(({ name }) => name !== 'peak');
  const lines = [
    { about: 'layers', unit: '', values: groups.map((group) => fixed(totals[group].layers!, 0)) },
    { about: 'clocks', unit: 'clocks', values: groups.map((group) => fixed(totals[group].Q!, 0)) },
    { about: 'stalls', unit: 'clocks', values: groups.map((group) => fixed(totals[group].stall!, 0)) },
    { about: 'valid MACs', unit: 'MAC', values: groups.map((group) => fixed(totals[group].MAC!, 0)) },
    ...WAITS.filter(({ symbol }) => totals.all[symbol]).map(({ symbol, name }) => ({
      about: `of these, ${name}`,
      unit: 'clocks',
      values: groups.map((group) => fixed(totals[group][symbol]!, 0)),
    })),
    ...figures.map(({ name, about, unit }) => ({
      about,
      unit,
      values: groups.map((group) => tell(totals[group][name]!)),
    })),
  ];
  lines.push({
    about: `DRAM bandwidth of the layer that needs most (${clean(hungriest.all)})`,
    unit: 'MB/s',
    values: groups.map((group) => tell(totals[group].need_most!)),
  });
  if (plan.array.dataflow === 'kraken')
    lines.push({
      about: 'fill and drain of each layer, beside the clocks',
      unit: 'clocks',
      values: groups.map((group) => fixed(totals[group].edges!, 0)),
    });
  if (plan.array.dataflow !== 'kraken')
    lines.push({
      about: "SCALE-Sim's cycles",
      unit: 'cycles',
      values: groups.map((group) => fixed(totals[group].SS_cycles!, 0)),
    });
  print('');
  print(
    formatTable(lines, [
      { title: 'in all', most: 90, cell: (line) => line.about },
      ...groups.map((group, i) => ({
        title: group,
        right: true,
        cell: (line: (typeof lines)[number]) => line.values[i]!,
      })),
      { title: 'unit', cell: (line) => line.unit },
    ]),
  );
  print('\nwhere the clocks go:');
  const sum = totals.all.Q_t!;
  print(
    formatTable(waterfall, [
      { title: 'step', cell: (step) => step.name },
      { title: 'clocks', right: true, cell: (step) => fixed(step.clocks, 0) },
      { title: '%', right: true, cell: (step) => fixed((100 * step.clocks) / sum, 1) },
      { title: 'why', most: 100, cell: (step) => step.about },
    ]),
  );
  print('');
  print(`${describeCertificate(plan.certificate)}, ${milliseconds.toFixed(1)} ms`);
  printNotes(plannedLayers(plan));
  printHost(plan);
}

/** One line for each layer, with every value by its symbol. */
function printCsv({ layers }: Estimate): void {
  const names = [...new Set(layers.flatMap(({ values }) => Object.keys(values)))];
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  print(['layer', 'sizes', ...names].join(','));
  for (const { planned, values } of layers)
    print(
      [quote(planned.layer.name), quote(describeLayer(planned.layer)), ...names.map((name) => values[name] ?? '')].join(
        ',',
      ),
    );
}

const fixed = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Whole numbers in full, others to six digits. */
const tell = (value: number): string =>
  Number.isInteger(value)
    ? thousands(value)
    : Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 });
