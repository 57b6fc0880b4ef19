// Seeded random operators with the edges that fast kernels trip over: channels beside tile sizes, weights of -128, zero
// points at both ends, multipliers above 1, sums that wrap, strides, dilations, groups, both paddings. Any of them on reals.
import { placeWindow } from '../../main/golden/padding';
import type { Activation, Operator, Padding, Quantization } from '../../main/network/network';
import { type Network, elementCount } from '../../main/network/network';
import { type TensorValue, allocate, bytesOf, viewBytes } from '../../main/tensor/tensor';
import { type Slot, constant, oneOperator, slot } from '../golden/oneOperator';

export interface Case {
  readonly text: string;
  readonly network: Network;
  readonly operator: Operator;
  readonly inputs: readonly (TensorValue | null)[];
  /** A fresh output. */
  readonly makeOutput: () => TensorValue;
}

/** mulberry32: small, seeded, good enough to spread cases. */
export class Random {
  constructor(private state: number) {}
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  whole(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }
  pick<T>(of: readonly T[]): T {
    return of[this.whole(0, of.length - 1)]!;
  }
  chance(share: number): boolean {
    return this.unit() < share;
  }
}

/** The same operator on float32: values whose sums depend on their order; now and then, in x, some that are no usual numbers. */
export function onReals(random: Random, one: Case): Case {
  const isWild = random.chance(0.05);
  const value = (): number => (random.unit() * 2 - 1) * 2 ** random.whole(-12, 4);
  const any = (): number => (isWild && random.chance(0.02) ? random.pick([Infinity, NaN, -0, 1e38, 1e-45]) : value());
  const tensors = one.network.tensors.map((tensor) => {
    const isShape = tensor.type === 'int32' && one.operator.kind === 'TRANSPOSE_CONV' && tensor.index === 0;
    if (isShape) return tensor;
    const data = tensor.data && bytesOf(Float32Array.from({ length: elementCount(tensor.shape) }, value));
    return { ...tensor, type: 'float32', quantization: null, data } as const;
  });
  const network = { ...one.network, tensors };
  const inputs = one.operator.inputs.map((index) => {
    const tensor = tensors[index]!;
    const count = elementCount(tensor.shape);
    return {
      tensor,
      data: tensor.data ? viewBytes(tensor.type, tensor.data, count) : Float32Array.from({ length: count }, any),
    };
  });
  const tensor = tensors[one.operator.outputs[0]!]!;
  const makeOutput = () => ({ tensor, data: new Float32Array(elementCount(tensor.shape)) });
  return { text: `reals, ${one.text}`, network, operator: one.operator, inputs, makeOutput };
}

type ByteType = 'int8' | 'uint8';
const ACTIVATIONS: readonly Activation[] = ['none', 'none', 'relu', 'relu6', 'relu_n1_to_1'];
const PADDINGS: readonly Padding[] = ['same', 'valid'];

const lowestOf = (type: ByteType): number => (type === 'int8' ? -128 : 0);

/** Values of a byte type: mostly anything, sometimes only the two ends. */
function bytes(random: Random, type: ByteType, count: number): Int8Array | Uint8Array {
  const ends = random.chance(0.15);
  const low = lowestOf(type);
  const data = type === 'int8' ? new Int8Array(count) : new Uint8Array(count);
  return data.map(() => (ends ? low + 255 * random.whole(0, 1) : random.whole(low, low + 255)));
}

/** Half the time none is the lowest, as weights of TFLite are. */
function weightBytes(random: Random, type: ByteType, count: number): Int8Array | Uint8Array {
  const isUsual = random.chance(0.5);
  const weights = bytes(random, type, count);
  return isUsual ? weights.map((value) => Math.max(value, lowestOf(type) + 1)) : weights;
}

function zeroPoint(random: Random, type: ByteType): number {
  const low = lowestOf(type);
  return random.pick([low, low + 255, low + 128, random.whole(low, low + 255)]);
}

const scale = (random: Random, least = -8, most = 0): number =>
  Math.fround(2 ** (least + (most - least) * random.unit()));
const tensorScale = (random: Random, type: ByteType): Quantization => ({
  scale: [scale(random)],
  zeroPoint: [zeroPoint(random, type)],
  axis: 0,
});

function weightScale(random: Random, type: ByteType, channels: number, axis: number, mayShift: boolean): Quantization {
  if (type === 'uint8' || (mayShift && random.chance(0.3))) return tensorScale(random, type);
  const count = random.chance(0.7) ? channels : 1;
  return {
    scale: Array.from({ length: count }, () => scale(random)),
    zeroPoint: new Array<number>(count).fill(0),
    axis,
  };
}

