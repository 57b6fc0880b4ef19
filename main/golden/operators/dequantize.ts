// DEQUANTIZE: int8, uint8 or int16 to float32. In: x. Out: y = float32(double(s) x (q - z)), same shape.
// Source: reference/dequantize.h.
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needPerTensor, needShape, needType } from '../checks';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';

type Dequantize = OperatorOf<'DEQUANTIZE'>;
const NAME = 'DEQUANTIZE';

function supports(operator: Dequantize, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'uint8', 'int16']),
    () => (y.type === 'float32' ? null : `${NAME} to ${y.type} is not supported; float32 is.`),
    () => needPerTensor(NAME, x),
    () => needShape(NAME, y, x.shape),
  );
}

function run(_: Dequantize, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const x = inputs[0]!;
  const data = integers(x);
  const out = outputs[0]!.data as Float32Array;
  const scale = scaleOf(x.tensor);
  const zeroPoint = zeroPointOf(x.tensor);
  for (let i = 0; i < data.length; i++) out[i] = scale * (data[i]! - zeroPoint); // storing rounds to float32, once
  return null;
}

export const dequantize: Kernel<'DEQUANTIZE'> = { inputs: [1, 1], supports, run };
