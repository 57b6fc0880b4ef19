// What the planning thread does. A design: layers, an array, choices in; plan and estimate out, and how long it took. A
// layer: its alternatives out. The PEs as other arrays: those out. Or a failure. Pure; runs in a worker thread (planning.worker.ts), so that the window never
// waits for it.
import { type Estimate, estimatePlan } from '../../main/estimate/estimate';
import { type Chart, estimateCharts } from '../../main/estimate/chart';
import type { PeArray } from '../../main/array/array';
import { type FailureRecord, recordFailure } from '../../main/network/failure';
import type { Step } from '../../main/plan/layers';
import { type Alternative, listAlternatives } from '../../main/plan/alternatives';
import type { Layer, Pin } from '../../main/plan/layer';
import { planNetwork } from '../../main/plan/plan';
import { type Regroupings, regroup } from '../../main/plan/regroup';
import type { Objective } from '../../main/plan/search';

export interface Asked {
  readonly name: string; // of the network
  readonly steps: readonly Step[];
  readonly array: PeArray;
  readonly batch: number;
  readonly objective: Objective;
  readonly pins: Readonly<Record<string, Pin>>;
  /** The charts, too: they take several plans more. */
  readonly charts?: boolean;
}

export type Answer =
  | {
      readonly ok: true;
      readonly estimate: Estimate;
      readonly milliseconds: number;
      readonly charts: readonly Chart[] | null;
    }
  | { readonly ok: false; readonly failure: FailureRecord };

function planDesign({ name, steps, array, batch, objective, pins, charts }: Asked): Answer {
  try {
    const started = performance.now();
    const plan = planNetwork(name, steps, array, { batch, objective, pins: new Map(Object.entries(pins)) });
    const milliseconds = performance.now() - started;
    const estimate = estimatePlan(plan);
    return { ok: true, estimate, milliseconds, charts: charts ? estimateCharts(estimate, steps) : null };
  } catch (error) {
    return { ok: false, failure: recordFailure(error) };
  }
}

export interface LayerAsked {
  readonly layer: Layer;
  readonly array: PeArray;
  readonly batch: number;
  readonly objective: Objective;
}
export type LayerAnswer =
  | { readonly ok: true; readonly alternatives: readonly Alternative[] }
  | { readonly ok: false; readonly failure: FailureRecord };

/** A search for each big choice: a second or more for the batch of a systolic array. */
function alternativesOf({ layer, array, batch, objective }: LayerAsked): LayerAnswer {
  try {
    return { ok: true, alternatives: listAlternatives(layer, array, batch, objective) };
  } catch (error) {
    return { ok: false, failure: recordFailure(error) };
  }
}

/** The PEs as every other R x C; the plans themselves are not told, since the one that is taken is planned as the design. */
export interface Shapes extends Omit<Regroupings, 'plan'> {
  readonly best: number; // its rows
}
export type ShapesAnswer =
  { readonly ok: true; readonly shapes: Shapes } | { readonly ok: false; readonly failure: FailureRecord };

function planShapes({ name, steps, array, batch, objective, pins }: Asked): ShapesAnswer {
  try {
    const { plan, ...shapes } = regroup(name, steps, array, { batch, objective, pins: new Map(Object.entries(pins)) });
    return { ok: true, shapes: { ...shapes, best: plan.array.rows } };
  } catch (error) {
    return { ok: false, failure: recordFailure(error) };
  }
}

const TASKS = { design: planDesign, layer: alternativesOf, shapes: planShapes };
export type Task = keyof typeof TASKS;
export type AskedOf<T extends Task> = Parameters<(typeof TASKS)[T]>[0];
export type AnswerOf<T extends Task> = ReturnType<(typeof TASKS)[T]>;

/** Does a task by its name. */
export const perform = <T extends Task>(task: T, asked: AskedOf<T>): AnswerOf<T> =>
  (TASKS[task] as (asked: AskedOf<T>) => AnswerOf<T>)(asked);