/** An output scale that puts most results into range, or makes multipliers far below or above 1. */
function outputScale(random: Random, type: ByteType, x: Quantization, w: Quantization, products: number): Quantization {
  const typical = x.scale[0]! * w.scale[0]! * Math.sqrt(products) * 64;
  const factor = random.chance(0.15) ? 2 ** random.whole(-16, 12) : 2 ** (random.unit() * 3 - 1);
  return { scale: [Math.fround(typical * factor)], zeroPoint: [zeroPoint(random, type)], axis: 0 };
}

function biasOf(random: Random, channels: number): Slot | null {
  if (random.chance(0.2)) return null;
  const size = random.chance(0.1) ? 2 ** 31 : 2 ** random.whole(4, 16);
  return constant(
    'int32',
    [channels],
    undefined,
    Int32Array.from({ length: channels }, () => random.unit() * 2 * size - size),
  );
}

function makeCase(
  text: string,
  one: { network: Network; operator: Operator; inputs: ReadonlyMap<number, unknown> },
): Case {
  const { network, operator } = one;
  const inputs = operator.inputs.map((index) => {
    const tensor = network.tensors[index]!;
    const given = one.inputs.get(index) as TensorValue['data'] | undefined;
    return { tensor, data: given ?? viewBytes(tensor.type, tensor.data!, elementCount(tensor.shape)) };
  });
  const tensor = network.tensors[operator.outputs[0]!]!;
  return {
    text,
    network,
    operator,
    inputs,
    makeOutput: () => ({ tensor, data: allocate(tensor.type, elementCount(tensor.shape)) }),
  };
}

const typeOf = (random: Random): ByteType => (random.chance(0.7) ? 'int8' : 'uint8');
const slots = (...of: readonly (Slot | null)[]): Slot[] => of.filter((s) => s !== null);
const empty = (type: ByteType): Int8Array | Uint8Array => (type === 'int8' ? new Int8Array() : new Uint8Array());

/** Sizes of one dimension in which at least one window fits. */
function axisOf(random: Random, padding: Padding, most: number, mayDilate = true) {
  const taps = random.whole(1, 5);
  const stride = random.whole(1, 3);
  const dilation = mayDilate && random.chance(0.3) ? random.whole(2, 3) : 1;
  const least = padding === 'valid' ? (taps - 1) * dilation + 1 : 1;
  const size = random.whole(least, Math.max(least, most));
  return { taps, stride, dilation, size, output: placeWindow(size, taps, stride, dilation, padding).output };
}

export function conv2d(random: Random): Case {
  const padding = random.pick(PADDINGS);
  const groups = random.chance(0.25) ? random.whole(2, 4) : 1;
  const each = random.whole(1, groups > 1 ? 9 : 70);
  const isNarrow = random.chance(0.2); // kernels take several outputs of few channels at once
  const channels = groups * random.whole(1, isNarrow ? 8 : groups > 1 ? 9 : 70);
  return convolution(
    random,
    padding,
    [axisOf(random, padding, 9), axisOf(random, padding, 17)],
    groups,
    each,
    channels,
  );
}

/** Filters of 3 x 3 and stride 1, which have an algorithm of their own; now and then deep, or more tiles than it takes at once. */
export function conv3x3(random: Random): Case {
  const padding = random.pick(PADDINGS);
  const isDeep = random.chance(0.03);
  const axis = (most: number): ConvolutionAxis => {
    const size = random.whole(5, most);
    return { taps: 3, stride: 1, dilation: 1, size, output: placeWindow(size, 3, 1, 1, padding).output };
  };
  const groups = random.chance(0.25) ? 2 : 1;
  const each = isDeep ? random.whole(300, 600) : random.whole(16, 24);
  const channels = groups * random.whole(16, random.chance(0.1) ? 70 : 24);
  return convolution(random, padding, [axis(13), axis(random.chance(0.1) ? 60 : 17)], groups, each, channels);
}

