// A design: which array runs which network, and how. In: what was kept between starts, or a person's choices. Out: one
// immutable value from which plan and estimate follow.
import { type PeArray, checkArray } from '../../main/array/array';
import { editArray } from '../../main/array/edit';
import { PRESETS, presetArray } from '../../main/array/presets';
import type { Pin } from '../../main/plan/layer';
import { TABLE_NAMES } from '../../main/plan/networks';
import { OBJECTIVES, type Objective } from '../../main/plan/search';

/** What is run: the open network, a layer table that comes with Goldbench, or a file's text. */
export type WorkloadChoice =
  | { readonly kind: 'network' }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly text: string };

export interface Design {
  readonly base: PeArray; // the preset or kept array that `array` began as
  readonly array: PeArray;
  readonly workload: WorkloadChoice;
  readonly batch: number;
  readonly objective: Objective;
  readonly pins: Readonly<Record<string, Pin>>; // by layer name
}

export const FIRST_DESIGN: Design = {
  base: presetArray('kraken-7x96'),
  array: presetArray('kraken-7x96'),
  workload: { kind: 'table', name: 'vgg-16' },
  batch: 1,
  objective: 'clocks',
  pins: {},
};

/** What is kept between starts is kept up to this many characters. */
export const MOST_KEPT = 500_000;
/** A file's text only up to that length. */
export function keepDesign(design: Design): unknown {
  const { workload } = design;
  const tooLong = workload.kind === 'file' && workload.text.length > MOST_KEPT;
  return tooLong ? { ...design, workload: FIRST_DESIGN.workload } : design;
}

/** The design that was kept, checked; the first one where what was kept is not understood. */
export function readDesign(value: unknown): Design {
  try {
    const { base, array, workload, batch, objective, pins } = value as Design;
    const isPin = (pin: unknown) =>
      typeof pin === 'object' && pin !== null && Object.values(pin).every((text) => typeof text === 'string');
    const fits =
      isWorkload(workload) &&
      Number.isInteger(batch) &&
      batch >= 1 &&
      batch <= 65_536 &&
      OBJECTIVES.includes(objective) &&
      typeof pins === 'object' &&
      Object.values(pins).every(isPin);
    if (!fits) return FIRST_DESIGN;
    // a preset may have changed since: then what is left of it is an array of one's own
    const began = PRESETS.find(({ name }) => name === base.name) ?? checkArray(base, 'the kept array');
    return {
      base: began,
      array: editArray(began, checkArray(array, 'the kept array'), []),
      workload,
      batch,
      objective,
      pins,
    };
  } catch {
    return FIRST_DESIGN; // an older program or a hand left something else there
  }
}

function isWorkload(value: WorkloadChoice): boolean {
  if (value.kind === 'network') return true;
  if (value.kind === 'table') return TABLE_NAMES.includes(value.name);
  return value.kind === 'file' && typeof value.name === 'string' && typeof value.text === 'string';
}

/** Arrays a person kept. Those that this program does not understand stay as they are, with why: another may. */
export interface KeptArrays {
  readonly arrays: readonly PeArray[];
  readonly others: readonly unknown[];
  readonly failures: readonly unknown[];
}

export function readArrays(value: readonly unknown[]): KeptArrays {
  const arrays: PeArray[] = [];
  const others: unknown[] = [];
  const failures: unknown[] = [];
  for (const one of value)
    try {
      arrays.push(checkArray(one, 'a kept array'));
    } catch (error) {
      others.push(one);
      failures.push(error);
    }
  return { arrays, others, failures };
}
