// The charts of an estimate as values: what picture.ts draws, for a file and for a window, and what a table of the same
// numbers shows (chartTable.ts). In: an estimate. Out: charts.
import { peCount } from '../array/array';
import type { Step } from '../plan/layers';
import { bufferCurve } from './curve';
import type { Estimate } from './estimate';
import type { Values } from './formula';
import { stallParts } from './waterfall';

export interface Axis {
  readonly label: string; // with the unit
  readonly log: boolean;
}
/** Bars of one name stand on each other. */
export interface Bar {
  readonly name: string;
  readonly part: number; // which of the chart's parts
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
  readonly title: string; // what it shows
  readonly subject: string; // of what
  readonly x: Axis;
  readonly y: Axis;
  readonly parts: readonly string[]; // what the bars are made of; for marks: plain, strong
  readonly bars: readonly Bar[]; // along x, by name
  readonly marks: readonly Mark[];
  readonly lines: readonly Line[];
}

export const EMPTY = { parts: [], bars: [], marks: [], lines: [] } as const;
export const linear = (label: string): Axis => ({ label, log: false });
const logarithmic = (label: string): Axis => ({ label, log: true });

/** All charts of an estimate; the steps are those it was planned from. */
export const estimateCharts = (estimate: Estimate, steps: readonly Step[]): Chart[] => [
  ...layerCharts(estimate),
  bufferChart(estimate, steps),
];

/** Those that need no further planning, so that they can follow a slider. */
export const layerCharts = (estimate: Estimate): Chart[] => [
  barChart(estimate, 'utilisation', 'Utilisation by layer', '%', [['utilisation', 'eff']]),
  clocksChart(estimate),
  waterfallChart(estimate),
  rooflineChart(estimate),
  barChart(estimate, 'energy', 'Energy by layer', 'µJ', [
    ['MACs', 'E_mac'],
    ['SRAM', 'E_sram'],
    ['DRAM', 'E_dram'],
  ]),
];

const subjectOf = ({ plan }: Estimate): string => `${plan.name} on ${plan.array.name}, batch ${plan.batch}`;

type Part = readonly [name: string, value: string | ((values: Values) => number)];

/** A bar for each layer, made of values that add up. */
function barChart(estimate: Estimate, name: string, title: string, unit: string, parts: readonly Part[]): Chart {
  const bars = estimate.layers.flatMap(({ planned, values }) => {
    let reached = 0;
    return parts.map(([, value], part): Bar => {
      const from = reached;
      reached += typeof value === 'string' ? values[value]! : value(values);
      return { name: planned.layer.name, part, from, to: reached };
    });
  });
  return {
    ...EMPTY,
    name,
    title,
    subject: subjectOf(estimate),
    x: linear('layer'),
    y: linear(unit),
    bars,
    parts: parts.map(([part]) => part),
  };
}

/** Computing, and what the stalls are made of: waits for streams, and apart the others that some layer has. */
function clocksChart(estimate: Estimate): Chart {
  const partOf = (name: string): Part => [
    name,
    (values) => stallParts(values).find((part) => part.name === name)?.clocks ?? 0,
  ];
  const [rest, ...waits] = stallParts(estimate.totals.all).toReversed();
  const names = [rest!, ...waits.toReversed()].map(({ name }) => name);
  return barChart(estimate, 'clocks', 'Clocks by layer', 'clocks', [['computing', 'Q'], ...names.map(partOf)]);
}

function waterfallChart(estimate: Estimate): Chart {
  let reached = 0;
  const bars = estimate.waterfall.map(({ name, clocks }, at): Bar => {
    const from = reached;
    reached += clocks;
    return { name, part: at === 0 ? 0 : 1, from, to: reached };
  });
  const total: Bar = { name: 'clocks', part: 0, from: 0, to: reached };
  return {
    ...EMPTY,
    name: 'waterfall',
    title: 'Where the clocks go',
    subject: subjectOf(estimate),
    x: linear('step'),
    y: linear('clocks'),
    parts: ['spent', 'lost in this step'],
    bars: [...bars, total],
  };
}

/** Layers by operations per byte; the roof is the peak, and the DRAM's bandwidth where it has one. */
function rooflineChart(estimate: Estimate): Chart {
  const { array } = estimate.plan;
  const peak = (2 * peCount(array) * array.clockMHz) / 1000;
  const bandwidth = array.dramMegabytesPerSecond / 1000; // GB/s; 0 never limits
  const marks = estimate.layers.map(({ planned, values }) => ({
    name: planned.layer.name,
    x: values.AI_B!,
    y: values.Gops!,
    strong: values.stall! > 0,
  }));
  const intensities = marks.map(({ x }) => x);
  const [least, most] = [Math.min(...intensities) / 2, Math.max(...intensities) * 2];
  const roof = (x: number): number => (bandwidth === 0 ? peak : Math.min(peak, x * bandwidth));
  const knee = bandwidth === 0 ? least : Math.min(most, Math.max(least, peak / bandwidth));
  const corners = [...new Set([least, knee, most])].map((x) => [x, roof(x)] as const);
  const told = bandwidth === 0 ? '' : `, DRAM ${bandwidth} GB/s`;
  return {
    ...EMPTY,
    name: 'roofline',
    title: 'Roofline',
    subject: subjectOf(estimate),
    x: logarithmic('operations per byte of DRAM traffic'),
    y: logarithmic('Gop/s'),
    parts: ['layer', 'layer that stalls'],
    marks,
    lines: marks.length === 0 ? [] : [{ name: `peak ${peak.toFixed(1)} Gop/s${told}`, points: corners }],
  };
}

/** The least traffic of any plan, for several sizes of the SRAM. Plans the network anew for each. */
function bufferChart(estimate: Estimate, steps: readonly Step[]): Chart {
  const { array, batch } = estimate.plan;
  const points = bufferCurve(steps, array, batch);
  const lines = [
    { name: 'least of all plans', points: points.map((one) => [one.sramKilobytes, one.megabytes] as const) },
    {
      name: 'lower bound: each word once',
      points: points.map((one) => [one.sramKilobytes, one.floorMegabytes] as const),
    },
  ];
  return {
    ...EMPTY,
    name: 'traffic',
    title: 'DRAM traffic against SRAM',
    subject: subjectOf(estimate),
    x: logarithmic('SRAM, KB'),
    y: logarithmic('DRAM traffic, MB'),
    lines,
  };
}
