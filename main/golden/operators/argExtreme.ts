// ARG_MAX and ARG_MIN along a constant axis: integers and float32. In: x, axis. Out: y int32 or int64, the index of the
// largest or smallest raw value; of equal ones the first. Source: kernels/arg_min_max.cc, reference/arg_min_max.h.
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needCount, needShape, needType } from '../checks';
import { dimensionOf, needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor, outputTensor } from '../kernel';

type ArgExtreme = OperatorOf<'ARG_MAX' | 'ARG_MIN'>;

function supports(operator: ArgExtreme, network: Network): string | null {
  const { name } = operator;
  const x = inputTensor(operator, network, 0)!;
  const axis = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(name, x, ['int8', 'uint8', 'int32', 'float32']),
    () =>
      y.type === 'int32' || y.type === 'int64' ? null : `${name} to ${y.type} is not supported; int32 and int64 are.`,
    () => needIndices(name, 'axes', axis) ?? needCount(name, axis, 1),
    () => {
      const at = dimensionOf(readIndices(axis)[0]!, x.shape.length);
      if (at === null) return `${name} along axis ${readIndices(axis)[0]} does not fit ${x.shape.length} dimensions.`;
      return needShape(name, y, x.shape.toSpliced(at, 1));
    },
  );
}

function run(operator: ArgExtreme, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, y] = [inputs[0]!, outputs[0]!.data];
  const { shape } = x.tensor;
  const axis = dimensionOf(readIndices(inputs[1]!.tensor)[0]!, shape.length)!;
  const [length, inner] = [shape[axis]!, elementCount(shape.slice(axis + 1))];
  const data = x.data as Int32Array; // whichever type: values are compared
  const largest = operator.kind === 'ARG_MAX';
  for (let i = 0; i < y.length; i++) {
    const start = Math.floor(i / inner) * length * inner + (i % inner);
    let best = 0;
    for (let k = 1; k < length; k++) {
      const [value, record] = [data[start + k * inner]!, data[start + best * inner]!];
      if (largest ? value > record : value < record) best = k;
    }
    y[i] = y instanceof BigInt64Array ? BigInt(best) : best;
  }
  return null;
}

export const argMax: Kernel<'ARG_MAX'> = { inputs: [2, 2], supports, run };
export const argMin: Kernel<'ARG_MIN'> = { inputs: [2, 2], supports, run };
