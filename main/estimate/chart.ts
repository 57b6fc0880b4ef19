// The charts of an estimate and of a sweep as values: what svg.ts draws, what a window may draw, and what a table of the
// same numbers shows. In: an estimate. Out: charts.
import type { Step } from '../plan/layers';
import { bufferCurve } from './curve';
import type { Estimate } from './estimate';
import { type SweepState, sweepFront } from './sweep';

export interface Axis {
  readonly label: string; // with the unit
  readonly log: boolean;
}
export interface Bar {
  readonly name: string;
  readonly from: number; // 0, or where the bar before it ended
  readonly to: number;
}
export interface Mark {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly strong: boolean; // to be seen first
}
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}
export interface Chart {
  readonly name: string; // of its file
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly bars: readonly Bar[]; // along x, by name
  readonly marks: readonly Mark[];
  readonly lines: readonly Line[];
}

const NOTHING = { bars: [], marks: [], lines: [] } as const;
const linear = (label: string): Axis => ({ label, log: false });
const logarithmic = (label: string): Axis => ({ label, log: true });

/** All charts of an estimate; the steps are those it was planned from. */
export const estimateCharts = (estimate: Estimate, steps: readonly Step[]): Chart[] => [
  layerChart(estimate, 'utilisation', 'Utilisation by layer', 'eff', '%'),
  layerChart(estimate, 'clocks', 'Clocks by layer, with stalls', 'Q_t', 'clocks'),
  waterfallChart(estimate),
  rooflineChart(estimate),
  bufferChart(estimate, steps),
];

const subject = ({ plan }: Estimate): string => `${plan.name} on ${plan.array.name}, batch ${plan.batch}`;

function layerChart(estimate: Estimate, name: string, title: string, symbol: string, unit: string): Chart {
  const bars = estimate.layers.map(({ planned, values }) => ({
    name: planned.layer.name,
    from: 0,
    to: values[symbol]!,
  }));
  return { ...NOTHING, name, title: `${title}: ${subject(estimate)}`, x: linear('layer'), y: linear(unit), bars };
}

function waterfallChart(estimate: Estimate): Chart {
  let reached = 0;
  const bars = estimate.waterfall.map(({ name, clocks }) => {
    const from = reached;
    reached += clocks;
    return { name, from, to: reached };
  });
  return { ...NOTHING, name: 'waterfall', title: `Where the clocks go: ${subject(estimate)}`, x: linear('step'), y: linear('clocks'), bars }; // prettier-ignore
}

/** Layers by operations per byte; the roof is the peak, and the DRAM's bandwidth where it has one. */
function rooflineChart(estimate: Estimate): Chart {
  const { array } = estimate.plan;
  const peak = (2 * array.rows * array.cores * array.clockMHz) / 1000;
  const gigabytes = array.dramMegabytesPerSecond / 1000;
  const marks = estimate.layers.map(({ planned, values }) => ({
    name: planned.layer.name, x: values.AI_B!, y: values.Gops!, strong: values.stall! > 0,
  })); // prettier-ignore
  const intensities = marks.map(({ x }) => x);
  const [least, most] = [Math.min(...intensities) / 2, Math.max(...intensities) * 2];
  const knee = gigabytes === 0 ? least : Math.min(most, Math.max(least, peak / gigabytes));
  const roof = gigabytes === 0 ? [] : [[least, Math.min(peak, least * gigabytes)] as const];
  const lines = [{ name: `peak ${peak.toFixed(1)} Gop/s`, points: [...roof, [knee, Math.min(peak, gigabytes === 0 ? peak : knee * gigabytes)], [most, Math.min(peak, gigabytes === 0 ? peak : most * gigabytes)]] as const }]; // prettier-ignore
  return { ...NOTHING, name: 'roofline', title: `Roofline: ${subject(estimate)}`, x: logarithmic('op/byte'), y: logarithmic('Gop/s'), marks, lines }; // prettier-ignore
}

function bufferChart(estimate: Estimate, steps: readonly Step[]): Chart {
  const { array, batch } = estimate.plan;
  const points = bufferCurve(steps, array, batch);
  const lines = [
    { name: 'least of all plans', points: points.map((one) => [one.sramKilobytes, one.megabytes] as const) },
    { name: 'each word once', points: points.map((one) => [one.sramKilobytes, one.floorMegabytes] as const) },
  ];
  const title = `DRAM traffic against SRAM: ${subject(estimate)}`;
  return { ...NOTHING, name: 'traffic', title, x: logarithmic('SRAM, KB'), y: logarithmic('DRAM traffic, MB'), lines };
}

/** Frames per second against area; designs on the front stand out. */
export function sweepChart(state: SweepState, title: string): Chart {
  const front = new Set(sweepFront(state));
  const marks = state.points
    .filter(({ why, hostLayers }) => why === null && hostLayers === 0)
    .map((point) => ({
      name: `${point.rows}x${point.cores}`,
      x: point.areaMm2,
      y: point.fps,
      strong: front.has(point),
    }));
  return { ...NOTHING, name: 'sweep', title, x: linear('area proxy, mm²'), y: linear('frames per second'), marks };
}