/** Filters of 3 x 3 in which every product is as large as can be, of one sign: sums are at the bounds that kernels rely on. */
export function largestSums(depth: number, weight: number): Case {
  const shape = [1, 8, 8, depth];
  const w = [16, 3, 3, depth];
  const inputs = slots(
    slot('int8', shape, { scale: [1], zeroPoint: [-128], axis: 0 }, new Int8Array(elementCount(shape)).fill(127)),
    constant('int8', w, { scale: [1], zeroPoint: [0], axis: 0 }, new Int8Array(elementCount(w)).fill(weight)),
    null,
  );
  const scale = Math.fround((255 * 127 * 9 * depth) / 120);
  const y = slot('int8', [1, 8, 8, 16], { scale: [scale], zeroPoint: [0], axis: 0 }, empty('int8'));
  const options = { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;
  return makeCase(`${depth} deep, all weights ${weight}`, oneOperator('CONV_2D', inputs, y, options));
}

/** Every pair of activations from the ends of their range with every pair of weights from there: kernels add two such products in int16. */
export function pairsOfEnds(channels: number, scale = 1024): Case {
  const ends = [-128, -127, 0, 127];
  const pairs = ends.flatMap((first) => ends.map((second) => [first, second]));
  const depth = 2 * pairs.length;
  const weights = Array.from({ length: channels }, (_, c) => pairs.flatMap(() => pairs[c % pairs.length]!)).flat();
  const inputs = slots(
    slot('int8', [1, depth], { scale: [1], zeroPoint: [0], axis: 0 }, Int8Array.from(pairs.flat())),
    constant('int8', [channels, depth], { scale: [1], zeroPoint: [0], axis: 0 }, Int8Array.from(weights)),
    null,
  );
  const y = slot('int8', [1, channels], { scale: [scale], zeroPoint: [0], axis: 0 }, empty('int8'));
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  return makeCase(`pairs of ends to ${channels}`, oneOperator('FULLY_CONNECTED', inputs, y, options));
}

type ConvolutionAxis = ReturnType<typeof axisOf>;

function convolution(
  random: Random,
  padding: Padding,
  [rows, columns]: readonly [ConvolutionAxis, ConvolutionAxis],
  groups: number,
  each: number,
  channels: number,
): Case {
  const type = typeOf(random);
  const batches = random.chance(0.2) ? 2 : 1;
  const shape = [batches, rows.size, columns.size, each * groups];
  const xq = tensorScale(random, type);
  const wq = weightScale(random, type, channels, 0, false);
  const w = [channels, rows.taps, columns.taps, each];
  const inputs = slots(
    slot(type, shape, xq, bytes(random, type, elementCount(shape))),
    constant(type, w, wq, weightBytes(random, type, elementCount(w))),
    biasOf(random, channels),
  );
  const y = slot(
    type,
    [batches, rows.output, columns.output, channels],
    outputScale(random, type, xq, wq, rows.taps * columns.taps * each),
    empty(type),
  );
  const options = {
    padding,
    strideH: rows.stride,
    strideW: columns.stride,
    dilationH: rows.dilation,
    dilationW: columns.dilation,
    activation: random.pick(ACTIVATIONS),
  };
  return makeCase(`${type} ${shape} with ${w}, ${JSON.stringify(options)}`, oneOperator('CONV_2D', inputs, y, options));
}

export function depthwiseConv2d(random: Random): Case {
  const type = typeOf(random);
  const padding = random.pick(PADDINGS);
  const [rows, columns] = [axisOf(random, padding, 9), axisOf(random, padding, 41)];
  const depthMultiplier = random.chance(0.3) ? random.whole(2, 5) : 1;
  const isNarrow = random.chance(0.3); // as above, where they are a power of two
  const depth = isNarrow ? 2 ** random.whole(0, 4) : random.whole(1, depthMultiplier > 1 ? 18 : 70);
  const channels = depth * depthMultiplier;
  const shape = [random.chance(0.2) ? 2 : 1, rows.size, columns.size, depth];
  const xq = tensorScale(random, type);
  const wq = weightScale(random, type, channels, 3, false);
  const w = [1, rows.taps, columns.taps, channels];
  const inputs = slots(
    slot(type, shape, xq, bytes(random, type, elementCount(shape))),
    constant(type, w, wq, weightBytes(random, type, elementCount(w))),
    biasOf(random, channels),
  );
  const y = slot(
    type,
    [shape[0]!, rows.output, columns.output, channels],
    outputScale(random, type, xq, wq, rows.taps * columns.taps),
    empty(type),
  );
  const options = {
    padding,
    strideH: rows.stride,
    strideW: columns.stride,
    dilationH: rows.dilation,
    dilationW: columns.dilation,
    activation: random.pick(ACTIVATIONS),
    depthMultiplier,
  };
  return makeCase(
    `${type} ${shape} with ${w}, ${JSON.stringify(options)}`,
    oneOperator('DEPTHWISE_CONV_2D', inputs, y, options),
  );
}

export function fullyConnected(random: Random): Case {
  const type = typeOf(random);
  const [batches, depth] = [random.chance(0.3) ? 1 : random.whole(1, 15), random.whole(1, 200)];
  const channels = random.chance(0.2) ? random.whole(70, 300) : random.whole(1, 70);
  const xq = tensorScale(random, type);
  const wq = weightScale(random, type, channels, 0, true); // int8 weights of old files may have a zero point
  const inputs = slots(
    slot(type, [batches, depth], xq, bytes(random, type, batches * depth)),
    constant(type, [channels, depth], wq, weightBytes(random, type, channels * depth)),
    biasOf(random, channels),
  );
  const y = slot(type, [batches, channels], outputScale(random, type, xq, wq, depth), empty(type));
  const options = { activation: random.pick(ACTIVATIONS), keepNumDims: false, shuffledWeights: false };
  return makeCase(
    `${type} ${batches} x ${depth} to ${channels}, weights ${wq.zeroPoint[0]}`,
    oneOperator('FULLY_CONNECTED', inputs, y, options),
  );
}

export function transposeConv(random: Random): Case {
  const type = typeOf(random);
  const padding = random.pick(PADDINGS);
  const [rows, columns] = [axisOf(random, padding, 11, false), axisOf(random, padding, 17, false)];
  const [depth, channels] = [random.whole(1, 40), random.whole(1, 40)];
  const output = [random.chance(0.2) ? 2 : 1, rows.size, columns.size, channels];
  const shape = [output[0]!, rows.output, columns.output, depth];
  const xq = tensorScale(random, type);
  const wq = weightScale(random, type, channels, 0, false);
  const w = [channels, rows.taps, columns.taps, depth];
  const inputs = slots(
    constant('int32', [4], undefined, Int32Array.from(output)),
    constant(type, w, wq, weightBytes(random, type, elementCount(w))),
    slot(type, shape, xq, bytes(random, type, elementCount(shape))),
    biasOf(random, channels),
  );
  const y = slot(type, output, outputScale(random, type, xq, wq, rows.taps * columns.taps * depth), empty(type));
  const options = { padding, strideH: rows.stride, strideW: columns.stride, activation: 'none' as const };
  return makeCase(
    `${type} ${shape} with ${w} to ${output}, ${JSON.stringify(options)}`,
    oneOperator('TRANSPOSE_CONV', inputs, y, options),
  );
}

function pool(kind: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D', random: Random): Case {
  const type = typeOf(random);
  const padding = random.pick(PADDINGS);
  const [rows, columns] = [axisOf(random, padding, 9, false), axisOf(random, padding, 15, false)];
  const depth = random.whole(1, 70);
  const shape = [random.chance(0.2) ? 2 : 1, rows.size, columns.size, depth];
  const q = tensorScale(random, type);
  const x = slot(type, shape, q, bytes(random, type, elementCount(shape)));
  const y = slot(type, [shape[0]!, rows.output, columns.output, depth], q, empty(type));
  const options = {
    padding,
    strideH: rows.stride,
    strideW: columns.stride,
    filterH: rows.taps,
    filterW: columns.taps,
    activation: random.pick(ACTIVATIONS),
  };
  return makeCase(`${type} ${shape}, ${JSON.stringify(options)}`, oneOperator(kind, [x], y, options));
}
export const averagePool2d = (random: Random): Case => pool('AVERAGE_POOL_2D', random);
export const maxPool2d = (random: Random): Case => pool('MAX_POOL_2D', random);

function sum(kind: 'ADD' | 'SUB', random: Random): Case {
  const type = typeOf(random);
  const shape = [random.whole(1, 3), random.whole(1, 200)];
  const [aq, bq] = [tensorScale(random, type), tensorScale(random, type)];
  const largest = Math.max(aq.scale[0]!, bq.scale[0]!);
  const yq = { ...tensorScale(random, type), scale: [Math.fround(largest * 2 ** random.whole(-6, 3))] };
  const values = (quantization: Quantization) =>
    slot(type, shape, quantization, bytes(random, type, elementCount(shape)));
  const options = { activation: random.pick(ACTIVATIONS), potScaleInt16: false };
  const one = oneOperator(kind, [values(aq), values(bq)], slot(type, shape, yq, empty(type)), options);
  return makeCase(`${type} ${shape}`, one);
}
export const add = (random: Random): Case => sum('ADD', random);
export const sub = (random: Random): Case => sum('SUB', random);
