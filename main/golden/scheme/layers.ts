// The layers in words: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV under the schemes shift and kraken.
// In and out: as their twins in operators/, whose windows and loops they walk; words in int8 or int16, bias int32 or none.
// Accumulators are the exact sums (shift: bias included; kraken: of raw words, padding fed the zero point, the bias is in B):
// what does not fit the scheme's accumulator shows in them. Definition: network/schemeDefinitions.ts.
import type { Network, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { refuseActivation } from '../activation';
import { firstComplaint, needBias, needConstant, needRank, needShape, needWeights } from '../checks';
import { convolutionWindows } from '../convolution';
import { type Accumulators, type Kernel, integers } from '../kernel';
import { type Layer, activationOf, slotsOf } from '../layer';
import { fitGroups, sumWindows } from '../operators/conv2d';
import { fitChannels, sumChannels } from '../operators/depthwiseConv2d';
import { fitRows, sumRows } from '../operators/fullyConnected';
import { fitTransposed, scatter, transposeWindows } from '../operators/transposeConv';
import { type Factors, INTEGER_PRODUCTS, type Products, REAL_PRODUCTS } from '../products';
import { toAccumulators } from '../wide';
import { fitsInt32, needFloat16, needShifts, partsOf, requantizerOf, startsOf } from './layerRequantizer';
import { lessZero } from './matrices';
import { requantizeWords } from './requantizer';
import { needBits, needCarrier, needConstantFits, needWords, wordSchemeOf } from './words';

/** The layers of constant weights; matrices.ts has the other. */
type WordLayer = Exclude<Layer, { kind: 'BATCH_MATMUL' }>;

function supports(layer: WordLayer, network: Network): string | null {
  const { name } = layer;
  const scheme = wordSchemeOf(layer, network);
  const { x, w, bias, y, channels } = partsOf(layer, network);
  const axis = slotsOf(layer).axis!;
  return firstComplaint(
    () => needRank(name, w, layer.kind === 'FULLY_CONNECTED' ? 2 : 4),
    () => needWords(name, scheme, x, y),
    () => needCarrier(name, w) ?? needConstant(name, 'weights', w) ?? needConstantFits(name, w),
    () => needWeights(name, w, channels, axis, true),
    () => needBits(name, x, scheme.pixelBits, 'pixels') ?? needBits(name, w, scheme.weightBits, 'weights'),
    () => (bias ? (needBias(name, bias, channels) ?? needConstant(name, 'a bias', bias)) : null),
    () => bias && needConstantFits(name, bias),
    () => refuseActivation(name, activationOf(layer)),
    () => (scheme.kind === 'shift' ? needShifts(layer, scheme, network) : needFloat16(layer, network)),
    () => fit(layer, network),
  );
}

function fit(layer: WordLayer, network: Network): string | null {
  if (layer.kind === 'FULLY_CONNECTED') return fitRows(layer, network);
  if (layer.kind === 'TRANSPOSE_CONV') return fitTransposed(layer, network);
  const { x, w, y, channels } = partsOf(layer, network);
  return firstComplaint(
    () => needRank(layer.name, x, 4) ?? needRank(layer.name, y, 4),
    () => (layer.kind === 'CONV_2D' ? fitGroups(x, w) : fitChannels(x, w)),
    () => {
      const [rows, columns] = convolutionWindows(layer.options, x.shape, w.shape);
      return needShape(layer.name, y, [x.shape[0]!, rows.output, columns.output, channels]);
    },
  );
}

function run(
  layer: WordLayer,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  network: Network,
): Accumulators {
  const scheme = wordSchemeOf(layer, network);
  const y = outputs[0]!;
  const starts = startsOf(layer, network);
  const slots = slotsOf(layer);
  const [x, w] = [inputs[slots.x]!, inputs[slots.w]!];
  const sums = fitsInt32(layer, network)
    ? sumLayer(layer, INTEGER_PRODUCTS, Int16Array, x, w, y.tensor, starts)
    : sumLayer(layer, REAL_PRODUCTS, Float32Array, x, w, y.tensor, starts);
  requantizeWords(sums, scheme, requantizerOf(layer, network), integers(y));
  return toAccumulators(sums);
}

function sumLayer<F extends Factors, S extends Int32Array | Float64Array>(
  layer: WordLayer,
  products: Products<F, S>,
  Words: new (count: number) => F,
  x: TensorValue,
  w: TensorValue,
  y: Tensor,
  starts: Float64Array,
): S {
  const [xs, ws] = [lessZero(Words, x), lessZero(Words, w)]; // weights have no zero point
  const [xShape, wShape] = [x.tensor.shape, w.tensor.shape];
  switch (layer.kind) {
    case 'FULLY_CONNECTED':
      return sumRows(products, xs, ws, wShape[1]!, starts);
    case 'TRANSPOSE_CONV':
      return scatter(products, xShape, xs, ws, starts, y.shape, transposeWindows(layer.options, y.shape, wShape));
    default: {
      const sum = layer.kind === 'CONV_2D' ? sumWindows : sumChannels;
      return sum(products, xShape, xs, wShape, ws, starts, ...convolutionWindows(layer.options, xShape, wShape));
    }
  }
}

const kernel = <K extends WordLayer['kind']>(inputs: readonly [number, number]): Kernel<K> => ({
  inputs,
  supports: (operator, network) => supports(operator as WordLayer, network),
  run: (operator, values, outputs, _, network) => run(operator as WordLayer, values, outputs, network),
});

export const conv2d = kernel<'CONV_2D'>([2, 3]);
export const depthwiseConv2d = kernel<'DEPTHWISE_CONV_2D'>([2, 3]);
export const fullyConnected = kernel<'FULLY_CONNECTED'>([2, 3]);
export const transposeConv = kernel<'TRANSPOSE_CONV'>([3, 4]);
