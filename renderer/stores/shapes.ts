// The PEs of the design as every other R x C: which one is best for the network. In: the design, as long as the list is open. Out: the
// shapes with their clocks and traffic, and the one that a person takes.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import { editArray } from '../../main/array/edit';
import type { FailureRecord } from '../../main/network/failure';
import { type Regrouping, listShapes } from '../../main/plan/regroup';
import type { Shapes } from '../design/planning';
import { Planner } from '../design/planner';
import { useDesign } from './design';

export const useShapes = defineStore('shapes', () => {
  const design = useDesign();
  const planner = new Planner('shapes');
  const isOpen = shallowRef(false);
  const found = shallowRef<Shapes | null>(null);
  const failure = shallowRef<FailureRecord | null>(null);
  const isPlanning = shallowRef(false);

  const asked = computed(() => {
    const { array, batch, objective, pins } = design.design;
    const { workload } = design;
    return isOpen.value && workload
      ? { name: workload.name, steps: workload.steps, array, batch, objective, pins }
      : null;
  });
  watch(asked, (now, before) => {
    if (now?.steps !== before?.steps) found.value = failure.value = null; // of another network
    isPlanning.value = now !== null;
    if (!now) return planner.close(); // many searches: nobody waits for them any more
    planner.ask(now, (answer) => {
      if (asked.value !== now) return;
      isPlanning.value = false;
      if (answer.ok) [found.value, failure.value] = [answer.shapes, null];
      else [found.value, failure.value] = [null, answer.failure];
    });
  });

  /** The shape becomes the array of the design, with as much SRAM. */
  function take({ rows }: Regrouping): void {
    const { base, array } = design.design;
    const shape = listShapes(array).find((one) => one.rows === rows);
    if (!shape || shape === array) return;
    design.drafts = design.errors = {}; // texts of fields that are no values yet
    design.change({ array: editArray(base, shape, []) });
  }

  return { isOpen, found, failure, isPlanning, take };
});
