// RESHAPE: the same elements under another shape, any type. In: x (a second input, the target shape, is already in the
// output's declared shape). Out: y. Source: kernels/reshape.cc (a copy; scales are not looked at).
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import { type TensorValue, bytesOf } from '../../tensor/tensor';
import { needCount, needSameType } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';

const NAME = 'RESHAPE';

function supports(operator: OperatorOf<'RESHAPE'>, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return needSameType(NAME, x, y) ?? needCount(NAME, y, elementCount(x.shape));
}

function run(_: OperatorOf<'RESHAPE'>, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  bytesOf(outputs[0]!.data).set(bytesOf(inputs[0]!.data));
  return null;
}

export const reshape: Kernel<'RESHAPE'> = { inputs: [1, 2], supports, run };
