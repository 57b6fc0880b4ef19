// The open network and the one selection that drives graph, list, inspector and tensor view. In: a network's id.
// Out: its view, who makes and who reads each tensor, and what is selected.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { KernelSet } from '../../main/network/arithmetic';
import type { Place } from '../../main/network/failure';
import type { NetworkView, OperatorView, TensorView } from '../../main/network/view';
import { call } from '../bridge';
import { useOptions } from './options';

export interface Blocked {
  readonly name: string;
  readonly count: number;
  readonly why: string; // of the first
}

export const useNetwork = defineStore('network', () => {
  const id = shallowRef<number | null>(null);
  const current = shallowRef<NetworkView | null>(null);
  const operator = shallowRef<number | null>(null);
  const tensor = shallowRef<number | null>(null);
  const shown = shallowRef(false); // is the tensor view of the import room open?

  const producers = computed(() => {
    const found = new Map<number, number>();
    for (const op of current.value?.operators ?? []) for (const out of op.outputs) found.set(out, op.index);
    return found;
  });
  const selectedOperator = computed<OperatorView | null>(() => current.value?.operators[operator.value ?? -1] ?? null);
  const selectedTensor = computed<TensorView | null>(() => current.value?.tensors[tensor.value ?? -1] ?? null);

  /** What a kernel set does not run, by kind of operator. */
  function listBlocked(set: KernelSet): readonly Blocked[] {
    const kinds = new Map<string, { name: string; count: number; why: string }>();
    for (const { name, support } of current.value?.operators ?? []) {
      const answer = support[set];
      if (answer.ok) continue;
      const { why } = answer;
      const kind = kinds.get(name) ?? kinds.set(name, { name, count: 0, why }).get(name)!;
      kind.count++;
    }
    return [...kinds.values()];
  }
  /** What the chosen kernel set does not run. */
  const blocked = computed((): readonly Blocked[] => listBlocked(useOptions().chosen.kernels));

  let turn = 0; // of opening and closing: a reply that was overtaken is dropped

  async function open(network: number): Promise<void> {
    const mine = ++turn;
    const view = await call('import.network', { network });
    if (mine !== turn) return;
    id.value = network;
    current.value = view;
    selectOperator(view.operators[0]?.index ?? null);
  }
  function close(): void {
    turn++;
    id.value = current.value = operator.value = tensor.value = null;
    shown.value = false;
  }

  function selectOperator(index: number | null): void {
    operator.value = index;
    tensor.value = selectedOperator.value?.outputs[0] ?? null;
  }
  /** A tensor is shown; the operator that makes it is selected with it, unless one that reads it already is. */
  function selectTensor(index: number): void {
    const op = selectedOperator.value;
    if (!op?.inputs.includes(index) && !op?.outputs.includes(index))
      operator.value = producers.value.get(index) ?? operator.value;
    tensor.value = index;
  }
  /** Selects a tensor and opens its values, also in the import room. */
  function showTensor(index: number): void {
    selectTensor(index);
    shown.value = true;
  }
  function selectPlace(place: Place): void {
    if (place.operator !== undefined) selectOperator(place.operator);
    if (place.tensor !== undefined) selectTensor(place.tensor);
  }
  function stepOperator(by: number): void {
    const last = (current.value?.operators.length ?? 0) - 1;
    if (last >= 0) selectOperator(Math.min(last, Math.max(0, (operator.value ?? -1) + by)));
  }

  return {
    id,
    current,
    operator,
    tensor,
    shown,
    producers,
    blocked,
    listBlocked,
    selectedOperator,
    selectedTensor,
    open,
    close,
    selectOperator,
    selectTensor,
    showTensor,
    selectPlace,
    stepOperator,
  };
});
