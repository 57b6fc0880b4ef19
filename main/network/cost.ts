// What an operator costs, as the field counts it. In: an operator of a network. Out: multiply-accumulates of one
// inference (padding taps included, as accelerators and papers count), and elements of its constant weights and biases.
// Operators that are not multiply-accumulate layers cost 0 in both.
import { type Network, type Operator, elementCount } from './network';

/** Multiply-accumulates: output elements x multiplications behind each. */
export function countMacs(operator: Operator, network: Network): number {
  const inputShape = (slot: number) => network.tensors[operator.inputs[slot] ?? -1]?.shape ?? [];
  const hasInput = (slot: number) => (operator.inputs[slot] ?? -1) >= 0;
  const weights = inputShape(1);
  const output = network.tensors[operator.outputs[0] ?? -1]?.shape ?? [0];
  switch (operator.kind) {
    case 'CONV_2D': // [O, H, W, I]
      return weights.length === 4 ? elementCount(output) * elementCount(weights.slice(1)) : 0;
    case 'DEPTHWISE_CONV_2D': // [1, H, W, O]
      return weights.length === 4 ? elementCount(output) * elementCount(weights.slice(1, 3)) : 0;
    case 'FULLY_CONNECTED': // [O, K]
      return weights.length === 2 ? elementCount(output) * weights[1]! : 0;
    case 'TRANSPOSE_CONV': // [O, H, W, I]: each input pixel meets every tap of every output channel
      return weights.length === 4 ? elementCount(inputShape(2)) * elementCount(weights.slice(0, 3)) : 0;
    case 'BATCH_MATMUL': // [..., M, K] x [..., K, N], the last two the other way round when adjoint
      return elementCount(output) * (inputShape(0).at(operator.options.adjX ? -2 : -1) ?? 0);
    case 'SVDF': // every filter meets the input, and its memory
      return (inputShape(0)[0] ?? 0) * (elementCount(weights) + elementCount(inputShape(2)));
    case 'UNIDIRECTIONAL_SEQUENCE_LSTM': {
      // every step of every sequence meets the matrices of its gates (peepholes and projection are not counted)
      const rows = elementCount(inputShape(0).slice(0, -1));
      return (
        rows *
        [1, 2, 3, 4, 5, 6, 7, 8, 16].reduce(
          (sum, slot) => sum + (hasInput(slot) ? elementCount(inputShape(slot)) : 0),
          0,
        )
      );
    }
    default:
      return 0;
  }
}

const LAYERS: readonly string[] = [
  'CONV_2D',
  'DEPTHWISE_CONV_2D',
  'FULLY_CONNECTED',
  'TRANSPOSE_CONV',
  'BATCH_MATMUL',
  'SVDF',
  'UNIDIRECTIONAL_SEQUENCE_LSTM',
];

/** Elements of constant weights and biases. */
export function countParameters(operator: Operator, network: Network): number {
  if (!LAYERS.includes(operator.kind)) return 0;
  return operator.inputs
    .slice(1)
    .map((i) => network.tensors[i])
    .reduce((sum, tensor) => sum + (tensor?.data ? elementCount(tensor.shape) : 0), 0);
}
