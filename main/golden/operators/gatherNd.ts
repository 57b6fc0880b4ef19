// GATHER_ND: any type. In: x; indices int32 or int64 [..., D] (also computed at run time), each row a place in x's first D
// dimensions. Out: y, what lies at each place: the indices' other dimensions, then x's. Source: kernels/gather_nd.cc.
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { type Kernel, inputTensor } from '../kernel';
import { supportsMoveOfFirst } from '../move';
import { stridesOf } from '../../tensor/offsets';
import { refuseIndex } from './gather';

type GatherNd = OperatorOf<'GATHER_ND'>;
const NAME = 'GATHER_ND';

function supports(operator: GatherNd, network: Network): string | null {
  const indices = inputTensor(operator, network, 1)!;
  return supportsMoveOfFirst(operator, network, (x) => {
    if (!/^int(32|64)$/.test(indices.type))
      return `${NAME} by ${indices.type} indices is not supported; int32 and int64 are.`;
    const depth = indices.shape.at(-1) ?? 0;
    if (depth < 1 || depth > x.length) return `${NAME} needs 1 to ${x.length} indices for each place; it has ${depth}.`;
    return [...indices.shape.slice(0, -1), ...x.slice(depth)];
  });
}

function run(operator: GatherNd, [x, indices]: readonly (TensorValue | null)[], [y]: readonly TensorValue[]): null {
  const { shape } = x!.tensor;
  const depth = indices!.tensor.shape.at(-1)!;
  const strides = stridesOf(shape);
  const inner = elementCount(shape.slice(depth));
  const places = Array.from(indices!.data, Number);
  for (let row = 0; row * depth < places.length; row++) {
    let from = 0;
    for (let d = 0; d < depth; d++) {
      const index = places[row * depth + d]!;
      if (index < 0 || index >= shape[d]!) refuseIndex(operator, index, d, shape[d]!);
      from += index * strides[d]!;
    }
    y!.data.set(x!.data.subarray(from, from + inner) as never, row * inner);
  }
  return null;
}

export const gatherNd: Kernel<'GATHER_ND'> = { inputs: [2, 2], supports, run };
