// GATHER along an axis: any type. In: x, indices int32 or int64 (also computed at run time). Out: y, with the indices'
// dimensions in the place of the axis. The first `batchDims` dimensions are shared by x and indices.
// Source: kernels/gather.cc, reference/gather.h.
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import { userFailure } from '../../network/failure';
import type { TensorValue } from '../../tensor/tensor';
import { dimensionOf } from '../constants';
import { type Kernel, inputTensor, sameShape } from '../kernel';
import { evenSteps, move, supportsMoveOfFirst } from '../move';

type Gather = OperatorOf<'GATHER'>;
const NAME = 'GATHER';

function supports(operator: Gather, network: Network): string | null {
  const indices = inputTensor(operator, network, 1)!;
  return supportsMoveOfFirst(operator, network, (x) => {
    if (!/^int(32|64)$/.test(indices.type))
      return `${NAME} by ${indices.type} indices is not supported; int32 and int64 are.`;
    const axis = dimensionOf(operator.options.axis, x.length);
    const batch = dimensionOf(operator.options.batchDims, indices.shape.length + 1);
    if (axis === null || batch === null || batch > axis || !sameShape(x.slice(0, batch), indices.shape.slice(0, batch)))
      return `${NAME} along axis ${operator.options.axis} with ${operator.options.batchDims} shared dimensions does not fit its inputs.`;
    return [...x.slice(0, axis), ...indices.shape.slice(batch), ...x.slice(axis + 1)];
  });
}

function run(operator: Gather, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, indices, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const { shape } = x.tensor;
  const axis = dimensionOf(operator.options.axis, shape.length)!;
  const batch = dimensionOf(operator.options.batchDims, indices.tensor.shape.length + 1)!;
  const length = shape[axis]!;
  const chosen = Array.from(indices.data, Number);
  const outside = chosen.find((index) => index < 0 || index >= length);
  if (outside !== undefined) refuseIndex(operator, outside, axis, length);
  const batches = elementCount(shape.slice(0, batch));
  const outer = elementCount(shape.slice(batch, axis));
  const inner = elementCount(shape.slice(axis + 1));
  const [per, xs, ys] = [chosen, x.data, y.data].map(({ length: all }) => all / batches) as [number, number, number];
  for (let b = 0; b < batches; b++)
    move(x.data.subarray(b * xs, (b + 1) * xs), y.data.subarray(b * ys, (b + 1) * ys), [
      evenSteps(outer, length * inner),
      chosen.slice(b * per, (b + 1) * per).map((index) => index * inner),
      evenSteps(inner, 1),
    ]);
  return null;
}

/** @throws userFailure golden-gather-index */
export function refuseIndex(
  { index, name, inputs }: OperatorOf<'GATHER' | 'GATHER_ND'>,
  at: number,
  d: number,
  length: number,
): never {
  throw userFailure(
    'golden-gather-index',
    `Operator ${index} (${name}) gathers index ${at} of dimension ${d}, which has ${length}.`,
    'Give the network other inputs, or correct the constant indices.',
    { operator: index, tensor: inputs[1]! },
  );
}

export const gather: Kernel<'GATHER'> = { inputs: [2, 2], supports, run };
