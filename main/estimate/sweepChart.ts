// A sweep as a scatter of designs. In: points, and what stands along x and y. Out: a chart; designs on the Pareto front of
// fps, energy, area and traffic stand out, and a line joins those that are best in the two that are shown.
import { type Chart, EMPTY, linear } from './chart';
import { type Goal, paretoFront } from './pareto';
import { AXES, AXIS_OPTION, type DesignPoint, type SweepState, SWEEP_GOALS, sweepFront } from './sweep';

/** What can stand along an axis. */
export const METRICS = [
  { id: 'fps', label: 'frames per second', more: true, value: (point) => point.fps },
  { id: 'area', label: 'area proxy, mm²', more: false, value: (point) => point.areaMm2 },
  { id: 'energy', label: 'energy of a frame, mJ', more: false, value: (point) => point.millijoulesPerFrame },
  { id: 'traffic', label: 'DRAM traffic of a frame, MB', more: false, value: (point) => point.megabytesPerFrame },
  { id: 'utilisation', label: 'utilisation, %', more: true, value: (point) => point.utilisationPercent },
  { id: 'clocks', label: 'clocks of the batch', more: false, value: (point) => point.clocks },
  { id: 'sram', label: 'SRAM, KB', more: false, value: (point) => point.sramKilobytes },
] as const satisfies readonly { id: string; label: string; more: boolean; value: (point: DesignPoint) => number }[];
export type Metric = (typeof METRICS)[number]['id'];
export const metricOf = (id: Metric) => METRICS.find((metric) => metric.id === id)!;

/** Plain designs that are drawn at most: more would be one grey cloud. Those on the front are drawn always. */
const MOST_PLAIN = 2000;

export function sweepChart(
  state: SweepState,
  subject: string,
  x: Metric = 'area',
  y: Metric = 'fps',
  front: ReadonlySet<DesignPoint> = new Set(sweepFront(state)),
): Chart & { readonly hidden: number } {
  const able = state.points.filter(isAble);
  const plain = able.filter((point) => !front.has(point));
  const every = Math.ceil(plain.length / MOST_PLAIN);
  const drawn = [...plain.filter((_, at) => at % every === 0), ...front];
  const [across, up] = [metricOf(x), metricOf(y)];
  const name = pointNames(state);
  const marks = drawn.map((point) => ({
    name: name(point), x: across.value(point), y: up.value(point), strong: front.has(point),
  })); // prettier-ignore
  const goals = [across, up].map((metric): Goal<DesignPoint> => ({ name: metric.id, more: metric.more, value: (point) => metric.value(point) })); // prettier-ignore
  // who is best in two of the front's goals is on the front; another metric asks every design
  const isGoal = [x, y].every((id) => SWEEP_GOALS.some(({ name }) => name === id));
  const best = paretoFront(isGoal ? [...front] : able, goals).map(
    (point) => [across.value(point), up.value(point)] as const,
  );
  const lines = best.length > 1 ? [{ name: 'best of these two', points: best.sort((a, b) => a[0] - b[0]) }] : [];
  return {
    ...EMPTY, name: 'sweep', title: 'Designs', subject, x: linear(across.label), y: linear(up.label),
    parts: ['design', 'on the Pareto front'], marks, lines, hidden: able.length - drawn.length,
  }; // prettier-ignore
}

/** Designs that exist and run every layer. */
export const isAble = ({ why, hostLayers }: DesignPoint): boolean => why === null && hostLayers === 0;

/** '7x96', and what else the sweep varies: '7x96 batch 2'. No two designs of a sweep have the same name. */
export function pointNames({ axes }: Pick<SweepState, 'axes'>): (point: DesignPoint) => string {
  const others = AXES.filter((axis) => axis !== 'rows' && axis !== 'cores' && axes[axis].length > 1);
  return (point) =>
    [`${point.rows}x${point.cores}`, ...others.map((axis) => `${AXIS_OPTION[axis]} ${point[axis]}`)].join(' ');
}
