// Index arithmetic shared by all that broadcasts, reduces or transposes. In: shapes, strides. Out: element offsets.
import { elementCount } from '../network/network';
import type { TypedArray } from './tensor';

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
}

/** A shape with 1s put before it up to `rank`, as numpy does. */
export const padRank = (shape: readonly number[], rank: number): number[] => [
  ...new Array<number>(Math.max(0, rank - shape.length)).fill(1),
  ...shape,
];

/** The shape two shapes broadcast to by numpy's rule, or null when they do not. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const [p, q] = [padRank(a, rank), padRank(b, rank)];
  const fits = p.every((dimension, d) => dimension === q[d] || dimension === 1 || q[d] === 1);
  return fits ? p.map((dimension, d) => (dimension === 1 ? q[d]! : dimension)) : null;
}

/**
 * For every element of `over`, row-major, the offset of the element of `shape` it meets when `shape` (same rank; 1 where
 * it differs) is broadcast to `over`. Read through it to broadcast; write through it to reduce.
 */
export const broadcastOffsets = (shape: readonly number[], over: readonly number[]): Int32Array =>
  walkOffsets(
    stridesOf(shape).map((stride, d) => (shape[d] === 1 ? 0 : stride)),
    over,
  );

/** For every element of `over`, row-major, the offset it has where index d is `strides[d]` elements wide. */
export function walkOffsets(strides: readonly number[], over: readonly number[]): Int32Array {
  const offsets = new Int32Array(elementCount(over));
  const [width, step] = innermost(strides, over);
  walkRows(strides, over, (offset, row) => {
    for (let k = 0; k < width; k++) offsets[row + k] = offset + k * step;
  });
  return offsets;
}

/** to[i] = from[offset of element i], without a list of the offsets: constants may have a hundred million elements. */
export function gather<T extends TypedArray>(
  from: T,
  strides: readonly number[],
  over: readonly number[],
  to: T,
): void {
  const [width, step] = innermost(strides, over);
  walkRows(strides, over, (offset, row) => {
    for (let k = 0; k < width; k++) to[row + k] = from[offset + k * step]!;
  });
}

const innermost = (strides: readonly number[], over: readonly number[]) =>
  [over.at(-1) ?? 1, strides.at(-1) ?? 0] as const;

/** Visits the rows of the innermost dimension: the offset of each one's first element, and which element of `over` that is. */
function walkRows(
  strides: readonly number[],
  over: readonly number[],
  visit: (offset: number, row: number) => void,
): void {
  const index = new Array<number>(over.length).fill(0);
  const [count, width] = [elementCount(over), over.at(-1) ?? 1];
  for (let row = 0, offset = 0; row < count; row += width) {
    visit(offset, row);
    for (let d = over.length - 2; d >= 0; d--) {
      offset += strides[d]!;
      index[d] = index[d]! + 1;
      if (index[d]! < over[d]!) break;
      offset -= strides[d]! * over[d]!;
      index[d] = 0;
    }
  }
}
