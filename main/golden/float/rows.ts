// Operators that look at a whole row (the last dimension) of float32: SOFTMAX and L2_NORMALIZATION. In: x. Out: y of x's
// shape. Sums are held in double and rounded once. Sources: reference/softmax.h, reference/l2normalization.h.
import { firstComplaint, needReals, needShape } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { reals } from './layers';

function supportsRows(operator: OperatorOf<'SOFTMAX' | 'L2_NORMALIZATION'>, network: Network): string | null {
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return firstComplaint(
    () => needReals(operator.name, x, y),
    () => (x.shape.length > 0 ? null : `${operator.name} of a scalar is not supported.`),
    () => needShape(operator.name, y, x.shape),
  );
}

/** Each row of x and the same row of y. */
function forEachRow(x: TensorValue, y: TensorValue, visit: (x: Float32Array, y: Float32Array) => void): null {
  const depth = x.tensor.shape.at(-1)!;
  for (let row = 0; row < x.data.length; row += depth)
    visit(reals(x).subarray(row, row + depth), reals(y).subarray(row, row + depth));
  return null;
}

/** e^(beta (x - the largest x)) of every x of a row, and their sum. */
export function powersOf(row: Float32Array | Float64Array, beta: number) {
  const largest = (row as Float64Array).reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = Float64Array.from(row, (value) => Math.exp((value - largest) * Math.fround(beta)));
  return { largest, powers, sum: powers.reduce((total, power) => total + power, 0) };
}

export const softmax: Kernel<'SOFTMAX'> = {
  inputs: [1, 1],
  supports: supportsRows,
  run: ({ options: { beta } }, [x], [y]) =>
    forEachRow(x!, y!, (from, to) => {
      const { powers, sum } = powersOf(from, beta);
      powers.forEach((power, i) => (to[i] = power / sum));
    }),
};

/** Shorter rows are not made longer than this share (l2normalization.h). */
const LEAST_NORM = 1e-6;

export const normOf = (row: Float32Array): number =>
  Math.max(Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)), LEAST_NORM);

export const l2Normalization: Kernel<'L2_NORMALIZATION'> = {
  inputs: [1, 1],
  supports: (operator, network) => {
    const { activation } = operator.options;
    if (activation !== 'none')
      return `L2_NORMALIZATION with the fused activation ${activation} is not supported; none is.`;
    return supportsRows(operator, network);
  },
  run: (_, [x], [y]) =>
    forEachRow(x!, y!, (from, to) => {
      const norm = normOf(from);
      from.forEach((value, i) => (to[i] = value / norm));
    }),
};
