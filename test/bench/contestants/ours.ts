// Goldbench's own engine on one layer. In: a layer with its values, an open engine. Out: a contestant.
// The arithmetic is gemmlowp's double rounding, the dearest of the three.
import type { NativeEngine } from '../../../main/golden/native/engine';
import { type Network, type OptionsOf, elementCount } from '../../../main/network/network';
import { type TensorValue, allocate, viewBytes } from '../../../main/tensor/tensor';
import { constant, oneOperator, perChannel, slot } from '../../golden/oneOperator';
import { type Contestant, spend } from './contestant';
import { type BenchLayer, type LayerValues, scalesOf } from './layer';

export type ConvOptions = OptionsOf['DEPTHWISE_CONV_2D'];

/** Kind, weight shape, axis of the channels, and options of the TFLite operator that computes the layer. */
export function operatorOf(layer: BenchLayer) {
  const { rows, columns, depth, channels, groups, padding } = layer;
  const window = {
    padding,
    strideH: rows.stride,
    strideW: columns.stride,
    dilationH: rows.dilation,
    dilationW: columns.dilation,
    activation: 'none',
  } as const;
  const image = { x: [1, rows.input, columns.input, depth], y: [1, rows.output, columns.output, channels] };
  if (layer.kind === 'depthwise')
    return {
      ...image,
      kind: 'DEPTHWISE_CONV_2D',
      w: [1, rows.taps, columns.taps, channels],
      axis: 3,
      options: { ...window, depthMultiplier: 1 },
    } as const;
  if (layer.kind === 'dense')
    return {
      ...image,
      kind: 'CONV_2D',
      w: [channels, rows.taps, columns.taps, depth / groups],
      axis: 0,
      options: window,
    } as const;
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  return { kind: 'FULLY_CONNECTED', x: [1, depth], y: [1, channels], w: [channels, depth], axis: 0, options } as const;
}

/** The layer as a network of one operator. */
function networkOf(layer: BenchLayer, v: LayerValues): Network {
  const { kind, x, y, w, axis, options } = operatorOf(layer);
  const one = oneOperator(
    kind,
    [
      slot('int8', x, { scale: [v.xScale], zeroPoint: [v.xZero], axis: 0 }, v.x),
      constant('int8', w, perChannel(scalesOf(layer, v), axis), v.weights),
      constant('int32', [layer.channels], undefined, v.bias),
    ],
    slot('int8', y, { scale: [v.yScale], zeroPoint: [v.yZero], axis: 0 }, new Int8Array(0)),
    options as ConvOptions,
  );
  return { ...one.network, sha256: `${layer.name} ${layer.sizes}` }; // the engine keeps packed weights under it
}

/** The arithmetic that all layers are measured in. */
const ARITHMETIC = 'double';

/** One layer as an operator with its values, and its run, which packs its weights the first time. */
function place(layer: BenchLayer, v: LayerValues, engine: NativeEngine) {
  const network = networkOf(layer, v);
  const operator = network.operators[0]!;
  const inputs = operator.inputs.map<TensorValue>((index) => {
    const tensor = network.tensors[index]!;
    return { tensor, data: index === 0 ? v.x : viewBytes(tensor.type, tensor.data!, elementCount(tensor.shape)) };
  });
  const tensor = network.tensors[operator.outputs[0]!]!;
  const y = { tensor, data: allocate(tensor.type, elementCount(tensor.shape)) };
  const compute = (keep: boolean) => engine.run(operator, network, inputs, [y], ARITHMETIC, keep);
  return { network, operator, y, compute };
}

/** One layer on an open engine, which keeps its packed weights until the contestant closes. */
export function ours(
  layer: BenchLayer,
  v: LayerValues,
  engine: NativeEngine,
): Contestant & { accumulators(): Int32Array } {
  const { network, y, compute } = place(layer, v, engine);
  return {
    name: engine.threads === 1 ? 'goldbench' : `goldbench ${engine.threads} threads`,
    run: (times) => spend(times, () => compute(false)),
    output: () => Promise.resolve(y.data as Int8Array),
    close: () => Promise.resolve(engine.release(network)),
    accumulators: () => compute(true) as Int32Array,
  };
}

/** Reading the layer's packed weights, and no more: the bound of a layer that uses each weight once. */
export function reading(layer: BenchLayer, v: LayerValues, engine: NativeEngine): Contestant {
  const { network, operator, compute } = place(layer, v, engine);
  compute(false);
  return {
    name: readingBy(engine.threads),
    run: (times) => spend(times, () => engine.readWeights(network, operator, ARITHMETIC)),
    output: () => Promise.resolve(null),
    close: () => Promise.resolve(engine.release(network)),
  };
}
export const readingBy = (threads: number): string => (threads === 1 ? 'reading' : `reading, ${threads} threads`);
