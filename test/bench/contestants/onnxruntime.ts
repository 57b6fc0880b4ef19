// onnxruntime on one layer: QLinearConv, or QLinearMatMul for a fully-connected one. In: a layer with its values, the type
// of its activations. Out: a contestant. ONNX lays tensors out as NCHW; within a network the runtime leaves most of the
// turning to NHWC out, so that single layers come out somewhat too slow. Without VNNI its u8s8 products saturate: sums of
// two products stop at 32767, and weights beyond +-64 give wrong results (`beyondOne` of the benchmark counts them).
import { placeWindow } from '../../../main/golden/padding';
import { type Contestant, spend, takeTurns } from './contestant';
import { type BenchLayer, type LayerValues, after, makeValues } from './layer';
import { OnnxBuilder } from './onnx';
import type { Ort, OrtSession } from './peers';

export type Activations = 'uint8' | 'int8';
export const ORT_OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

export async function onnxruntime(ort: Ort, layer: BenchLayer, v: LayerValues, type: Activations): Promise<Contestant> {
  const session = await ort.InferenceSession.create(modelOf(layer, v, type), ORT_OPTIONS);
  const { rows, columns, depth, channels, kind } = layer;
  const [input, output] = [rows.input * columns.input, rows.output * columns.output];
  const isMatrix = kind === 'fullyConnected';
  const shapes = isMatrix
    ? [
        [1, depth],
        [1, channels],
      ]
    : [
        [1, depth, rows.input, columns.input],
        [1, channels, rows.output, columns.output],
      ];
  const x = new ort.Tensor(type, shift(transpose(v.x, input, depth), type), shapes[0]!);
  const y = new ort.Tensor(type, shift(new Int8Array(output * channels), type), shapes[1]!);
  return {
    name: type === 'uint8' ? 'onnxruntime u8s8' : 'onnxruntime s8s8',
    run: (times) => spend(times, runner(session, x, y)),
    output: () => Promise.resolve(transpose(unshift(y.data as Int8Array | Uint8Array), channels, output)),
    close: () => session.release(),
  };
}

/** Seconds of CPU that a call takes whatever it computes: a convolution of one value. */
export async function callOnnxruntime(ort: Ort): Promise<number> {
  const one = placeWindow(1, 1, 1, 1, 'valid');
  const layer: BenchLayer = {
    name: 'call',
    sizes: '',
    kind: 'dense',
    count: 1,
    macs: 1,
    rows: one,
    columns: one,
    padding: 'valid',
    depth: 1,
    channels: 1,
    groups: 1,
  };
  const contestant = await onnxruntime(ort, layer, makeValues(layer), 'uint8');
  const [figures] = await takeTurns([contestant], 0.2);
  await contestant.close();
  return figures!.minimum.cpu;
}

/** One inference into a tensor that is there already, as ours. */
export function runner(session: OrtSession, x: Ort['Tensor']['prototype'], y: Ort['Tensor']['prototype']) {
  const [feeds, fetches] = [{ [session.inputNames[0]!]: x }, { [session.outputNames[0]!]: y }];
  return () => session.run(feeds, fetches);
}

function modelOf(layer: BenchLayer, v: LayerValues, type: Activations): Uint8Array {
  const { rows, columns, depth, channels, groups, kind } = layer;
  const onnx = new OnnxBuilder();
  const scale = (value: number) => onnx.constant('float32', [], Float32Array.of(value));
  const zero = (value: number) => onnx.constant(type, [], shift(Int8Array.of(value), type));
  const wScales = onnx.constant('float32', [channels], v.wScales);
  const wZeros = onnx.constant('int8', [channels], new Int8Array(channels));
  const ofX = [scale(v.xScale), zero(v.xZero)];
  const ofY = [scale(v.yScale), zero(v.yZero)];
  if (kind === 'fullyConnected') {
    // it takes no bias: less to do than for the others
    const x = onnx.input(type, [1, depth]);
    const w = onnx.constant('int8', [depth, channels], transpose(v.weights, channels, depth));
    const y = onnx.node('QLinearMatMul', [x, ...ofX, w, wScales, wZeros, ...ofY]);
    return onnx.finish(y, type, [1, channels]);
  }
  const x = onnx.input(type, [1, depth, rows.input, columns.input]);
  const taps = rows.taps * columns.taps;
  const w = onnx.constant(
    'int8',
    [channels, depth / groups, rows.taps, columns.taps],
    weightsOihw(layer, v.weights, taps),
  );
  const bias = onnx.constant('int32', [channels], v.bias);
  const y = onnx.node('QLinearConv', [x, ...ofX, w, wScales, wZeros, ...ofY, bias], {
    ...windowsOf(layer),
  });
  return onnx.finish(y, type, [1, channels, rows.output, columns.output]);
}

export const windowsOf = ({ rows, columns, groups }: BenchLayer) => ({
  group: groups,
  kernel_shape: [rows.taps, columns.taps],
  strides: [rows.stride, columns.stride],
  dilations: [rows.dilation, columns.dilation],
  pads: [rows.before, columns.before, after(rows), after(columns)],
});

/** From O H W I of a group, or H W O of a depthwise layer. */
export function weightsOihw<T extends Int8Array | Float32Array>(
  { kind, depth, channels, groups }: BenchLayer,
  weights: T,
  taps: number,
): T {
  if (kind === 'depthwise') return transpose(weights, taps, channels);
  const each = taps * (depth / groups);
  const w = weights.slice() as T;
  for (let o = 0; o < channels; o++)
    w.set(transpose(weights.subarray(o * each, (o + 1) * each) as T, taps, depth / groups), o * each);
  return w;
}

/** [rows, columns] to [columns, rows]. */
export function transpose<T extends Int8Array | Float32Array>(data: T, rows: number, columns: number): T {
  const turned = data.slice() as T;
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c]!;
  return turned;
}

/** int8 as it is, or moved by 128 to uint8. */
const shift = (data: Int8Array, type: Activations): Int8Array | Uint8Array =>
  type === 'int8' ? data : new Uint8Array(data.length).map((_, i) => data[i]! + 128);
const unshift = (data: Int8Array | Uint8Array): Int8Array =>
  data instanceof Int8Array ? data : new Int8Array(data.length).map((_, i) => data[i]! - 128);
