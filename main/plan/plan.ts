// The plan room. In: the steps of a network (layers.ts) or a layer table (table.ts), an array, a batch. Out: a TilePlan:
// for each layer the best way to run it on the array, with the proof, or why it is the host's. Pure and deterministic:
// the same input gives the same plan. Equal layers are searched once.
import type { Dataflow, PeArray } from '../array/array';
import { peCount } from '../array/array';
import { userFailure } from '../network/failure';
import { is } from './is';
import { KRAKEN_CHOICES, type KrakenChoice, type KrakenPlan, planKraken, tellChoice } from './kraken';
import { type Layer, type Pin, countCompulsoryWords, countLayerMacs, wordsComplaint } from './layer';
import type { HostStep, Step } from './layers';
import { os } from './os';
import { tellOtherForm } from './rtlForm';
import { type Certificate, type Objective, addCertificates, checkPin, pinFailure } from './search';
import { SYSTOLIC_CHOICES, type SystolicChoice, type SystolicMapping } from './mapping';
import { type Found, searchSystolic } from './systolic';
import { ws } from './ws';

export interface SystolicPlan extends Found {
  readonly dataflow: 'os' | 'ws' | 'is';
}
export type ArrayPlan = KrakenPlan | SystolicPlan;

/** What holds for a layer whatever its plan, over the whole batch. */
export interface LayerFacts {
  readonly validMacs: number;
  readonly allMacs: number; // taps in the padding included
  readonly floorClocks: number; // no plan on this array is below: valid MACs / PEs, rounded up
  readonly floorBytes: number; // each input, weight and output once
  readonly terms: number; // products in a sum
  readonly safeTerms: number; // of the largest products, that fit the accumulator
}

export interface LayerPlan {
  readonly layer: Layer;
  readonly facts: LayerFacts;
  readonly plan: ArrayPlan; // one object for equal layers
  readonly notes: readonly string[];
}

export type PlannedStep = { readonly planned: LayerPlan } | { readonly host: HostStep };

export interface TilePlan {
  readonly name: string;
  readonly array: PeArray;
  readonly batch: number;
  readonly objective: Objective;
  readonly steps: readonly PlannedStep[]; // in execution order
  readonly certificate: Certificate; // of all layers; equal layers count once
}

export interface PlanOptions {
  readonly batch?: number; // inferences at once, 1
  readonly objective?: Objective; // 'clocks'
  readonly pins?: ReadonlyMap<string, Pin>; // by layer name, above those of the layer table
}

export const MAPPINGS: Readonly<Record<'os' | 'ws' | 'is', SystolicMapping>> = { os, ws, is };

/** The choices that a dataflow has, and what each can be, in words. */
export const choicesOf = (dataflow: Dataflow): Readonly<Record<string, string>> =>
  dataflow === 'kraken' ? KRAKEN_CHOICES : SYSTOLIC_CHOICES;
const choiceNames = (dataflow: Dataflow): readonly string[] => Object.keys(choicesOf(dataflow));

/** A choice as names and texts, in the dataflow's order: what a pin would say. */
export const choiceTexts = (plan: ArrayPlan): [name: string, text: string][] =>
  choiceNames(plan.dataflow).map((name) => [
    name,
    tellChoice((plan.choice as KrakenChoice & SystolicChoice)[name as keyof KrakenChoice]),
  ]);

export function planNetwork(name: string, steps: readonly Step[], array: PeArray, options: PlanOptions = {}): TilePlan {
  const { batch = 1, objective = 'clocks', pins = new Map<string, Pin>() } = options;
  checkBatch(batch);
  checkPinnedNames(pins, steps);
  const plans = new Map<string, Searched>();
  const planned = steps.map((step): PlannedStep => {
    if ('host' in step) return step;
    const { layer } = step;
    const pin = { ...tablePin(layer, array.dataflow), ...pins.get(layer.name) };
    const key = JSON.stringify({ ...layer, name: '', operator: null, pin });
    let searched = plans.get(key);
    if (!searched) plans.set(key, (searched = search(layer, array, batch, objective, pin)));
    if ('why' in searched) return { host: { name: layer.name, operator: layer.operator, why: searched.why } };
    return { planned: { layer, ...searched } };
  });
  const certificates = [...plans.values()].flatMap((one) => ('plan' in one ? [one.plan.certificate] : []));
  return { name, array, batch, objective, steps: planned, certificate: addCertificates(certificates) };
}

