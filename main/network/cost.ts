// What an operator costs, as the field counts it. In: an operator of a network. Out: multiply-accumulates of one
// inference (padding taps included, as accelerators and papers count), and elements of its constant weights and biases.
// Operators that are not multiply-accumulate layers cost 0 in both.
import { type Network, type Operator, elementCount } from './network';

/** Multiply-accumulates: output elements x multiplications behind each. */
export function countMacs(operator: Operator, network: Network): number {
  const weights = network.tensors[operator.inputs[1] ?? -1]?.shape ?? [];
  const output = network.tensors[operator.outputs[0] ?? -1]?.shape ?? [0];
  switch (operator.kind) {
    case 'CONV_2D': // [O, H, W, I]
      return weights.length === 4 ? elementCount(output) * elementCount(weights.slice(1)) : 0;
    case 'DEPTHWISE_CONV_2D': // [1, H, W, O]
      return weights.length === 4 ? elementCount(output) * elementCount(weights.slice(1, 3)) : 0;
    case 'FULLY_CONNECTED': // [O, K]
      return weights.length === 2 ? elementCount(output) * weights[1]! : 0;
    default:
      return 0;
  }
}

const LAYERS: readonly string[] = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'];

/** Elements of constant weights and biases. */
export function countParameters(operator: Operator, network: Network): number {
  if (!LAYERS.includes(operator.kind)) return 0;
  return operator.inputs
    .slice(1)
    .map((i) => network.tensors[i])
    .reduce((sum, tensor) => sum + (tensor?.data ? elementCount(tensor.shape) : 0), 0);
}
