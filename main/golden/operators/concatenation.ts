// CONCATENATION along any axis, any type. In: inputs that agree in all other dimensions and in quantization. Out: y.
// Rescaling inputs (uint8 files of 2018) is refused: no oracle at hand settles its last bit.
// Source: reference/concatenation.h, kernels/concatenation.cc (int8 must agree in scale there too).
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needSameQuantization, needSameType, needShape } from '../checks';
import { type Kernel, inputTensor, outputTensor, shapeText } from '../kernel';
import { interleave } from '../move';

type Concatenation = OperatorOf<'CONCATENATION'>;
const NAME = 'CONCATENATION';

const axisOf = (operator: Concatenation, rank: number): number =>
  operator.options.axis < 0 ? operator.options.axis + rank : operator.options.axis;

function supports(operator: Concatenation, network: Network): string | null {
  const inputs = operator.inputs.map((_, slot) => inputTensor(operator, network, slot)!);
  const y = outputTensor(operator, network);
  const axis = axisOf(operator, y.shape.length);
  const each = (check: (x: (typeof inputs)[number]) => string | null) => () =>
    inputs.reduce<string | null>((complaint, x) => complaint ?? check(x), null);
  return firstComplaint(
    () =>
      operator.options.activation === 'none'
        ? null
        : `${NAME} with the fused activation ${operator.options.activation} is not supported; none is.`,
    each((x) => (x ? null : `${NAME} with an input left out is not supported.`)),
    each((x) => needSameType(NAME, x, y)),
    each((x) => needSameQuantization(NAME, x, y)),
    () =>
      axis >= 0 && axis < y.shape.length
        ? null
        : `${NAME} along axis ${operator.options.axis} does not fit ${y.shape.length} dimensions.`,
    each((x) =>
      x.shape.length === y.shape.length && x.shape.every((dimension, d) => d === axis || dimension === y.shape[d])
        ? null
        : `${NAME} along axis ${axis} cannot put ${shapeText(x.shape)} into ${shapeText(y.shape)}.`,
    ),
    () => {
      const length = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
      return needShape(
        NAME,
        y,
        y.shape.map((dimension, d) => (d === axis ? length : dimension)),
      );
    },
  );
}

function run(operator: Concatenation, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const y = outputs[0]!;
  const axis = axisOf(operator, y.tensor.shape.length);
  const outer = elementCount(y.tensor.shape.slice(0, axis));
  interleave(
    inputs.map((x) => x!.data),
    outer,
    y.data,
  );
  return null;
}

export const concatenation: Kernel<'CONCATENATION'> = { inputs: [1, Infinity], supports, run };
