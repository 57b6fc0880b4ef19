// Measured clocks beside estimated ones. In: what the simulator counted, and the plan of the same layer in the form the
// engine runs. Out: both, and their difference split into what makes
// it: fill, stream, configure, stall, drain.
import type { PeArray } from '../array/array';
import { estimatePlan } from '../estimate/estimate';
import type { Layer } from '../plan/layer';
import { type LayerPlan, planNetwork } from '../plan/plan';
import { rtlPin } from '../plan/rtlForm';
import { jobWaits } from './clocks';
import type { Engine } from './engine';
import type { OperatorRun } from './lower';
import type { SimulatorSummary } from './protocol';
import type { ClockParts, EstimatedClocks, MeasuredClocks } from './record';

/** By operator. Layers that the plan leaves to the host are missing. */
export function estimateLayers(layers: readonly Layer[], array: PeArray): Map<number, EstimatedClocks> {
  const steps = layers.map((layer) => ({ layer }));
  const pins = new Map(layers.map((layer) => [layer.name, rtlPin(layer)]));
  const best = new Map(estimatesOf(planNetwork('', steps, array)));
  const estimates = estimatesOf(planNetwork('', steps, array, { pins }));
  return new Map(
    estimates.map(([operator, { planned, total, stall, configure }]) => {
      const other = best.get(operator);
      const isOther = other !== undefined && other.total < total && formOf(other.planned) !== formOf(planned);
      return [
        operator,
        { stream: total - stall - configure, configure, stall, total, best: isOther ? other.total : null },
      ];
    }),
  );
}

const estimatesOf = (plan: ReturnType<typeof planNetwork>) =>
  estimatePlan(plan).layers.map(({ planned, values }) => {
    const { passes, runs, T } = planned.plan.dataflow === 'kraken' ? planned.plan.tiles : { passes: 0, runs: 0, T: 0 };
    const configure = runs * T * passes * plan.array.configClocks;
    return [
      planned.layer.operator!,
      { planned, total: values.Q! + values.stall!, stall: values.stall!, configure },
    ] as const;
  });

const formOf = ({ plan }: LayerPlan): string => JSON.stringify({ ...plan.choice, merge: 0, passes: 0 });

/** @param throttled at random valid and ready no formula holds @param tells the RTL says in which clocks it operates */
export function measureClocks(
  summary: SimulatorSummary,
  runs: readonly OperatorRun[],
  engine: Engine,
  estimated: EstimatedClocks | null,
  throttled: boolean,
  tells = true,
): MeasuredClocks {
  const { fires, firstFire, lastFire, lastSum, stallOut, waitPixels, waitWeights } = summary;
  if (!tells) return measureWhole(lastSum + 1, estimated);
  const hasRun = firstFire >= 0 && lastSum >= 0;
  const parts: ClockParts = {
    fill: Math.max(0, firstFire),
    stream: fires,
    configure: 0, // headers travel with the data
    stall: hasRun ? lastFire - firstFire + 1 - fires : 0,
    drain: hasRun ? Math.max(0, lastSum - lastFire) : 0,
  };
  const { fill, drain } = jobWaits(runs, engine);
  return {
    total: lastSum + 1,
    parts,
    waits: { sums: stallOut, pixels: waitPixels, weights: waitWeights },
    estimated,
    difference: estimated && {
      fill: parts.fill,
      stream: parts.stream - estimated.stream,
      configure: parts.configure - estimated.configure,
      stall: parts.stall - estimated.stall,
      drain: parts.drain,
    },
    formula: throttled ? null : { fill, drain: [drain, drain] },
  };
}

/** Of a design that does not tell its operations: the clocks cannot be split. */
const measureWhole = (total: number, estimated: EstimatedClocks | null): MeasuredClocks => ({
  total,
  parts: { fill: 0, stream: total, configure: 0, stall: 0, drain: 0 },
  waits: { sums: 0, pixels: 0, weights: 0 },
  estimated,
  difference: null,
  formula: null,
});
