// What designs of a sweep are judged by. In: a point. Out: a number, and whether more of it is better. Any of them can
// stand along an axis of the scatter, and any set of them is what a Pareto front is taken over: a sweep over clocks judged by
// frames per second alone would always name the fastest clock, so latency, bandwidth and clock can be weighed against it.
import { userFailure } from '../network/failure';
import type { Goal } from './pareto';
import type { DesignPoint } from './sweep';

const MIB = 2 ** 20;

export const METRICS = [
  { id: 'fps', short: 'frames/s', label: 'frames per second', more: true, value: ({ fps }) => fps },
  {
    id: 'latency',
    short: 'latency',
    label: 'latency of the batch, ms',
    more: false,
    value: ({ clocks, clockMHz }) => clocks / clockMHz / 1000,
  },
  {
    id: 'energy',
    short: 'energy',
    label: 'energy of a frame, mJ',
    more: false,
    value: (point) => point.millijoulesPerFrame,
  },
  { id: 'area', short: 'area', label: 'area proxy, mm²', more: false, value: ({ areaMm2 }) => areaMm2 },
  {
    id: 'traffic',
    short: 'traffic',
    label: 'DRAM traffic of a frame, MB',
    more: false,
    value: (point) => point.megabytesPerFrame,
  },
  {
    id: 'bandwidth',
    short: 'bandwidth',
    label: 'DRAM bandwidth used, MB/s',
    more: false,
    value: ({ megabytesPerFrame, fps }) => (megabytesPerFrame * MIB * fps) / 1e6,
  },
  {
    id: 'utilisation',
    short: 'utilisation',
    label: 'utilisation, %',
    more: true,
    value: (point) => point.utilisationPercent,
  },
  { id: 'clock', short: 'clock', label: 'clock, MHz', more: false, value: ({ clockMHz }) => clockMHz },
  { id: 'sram', short: 'SRAM', label: 'SRAM, KB', more: false, value: ({ sramKilobytes }) => sramKilobytes },
  { id: 'clocks', short: 'clocks', label: 'clocks of the batch', more: false, value: ({ clocks }) => clocks },
] as const satisfies readonly {
  id: string;
  short: string;
  label: string;
  more: boolean;
  value: (point: DesignPoint) => number;
}[];
export type Metric = (typeof METRICS)[number]['id'];

export const metricOf = (id: Metric) => METRICS.find((metric) => metric.id === id)!;
export const isMetric = (id: unknown): id is Metric => METRICS.some((metric) => metric.id === id);

/** What a front is taken over where nobody says. */
export const FIRST_GOALS: readonly Metric[] = ['fps', 'energy', 'area', 'traffic'];

export const goalsOf = (ids: readonly Metric[]): Goal<DesignPoint>[] =>
  ids.map((id) => ({ name: id, more: metricOf(id).more, value: metricOf(id).value }));

/** 'fps,energy,latency', each once, in the order of METRICS. @throws userFailure 'arguments' */
export function readGoals(text: string): Metric[] {
  const given = text.split(',').map((one) => one.trim());
  const wrong = given.find((one) => !isMetric(one));
  const all = METRICS.map(({ id }) => id);
  if (wrong !== undefined)
    throw userFailure('arguments', `--goals ${text}: '${wrong}' is no goal.`, `The goals are ${all.join(', ')}.`);
  return all.filter((id) => given.includes(id));
}

/** 'frames/s, energy and area' */
export function tellGoals(ids: readonly Metric[]): string {
  const words = ids.map((id) => metricOf(id).short);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
