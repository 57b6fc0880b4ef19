// RELU, RELU6 and RELU_N1_TO_1 as operators of their own: int8, uint8 and (RELU) int16. In: x. Out: y, rescaled and
// clamped. Sources: kernels/activations.cc ReluPrepare and QuantizedReluX (the ratio of scales in float32).
import type { Activation, ElementType, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange } from '../activation';
import { needSymmetricInt16 } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, inputTensor, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

type Relu = 'RELU' | 'RELU6' | 'RELU_N1_TO_1';

export const ACTIVATION_OF: Readonly<Record<Relu, Activation>> = {
  RELU: 'relu',
  RELU6: 'relu6',
  RELU_N1_TO_1: 'relu_n1_to_1',
};

/** sX / sY in float32. */
export const reluMultiplier = (x: Tensor, y: Tensor): FixedMultiplier =>
  quantizeMultiplier(Math.fround(scaleOf(x) / scaleOf(y)));

function run(
  operator: OperatorOf<Relu>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const { multiplier, shift } = reluMultiplier(x.tensor, y.tensor);
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  const range = activationRange(ACTIVATION_OF[operator.kind], y.tensor);
  mapIntegers(x, y, (raw) => multiplyByQuantizedMultiplier(raw - zx, multiplier, shift) + zy, range);
  return null;
}

const kernel = (types: readonly ElementType[]) => ({
  inputs: [1, 1] as const,
  supports: (operator: OperatorOf<Relu>, network: Parameters<typeof supportsUnary>[1]) =>
    supportsUnary(operator, network, types) ??
    needSymmetricInt16(operator.name, inputTensor(operator, network, 0)!, outputTensor(operator, network)),
  run,
});

export const relu: Kernel<'RELU'> = kernel(['int8', 'uint8', 'int16']);
export const relu6: Kernel<'RELU6'> = kernel(['int8', 'uint8']);
export const reluN1To1: Kernel<'RELU_N1_TO_1'> = kernel(['int8', 'uint8']);
