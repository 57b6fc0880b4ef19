// A sweep as a scatter of designs. In: points, and what stands along x and y. Out: a chart; designs on the Pareto front of
// the chosen goals stand out, and a line joins those that are best in the two that are shown.
import { type Chart, EMPTY, linear } from './chart';
import { FIRST_GOALS, type Metric, goalsOf, metricOf } from './metric';
import { paretoFront } from './pareto';
import { AXES, AXIS_OPTION, type DesignPoint, type SweepState, sweepFront } from './sweep';

/** Plain designs that are drawn at most: more would be one grey cloud. Those on the front are drawn always. */
const MOST_PLAIN = 800;

/** What stands along the axes, and what the front is taken over. */
export interface Shown {
  readonly x?: Metric;
  readonly y?: Metric;
  readonly goals?: readonly Metric[];
  /** Designs that are drawn in any case. */
  readonly always?: readonly DesignPoint[];
  /** The front in these goals, where it is known. */
  readonly front?: ReadonlySet<DesignPoint>;
}

export function sweepChart(
  state: SweepState,
  subject: string,
  { x = 'area', y = 'fps', goals = FIRST_GOALS, always = [], front = new Set(sweepFront(state, goals)) }: Shown = {},
): Chart & { readonly hidden: number } {
  const able = state.points.filter(isAble);
  const plain = able.filter((point) => !front.has(point));
  const every = Math.ceil(plain.length / MOST_PLAIN);
  const drawn = [...plain.filter((point, at) => at % every === 0 || always.includes(point)), ...front];
  const [across, up] = [metricOf(x), metricOf(y)];
  const name = pointNames(state);
  const marks = drawn.map((point) => ({
    name: name(point),
    x: across.value(point),
    y: up.value(point),
    strong: front.has(point),
  }));
  // who is best in two of the front's goals is on the front; another metric asks every design
  const isGoal = goals.includes(x) && goals.includes(y);
  const best = paretoFront(isGoal ? [...front] : able, goalsOf([x, y])).map(
    (point) => [across.value(point), up.value(point)] as const,
  );
  const lines = best.length > 1 ? [{ name: 'best of these two', points: best.sort((a, b) => a[0] - b[0]) }] : [];
  return {
    ...EMPTY,
    name: 'sweep',
    title: 'Designs',
    subject,
    x: linear(across.label),
    y: linear(up.label),
    parts: ['design', 'on the Pareto front'],
    marks,
    lines,
    hidden: able.length - drawn.length,
  };
}

/** Designs that exist and run every layer. */
export const isAble = ({ why, hostLayers }: DesignPoint): boolean => why === null && hostLayers === 0;

/** '7x96', and what else the sweep varies: '7x96 batch 2'. No two designs of a sweep have the same name. */
export function pointNames({ axes }: Pick<SweepState, 'axes'>): (point: DesignPoint) => string {
  const others = AXES.filter((axis) => axis !== 'rows' && axis !== 'cores' && axes[axis].length > 1);
  return (point) =>
    [`${point.rows}x${point.cores}`, ...others.map((axis) => `${AXIS_OPTION[axis]} ${point[axis]}`)].join(' ');
}
