// SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: any type. In: x [N, S..., rest] with one or two spatial dimensions S, constant
// block sizes [M], constant paddings or crops [M, 2]. Out: y; batch b N + n holds every block-th pixel from place b of each
// block (row-major). Padding is the output's zero point.
// Sources: reference/space_to_batch_nd.h, reference/batch_to_space_nd.h.
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import { type TensorValue, allocate } from '../../tensor/tensor';
import { needCount } from '../checks';
import { needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor, zeroPointOf } from '../kernel';
import { OUTSIDE, evenSteps, move, supportsMoveOfFirst } from '../move';
import { stridesOf } from '../../tensor/offsets';

type Blocking = OperatorOf<'SPACE_TO_BATCH_ND' | 'BATCH_TO_SPACE_ND'>;

function supports(operator: Blocking, network: Network): string | null {
  const { name, kind } = operator;
  const block = inputTensor(operator, network, 1)!;
  const edges = inputTensor(operator, network, 2)!;
  return supportsMoveOfFirst(operator, network, (x) => {
    const complaint =
      needIndices(name, 'block sizes', block) ??
      needIndices(name, 'paddings or crops', edges) ??
      (x.length === 3 || x.length === 4 ? null : `${name} needs 3 or 4 dimensions; it has ${x.length}.`) ??
      needCount(name, block, x.length - 2) ??
      needCount(name, edges, 2 * (x.length - 2));
    if (complaint) return complaint;
    const [sizes, amounts] = [readIndices(block), readIndices(edges)];
    if (sizes.some((size) => size < 1) || amounts.some((amount) => amount < 0))
      return `${name} needs block sizes above 0 and no negative paddings or crops.`;
    const blocks = elementCount(sizes);
    const edge = (d: number): number => amounts[2 * d]! + amounts[2 * d + 1]!;
    const space = sizes.map((size, d) =>
      kind === 'SPACE_TO_BATCH_ND' ? (x[d + 1]! + edge(d)) / size : x[d + 1]! * size - edge(d),
    );
    const batches = kind === 'SPACE_TO_BATCH_ND' ? x[0]! * blocks : x[0]! / blocks;
    if (![batches, ...space].every((size) => Number.isInteger(size) && size > 0))
      return `${name} in blocks of ${sizes.join(' x ')} does not fit the shape ${x.join(' x ')}.`;
    return [batches, ...space, x.at(-1)!];
  });
}

/** Pads, then takes the padded image apart. */
function runSpaceToBatch([x, block, edges]: readonly (TensorValue | null)[], y: TensorValue): void {
  const shape = x!.tensor.shape;
  const [sizes, amounts] = [readIndices(block!.tensor), readIndices(edges!.tensor)];
  const strides = stridesOf(shape);
  const fill = y.data instanceof BigInt64Array ? BigInt(zeroPointOf(y.tensor)) : zeroPointOf(y.tensor);
  const isSpace = (d: number): boolean => d > 0 && d < shape.length - 1;
  const paddedShape = shape.map((size, d) => (isSpace(d) ? size + amounts[2 * d - 2]! + amounts[2 * d - 1]! : size));
  const padded = allocate(x!.tensor.type, elementCount(paddedShape));
  const steps = paddedShape.map((size, d) =>
    evenSteps(size, 1, isSpace(d) ? -amounts[2 * d - 2]! : 0).map((at) =>
      at < 0 || at >= shape[d]! ? OUTSIDE : at * strides[d]!,
    ),
  );
  move(x!.data, padded, steps, fill);
  const wide = stridesOf(paddedShape);
  move(padded, y.data, [
    ...sizes.map((size, d) => evenSteps(size, wide[d + 1]!)),
    evenSteps(shape[0]!, wide[0]!),
    ...sizes.map((size, d) => evenSteps(paddedShape[d + 1]! / size, size * wide[d + 1]!)),
    evenSteps(shape.at(-1)!, 1),
  ]);
}

/** Pixel p of a spatial dimension is pixel floor(p / block) of the batch with place p mod block. */
function runBatchToSpace([x, block, edges]: readonly (TensorValue | null)[], y: TensorValue): void {
  const strides = stridesOf(x!.tensor.shape);
  const [sizes, amounts] = [readIndices(block!.tensor), readIndices(edges!.tensor)];
  const [batches, ...rest] = y.tensor.shape as [number, ...number[]];
  const perPlace = stridesOf(sizes).map((stride) => stride * batches * strides[0]!);
  move(x!.data, y.data, [
    evenSteps(batches, strides[0]!),
    ...sizes.map((size, d) =>
      evenSteps(rest[d]!, 1, amounts[2 * d]!).map(
        (p) => Math.floor(p / size) * strides[d + 1]! + (p % size) * perPlace[d]!,
      ),
    ),
    evenSteps(rest.at(-1)!, 1),
  ]);
}

export const spaceToBatchNd: Kernel<'SPACE_TO_BATCH_ND'> = {
  inputs: [3, 3],
  supports,
  run: (_, inputs, [y]) => {
    runSpaceToBatch(inputs, y!);
    return null;
  },
};
export const batchToSpaceNd: Kernel<'BATCH_TO_SPACE_ND'> = {
  inputs: [3, 3],
  supports,
  run: (_, inputs, [y]) => {
    runBatchToSpace(inputs, y!);
    return null;
  },
};
