// The pattern in sums that differ. In: differences with their places. Out: how many there are by each coordinate, and a
// sentence that says what they have in common: a broken core, row or bit shows so.
import type { Operand, SumDifference } from '../simulate/record';
import { COORDINATES, type Coordinate, type Counts } from './verdict';

/** How many values a coordinate has in all: where it has but one, that all differences share it says nothing. */
export type Sizes = Readonly<Record<Coordinate, number>>;

export class DifferenceCounter {
  readonly #maps = new Map(Object.keys(COORDINATES).map((name) => [name as Coordinate, new Map<number, number>()]));
  #bits = 0;
  #count = 0;

  /** @param channel of the operator, not of its run; null beside its output */
  add(difference: SumDifference, channel: number | null): void {
    this.#count++;
    this.#bits |= difference.expected ^ difference.actual;
    for (const [name, map] of this.#maps) {
      const at = name === 'channel' ? channel : difference[name];
      if (at !== null) map.set(at, (map.get(at) ?? 0) + 1);
    }
  }

  get count(): number {
    return this.#count;
  }

  counts(): Counts {
    const sorted = [...this.#maps].map(([name, map]) => [name, [...map].sort(([a], [b]) => a - b)] as const);
    return Object.fromEntries(sorted) as unknown as Counts;
  }

  /** 'All 312 wrong sums are in core 5, and differ in bit 4 alone.' */
  sentence(sizes: Sizes, sums: number): string {
    if (this.#count === 0) return '';
    const counts = this.counts();
    const shared = (Object.keys(COORDINATES) as Coordinate[]).filter(
      (name) => sizes[name] > 1 && counts[name].length === 1,
    );
    const where = shared.map((name) => `${COORDINATES[name]} ${counts[name][0]![0]}`);
    const bit = (this.#bits & (this.#bits - 1)) === 0 ? `differ in bit ${31 - Math.clz32(this.#bits)} alone` : '';
    const what = this.#count === 1 ? 'The one wrong sum is' : `All ${this.#count} wrong sums are`;
    if (where.length > 0) return `${what} in ${where.join(', ')}${bit && `, and ${bit}`}.`;
    const spread = (['core', 'row', 'channel'] as const).map(
      (name) => `${counts[name].length} of ${sizes[name]} ${COORDINATES[name]}s`,
    );
    return `${this.#count} of ${sums} sums are wrong, in ${spread.join(', ')}${bit && `; they ${bit}`}.`;
  }
}

/** What a single wrong sum looks like: a bit that differs alone, or exactly one product that is missing or twice there. */
export function guessCause(
  { expected, actual }: Pick<SumDifference, 'expected' | 'actual'>,
  operands: readonly Operand[],
): string {
  const bits = expected ^ actual;
  if ((bits & (bits - 1)) === 0) return `Bit ${31 - Math.clz32(bits)} of the sum differs alone.`;
  for (const [by, what] of [
    [expected - actual, 'missing'],
    [actual - expected, 'added twice'],
  ] as const) {
    const found = operands.filter(({ x, w }) => x * w === by);
    if (found.length !== 1) continue;
    const { kernelRow, kernelColumn, channelIn, x, w } = found[0]!;
    return `It is off by one product, as if it were ${what}: kernel row ${kernelRow}, kernel column ${kernelColumn}, input channel ${channelIn}, ${x} x ${w}.`;
  }
  return '';
}
