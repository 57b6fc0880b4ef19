// Layers of float32: ours, whose sums are held in double, and onnxruntime's, in float32. In: a layer. Out: contestants with the
// same seeded values.
import { type Engine } from '../../../main/golden/engine';
import { elementCount } from '../../../main/network/network';
import { type TensorValue, viewBytes } from '../../../main/tensor/tensor';
import { constant, oneOperator, slot } from '../../golden/oneOperator';
import { Random } from '../../oracle/random';
import { type Contestant, spend } from './contestant';
import { type BenchLayer, weightCount } from './layer';
import { OnnxBuilder } from './onnx';
import { ORT_OPTIONS, runner, transpose, weightsOihw, windowsOf } from './onnxruntime';
import { type ConvOptions, operatorOf } from './ours';
import type { Ort } from './peers';

export interface RealValues {
  readonly x: Float32Array; // NHWC
  readonly weights: Float32Array; // O H W I of a group; depthwise H W O
  readonly bias: Float32Array;
}

export function makeReals(layer: BenchLayer): RealValues {
  const { rows, columns, depth, channels } = layer;
  const random = new Random(2112);
  const reals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.real() * 2 - 1);
  return { x: reals(rows.input * columns.input * depth), weights: reals(weightCount(layer)), bias: reals(channels) };
}

export function oursOnReals(layer: BenchLayer, v: RealValues, engine: Engine): Contestant<Float32Array> {
  const { kind, x, y: shape, w, options } = operatorOf(layer);
  const one = oneOperator(
    kind,
    [
      slot('float32', x, undefined, v.x),
      constant('float32', w, undefined, v.weights),
      constant('float32', [layer.channels], undefined, v.bias),
    ],
    slot('float32', shape, undefined, new Float32Array(0)),
    options as ConvOptions,
  );
  const network = { ...one.network, sha256: `reals ${layer.name} ${layer.sizes}` };
  const operator = network.operators[0]!;
  const inputs = operator.inputs.map<TensorValue>((index) => {
    const tensor = network.tensors[index]!;
    return { tensor, data: index === 0 ? v.x : viewBytes('float32', tensor.data!, elementCount(tensor.shape)) };
  });
  const y = { tensor: network.tensors[operator.outputs[0]!]!, data: new Float32Array(elementCount(shape)) };
  return {
    name: engine.name,
    run: (times) => spend(times, () => engine.run(operator, network, inputs, [y], 'float', false)),
    output: () => Promise.resolve(y.data),
    close: () => Promise.resolve(),
  };
}

export async function onnxruntimeOnReals(
  ort: Ort,
  layer: BenchLayer,
  v: RealValues,
): Promise<Contestant<Float32Array>> {
  const { rows, columns, depth, channels, kind } = layer;
  const onnx = new OnnxBuilder();
  const isMatrix = kind === 'fullyConnected';
  const [xShape, yShape] = isMatrix
    ? [
        [1, depth],
        [1, channels],
      ]
    : [
        [1, depth, rows.input, columns.input],
        [1, channels, rows.output, columns.output],
      ];
  const [input, output, taps] = [rows.input * columns.input, rows.output * columns.output, rows.taps * columns.taps];
  const name = onnx.input('float32', xShape!);
  const w = isMatrix
    ? onnx.constant('float32', [channels, depth], v.weights)
    : onnx.constant(
        'float32',
        [channels, depth / layer.groups, rows.taps, columns.taps],
        weightsOihw(layer, v.weights, taps),
      );
  const bias = onnx.constant('float32', [channels], v.bias);
  const node = onnx.node(isMatrix ? 'Gemm' : 'Conv', [name, w, bias], isMatrix ? { transB: 1 } : windowsOf(layer));
  const session = await ort.InferenceSession.create(onnx.finish(node, 'float32', yShape!), ORT_OPTIONS);
  const x = new ort.Tensor('float32', transpose(v.x, input, depth), xShape!);
  const y = new ort.Tensor('float32', new Float32Array(output * channels), yShape!);
  return {
    name: 'onnxruntime',
    run: (times) => spend(times, runner(session, x, y)),
    output: () => Promise.resolve(transpose(y.data as Float32Array, channels, output)),
    close: () => session.release(),
  };
}
