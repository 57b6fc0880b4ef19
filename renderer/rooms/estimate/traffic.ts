// The chart of traffic against SRAM. It takes a plan for each size, so it is planned in a thread of its own, and only once
// the design rests. In: the design. Out: the chart of the design as it was last at rest; null before the first.
import { type ShallowRef, onBeforeUnmount, shallowRef, watch } from 'vue';
import type { Chart } from '../../../main/estimate/chart';
import { Planner } from '../../design/planner';
import { useDesign } from '../../stores/design';

const REST_MS = 250;

export function useTrafficChart(): Readonly<ShallowRef<Chart | null>> {
  const design = useDesign();
  const planner = new Planner('design');
  const chart = shallowRef<Chart | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (): void => {
    const { workload } = design;
    if (!workload) return;
    const { array, batch, objective, pins } = design.design;
    planner.ask({ ...workload, array, batch, objective, pins, charts: true }, (answer) => {
      if (answer.ok) chart.value = answer.charts?.find(({ name }) => name === 'traffic') ?? null;
    });
  };
  watch(
    () => design.estimate,
    () => {
      clearTimeout(timer);
      timer = setTimeout(ask, chart.value ? REST_MS : 0);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    clearTimeout(timer);
    planner.close();
  });
  return chart;
}
