// Data movement: operators whose every output element is one input element, or a filling. In: the input's values, and
// for each output dimension a table with what each index adds to the input's offset. Out: the output's values.
// Transposing, slicing, padding, blocking, gathering and nearest-neighbour resizing differ in their tables only.
import type { Network, Operator, Tensor } from '../network/network';
import type { TypedArray } from '../tensor/tensor';
import { firstComplaint, needSameQuantization, needSameType, needShape } from './checks';
import { inputTensor } from './kernel';

/** What index i of a dimension adds to the input's offset. */
export type Steps = readonly number[];

/** Stands in a table where no input element lies; far below any offset, so that one of them makes the sum negative. */
export const OUTSIDE = -(2 ** 40);

/** `count` indices from `start`, each `stride` elements further. */
export const evenSteps = (count: number, stride: number, start = 0): Steps =>
  Array.from({ length: count }, (_, i) => start + i * stride);

/** y[i0, i1, ...] = x[tables[0][i0] + tables[1][i1] + ...], or `fill` where the sum is outside. */
export function move(x: TypedArray, y: TypedArray, tables: readonly Steps[], fill: number | bigint = 0): void {
  const [from, to] = [x as Int8Array, y as Int8Array]; // of one type, whichever: values are only carried over
  const inner = tables.at(-1) ?? [0];
  const outer = tables.slice(0, -1);
  const index = outer.map(() => 0);
  let start = outer.reduce((sum, steps) => sum + steps[0]!, 0);
  for (let i = 0; i < to.length;) {
    for (let j = 0; j < inner.length; j++) {
      const at = start + inner[j]!;
      to[i++] = at < 0 ? (fill as number) : from[at]!;
    }
    for (let d = outer.length - 1; d >= 0; d--) {
      const steps = outer[d]!;
      start -= steps[index[d]!]!;
      index[d] = (index[d]! + 1) % steps.length;
      start += steps[index[d]!]!;
      if (index[d]! > 0) break;
    }
  }
}

/**
 * Why an operator that only moves elements cannot run, or null: types and quantization agree and each output has the shape
 * that `shapesOf` gives (a sentence where it cannot tell).
 */
export function supportsMove(
  operator: Operator,
  network: Network,
  x: Tensor,
  shapesOf: () => string | readonly (readonly number[])[],
): string | null {
  const { name } = operator;
  const outputs = operator.outputs.map((index) => network.tensors[index]!);
  return firstComplaint(
    ...outputs.map((y) => () => needSameType(name, x, y) ?? needSameQuantization(name, x, y)),
    () => {
      const shapes = shapesOf();
      if (typeof shapes === 'string') return shapes;
      if (shapes.length !== outputs.length)
        return `${name} gives ${shapes.length} outputs; ${outputs.length} are declared.`;
      return firstComplaint(...outputs.map((y, i) => () => needShape(name, y, shapes[i]!)));
    },
  );
}

/** The same for the many operators that move their first input to one output. */
export const supportsMoveOfFirst = (
  operator: Operator,
  network: Network,
  shapeOf: (x: readonly number[]) => string | readonly number[],
): string | null => {
  const x = inputTensor(operator, network, 0)!;
  return supportsMove(operator, network, x, () => {
    const shape = shapeOf(x.shape);
    return typeof shape === 'string' ? shape : [shape];
  });
};

/** Lines of all inputs in turn, `outer` times: concatenation and packing along the dimension after `outer` indices. */
export function interleave(inputs: readonly TypedArray[], outer: number, y: TypedArray): void {
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const x of inputs) {
      const line = x.length / outer;
      y.set(x.subarray(o * line, (o + 1) * line) as never, to);
      to += line;
    }
  }
}
