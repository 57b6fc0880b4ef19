// `goldbench plan`: how a network's layers go onto the array. In: a model or layer table, an array. Out: a table with a
// line for each layer and the proof of the search; with --out a text that --from reads back.
import { writeFileSync } from 'node:fs';
import type { Verb } from '../cli';
import { type PeArray, peCount } from '../array/array';
import { plan as planLayers, planRegrouped } from '../flow';
import { diskFailure } from '../import/disk';
import { userFailure } from '../network/failure';
import { describeLayer, type Layer, type Pin } from '../plan/layer';
import { loopNest } from '../plan/loops';
import { type LayerPlan, type PlanOptions, type TilePlan, choiceTexts, choicesOf, plannedLayers } from '../plan/plan';
import type { Regroupings } from '../plan/regroup';
import { SEARCHED, describeCertificate, tellChoices } from '../plan/search';
import { writeTopology } from '../plan/scaleSim';
import { readPin, readPlan, writePlan } from '../plan/text';
import { parseVerb, readGivenFile } from './files';
import { clean, formatTable, print, printJson, thousands } from './print';
import { type Workload, checkObjective, checkWhole, readArray, readWorkload } from './workload';

export const PLAN_OPTIONS = {
  array: { type: 'string' },
  set: { type: 'string', multiple: true },
  dataflow: { type: 'string' },
  batch: { type: 'string' },
  objective: { type: 'string' },
  pin: { type: 'string', multiple: true },
  from: { type: 'string' },
  json: { type: 'boolean' },
} as const;
export const PLAN_USAGE =
  'MODEL|TABLE [--array PRESET|FILE.json|7x96] [--set FIELD=VALUE …] [--dataflow kraken|os|ws|is] [--batch N] [--objective clocks|traffic] [--pin "LAYER: CHOICE=VALUE …"] [--from PLAN.txt]';
const usage = `plan ${PLAN_USAGE} [--out PLAN.txt] [--topology FILE.csv] [--nest LAYER] [--regroup] [--json]`;

export const runPlan: Verb = {
  usage,
  about:
    "each layer's best way onto the PE array, with the proof that no other is better; choices of a pin: " +
    `${tellChoices(choicesOf('kraken'))}; of os, ws and is: ${tellChoices(choicesOf('os'))}`,
  async run(args) {
    const options = {
      ...PLAN_OPTIONS,
      out: { type: 'string' },
      topology: { type: 'string' },
      nest: { type: 'string' },
      regroup: { type: 'boolean' },
    } as const;
    const { values, positionals } = parseVerb(args, options, usage);
    const { plan, workload, milliseconds, regroupings } = makePlan(oneWorkload(positionals, usage), values);
    if (values.out !== undefined) save(values.out, writePlan(plan));
    if (values.topology !== undefined) save(values.topology, writeTopology(layersOf(workload)));
    const nest = values.nest === undefined ? null : loopNest(findLayer(plan, values.nest).plan, plan.array);
    if (values.json) printJson(nest ? { layer: values.nest, nest } : planRecord(plan, milliseconds, regroupings));
    else if (nest) print(nest.join('\n'));
    else printPlan(plan, milliseconds, regroupings);
  },
};

export interface PlanValues {
  readonly array?: string;
  readonly set?: string[];
  readonly dataflow?: string;
  readonly batch?: string;
  readonly objective?: string;
  readonly pin?: string[];
  readonly from?: string;
  readonly regroup?: boolean;
}

/** Plans what the options say; a plan given by --from brings its array, batch, objective and pins, options go before it. */
export function makePlan(
  given: string,
  values: PlanValues,
): { plan: TilePlan; workload: Workload; milliseconds: number; regroupings: Regroupings | null } {
  const from = values.from === undefined ? undefined : readPlan(decode(values.from), values.from);
  const workload = readWorkload(given);
  const array = readArray(values.array ?? from?.array, values.dataflow ?? from?.dataflow, values.set);
  const options: PlanOptions = {
    batch: checkWhole(values.batch, '--batch', from?.batch ?? 1),
    objective: checkObjective(values.objective ?? from?.objective),
    pins: new Map([...(from?.pins ?? []), ...(values.pin ?? []).map(readGivenPin)]),
  };
  const start = performance.now();
  const regroupings = values.regroup ? planRegrouped(workload.name, workload.steps, array, options) : null;
  const plan = regroupings?.plan ?? planLayers(workload.name, workload.steps, array, options);
  return { plan, workload, milliseconds: performance.now() - start, regroupings };
}

const decode = (file: string): string => new TextDecoder().decode(readGivenFile(file));

/** 'conv1: form=direct passes=2' */
function readGivenPin(text: string): [name: string, pin: Pin] {
  const refuse = (sentence: string, remedy: string): never => {
    throw userFailure('arguments', `--pin ${text}: ${sentence}`, remedy);
  };
  const [, name, choices] =
    /^(.+?): *(\S.*)$/.exec(text) ?? refuse('no layer is named.', 'Write --pin "LAYER: CHOICE=VALUE".');
  return [name!, readPin(choices!, refuse)];
}

const layersOf = ({ steps }: Workload): Layer[] => steps.flatMap((step) => ('layer' in step ? [step.layer] : []));

export function oneWorkload(positionals: readonly string[], usage: string): string {
  const [given, ...more] = positionals;
  if (given && more.length === 0) return given;
  const sentence = given
    ? `One model or layer table is expected, but ${positionals.length} were given.`
    : 'No model or layer table was given.';
  throw userFailure('arguments', sentence, `Usage: goldbench ${usage}`);
}

