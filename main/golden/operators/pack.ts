// PACK: any type. In: inputs of one shape and quantization. Out: y with a new dimension, one index an input.
// Source: kernels/pack.cc, reference/concatenation.h.
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import { firstComplaint, needSameQuantization, needSameType, needShape } from '../checks';
import { dimensionOf } from '../constants';
import { type Kernel, inputTensor, outputTensor } from '../kernel';
import { interleave } from '../move';

const NAME = 'PACK';

function supports(operator: OperatorOf<'PACK'>, network: Network): string | null {
  const y = outputTensor(operator, network);
  const inputs = operator.inputs.map((_, slot) => inputTensor(operator, network, slot));
  const at = dimensionOf(operator.options.axis, y.shape.length);
  if (at === null) return `${NAME} along axis ${operator.options.axis} does not fit ${y.shape.length} dimensions.`;
  return firstComplaint(
    ...inputs.map((x) => () => {
      if (!x) return `${NAME} with an input left out is not supported.`;
      const shape = x.shape.toSpliced(at, 0, inputs.length);
      return needSameType(NAME, x, y) ?? needSameQuantization(NAME, x, y) ?? needShape(NAME, y, shape);
    }),
  );
}

export const pack: Kernel<'PACK'> = {
  inputs: [1, Infinity],
  supports,
  run: ({ options }, inputs, [y]) => {
    const { shape } = y!.tensor;
    const outer = elementCount(shape.slice(0, dimensionOf(options.axis, shape.length)!));
    interleave(
      inputs.map((x) => x!.data),
      outer,
      y!.data,
    );
    return null;
  },
};
