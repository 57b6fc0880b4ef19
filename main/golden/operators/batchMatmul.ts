// BATCH_MATMUL, int8 and int16. In: a [..., M, K] and b [..., K, N] (the last two dimensions the other way round with adjX, adjY),
// per-tensor quantised, leading dimensions broadcast. Out: y [..., M, N] and accumulators of its shape.
// Sources: reference/batch_matmul.h BatchMatMul, kernels/batch_matmul.cc Prepare (sA x sB in float32).
import type { Arithmetic } from '../../network/arithmetic';
import { type Network, type OperatorOf, type Tensor, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needPerTensor, needSameType, needShape, needSymmetricInt16, needType } from '../checks';
import { type Accumulators, type Kernel, inputTensor, outputTensor, shapeText } from '../kernel';
import { requantizationOfLayer } from '../layer';
import { evenSteps, move } from '../move';
import { broadcastOffsets, broadcastShape, padRank } from '../../tensor/offsets';
import type { Factors, Products } from '../products';
import { centre, requantize } from '../requantize';
import { isWide, needRatio, needReach, productsFor, toAccumulators } from '../wide';
import { sumRows } from './fullyConnected';

type BatchMatmul = OperatorOf<'BATCH_MATMUL'>;
const NAME = 'BATCH_MATMUL';

/** Rows and columns of a matrix of `shape`, transposed when `adjoint`. */
export function matrixOf(shape: readonly number[], adjoint: boolean) {
  const [first, second] = shape.slice(-2) as [number, number];
  return adjoint ? { rows: second, columns: first } : { rows: first, columns: second };
}

/** a and b are matrices that can be multiplied, and y is their product's shape. */
export function fitMatrices({ options }: BatchMatmul, a: Tensor, b: Tensor, y: Tensor): string | null {
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [p, q] = [matrixOf(a.shape, options.adjX), matrixOf(b.shape, options.adjY)];
  if (a.shape.length < 2 || b.shape.length < 2 || !lead || p.columns !== q.rows)
    return `${NAME} cannot multiply ${shapeText(a.shape)} and ${shapeText(b.shape)}.`;
  return needShape(NAME, y, [...lead, p.rows, q.columns]);
}

function supports(operator: BatchMatmul, network: Network): string | null {
  const a = inputTensor(operator, network, 0)!;
  const b = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, a, ['int8', 'int16']),
    () => needSameType(NAME, a, b) ?? needSameType(NAME, a, y),
    () => needPerTensor(NAME, a, b, y) ?? needSymmetricInt16(NAME, a, b, y),
    () => fitMatrices(operator, a, b, y),
    () =>
      isWide(a.type, null)
        ? (needReach(NAME, a.shape.at(operator.options.adjX ? -2 : -1)!, 31, null) ?? needRatio(NAME, a, b, y))
        : null,
  );
}

function run(
  operator: BatchMatmul,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): Accumulators {
  const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const shapes = [a.tensor.shape, b.tensor.shape, y.tensor.shape] as const;
  const sums = multiplyMatrices(productsFor(a.tensor, null), shapes, centre(a), centre(b), operator.options);
  requantize(sums, requantizationOfLayer(operator, inputs, y.tensor, arithmetic), y);
  return toAccumulators(sums);
}

/** For every matrix of y, the sums of products of a's rows and b's columns. */
export function multiplyMatrices<F extends Factors, S extends Int32Array | Float64Array>(
  products: Products<F, S>,
  [a, b, y]: readonly [readonly number[], readonly number[], readonly number[]],
  as: F,
  bs: F,
  { adjX, adjY }: BatchMatmul['options'],
): S {
  const lead = y.slice(0, -2);
  const matrices = (shape: readonly number[]) => broadcastOffsets(padRank(shape.slice(0, -2), lead.length), lead);
  const [fromA, fromB] = [matrices(a), matrices(b)];
  const depth = a.at(adjX ? -2 : -1)!;
  const [p, q] = [y.at(-2)! * depth, y.at(-1)! * depth];
  const rows = adjX ? swapLast(as, a) : as; // both with depth innermost
  const columns = adjY ? bs : swapLast(bs, b);
  const sums = products.allocate(elementCount(y));
  fromA.forEach((matrix, batch) => {
    const [x, w] = [
      rows.subarray(matrix * p, (matrix + 1) * p),
      columns.subarray(fromB[batch]! * q, (fromB[batch]! + 1) * q),
    ];
    const some = sumRows(products, x as F, w as F, depth, null);
    sums.set(some, batch * some.length);
  });
  return sums;
}

/** The values with the last two dimensions of their shape swapped. */
export function swapLast<F extends Factors>(values: F, shape: readonly number[]): F {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const swapped = values.slice() as F;
  const steps = [
    evenSteps(elementCount(shape) / (rows * columns), rows * columns),
    evenSteps(columns, 1),
    evenSteps(rows, columns),
  ];
  move(values, swapped, steps);
  return swapped;
}

export const batchMatmul: Kernel<'BATCH_MATMUL'> = { inputs: [2, 2], supports, run };
