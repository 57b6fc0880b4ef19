// What the Estimate room shows, and design A, which the present design (B) is compared with. In: the design of the moment
// it is pinned. Out: its estimate.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { compareEstimates } from '../../main/estimate/difference';
import type { Estimate } from '../../main/estimate/estimate';
import { oneOf, remember } from '../parts/memory';
import type { Design } from '../design/design';
import { useDesign } from './design';

const VIEWS = ['figures', 'sweep', 'compare'] as const;
export type EstimateView = (typeof VIEWS)[number];

export const useBaseline = defineStore('baseline', () => {
  const design = useDesign();
  const view = remember<EstimateView>('estimate.view', 'figures', oneOf(...VIEWS));
  const a = shallowRef<{ readonly design: Design; readonly estimate: Estimate } | null>(null);
  const found = computed(() => a.value && design.estimate && compareEstimates(a.value.estimate, design.estimate));
  function pin(): void {
    if (design.estimate) a.value = { design: design.design, estimate: design.estimate };
  }
  /** A becomes the design, and the present design A. */
  function swap(): void {
    const was = a.value;
    if (!was) return;
    pin();
    design.change(was.design);
  }
  return { view, a, found, pin, swap };
});
