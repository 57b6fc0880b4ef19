// What else could be chosen for a layer. In: a layer, an array. Out: each of the big choices (Kraken: the form; systolic:
// the order of loops) with the best plan that has it, or why there is none. The best of all is the plan itself.
import type { PeArray } from '../array/array';
import { tellChoice } from './kraken';
import { krakenForms } from './krakenForms';
import type { Layer, Pin } from './layer';
import { ORDERS } from './mapping';
import { planLayer } from './plan';
import type { Objective } from './search';

export interface Alternative {
  readonly pin: Pin; // what holds a plan to it
  readonly clocks: number | null; // stalls included; null: no plan
  readonly bytes: number | null; // in DRAM
  readonly why: string; // '' where there is a plan
}

export function listAlternatives(layer: Layer, array: PeArray, batch: number, objective: Objective): Alternative[] {
  return pinsOf(layer, array, batch).map((pin) => {
    const plan = planLayer(layer, array, batch, objective, pin);
    if (typeof plan === 'string') return { pin, clocks: null, bytes: null, why: plan };
    const { clocks, stallClocks, bytes } = plan.tiles;
    return { pin, clocks: clocks + stallClocks, bytes, why: '' };
  });
}

function pinsOf(layer: Layer, array: PeArray, batch: number): Pin[] {
  if (array.dataflow !== 'kraken') return ORDERS.map((order) => ({ order }));
  return krakenForms(layer, batch).map(({ form, turned, flat, blocks }) => ({
    form,
    turned: tellChoice(turned),
    flat: tellChoice(flat),
    blocks,
  }));
}
