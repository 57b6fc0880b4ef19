// RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements under another shape, any type. In: x (a target shape computed at run
// time is already in the output's declared shape). Out: y. Sources: kernels/reshape.cc, squeeze.cc, expand_dims.cc (copies;
// scales are not looked at).
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import { type TensorValue, bytesOf } from '../../tensor/tensor';
import { firstComplaint, needCount, needSameType, needShape } from '../checks';
import { dimensionOf, needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor, outputTensor } from '../kernel';

type Reshape = OperatorOf<'RESHAPE' | 'SQUEEZE' | 'EXPAND_DIMS'>;

function supports(operator: Reshape, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return needSameType(operator.name, x, y) ?? needCount(operator.name, y, elementCount(x.shape));
}

/** The named dimensions of 1 go, or all of them when none is named. */
function supportsSqueeze(operator: OperatorOf<'SQUEEZE'>, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const named = operator.options.squeezeDims.map((axis) => dimensionOf(axis, x.shape.length));
  const goes = (d: number): boolean => (named.length === 0 ? x.shape[d] === 1 : named.includes(d));
  return firstComplaint(
    () =>
      named.some((d) => d === null || x.shape[d] !== 1)
        ? `SQUEEZE of dimensions ${operator.options.squeezeDims.join(', ')} does not fit tensor ${x.index}.`
        : null,
    () => supports(operator, network),
    () =>
      needShape(
        'SQUEEZE',
        outputTensor(operator, network),
        x.shape.filter((_, d) => !goes(d)),
      ),
  );
}

function supportsExpandDims(operator: OperatorOf<'EXPAND_DIMS'>, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const axis = inputTensor(operator, network, 1)!;
  return firstComplaint(
    () => supports(operator, network),
    () => needIndices('EXPAND_DIMS', 'axes', axis) ?? needCount('EXPAND_DIMS', axis, 1),
    () => {
      const at = dimensionOf(readIndices(axis)[0]!, x.shape.length + 1);
      if (at === null) return `EXPAND_DIMS at ${readIndices(axis)[0]} does not fit ${x.shape.length} dimensions.`;
      return needShape('EXPAND_DIMS', outputTensor(operator, network), x.shape.toSpliced(at, 0, 1));
    },
  );
}

function run(_: Reshape, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  bytesOf(outputs[0]!.data).set(bytesOf(inputs[0]!.data));
  return null;
}

export const reshape: Kernel<'RESHAPE'> = { inputs: [1, 2], supports, run };
export const squeeze: Kernel<'SQUEEZE'> = { inputs: [1, 1], supports: supportsSqueeze, run };
export const expandDims: Kernel<'EXPAND_DIMS'> = { inputs: [2, 2], supports: supportsExpandDims, run };
