// What the Estimate room shows, and design A, which the present design (B) is compared with. In: the design of the moment
// it is pinned. Out: its estimate. A is kept between starts with the layers it was made for, since another network may be
// open then; its estimate is made anew.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { compareEstimates } from '../../main/estimate/difference';
import type { Estimate } from '../../main/estimate/estimate';
import type { Step } from '../../main/plan/layers';
import { type Design, FIRST_DESIGN, MOST_KEPT, readDesign } from '../design/design';
import { Planner } from '../design/planner';
import { oneOf, remember } from '../parts/memory';
import { useDesign } from './design';
import { useProblems } from './problems';

const VIEWS = ['figures', 'sweep', 'compare'] as const;
export type EstimateView = (typeof VIEWS)[number];

interface KeptDesign {
  readonly design: Design;
  readonly name: string; // of the network
  readonly steps: readonly Step[];
}
const isKept = (value: unknown): value is KeptDesign | null => {
  if (value === null) return true;
  const { design, name, steps } = value as Partial<KeptDesign>;
  return readDesign(design) !== FIRST_DESIGN && typeof name === 'string' && Array.isArray(steps);
};

export const useBaseline = defineStore('baseline', () => {
  const design = useDesign();
  const view = remember<EstimateView>('estimate.view', 'figures', oneOf(...VIEWS));
  const kept = remember<KeptDesign | null>('design.a', null, isKept);
  const a = shallowRef<{ readonly design: Design; readonly estimate: Estimate } | null>(null);
  const found = computed(() => a.value && design.estimate && compareEstimates(a.value.estimate, design.estimate));
  function pin(): void {
    const { estimate, workload } = design;
    if (!estimate || !workload) return;
    a.value = { design: design.design, estimate };
    const now = { design: design.design, name: workload.name, steps: workload.steps };
    kept.value = JSON.stringify(now).length <= MOST_KEPT ? now : null; // a very long one lasts until the window closes
  }
  /** A becomes the design, and the present design A. */
  function swap(): void {
    const was = a.value;
    if (!was) return;
    pin();
    design.change(was.design);
  }

  function restore({ design: was, name, steps }: KeptDesign): void {
    const planner = new Planner('design');
    const of = readDesign(was);
    const { array, batch, objective, pins } = of;
    planner.ask({ name, steps, array, batch, objective, pins }, (answer) => {
      planner.close();
      if (a.value) return; // pinned anew by now
      if (answer.ok) a.value = { design: of, estimate: answer.estimate };
      else useProblems().keep(answer.failure, 'Design A as it was kept');
    });
  }
  if (kept.value) restore(kept.value);
  return { view, a, found, pin, swap };
});
