// What MEAN, SUM and REDUCE_MAX share: constant axes (int32) and reduced dimensions kept as 1 or dropped.
// Sources: kernels/reduce.cc, reference/reduce.h.
import type { ElementType, Network, OperatorOf, Tensor } from '../network/network';
import { firstComplaint, needSameType, needShape, needType } from './checks';
import { dimensionOf, needIndices, readIndices } from './constants';
import { inputTensor, outputTensor } from './kernel';
import { broadcastOffsets } from '../tensor/offsets';

type Reduction = OperatorOf<'MEAN' | 'SUM' | 'REDUCE_MAX'>;

export function supportsReduction(
  operator: Reduction,
  network: Network,
  types: readonly ElementType[],
  check: (x: Tensor, y: Tensor) => string | null,
): string | null {
  const { name } = operator;
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return firstComplaint(
    () => needType(name, x, types),
    () => needSameType(name, x, y),
    () => check(x, y),
    () => fitReduction(operator, network),
  );
}

/** The axes are known, and x and y go together. */
export function fitReduction(operator: Reduction, network: Network): string | null {
  const { name } = operator;
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  const axes = inputTensor(operator, network, 1)!;
  return firstComplaint(
    () => needIndices(name, 'axes', axes),
    () => (axes.type === 'int32' ? null : `${name} with ${axes.type} axes is not supported; int32 is.`),
    () => {
      const reduced = readIndices(axes).map((axis) => dimensionOf(axis, x.shape.length));
      if (reduced.includes(null))
        return `${name} over axes ${readIndices(axes).join(', ')} does not fit ${x.shape.length} dimensions.`;
      const shape = operator.options.keepDims
        ? x.shape.map((dimension, d) => (reduced.includes(d) ? 1 : dimension))
        : x.shape.filter((_, d) => !reduced.includes(d));
      return needShape(name, y, shape);
    },
  );
}

/** For every element of x, the output element it goes into. */
export function reduceInto(x: Tensor, axes: Tensor): Int32Array {
  const reduced = new Set(readIndices(axes).map((axis) => dimensionOf(axis, x.shape.length)));
  const kept = x.shape.map((dimension, d) => (reduced.has(d) ? 1 : dimension));
  return broadcastOffsets(kept, x.shape);
}