/** A layer table's pins speak of one dataflow; for another they say nothing. */
const tablePin = ({ pin = {} }: Layer, dataflow: Dataflow): Pin =>
  Object.keys(pin).every((name) => choiceNames(dataflow).includes(name)) ? pin : {};

type Searched = Omit<LayerPlan, 'layer'> | { readonly why: string };

function search(layer: Layer, array: PeArray, batch: number, objective: Objective, pin: Pin): Searched {
  const plan = wordsComplaint(layer, array) ?? planLayer(layer, array, batch, objective, pin);
  if (typeof plan === 'string') return { why: plan };
  const facts = factsOf(layer, array, batch);
  return { plan, facts, notes: notesOf(layer, array, plan, facts) };
}

/** The best plan of one layer, or a sentence why the array cannot run it. @throws userFailure 'plan-pin' */
export const planLayer = (
  layer: Layer,
  array: PeArray,
  batch: number,
  objective: Objective,
  pin: Pin,
): ArrayPlan | string =>
  array.dataflow === 'kraken'
    ? planKraken(layer, array, batch, objective, pin)
    : planSystolic(layer, array, array.dataflow, batch, objective, pin);

function planSystolic(
  layer: Layer,
  array: PeArray,
  dataflow: 'os' | 'ws' | 'is',
  batch: number,
  objective: Objective,
  pin: Pin,
): SystolicPlan {
  checkPin(pin, SYSTOLIC_CHOICES, layer, dataflow);
  const found = searchSystolic(layer, batch, MAPPINGS[dataflow], array, objective, pin);
  if (found) return { dataflow, ...found };
  throw pinFailure(layer, pin, SYSTOLIC_CHOICES);
}

function factsOf(layer: Layer, array: PeArray, batch: number): LayerFacts {
  const { valid, all } = countLayerMacs(layer);
  const { pixels, weights, outputs } = countCompulsoryWords(layer, batch);
  return {
    validMacs: valid * batch,
    allMacs: all * batch,
    floorClocks: Math.ceil((valid * batch) / peCount(array)),
    floorBytes: (pixels * array.pixelBits + weights * array.weightBits + outputs * array.accumulatorBits) / 8,
    terms: layer.kind === 'product' ? layer.depth : layer.inputChannels * layer.rows.taps * layer.columns.taps,
    // the largest product of two's complement words is 2^(b_X - 1) x 2^(b_K - 1); the largest sum 2^(b_Y - 1) - 1
    safeTerms: Math.floor((2 ** (array.accumulatorBits - 1) - 1) / 2 ** (array.pixelBits + array.weightBits - 2)),
  };
}

/** Null where no sum can be too large for the accumulator. */
export const tellOverflow = ({ terms, safeTerms }: LayerFacts, { accumulatorBits }: PeArray): string | null =>
  terms > safeTerms ? `sums of more than ${safeTerms} products may exceed ${accumulatorBits} bits` : null;

/** What someone who builds the array should know of this layer. */
function notesOf(layer: Layer, array: PeArray, plan: ArrayPlan, facts: LayerFacts): string[] {
  const notes: string[] = [];
  const overflow = tellOverflow(facts, array);
  if (overflow !== null) notes.push(overflow);
  if (plan.dataflow === 'kraken' && plan.tiles.passes > 1)
    notes.push('several passes over the input channels: the host adds their sums');
  const other = plan.dataflow === 'kraken' ? tellOtherForm(layer, choiceTexts(plan)) : null;
  if (other !== null) notes.push(other);
  return notes;
}

function checkBatch(batch: number): void {
  if (Number.isInteger(batch) && batch >= 1 && batch <= 65_536) return;
  throw userFailure('plan-batch', `A batch of ${batch} is not possible.`, 'Give a whole number from 1 to 65,536.');
}

function checkPinnedNames(pins: ReadonlyMap<string, Pin>, steps: readonly Step[]): void {
  const names = steps.flatMap((step) => ('layer' in step ? [step.layer.name] : []));
  const unknown = [...pins.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw userFailure('plan-pin', `There is no layer ${unknown} to pin.`, `The layers are ${names.join(', ')}.`);
}

/** The layers that the array runs. */
export const plannedLayers = (plan: TilePlan): LayerPlan[] =>
  plan.steps.flatMap((step) => ('planned' in step ? [step.planned] : []));
