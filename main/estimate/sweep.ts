// A sweep over designs. In: layers, a base array, the values of each axis. Out: a point for each combination, in a fixed
// order, and the Pareto front. The state is a plain value: stop after any step, keep it as JSON, go on later, and the
// points are the same.
import { type PeArray, changeArray } from '../array/array';
import { resizeArray } from '../array/presets';
import { Failure, userFailure } from '../network/failure';
import type { Step } from '../plan/layers';
import { planNetwork } from '../plan/plan';
import type { Objective } from '../plan/search';
import { areaProxyMm2, sramKilobytes } from './area';
import { estimatePlan } from './estimate';
import { FIRST_GOALS, type Metric, goalsOf } from './metric';
import { paretoFront } from './pareto';

/** What can be swept, the last one changing fastest. `sram`: words of depth for kraken, else bytes of the weight buffer. */
export const AXES = ['rows', 'cores', 'sram', 'clockMHz', 'dramMegabytesPerSecond', 'batch'] as const;
export type Axis = (typeof AXES)[number];
/** What the command line calls them. */
export const AXIS_OPTION: Readonly<Record<Axis, string>> = {
  rows: 'rows',
  cores: 'cols',
  sram: 'sram',
  clockMHz: 'clock',
  dramMegabytesPerSecond: 'dram',
  batch: 'batch',
};
export type Axes = Readonly<Record<Axis, readonly number[]>>;

export interface DesignPoint extends Readonly<Record<Axis, number>> {
  readonly index: number; // in the order of the sweep
  /** Why there is no such design; the figures are then 0. */
  readonly why: string | null;
  readonly hostLayers: number; // multiply-accumulate layers that this design leaves to the host
  readonly clocks: number; // of the batch, stalls included
  readonly fps: number;
  readonly utilisationPercent: number;
  readonly millijoulesPerFrame: number;
  readonly areaMm2: number; // a proxy
  readonly sramKilobytes: number;
  readonly megabytesPerFrame: number; // DRAM traffic, 2^20 bytes
}

/** All that a sweep depends on: the same request gives the same points. */
export interface SweepRequest {
  readonly name: string; // of the network
  readonly steps: readonly Step[];
  readonly array: PeArray; // what the axes do not name stays as here
  readonly objective: Objective;
  readonly axes: Axes;
}

export interface SweepState {
  readonly axes: Axes;
  readonly total: number;
  readonly points: readonly DesignPoint[]; // the first points.length of total are done
}

const MOST_POINTS = 100_000;

/** @param given values of the axes to sweep; the others stay as the array and the batch have them */
export function startSweep(array: PeArray, batch: number, given: Partial<Axes>): SweepState {
  const sram = array.dataflow === 'kraken' ? array.weightsSramDepthWords : array.weightSramBytes;
  const now: Record<Axis, number> = { ...pickNumbers(array), sram, batch };
  const axes = Object.fromEntries(AXES.map((axis) => [axis, given[axis] ?? [now[axis]]])) as unknown as Axes;
  return { axes, total: countDesigns(axes), points: [] };
}

/** @throws userFailure where there are none or too many */
export function countDesigns(axes: Axes): number {
  const total = AXES.reduce((product, axis) => product * axes[axis].length, 1);
  if (total >= 1 && total <= MOST_POINTS) return total;
  throw userFailure(
    'sweep-size',
    `This sweep has ${total.toLocaleString('en-US')} designs.`,
    `Sweep 1 to ${MOST_POINTS.toLocaleString('en-US')}: give fewer values.`,
  );
}

const pickNumbers = ({ rows, cores, clockMHz, dramMegabytesPerSecond }: PeArray) => ({
  rows,
  cores,
  clockMHz,
  dramMegabytesPerSecond,
});

/** The state after up to `count` further points. */
export function stepSweep(
  state: SweepState,
  steps: readonly Step[],
  array: PeArray,
  count: number,
  objective: Objective = 'clocks',
): SweepState {
  const points = [...state.points];
  const end = Math.min(state.total, points.length + count);
  while (points.length < end) points.push(pointAt(points.length, state.axes, steps, array, objective));
  return { ...state, points };
}

/** The points from number `from` on, each as soon as it is known. */
export function* sweepFrom(request: SweepRequest, from: number): Generator<DesignPoint, void> {
  const { steps, array, objective, axes } = request;
  const total = countDesigns(axes);
  for (let index = from; index < total; index++) yield pointAt(index, axes, steps, array, objective);
}

function pointAt(index: number, axes: Axes, steps: readonly Step[], base: PeArray, objective: Objective): DesignPoint {
  const place = placeAt(index, axes);
  try {
    const array = designAt(place, base);
    const plan = planNetwork('sweep', steps, array, { batch: place.batch, objective });
    const { all } = estimatePlan(plan).totals;
    return {
      index,
      ...place,
      why: null,
      hostLayers: plan.steps.filter((step, at) => 'host' in step && 'layer' in steps[at]!).length,
      clocks: all.Q_t!,
      fps: all.fps!,
      utilisationPercent: all.eff!,
      millijoulesPerFrame: all.E_all!,
      areaMm2: areaProxyMm2(array),
      sramKilobytes: sramKilobytes(array),
      megabytesPerFrame: all.MB!,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const nothing = {
      clocks: 0,
      fps: 0,
      utilisationPercent: 0,
      millijoulesPerFrame: 0,
      areaMm2: 0,
      sramKilobytes: 0,
      megabytesPerFrame: 0,
    };
    return { index, ...place, why: error.message, hostLayers: 0, ...nothing };
  }
}

/** The combination with this number. */
function placeAt(index: number, axes: Axes): Record<Axis, number> {
  const place = {} as Record<Axis, number>;
  let left = index;
  for (const axis of AXES.toReversed()) {
    const values = axes[axis];
    place[axis] = values[left % values.length]!;
    left = Math.floor(left / values.length);
  }
  return place;
}

/** The base array with the values of a place. */
export function designAt(place: Readonly<Record<Axis, number>>, base: PeArray): PeArray {
  const { rows, cores, sram, clockMHz, dramMegabytesPerSecond } = place;
  const resized = rows === base.rows && cores === base.cores ? base : resizeArray(base, rows, cores);
  const buffers = base.dataflow === 'kraken' ? { weightsSramDepthWords: sram } : scaleBuffers(base, sram);
  return changeArray(resized, { ...buffers, clockMHz, dramMegabytesPerSecond });
}

/** The weight buffer as given; the two others keep their ratio to it. */
function scaleBuffers(base: PeArray, bytes: number): Partial<PeArray> {
  const factor = base.weightSramBytes === 0 ? 1 : bytes / base.weightSramBytes;
  return {
    weightSramBytes: bytes,
    pixelSramBytes: Math.round(base.pixelSramBytes * factor),
    outputSramBytes: Math.round(base.outputSramBytes * factor),
  };
}

/** Designs that run every layer and that no other such design beats in the goals. */
export const sweepFront = (
  { points }: Pick<SweepState, 'points'>,
  goals: readonly Metric[] = FIRST_GOALS,
): DesignPoint[] =>
  paretoFront(
    points.filter(({ why, hostLayers }) => why === null && hostLayers === 0),
    goalsOf(goals),
  );
