// TRANSPOSE: any type. In: x, a constant permutation. Out: y with dimension d of length x.shape[permutation[d]].
// Source: kernels/transpose.cc, reference/transpose.h.
import { needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor } from '../kernel';
import { evenSteps, move, supportsMoveOfFirst } from '../move';
import { stridesOf } from '../../tensor/offsets';

const NAME = 'TRANSPOSE';

export const transpose: Kernel<'TRANSPOSE'> = {
  inputs: [2, 2],
  supports: (operator, network) => {
    const permutation = inputTensor(operator, network, 1)!;
    return supportsMoveOfFirst(operator, network, (x) => {
      const complaint = needIndices(NAME, 'permutations', permutation);
      if (complaint) return complaint;
      const order = readIndices(permutation).map((d) => (d < 0 ? d + x.length : d));
      const sorted = order.toSorted((a, b) => a - b);
      if (order.length !== x.length || sorted.some((dimension, d) => dimension !== d))
        return `${NAME} by ${order.join(', ')} is no permutation of ${x.length} dimensions.`;
      return order.map((d) => x[d]!);
    });
  },
  run: (_, [x, permutation], [y]) => {
    const { shape } = x!.tensor;
    const strides = stridesOf(shape);
    const order = readIndices(permutation!.tensor).map((d) => (d < 0 ? d + shape.length : d));
    move(
      x!.data,
      y!.data,
      order.map((d) => evenSteps(shape[d]!, strides[d]!)),
    );
    return null;
  },
};
