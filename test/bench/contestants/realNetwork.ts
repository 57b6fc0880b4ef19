// MobileNetV1 1.0 224 (arXiv 1704.04861) as a float .onnx file, the way PyTorch exports it before batch norms are folded: seeded
// weights, its sizes, not its training. In: nothing. Out: the file's bytes.
import { elementCount } from '../../../main/network/network';
import { Random } from '../../oracle/random';
import { table } from '../../plan/tables';
import { OnnxBuilder } from './onnx';

const random = new Random(1704);
const reals = (count: number, from: number, to: number): Float32Array =>
  Float32Array.from({ length: count }, () => from + (to - from) * random.real());

export function realMobilenetV1(): Uint8Array {
  const onnx = new OnnxBuilder();
  const constant = (shape: number[], from: number, to: number) =>
    onnx.constant('float32', shape, reals(elementCount(shape), from, to));
  const [zero, six] = [0, 6].map((value) => onnx.constant('float32', [], Float32Array.of(value)));
  let x = onnx.input('float32', [1, 3, 224, 224]);
  let channels = 0;
  for (const layer of table('mobilenet-v1').layers) {
    if (layer.kind !== 'convolution') continue;
    const { rows, groups, inputChannels } = layer;
    channels = groups * layer.outputChannels;
    const sum = inputChannels * rows.taps ** 2;
    const most = Math.sqrt(6 / sum); // keeps the spread of the values through ReLU (arXiv 1502.01852)
    const pad = (rows.taps - 1) / 2;
    const weights = constant([channels, inputChannels, rows.taps, rows.taps], -most, most);
    const convolved = onnx.node('Conv', [x, weights], {
      group: groups,
      kernel_shape: [rows.taps, rows.taps],
      strides: [rows.stride, rows.stride],
      pads: [pad, pad, pad, pad],
    });
    const norms = [
      [0.7, 1.3],
      [-0.2, 0.2],
      [-0.2, 0.2],
      [0.7, 1.3],
    ].map(([from, to]) => constant([channels], from!, to!));
    x = onnx.node('Clip', [onnx.node('BatchNormalization', [convolved, ...norms]), zero!, six!]);
  }
  const flat = onnx.node('Flatten', [onnx.node('GlobalAveragePool', [x])]);
  const scores = onnx.node('Gemm', [flat, constant([1000, channels], -0.1, 0.1), constant([1000], -0.1, 0.1)], {
    transB: 1,
  });
  return onnx.finish(onnx.node('Softmax', [scores]), 'float32', [1, 1000]);
}
