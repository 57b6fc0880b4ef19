// Layers: the operators the array can run. In: a layer of a checked network and an arithmetic; no run. Out: what a designer
// puts into the array: effective bias, multiplier, shift and float32 scale of each channel, clamp range and zero points.
// The kernels take their requantisation from here too, so the numbers shown are the numbers used.
import type { Arithmetic } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import { type Activation, type ElementType, type Network, type Operator, type OperatorOf, type Tensor, elementCount } from '../network/network'; // prettier-ignore
import { readConstant } from '../tensor/tensor';
import { inputTensor, listText, outputTensor, zeroPointOf } from './kernel';
import { type Requantization, requantizationOf } from './requantize';
import { isWide } from './wide';

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

const productOf = (layer: Layer, x: Tensor, w: Tensor): 'double' | 'float' => {
  if (layer.kind === 'BATCH_MATMUL') return 'float';
  if (layer.kind === 'FULLY_CONNECTED') return w.quantization!.scale.length > 1 ? 'double' : 'float';
  return x.type === 'uint8' ? 'float' : 'double';
};
export const activationOf = (layer: Layer): Activation =>
  layer.kind === 'BATCH_MATMUL' ? 'none' : layer.options.activation;

interface LayerTensor {
  readonly tensor: number;
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly scale: readonly number[];
  readonly zeroPoint: number; // weights: of the first channel
}

/** Plain JSON: crosses to the window and to `goldbench layer --json` as it is. Lists have one entry a channel. */
export interface LayerConstants {
  readonly operator: number;
  readonly name: string;
  readonly arithmetic: Arithmetic;
  readonly input: LayerTensor;
  readonly weights: LayerTensor;
  readonly output: LayerTensor;
  readonly channels: number;
  readonly products: number; // of one sum, padding included
  readonly accumulator: 'int32' | 'int64';
  readonly product: 'double' | 'float'; // precision in which sX x sW was taken
  readonly activation: Activation;
  readonly lowest: number;
  readonly highest: number;
  /** As the file has it; zeros where it has none; null where it is computed at run time. */
  readonly bias: readonly number[] | null;
  /** bias - zX x sum(w - zW): the sum of x (w - zW) over raw x, plus this, is the accumulator. */
  readonly effectiveBias: readonly number[] | null;
  readonly multiplier: readonly number[]; // one entry where all channels share it
  readonly shift: readonly number[];
  readonly scale: readonly number[]; // float32
  readonly notes: readonly string[];
}

/** @throws userFailure not-a-layer, for operators without multiplier and shift */
export function needLayer(operator: Operator, network: Network): asserts operator is Layer {
  if (!isLayer(operator) || !holdsIntegers(operator, network)) throw notALayer(operator, network);
}

/** @throws userFailure not-a-layer */
export function layerConstants(operator: Operator, network: Network, arithmetic: Arithmetic): LayerConstants {
  needLayer(operator, network);
  const { x: xSlot, w: wSlot, bias: biasSlot, axis } = slotsOf(operator);
  const inputs = operator.inputs.map((_, slot) => wrap(inputTensor(operator, network, slot)));
  const [x, w, y] = [inputs[xSlot]!.tensor, inputs[wSlot]!.tensor, outputTensor(operator, network)];
  const { multiplier, shift, scale, lowest, highest } = requantizationOfLayer(operator, inputs, y, arithmetic);
  const channels = axis === null ? y.shape.at(-1)! : w.shape[axis]!;
  const bias = biasOf(inputs[biasSlot]?.tensor ?? null, channels);
  const sums = weightSums(operator, w, channels);
  const wide = isWide(x.type, inputs[biasSlot]?.tensor ?? null);
  const zeroPoint = zeroPointOf(x);
  const fold = (b: number, c: number): number => (wide ? b - zeroPoint * sums![c]! : (b - zeroPoint * sums![c]!) | 0);
  return {
    operator: operator.index,
    name: operator.name,
    arithmetic,
    input: describe(x),
    weights: describe(w),
    output: describe(y),
    channels,
    products: elementCount(w.shape) / (axis === null ? elementCount(w.shape.slice(0, -2)) * channels : channels),
    accumulator: wide ? 'int64' : 'int32',
    product: productOf(operator, x, w),
    activation: activationOf(operator),
    lowest,
    highest,
    bias,
    effectiveBias: bias && sums && bias.map(fold),
    multiplier: [...multiplier],
    shift: [...shift],
    scale: [...scale],
    notes: notesOf(operator, x, w, bias !== null, sums !== null),
  };
}

const wrap = (tensor: Tensor | null): { tensor: Tensor } | null => tensor && { tensor };
const describe = ({ index, name, type, shape, quantization }: Tensor): LayerTensor => ({
  tensor: index,
  name,
  type,
  shape,
  scale: quantization!.scale,
  zeroPoint: quantization!.zeroPoint[0]!,
});

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

function biasOf(bias: Tensor | null, channels: number): number[] | null {
  if (!bias) return new Array<number>(channels).fill(0);
  return bias.data && Array.from(readConstant(bias), Number);
}

/** Sum of (w - zW) over all weights of each output channel; null where they are computed at run time or several matrices. */
function weightSums(layer: Layer, w: Tensor, channels: number): number[] | null {
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

/** What a designer must know to use the numbers, as sentences. */
function notesOf(layer: Layer, x: Tensor, w: Tensor, hasBias: boolean, hasSums: boolean): string[] {
  const zeroPoint = zeroPointOf(x);
  const notes: string[] = [];
  if (!hasSums)
    notes.push(
      w.data
        ? 'Its second operand has several matrices: each has sums of its own, so there is no one effective bias.'
        : 'Its weights are computed at run time, so their sums, and the effective bias, are known in a run only.',
    );
  if (!hasBias) notes.push('Its bias is computed at run time.');
  if (layer.kind === 'TRANSPOSE_CONV')
    notes.push(
      `An output pixel meets only some taps. The effective bias counts all: feed raw ${zeroPoint} (the zero point, real 0) at the zeros that are put between and around the input's pixels.`,
    );
  else if (layer.kind !== 'FULLY_CONNECTED' && layer.kind !== 'BATCH_MATMUL' && layer.options.padding === 'same')
    notes.push(
      `Padding: TFLite leaves out taps outside the image. The effective bias counts all taps, so feed raw ${zeroPoint} (the zero point, real 0) there${zeroPoint === 0 ? '' : ', not 0'}.`,
    );
  if (zeroPointOf(w) !== 0)
    notes.push(`The weights have the zero point ${zeroPointOf(w)}: multiply by w - ${zeroPointOf(w)}.`);
  return notes;
}
