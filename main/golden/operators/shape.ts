// SHAPE. In: x of any type. Out: y [rank] int32 or int64, x's dimensions. Source: kernels/shape.cc.
import { needShape, needType } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';

export const shape: Kernel<'SHAPE'> = {
  inputs: [1, 1],
  supports: (operator, network) => {
    const y = outputTensor(operator, network);
    return (
      needType('SHAPE', y, ['int32', 'int64']) ??
      needShape('SHAPE', y, [inputTensor(operator, network, 0)!.shape.length])
    );
  },
  run: (_, [x], [y]) => {
    const { data } = y!;
    x!.tensor.shape.forEach(
      (dimension, d) => (data[d] = data instanceof BigInt64Array ? BigInt(dimension) : dimension),
    );
    return null;
  },
};
