// Planning and estimating a design. In: layers, an array, choices. Out: plan and estimate, and how long it took; or a
// failure. Pure; runs in a worker thread (planning.worker.ts), so that the window never waits for it.
import { type Estimate, estimatePlan } from '../../main/estimate/estimate';
import { type Chart, estimateCharts } from '../../main/estimate/chart';
import type { PeArray } from '../../main/array/array';
import { type FailureRecord, recordFailure } from '../../main/network/failure';
import type { Step } from '../../main/plan/layers';
import type { Pin } from '../../main/plan/layer';
import { planNetwork } from '../../main/plan/plan';
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
  | { readonly ok: true; readonly estimate: Estimate; readonly milliseconds: number; readonly charts: readonly Chart[] | null }
  | { readonly ok: false; readonly failure: FailureRecord }; // prettier-ignore

export function planDesign({ name, steps, array, batch, objective, pins, charts }: Asked): Answer {
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
