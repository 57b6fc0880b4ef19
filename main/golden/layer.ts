// Layers: the operators the array can run. In: a layer of a checked network and an arithmetic; no run. Out: its slots, its
// requantisation, its weights' sums. What a designer puts into the array for it: layerConstants.ts.
import type { Arithmetic } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import {
  type Activation,
  type Network,
  type Operator,
  type OperatorOf,
  type Tensor,
  elementCount,
} from '../network/network';
import { readConstant } from '../tensor/tensor';
import { inputTensor, listText } from './kernel';
import { type Requantization, requantizationOf } from './requantize';

/** The slots of a layer's operands, and the dimension of the weights that counts output channels (null: none does). */
const SLOTS = {
  CONV_2D: { x: 0, w: 1, bias: 2, axis: 0 },
  DEPTHWISE_CONV_2D: { x: 0, w: 1, bias: 2, axis: 3 },
  FULLY_CONNECTED: { x: 0, w: 1, bias: 2, axis: 0 },
  TRANSPOSE_CONV: { x: 2, w: 1, bias: 3, axis: 0 },
  BATCH_MATMUL: { x: 0, w: 1, bias: 2, axis: null }, // one multiplier for all columns; it takes no bias
} as const;
export type LayerKind = keyof typeof SLOTS;
export type Layer = OperatorOf<LayerKind>;

export const isLayer = (operator: Operator): operator is Layer => operator.kind in SLOTS;
export const slotsOf = (layer: Layer): (typeof SLOTS)[LayerKind] => SLOTS[layer.kind];

/**
 * The requantisation of a layer. The precision of sX x sW follows TFLite: float32 in the kernels of per-tensor weights
 * (kernel_util.cc GetQuantizedConvolutionMultipler: uint8, FULLY_CONNECTED, BATCH_MATMUL), double elsewhere.
 */
export function requantizationOfLayer(
  layer: Layer,
  inputs: readonly ({ readonly tensor: Tensor } | null)[],
  output: Tensor,
  arithmetic: Arithmetic,
): Requantization {
  const { x: xSlot, w: wSlot, axis } = slotsOf(layer);
  const [x, w] = [inputs[xSlot]!.tensor, inputs[wSlot]!.tensor];
  const channels = axis === null ? 1 : w.shape[axis]!;
  return requantizationOf(x, w, output, channels, productOf(layer, x, w), activationOf(layer), arithmetic);
}

export const productOf = (layer: Layer, x: Tensor, w: Tensor): 'double' | 'float' => {
  if (layer.kind === 'BATCH_MATMUL') return 'float';
  if (layer.kind === 'FULLY_CONNECTED') return w.quantization!.scale.length > 1 ? 'double' : 'float';
  return x.type === 'uint8' ? 'float' : 'double';
};
export const activationOf = (layer: Layer): Activation =>
  layer.kind === 'BATCH_MATMUL' ? 'none' : layer.options.activation;

/** @throws userFailure not-a-layer, for operators without multiplier and shift */
export function needLayer(operator: Operator, network: Network): asserts operator is Layer {
  if (!isLayer(operator) || !holdsIntegers(operator, network)) throw notALayer(operator, network);
}

const holdsIntegers = (layer: Layer, network: Network): boolean =>
  inputTensor(layer, network, slotsOf(layer).x)?.type !== 'float32';

const notALayer = (operator: Operator, network: Network) =>
  userFailure(
    'not-a-layer',
    `Operator ${operator.index} (${operator.name}) ${isLayer(operator) ? 'holds real numbers' : 'is no layer'}: it has no multiplier and shift.`,
    `Layers are quantised ${listText(Object.keys(SLOTS))}; ${network.name} has ${listText(layersOf(network).map(({ index }) => `${index}`)) || 'none'}.`,
    { operator: operator.index },
  );

/** The layers of a network that hold integers, in execution order. */
export const layersOf = (network: Network): Layer[] =>
  network.operators.filter(isLayer).filter((layer) => holdsIntegers(layer, network));

/** Sum of (w - zW) over all weights of each output channel; null where they are computed at run time or several matrices. */
export function weightSums(layer: Layer, w: Tensor, channels: number): number[] | null {
  const matrices = layer.kind === 'BATCH_MATMUL' ? elementCount(w.shape.slice(0, -2)) : 1;
  if (!w.data || matrices > 1) return null;
  const innermost = layer.kind === 'DEPTHWISE_CONV_2D' || (layer.kind === 'BATCH_MATMUL' && !layer.options.adjY);
  const data = readConstant(w);
  const each = data.length / channels;
  const zeroPoints = w.quantization!.zeroPoint;
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < data.length; i++) {
    const c = innermost ? i % channels : Math.floor(i / each);
    sums[c] = sums[c]! + Number(data[i]) - zeroPoints[zeroPoints.length > 1 ? c : 0]!;
  }
  return sums;
}
