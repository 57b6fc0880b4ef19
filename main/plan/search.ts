// What all searches share: the best plan so far, by a written order, and the proof of how it was found. In: candidates
// with their cost. Out: the best one and a certificate. A search enumerates its whole space: each candidate is either
// evaluated, or left out because a bound says it cannot be better; so the best is the optimum, and the gap is 0.
//
// The choices, and where they are enumerated:
//   regroupings of R x C  Kraken joins cores into E = floor(C / G) elastic groups of G = K_W + S_W - 1 (arXiv 2112.02793).
//                         G follows from the form, so each form is a regrouping, and all are tried (krakenForms.ts). Rows
//                         and cores themselves are wires: another R x C of as many PEs is another design (regroup.ts).
//   loop order            systolic: all six (mapping.ts). Kraken's loop nest is its engine's counters: no choice.
//   stationarity          the dataflow, chosen with the array; within os, ws, is the order says what stays in its SRAM.
//   tile sizes            systolic: every number of blocks and splits (systolic.ts). Kraken: output or input rows cut into
//                         blocks, groups merged; passes over the channels are as few as the SRAM's depth allows (kraken.ts).
//   batch                 every number of equal chunks, so that one configuration serves them all: evenChunks below.
import { thousands } from '../network/digits';
import { userFailure } from '../network/failure';
import type { Layer, Pin } from './layer';

/** What is made small first: clocks (stalls included) and then bytes, or bytes and then clocks. */
export const OBJECTIVES = ['clocks', 'traffic'] as const;
export type Objective = (typeof OBJECTIVES)[number];

export interface Cost {
  readonly clocks: number; // stalls included
  readonly bytes: number; // in DRAM
}

export interface Certificate {
  readonly candidates: number; // legal plans in the space
  readonly evaluated: number;
  readonly pruned: number; // candidates - evaluated: a bound showed that they cannot be better
  readonly gapPercent: 0; // between the best plan and the bound on all candidates
}

/** Collects candidates: the best one, and how many there were. A tie keeps the one of the first place, or that was offered first. */
export class Best<T> {
  private found: T | undefined;
  private clocks = Infinity;
  private bytes = Infinity;
  private place = 0;
  private candidates = 0;
  private evaluated = 0;

  private readonly clocksFirst: boolean;

  constructor(objective: Objective) {
    this.clocksFirst = objective === 'clocks';
  }

  /** Counts a candidate; true where it is the best so far and keep() must follow. Numbers, since millions come. */
  offer(clocks: number, bytes: number, place?: number): boolean {
    this.candidates++;
    this.evaluated++;
    return this.canImprove(clocks, bytes, place);
  }
  keep(found: T, { clocks, bytes }: Cost, place = 0): void {
    this.found = found;
    this.place = place;
    this.clocks = clocks;
    this.bytes = bytes;
  }
  /** Can a plan that costs at least so much still be better? @param place in the order of ties, where they are not offered in it */
  canImprove(clocks: number, bytes: number, place = Infinity): boolean {
    if (clocks === this.clocks && bytes === this.bytes) return place < this.place;
    return this.clocksFirst
      ? clocks < this.clocks || (clocks === this.clocks && bytes < this.bytes)
      : bytes < this.bytes || (bytes === this.bytes && clocks < this.clocks);
  }
  /** `count` candidates left out by a bound. */
  prune(count: number): void {
    this.candidates += count;
  }
  result(): { found: T; certificate: Certificate } | null {
    if (this.found === undefined) return null;
    const { candidates, evaluated } = this;
    const certificate = { candidates, evaluated, pruned: candidates - evaluated, gapPercent: 0 } as const;
    return { found: this.found, certificate };
  }
}

/** What a search goes through, in words: the choices of one dataflow. */
export const SEARCHED = {
  kraken:
    'every elastic grouping of the cores (by form), cut of rows, merge of groups and chunks of the batch, each in as few passes as the weights SRAM allows',
  systolic: 'every loop order, number of blocks and splits, and chunks of the batch',
} as const;

/** 'optimal of 312,480 (1,204 evaluated, the rest excluded by bounds), bound gap 0 %' */
export const describeCertificate = ({ candidates, evaluated }: Certificate): string =>
  `optimal of ${thousands(candidates)} (${thousands(evaluated)} evaluated, the rest excluded by bounds), bound gap 0 %`;

/** Sum of several layers' certificates. */
export const addCertificates = (all: readonly Certificate[]): Certificate =>
  all.reduce(
    (sum, one) => ({
      candidates: sum.candidates + one.candidates,
      evaluated: sum.evaluated + one.evaluated,
      pruned: sum.pruned + one.pruned,
      gapPercent: 0,
    }),
    { candidates: 0, evaluated: 0, pruned: 0, gapPercent: 0 },
  );

/** How many equal parts a batch can be run in, fewest first. */
export const evenChunks = (batch: number): number[] =>
  Array.from({ length: batch }, (_, i) => i + 1).filter((chunks) => batch % chunks === 0);

/** Refuses a pin of a choice that the dataflow does not have. */
export function checkPin(pin: Pin, values: Readonly<Record<string, string>>, layer: Layer, dataflow: string): void {
  const unknown = Object.keys(pin).find((name) => !Object.hasOwn(values, name));
  if (unknown !== undefined)
    throw userFailure(
      'plan-pin',
      `${layer.name} is pinned to ${unknown}=${pin[unknown]}, but ${dataflow} has no choice named ${unknown}.`,
      `Its choices are ${tellChoices(values)}.`,
    );
}

/** 'form (direct or folded), turned (no or yes), …' */
export const tellChoices = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} (${value})`)
    .join(', ');

/** No plan of the layer has what the pin asks for. `values`: what each choice can be, in words. */
export const pinFailure = (layer: Layer, pin: Pin, values: Readonly<Record<string, string>>) =>
  userFailure(
    'plan-pin',
    `${layer.name} has no plan with ${Object.entries(pin)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}.`,
    `Take a pin away, or give another value: ${Object.keys(pin)
      .map((name) => `${name} is ${values[name]}`)
      .join('; ')}. The unpinned plan tells what it chose.`,
  );
