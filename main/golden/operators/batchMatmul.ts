// BATCH_MATMUL, int8. In: a [..., M, K] and b [..., K, N] (the last two dimensions the other way round with adjX, adjY),
// per-tensor quantised, leading dimensions broadcast. Out: y [..., M, N] and accumulators of its shape.
// Sources: reference/batch_matmul.h BatchMatMul, kernels/batch_matmul.cc Prepare (sA x sB in float32).
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needPerTensor, needSameType, needShape, needType } from '../checks';
import { type Kernel, inputTensor, outputTensor, shapeText } from '../kernel';
import { requantizationOfLayer } from '../layer';
import { broadcastOffsets, broadcastShape, padRank } from '../offsets';
import { centre, requantize } from '../requantize';

type BatchMatmul = OperatorOf<'BATCH_MATMUL'>;
const NAME = 'BATCH_MATMUL';

/** Rows and columns of a matrix of `shape`, transposed when `adjoint`, and how far apart they lie. */
export function matrixOf(shape: readonly number[], adjoint: boolean) {
  const [first, second] = shape.slice(-2) as [number, number];
  return adjoint
    ? { rows: second, columns: first, rowStride: 1, columnStride: second }
    : { rows: first, columns: second, rowStride: second, columnStride: 1 };
}

function supports(operator: BatchMatmul, network: Network): string | null {
  const a = inputTensor(operator, network, 0)!;
  const b = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, a, ['int8']),
    () => needSameType(NAME, a, b) ?? needSameType(NAME, a, y),
    () => needPerTensor(NAME, a, b, y),
    () => {
      const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
      const [p, q] = [matrixOf(a.shape, operator.options.adjX), matrixOf(b.shape, operator.options.adjY)];
      if (a.shape.length < 2 || b.shape.length < 2 || !lead || p.columns !== q.rows)
        return `${NAME} cannot multiply ${shapeText(a.shape)} and ${shapeText(b.shape)}.`;
      return needShape(NAME, y, [...lead, p.rows, q.columns]);
    },
  );
}

function run(
  operator: BatchMatmul,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): Int32Array {
  const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const accumulators = multiply(a, b, y.tensor.shape.slice(0, -2), operator.options);
  requantize(accumulators, requantizationOfLayer(operator, inputs, y.tensor, arithmetic), y);
  return accumulators;
}

function multiply(a: TensorValue, b: TensorValue, lead: readonly number[], o: BatchMatmul['options']): Int32Array {
  const [p, q] = [matrixOf(a.tensor.shape, o.adjX), matrixOf(b.tensor.shape, o.adjY)];
  const matrices = (value: TensorValue) =>
    broadcastOffsets(padRank(value.tensor.shape.slice(0, -2), lead.length), lead);
  const [fromA, fromB] = [matrices(a), matrices(b)];
  const [as, bs] = [centre(a), centre(b)];
  const accumulators = new Int32Array(fromA.length * p.rows * q.columns);
  let out = 0;
  for (let batch = 0; batch < fromA.length; batch++) {
    for (let row = 0; row < p.rows; row++) {
      for (let column = 0; column < q.columns; column++) {
        let ai = fromA[batch]! * p.rows * p.columns + row * p.rowStride;
        let bi = fromB[batch]! * q.rows * q.columns + column * q.columnStride;
        let sum = 0;
        for (let k = 0; k < p.columns; k++, ai += p.columnStride, bi += q.rowStride)
          sum = (sum + Math.imul(as[ai]!, bs[bi]!)) | 0;
        accumulators[out++] = sum;
      }
    }
  }
  return accumulators;
}

export const batchMatmul: Kernel<'BATCH_MATMUL'> = { inputs: [2, 2], supports, run };
