// Where an element is. In: a shape, and a flat position or an index. Out: the other. Row-major: the last dimension runs fastest.

/** Flat position -> [n, y, x, c]. */
export function indexOf(shape: readonly number[], flat: number): number[] {
  const index = new Array<number>(shape.length).fill(0);
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d]!;
    index[d] = flat % size;
    flat = Math.floor(flat / size);
  }
  return index;
}

/** [n, y, x, c] -> flat position; null when outside the shape. */
export function flatOf(shape: readonly number[], index: readonly number[]): number | null {
  if (index.length !== shape.length) return null;
  let flat = 0;
  for (const [d, size] of shape.entries()) {
    const i = index[d]!;
    if (!Number.isInteger(i) || i < 0 || i >= size) return null;
    flat = flat * size + i;
  }
  return flat;
}
