// Equal or not, and where first. In: what two runs kept, in execution order, with readers of their elements. Out: a record
// per tensor: how many elements differ, by how much at most, and the first that does. Equal means bit for bit: a float -0
// is not 0, and a NaN equals a NaN.
import { Failure } from '../network/failure';
import { type ElementType, elementCount } from '../network/network';
import { indexOf } from '../tensor/place';
import type { TypedArray } from '../tensor/tensor';

/** Reads elements [first, first + count) of a flattened tensor. */
export type Read = (first: number, count: number) => TypedArray;

/** A tensor that one side has. */
export interface Kept {
  readonly label: string; // pairs it with the other side's: the name of its file in a run's folder
  readonly operator: number | null; // that made it
  readonly tensor: number | null; // in the network; null where only a file is known
  readonly what: 'input' | 'accumulator' | 'output';
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly sha256: string | null; // of its bytes, where it is known: equal ones need not be read
  readonly open: <T>(work: (read: Read) => T) => T;
}

export interface Difference {
  readonly flat: number;
  readonly index: readonly number[];
  readonly a: number | bigint;
  readonly b: number | bigint;
}

export interface TensorComparison extends Pick<Kept, 'label' | 'operator' | 'tensor' | 'what' | 'type' | 'shape'> {
  /** `incomparable`: other types or shapes, or a dump that is no such tensor. `absent`: one side has it, the other not. */
  readonly verdict: 'equal' | 'differs' | 'incomparable' | 'absent';
  readonly count: number; // elements
  readonly differing: number;
  /** Largest |a - b|; null where a value that is not finite stands against another. */
  readonly largest: number | null;
  readonly first: Difference | null;
  readonly why: string; // of incomparable and absent, a sentence
}

export interface RunComparison {
  readonly isEqual: boolean;
  readonly elements: number; // compared
  readonly differing: number; // elements
  /** The first tensor an operator made that is not equal, else the first such input: position in `tensors`; null: none. */
  readonly first: number | null;
  readonly tensors: readonly TensorComparison[]; // in execution order
}

/** @param onTensor told of each tensor done, with the number of all; it may throw to stop */
export function compareRuns(
  a: readonly Kept[],
  b: readonly Kept[],
  onTensor: (done: number, total: number) => void = () => {},
): RunComparison {
  const comparing = comparingRuns(a, b);
  for (;;) {
    const step = comparing.next();
    if (step.done) return step.value;
    onTensor(step.value.done, step.value.total);
  }
}

/** Before each tensor yields how many are done, of how many. */
export function* comparingRuns(
  a: readonly Kept[],
  b: readonly Kept[],
): Generator<{ readonly done: number; readonly total: number }, RunComparison> {
  const others = new Map(b.map((kept) => [kept.label, kept]));
  const known = new Set(a.map(({ label }) => label));
  const alone = b.filter(({ label }) => !known.has(label));
  const total = a.length + alone.length;
  const tensors: TensorComparison[] = [];
  for (const kept of a) {
    yield { done: tensors.length, total };
    const other = others.get(kept.label);
    tensors.push(other ? compareTensors(kept, other) : absent(kept, 'A'));
  }
  tensors.push(...alone.map((kept) => absent(kept, 'B')));
  return sumUp(tensors.sort(inOrder)); // those that only B has go to where they were computed
}

/** Inputs, then operator by operator, accumulators before outputs; then what no operator is known of. */
export function inOrder(x: Pick<Kept, 'operator' | 'what'>, y: Pick<Kept, 'operator' | 'what'>): number {
  const step = ({ what, operator }: Pick<Kept, 'operator' | 'what'>): number =>
    what === 'input' ? -1 : (operator ?? Number.MAX_SAFE_INTEGER);
  return step(x) - step(y) || x.what.localeCompare(y.what);
}

