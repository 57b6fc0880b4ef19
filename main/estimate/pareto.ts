// The Pareto front. In: points and the goals they are judged by. Out: the points that no other point beats. A point
// beats another when it is at least as good in every goal and better in one; of equal points the first stays.

export interface Goal<Point> {
  readonly name: string;
  readonly more: boolean; // more is better
  value(point: Point): number;
}

/** In the order of the points. */
export function paretoFront<Point>(points: readonly Point[], goals: readonly Goal<Point>[]): Point[] {
  // all goals as "less is better"; by the first goal, then the next: a later point can never beat an earlier one
  const rows = points.map((point, at) => ({
    at,
    costs: goals.map((goal) => (goal.more ? -goal.value(point) : goal.value(point))),
  }));
  rows.sort((a, b) => compare(a.costs, b.costs) || a.at - b.at);
  const front: typeof rows = [];
  for (const row of rows)
    if (!front.some((other) => other.costs.every((cost, i) => cost <= row.costs[i]!))) front.push(row);
  return front
    .map(({ at }) => at)
    .sort((a, b) => a - b)
    .map((at) => points[at]!);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((cost, i) => cost !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
