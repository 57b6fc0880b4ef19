// Whole int8 networks with seeded weights, as .tflite files. In: nothing. Out: MobileNetV1 1.0 224 (arXiv 1704.04861),
// the ResNet8 of MLPerf Tiny's image classification (arXiv 2106.07597), VGG-16: their sizes, not their training.
import type { Activation, OptionsOf } from '../../../main/network/network';
import { NetworkBuilder, type TensorDescription } from '../../oracle/build';
import { Random } from '../../oracle/random';
import { table } from '../../plan/tables';

type Kind = 'CONV_2D' | 'DEPTHWISE_CONV_2D';

/** A network that grows at its end. */
class Chain {
  readonly builder: NetworkBuilder;
  private readonly random = new Random(8);

  constructor(name: string) {
    this.builder = new NetworkBuilder(name);
  }
  input(side: number, channels: number): Image {
    return { tensor: this.builder.input(describe([1, side, side, channels])), side, channels };
  }
  convolve(
    x: Image,
    kind: Kind,
    channels: number,
    taps: number,
    stride: number,
    activation: Activation = 'relu',
  ): Image {
    const isDepthwise = kind === 'DEPTHWISE_CONV_2D';
    const shape = isDepthwise ? [1, taps, taps, channels] : [channels, taps, taps, x.channels];
    const sum = taps * taps * (isDepthwise ? 1 : x.channels);
    const side = Math.ceil(x.side / stride);
    const options: OptionsOf['DEPTHWISE_CONV_2D'] = {
      padding: 'same',
      strideH: stride,
      strideW: stride,
      dilationH: 1,
      dilationW: 1,
      activation,
      depthMultiplier: 1,
    };
    const tensor = this.builder.operator(
      kind,
      [x.tensor, ...this.parameters(shape, channels, sum, isDepthwise ? 3 : 0)],
      describe([1, side, side, channels]),
      options,
    );
    return { tensor, side, channels };
  }
  add(a: Image, b: Image): Image {
    const options = { activation: 'relu', potScaleInt16: false } as const;
    return {
      ...a,
      tensor: this.builder.operator('ADD', [a.tensor, b.tensor], describe([1, a.side, a.side, a.channels]), options),
    };
  }
  halve(x: Image): Image {
    const side = x.side / 2;
    const pool = { padding: 'valid', strideH: 2, strideW: 2, filterH: 2, filterW: 2, activation: 'none' } as const;
    return {
      ...x,
      side,
      tensor: this.builder.operator('MAX_POOL_2D', [x.tensor], describe([1, side, side, x.channels]), pool),
    };
  }
  /** Average over the image, then the scores. */
  classify(x: Image, classes: number): Uint8Array {
    const pool = {
      padding: 'valid',
      strideH: x.side,
      strideW: x.side,
      filterH: x.side,
      filterW: x.side,
      activation: 'none',
    } as const;
    const mean = this.builder.operator('AVERAGE_POOL_2D', [x.tensor], describe([1, 1, 1, x.channels]), pool);
    const flat = this.builder.operator('RESHAPE', [mean, this.shape([1, x.channels])], describe([1, x.channels]), {
      newShape: [1, x.channels],
    });
    this.builder.operator(
      'FULLY_CONNECTED',
      [flat, ...this.parameters([classes, x.channels], classes, x.channels, 0)],
      describe([1, classes]),
      { activation: 'none', keepNumDims: false, shuffledWeights: false },
    );
    return this.builder.finish({ lastOnly: true });
  }

  /** Weights and bias that keep the spread of the values from layer to layer. */
  private parameters(shape: readonly number[], channels: number, sum: number, axis: number): number[] {
    const count = shape.reduce((product, size) => product * size, 1);
    const length = shape.length === 2 ? 1 : shape[axis]!; // XNNPACK's older versions want one scale where fully connected
    const scale = Array.from({ length }, (_, c) => Math.fround((1 + (c % 4) / 8) / (60 * Math.sqrt(sum))));
    const weights = new Int8Array(count).map(() => this.random.whole(-127, 127));
    const bias = Int32Array.from({ length: channels }, () => this.random.whole(-500, 500));
    return [
      this.builder.constant({ type: 'int8', shape, quantization: { scale, axis } }, weights),
      this.builder.constant(
        { type: 'int32', shape: [channels], quantization: { scale: scale.map((s) => Math.fround(s * SCALE)) } },
        bias,
      ),
    ];
  }
  private shape(values: readonly number[]): number {
    return this.builder.constant({ type: 'int32', shape: [values.length] }, Int32Array.from(values));
  }
}

interface Image {
  readonly tensor: number;
  readonly side: number;
  readonly channels: number;
}
const SCALE = Math.fround(0.05);
const describe = (shape: readonly number[]): TensorDescription => ({
  type: 'int8',
  shape,
  quantization: { scale: [SCALE], zeroPoint: [-10] },
});

export function mobilenetV1(): Uint8Array {
  const chain = new Chain('mobilenet-v1');
  let x = chain.input(224, 3);
  for (const layer of table('mobilenet-v1').layers) {
    if (layer.kind !== 'convolution') continue;
    const { rows, groups, outputChannels } = layer;
    x = chain.convolve(
      x,
      groups > 1 ? 'DEPTHWISE_CONV_2D' : 'CONV_2D',
      groups * outputChannels,
      rows.taps,
      rows.stride,
    );
  }
  return chain.classify(x, 1000);
}

export function resnet8(): Uint8Array {
  const chain = new Chain('resnet8');
  let x = chain.convolve(chain.input(32, 3), 'CONV_2D', 16, 3, 1);
  for (const channels of [16, 32, 64]) {
    const stride = channels === 16 ? 1 : 2;
    const straight = stride === 1 ? x : chain.convolve(x, 'CONV_2D', channels, 1, stride, 'none');
    const inner = chain.convolve(x, 'CONV_2D', channels, 3, stride);
    x = chain.add(straight, chain.convolve(inner, 'CONV_2D', channels, 3, 1, 'none'));
  }
  return chain.classify(x, 10);
}

/** The 13 convolutions of VGG-16 (arXiv 1409.1556), scores taken from an average: much to keep, much to pack. */
export function vgg16(): Uint8Array {
  const chain = new Chain('vgg-16');
  let x = chain.input(224, 3);
  for (const layer of table('vgg-16').layers) {
    if (layer.kind !== 'convolution') continue;
    if (layer.rows.input < x.side) x = chain.halve(x);
    x = chain.convolve(x, 'CONV_2D', layer.outputChannels, layer.rows.taps, layer.rows.stride);
  }
  return chain.classify(x, 1000);
}