export function findLayer(plan: TilePlan, name: string): LayerPlan {
  const layers = plannedLayers(plan);
  const found = layers.find(({ layer }) => layer.name === name || String(layer.operator) === name);
  if (found) return found;
  throw userFailure(
    'layer-unknown',
    `No layer of ${plan.name} is named ${name}, or the host runs it.`,
    `The layers are ${layers.map(({ layer }) => layer.name).join(', ')}.`,
  );
}

export function save(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw diskFailure(error, file);
  }
}

/** 'kraken-7x96: 7 x 96 PEs at 400 MHz, kraken' */
export const describeArray = (array: PeArray): string =>
  `${clean(array.name)}: ${array.rows} x ${array.cores} = ${thousands(peCount(array))} PEs at ${array.clockMHz} MHz, dataflow ${array.dataflow}`;

function planRecord(plan: TilePlan, milliseconds: number, regroupings: Regroupings | null): unknown {
  const { name, array, batch, objective, certificate, steps } = plan;
  return {
    network: name,
    array,
    batch,
    objective,
    certificate: { ...certificate, milliseconds },
    ...(regroupings && { regroupings: { shapes: regroupings.shapes, certificate: regroupings.certificate } }),
    layers: plannedLayers(plan).map(({ layer, facts, plan, notes }) => ({
      name: layer.name,
      operator: layer.operator,
      kind: layer.kind,
      sizes: describeLayer(layer),
      facts,
      dataflow: plan.dataflow,
      choice: plan.choice,
      tiles: plan.tiles,
      certificate: plan.certificate,
      notes,
      nest: loopNest(plan, array),
    })),
    host: steps.flatMap((step) => ('host' in step ? [step.host] : [])),
  };
}

function printPlan(plan: TilePlan, milliseconds: number, regroupings: Regroupings | null): void {
  const layers = plannedLayers(plan);
  print(`${clean(plan.name)} on ${describeArray(plan.array)}, batch ${plan.batch}\n`);
  if (layers.length === 0) return printHost(plan);
  print(
    formatTable(layers, [
      { title: 'layer', cell: ({ layer }) => layer.name },
      { title: 'sizes', most: 60, cell: ({ layer }) => describeLayer(layer) },
      {
        title: 'choice',
        most: 80,
        cell: ({ plan }) =>
          choiceTexts(plan)
            .map(([name, text]) => `${name}=${text}`)
            .join(' '),
      },
      { title: 'tiles', cell: ({ plan }) => tilesText(plan) },
      { title: 'clocks', right: true, cell: ({ plan }) => thousands(plan.tiles.clocks) },
      { title: 'stalls', right: true, cell: ({ plan }) => thousands(plan.tiles.stallClocks) },
      { title: 'at least', right: true, cell: ({ facts }) => thousands(facts.floorClocks) },
      { title: 'optimal of', right: true, cell: ({ plan }) => thousands(plan.certificate.candidates) },
    ]),
  );
  const { certificate } = regroupings ?? plan;
  if (regroupings) printShapes(plan, regroupings);
  print(`\n${layers.length} layers on the array: ${describeCertificate(certificate)}, ${milliseconds.toFixed(1)} ms`);
  print(
    `searched: ${SEARCHED[plan.array.dataflow === 'kraken' ? 'kraken' : 'systolic']}${regroupings ? ', on every R x C of as many PEs' : ''}`,
  );
  printNotes(layers);
  printHost(plan);
}

function printShapes({ array }: TilePlan, { shapes }: Regroupings): void {
  print(`\nThe same ${thousands(peCount(array))} PEs and the same SRAM as another array:\n`);
  print(
    formatTable(shapes, [
      { title: 'R x C', cell: ({ rows, cores }) => `${rows}x${cores}${rows === array.rows ? ' *' : ''}` },
      { title: 'clocks', right: true, cell: ({ clocks }) => thousands(clocks) },
      { title: 'DRAM bytes', right: true, cell: ({ bytes }) => thousands(Math.round(bytes)) },
      { title: '', cell: ({ lostLayers }) => (lostLayers > 0 ? `${lostLayers} layers more on the host` : '') },
    ]),
  );
}

/** What the array does not run, and why. */
export function printHost({ steps }: TilePlan): void {
  const host = steps.flatMap((step) => ('host' in step ? [step.host] : []));
  if (host.length === steps.length) print('The array runs no layer of this network.');
  if (host.length > 0) print(`${host.length} on the host:`);
  for (const { name, why } of host) print(`  ${clean(name)}: ${why}`);
}

const tilesText = (plan: LayerPlan['plan']): string =>
  plan.dataflow === 'kraken'
    ? `T=${plan.tiles.T} L=${plan.tiles.L} E=${plan.tiles.E} G=${plan.tiles.G}`
    : `${plan.tiles.rowFolds} x ${plan.tiles.columnFolds} folds`;

/** Each note once, with the layers it speaks of. */
export function printNotes(layers: readonly LayerPlan[]): void {
  const notes = new Map<string, string[]>();
  for (const { layer, notes: own } of layers)
    for (const note of own) notes.set(note, [...(notes.get(note) ?? []), layer.name]);
  for (const [note, names] of notes) print(`note: ${clean(names.join(', '))}: ${note}`);
}