function sumUp(tensors: readonly TensorComparison[]): RunComparison {
  const isWrong = ({ verdict, what }: TensorComparison): boolean =>
    verdict !== 'equal' && !(verdict === 'absent' && what === 'accumulator'); // to keep accumulators is a choice
  const sum = (of: (c: TensorComparison) => number): number => tensors.reduce((total, c) => total + of(c), 0);
  const made = tensors.findIndex((c) => c.what !== 'input' && isWrong(c));
  const first = made < 0 ? tensors.findIndex(isWrong) : made;
  return {
    isEqual: !tensors.some(isWrong),
    elements: sum((c) => (c.verdict === 'equal' || c.verdict === 'differs' ? c.count : 0)),
    differing: sum((c) => c.differing),
    first: first < 0 ? null : first,
    tensors,
  };
}

export function compareTensors(a: Kept, b: Kept): TensorComparison {
  const { label, operator, tensor, what, type, shape } = a;
  const count = elementCount(shape);
  const base = {
    label,
    operator,
    tensor,
    what,
    type,
    shape,
    count,
    differing: 0,
    largest: 0,
    first: null,
    why: '',
  } as const;
  if (type !== b.type || shape.join() !== b.shape.join())
    return { ...base, verdict: 'incomparable', why: `${tell(a)} in A, ${tell(b)} in B.` };
  if (a.sha256 !== null && a.sha256 === b.sha256) return { ...base, verdict: 'equal' };
  const found = unlessDamaged(() => a.open((readA) => b.open((readB) => findDifferences(readA, readB, count))));
  if (typeof found === 'string') return { ...base, verdict: 'incomparable', why: found };
  if (!found.first) return { ...base, verdict: 'equal' };
  const first = { ...found.first, index: indexOf(shape, found.first.flat) };
  return { ...base, ...found, first, verdict: 'differs' };
}

/** The result, or what is wrong with a dump (dump.ts), in a sentence: one of them must not hide what the others hold. */
function unlessDamaged<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure && /^dump-(length|word)$/.test(error.code)) return `${error.message} ${error.remedy}`;
    throw error;
  }
}

/** How many elements differ in each channel (index of the last dimension). Both have this shape. */
export function countByChannel(readA: Read, readB: Read, shape: readonly number[]): number[] {
  const channels = shape.at(-1) ?? 1;
  const counts = new Array<number>(channels).fill(0);
  eachDifference(readA, readB, elementCount(shape), (flat) => {
    counts[flat % channels] = counts[flat % channels]! + 1;
  });
  return counts;
}

const PIECE = 1 << 20; // elements read at once, so that no tensor need be held whole

function findDifferences(readA: Read, readB: Read, count: number) {
  let differing = 0;
  let largest = 0;
  let isFinite = true;
  let first: Omit<Difference, 'index'> | null = null as Omit<Difference, 'index'> | null;
  eachDifference(readA, readB, count, (flat, a, b) => {
    differing++;
    first ??= { flat, a, b };
    const by = distance(a, b);
    if (by > largest) largest = by;
    if (Number.isNaN(by)) isFinite = false;
  });
  return { differing, largest: isFinite && largest !== Infinity ? largest : null, first };
}

function eachDifference(
  readA: Read,
  readB: Read,
  count: number,
  tell: (flat: number, a: number | bigint, b: number | bigint) => void,
): void {
  for (let from = 0; from < count; from += PIECE) {
    const size = Math.min(PIECE, count - from);
    const [x, y] = [readA(from, size), readB(from, size)];
    for (let i = 0; i < size; i++) if (!Object.is(x[i], y[i])) tell(from + i, x[i]!, y[i]!);
  }
}

const distance = (a: number | bigint, b: number | bigint): number =>
  typeof a === 'bigint' && typeof b === 'bigint' ? Number(a > b ? a - b : b - a) : Math.abs(Number(a) - Number(b));

function absent(kept: Kept, side: 'A' | 'B'): TensorComparison {
  const { label, operator, tensor, what, type, shape } = kept;
  const why = `Only ${side} has it.`;
  return {
    label,
    operator,
    tensor,
    what,
    type,
    shape,
    verdict: 'absent',
    count: elementCount(shape),
    differing: 0,
    largest: 0,
    first: null,
    why,
  };
}

const tell = ({ type, shape }: Kept): string => `${type} [${shape.join(', ')}]`;
