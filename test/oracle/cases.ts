// Seeded random operators, one function a kind. In: a bench (a network being built, with the values of its inputs) and a
// source of numbers. Out: an operator added to the bench, and how its output is to be compared with TFLite's.
import { type Quantization, elementCount } from '../../main/network/network';
import { allocate } from '../../main/tensor/tensor';
import { quantizeMultiplier } from '../../main/golden/fixedPoint';
import { type Bench, type Case, activationOf, anyQuantization, outputQuantization, perTensor, shapeOf } from './bench';
import { ELEMENTWISE_CASES } from './elementwiseCases';
import { LSTM_CASES } from './lstmCases';
import { MOVING_CASES } from './movingCases';
import { STATEFUL_CASES } from './statefulCases';
import type { Random } from './random';
import { REAL_CASES } from './realCases';
import { REDUCTION_CASES } from './reductionCases';
import { ROOT_CASES } from './rootCases';
import { doubleRounding } from './rounding';
import { wholeWindow, windowOf } from './windows';
import { WHOLE_CASES } from './wholeCases';

/**
 * A layer that tells multipliers apart which differ in their last bits, as the float32 and double products do: weights of
 * real zero, so that each sum is its bias, and biases at which the two products requantise to different outputs.
 */
function probe(
  bench: Bench,
  r: Random,
  type: 'int8' | 'uint8',
  x: Quantization,
  shape: number[],
  axis: number,
  perChannel: boolean,
) {
  const channels = shape[axis]!;
  const base = r.scale(1e-3, 0.1);
  const scale = perChannel ? Array.from({ length: channels }, () => r.scale(base / 4, base * 4)) : [base];
  const zero = type === 'uint8' ? r.zeroPoint('uint8') : 0;
  const quantization = { scale, zeroPoint: scale.map(() => zero), axis };
  const weights = bench.constant(type, shape, allocate(type, elementCount(shape)).fill(zero as never), quantization);
  const output = perTensor(Math.fround(base * x.scale[0]! * r.scale(2 ** 20, 2 ** 22)), type === 'uint8' ? 128 : 0);
  const biases = Int32Array.from({ length: channels }, (_, c) => {
    const product = x.scale[0]! * scale[perChannel ? c : 0]!;
    const [exact, rounded] = [product, Math.fround(product)].map((value) =>
      quantizeMultiplier(value / output.scale[0]!),
    );
    const tie = Math.round((r.whole(60, 120) + 0.5) / (product / output.scale[0]!));
    for (let sum = tie - 40; sum < tie + 40; sum++)
      if (
        doubleRounding(sum, exact!.multiplier, exact!.shift) !==
        doubleRounding(sum, rounded!.multiplier, rounded!.shift)
      )
        return sum;
    return tie;
  });
  const products = scale.map((s) => Math.fround(s * x.scale[0]!));
  const bias = bench.constant('int32', [channels], biases, {
    scale: products,
    zeroPoint: products.map(() => 0),
    axis: 0,
  });
  return { weights, bias, output };
}

/** Weights and bias for `taps` products a sum, and an output scale that spreads the sums over the output's range. */
function layer(
  bench: Bench,
  r: Random,
  type: 'int8' | 'uint8' | 'int16', // of the activations
  x: Quantization,
  shape: number[],
  axis: number,
  perChannel: boolean,
) {
  if (type === 'int16') return wideLayer(bench, r, x, shape, axis, perChannel);
  if (r.chance(0.25)) return probe(bench, r, type, x, shape, axis, perChannel);
  const channels = shape[axis]!;
  const taps = elementCount(shape) / channels;
  const base = r.scale(1e-3, 0.1);
  const scale = perChannel ? Array.from({ length: channels }, () => r.scale(base / 8, base * 8)) : [base];
  const zeroPoint = scale.map(() => (type === 'uint8' ? r.zeroPoint('uint8') : 0));
  const quantization = { scale, zeroPoint, axis: perChannel || r.chance(0.1) ? axis : 0 }; // files name one either way
  // A third of the layers have small weights and so large multipliers, where rounding twice shows more often.
  const small = type === 'int8' && r.chance(0.33);
  const data = small
    ? Int8Array.from({ length: elementCount(shape) }, () => r.whole(-2, 2))
    : r.values(type, elementCount(shape));
  const weights = r.chance(0.05)
    ? bench.input(type, shape, quantization)
    : bench.constant(type, shape, data, quantization);
  const products = scale.map((s) => Math.fround(s * x.scale[0]!));
  const reach = small ? r.pick([0, 100]) : r.pick([0, 1000, taps * 5000, 2 ** 20]);
  const biasData = Int32Array.from({ length: channels }, () => r.whole(-reach, reach));
  const biasScale = { scale: products, zeroPoint: products.map(() => 0), axis: 0 };
  const bias = bench.constant('int32', [channels], biasData, biasScale);
  const spread = 60 / (Math.sqrt(taps) * (small ? 100 : 5000));
  const multiplier = r.chance(0.2) ? r.scale(2 ** -14, 3) : spread * r.scale(0.25, 4);
  const output = perTensor(Math.fround((base * x.scale[0]!) / multiplier), r.zeroPoint(type));
  return { weights, bias, output };
}

/** The same for int16 activations: int8 weights, int64 biases, symmetric; sums beyond 32 bits now and then. */
function wideLayer(bench: Bench, r: Random, x: Quantization, shape: number[], axis: number, perChannel: boolean) {
  const channels = shape[axis]!;
  const taps = elementCount(shape) / channels;
  const base = r.scale(1e-3, 0.1);
  const scale = perChannel ? Array.from({ length: channels }, () => r.scale(base / 8, base * 8)) : [base];
  const zeroPoint = scale.map(() => 0);
  const weights = bench.constant('int8', shape, r.values('int8', elementCount(shape)), { scale, zeroPoint, axis });
  const reach = r.pick([0, 1000, taps * 1e6, 2 ** 34, 2 ** 44]);
  const biases = BigInt64Array.from({ length: channels }, () => BigInt(r.whole(-reach, reach)));
  const products = scale.map((s) => Math.fround(s * x.scale[0]!));
  const bias = bench.constant('int64', [channels], biases, { scale: products, zeroPoint, axis: 0 });
  const spread = reach < 2 ** 33 ? 15000 / (Math.sqrt(taps) * 1.4e6) : 20000 / reach;
  const multiplier = r.chance(0.2) ? r.scale(2 ** -20, 3) : spread * r.scale(0.25, 4);
  return { weights, bias, output: perTensor(Math.fround((base * x.scale[0]!) / multiplier), 0) };
}

/** Some layers have no bias; CONV_2D must. */
const perhaps = (r: Random, bias: number): number[] => (r.chance(0.05) ? [] : [bias]);

const conv =
  (type: 'int8' | 'uint8' | 'int16', grouped: boolean): Case =>
  (bench, r) => {
    const [batches, height, width] = [r.whole(1, 2), r.whole(1, 11), r.whole(1, 11)];
    const groups = grouped ? r.whole(2, 4) : 1;
    const depth = r.whole(1, grouped ? 4 : 17);
    const channels = groups * r.whole(1, grouped ? 5 : 19);
    const w = windowOf(r, height, width, true);
    const xq = anyQuantization(r, type);
    const x = bench.input(type, [batches, height, width, depth * groups], xq);
    const perChannel = type !== 'uint8' && r.chance(0.75);
    const l = layer(bench, r, type, xq, [channels, w.tapsH, w.tapsW, depth], 0, perChannel);
    const y = { type, shape: [batches, w.outH, w.outW, channels], quantization: l.output };
    bench.builder.operator('CONV_2D', [x, l.weights, l.bias], y, { ...w.options, activation: activationOf(r) });
    return 'equal';
  };

const depthwise =
  (type: 'int8' | 'uint8' | 'int16'): Case =>
  (bench, r) => {
    const [batches, height, width, depth] = [r.whole(1, 2), r.whole(1, 12), r.whole(1, 12), r.whole(1, 17)];
    const depthMultiplier = r.chance(0.6) ? 1 : r.whole(2, 4);
    const w = windowOf(r, height, width, true);
    const xq = anyQuantization(r, type);
    const x = bench.input(type, [batches, height, width, depth], xq);
    const shape = [1, w.tapsH, w.tapsW, depth * depthMultiplier];
    const l = layer(bench, r, type, xq, shape, 3, type !== 'uint8' && r.chance(0.75));
    const y = { type, shape: [batches, w.outH, w.outW, shape[3]!], quantization: l.output };
    const options = { ...w.options, activation: activationOf(r), depthMultiplier };
    bench.builder.operator('DEPTHWISE_CONV_2D', [x, l.weights, ...perhaps(r, l.bias)], y, options);
    return 'equal';
  };

const fullyConnected =
  (type: 'int8' | 'uint8' | 'int16', perChannel: boolean): Case =>
  (bench, r) => {
    const lead = shapeOf(r, r.whole(1, 3), 4);
    const [depth, channels] = [r.whole(1, 90), r.whole(1, 40)];
    const keepNumDims = r.chance(0.5);
    const xq = anyQuantization(r, type);
    const flat = !keepNumDims && r.chance(0.2); // rows may be spread over several dimensions of x
    const x = bench.input(type, flat ? [...lead, 1, depth, 1] : [...lead, depth], xq);
    const l = layer(bench, r, type, xq, [channels, depth], 0, perChannel);
    const shape = keepNumDims ? [...lead, channels] : [elementCount(lead), channels];
    const options = { activation: activationOf(r), keepNumDims, shuffledWeights: false };
    bench.builder.operator(
      'FULLY_CONNECTED',
      [x, l.weights, ...perhaps(r, l.bias)],
      { type, shape, quantization: l.output },
      options,
    );
    return 'equal';
  };

const pool =
  (kind: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): Case =>
  (bench, r) => {
    const type = r.pick(['int8', 'int8', 'uint8', 'int16'] as const);
    const isWhole = r.chance(0.05); // one window over a large image
    const most = isWhole ? 30 : 12;
    const [batches, height, width, depth] = [r.whole(1, 2), r.whole(1, most), r.whole(1, most), r.whole(1, 20)];
    const w = isWhole ? wholeWindow(height, width) : windowOf(r, height, width, false);
    const activation = activationOf(r);
    const quantization = outputQuantization(r, type, activation);
    const x = bench.input(type, [batches, height, width, depth], quantization);
    const { padding, strideH, strideW } = w.options;
    const options = { padding, strideH, strideW, filterH: w.tapsH, filterW: w.tapsW, activation };
    bench.builder.operator(kind, [x], { type, shape: [batches, w.outH, w.outW, depth], quantization }, options);
    return 'equal';
  };

const quantize: Case = (bench, r) => {
  const pairs = [
    ['float32', 'int8'],
    ['float32', 'uint8'],
    ['float32', 'int16'],
    ['int8', 'int8'],
    ['int8', 'uint8'],
    ['uint8', 'int8'],
    ['uint8', 'uint8'],
    ['int16', 'int16'],
    ['int16', 'int8'],
    ['int16', 'int32'],
  ] as const;
  const [from, to] = r.pick(pairs);
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const xq = from === 'float32' ? undefined : anyQuantization(r, from);
  const apart = r.chance(0.1) ? 2 ** 10 : 5;
  const scale = xq ? Math.fround(xq.scale[0]! * r.scale(1 / apart, apart)) : r.scale(0.01, 2);
  const twin = xq && from !== to && r.chance(0.3); // the same reals in the other 8-bit type
  const quantization = perTensor(twin ? xq.scale[0]! : scale, to === 'int16' || to === 'int32' ? 0 : r.zeroPoint(to));
  const x = bench.input(from, shape, xq);
  const data = bench.inputs.get(x)!;
  if (data instanceof Float32Array)
    // half of them on ties, to the last bit of a float32
    data.forEach((_, i) => r.chance(0.5) && (data[i] = (r.whole(-150, 150) + 0.5) * quantization.scale[0]!));
  bench.builder.operator('QUANTIZE', [x], { type: to, shape, quantization }, {});
  return 'equal';
};

const dequantize: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8', 'int16'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const x = bench.input(type, shape, anyQuantization(r, type));
  bench.builder.operator('DEQUANTIZE', [x], { type: 'float32', shape }, {});
  return 'equal';
};

const concatenation: Case = (bench, r) => {
  const type = r.pick(['int8', 'int8', 'uint8', 'int16', 'int32', 'float32'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 6);
  const axis = r.whole(-shape.length, shape.length - 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const quantization = type === 'float32' || type === 'int32' ? undefined : anyQuantization(r, type);
  const lengths = Array.from({ length: r.whole(1, 5) }, () => r.whole(1, 6));
  const inputs = lengths.map((length, i) => {
    const part = shape.with(at, length);
    return i > 0 && r.chance(0.15)
      ? bench.constant(type, part, r.values(type, elementCount(part)), quantization)
      : bench.input(type, part, quantization);
  });
  const to = shape.with(
    at,
    lengths.reduce((a, b) => a + b),
  );
  const y = { type, shape: to, ...(quantization && { quantization }) };
  bench.builder.operator('CONCATENATION', inputs, y, { axis, activation: 'none' });
  return 'equal';
};

const wideSoftmax: Case = (bench, r) => {
  const shape = [...shapeOf(r, r.whole(0, 3), 4), r.whole(1, r.chance(0.05) ? 1500 : 60)];
  const x = bench.input('int16', shape, perTensor(r.scale(2e-5, 1e-2), 0));
  const y = { type: 'int16', shape, quantization: perTensor(1 / 32768, 0) } as const;
  bench.builder.operator('SOFTMAX', [x], y, { beta: r.pick([1, 1, 0.5, 2, 1.3]) });
  return 'equal';
};

const softmax: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8'] as const);
  const shape = [...shapeOf(r, r.whole(0, 3), 4), r.whole(1, r.chance(0.05) ? 1500 : 60)];
  const x = bench.input(type, shape, perTensor(r.scale(r.pick([0.01, 1e-4]), r.pick([1, 8])), r.zeroPoint(type)));
  const y = { type, shape, quantization: perTensor(1 / 256, type === 'int8' ? -128 : 0) };
  bench.builder.operator('SOFTMAX', [x], y, { beta: r.pick([1, 1, 0.5, 2]) });
  return 'equal';
};

const transposeConv =
  (type: 'int8' | 'uint8' | 'int16'): Case =>
  (bench, r) => {
    const [batches, depth, channels] = [r.whole(1, 2), r.whole(1, 9), r.whole(1, 9)];
    const w = windowOf(r, r.whole(1, 12), r.whole(1, 12), false);
    const { padding, strideH, strideW } = w.options;
    const outputOf = (positions: number, taps: number, stride: number): number =>
      padding === 'same' ? positions * stride : (positions - 1) * stride + taps;
    const shape = [batches, outputOf(w.outH, w.tapsH, strideH), outputOf(w.outW, w.tapsW, strideW), channels];
    const xq = anyQuantization(r, type);
    const x = bench.input(type, [batches, w.outH, w.outW, depth], xq);
    const l = layer(bench, r, type, xq, [channels, w.tapsH, w.tapsW, depth], 0, type !== 'uint8' && r.chance(0.75));
    const y = { type, shape, quantization: l.output };
    const options = { padding, strideH, strideW, activation: 'none' } as const;
    bench.builder.operator('TRANSPOSE_CONV', [bench.indices(shape), l.weights, x, l.bias], y, options);
    return 'equal';
  };

const batchMatmul: Case = (bench, r) => {
  const [m, k, n] = [r.whole(1, 9), r.whole(1, r.chance(0.1) ? 400 : 40), r.whole(1, 9)];
  const lead = shapeOf(r, r.whole(0, 2), 4);
  const repeated = r.pick([null, null, 0, 1]); // which of the two has fewer matrices
  const leadOf = (side: 0 | 1): number[] =>
    repeated === side ? lead.slice(r.whole(0, lead.length)).map((d) => (r.chance(0.5) ? 1 : d)) : lead;
  const [adjX, adjY] = [r.chance(0.3), r.chance(0.5)];
  const [aq, bq] = [anyQuantization(r, 'int8'), anyQuantization(r, 'int8')];
  const a = bench.input('int8', [...leadOf(0), ...(adjX ? [k, m] : [m, k])], aq);
  const b = bench.input('int8', [...leadOf(1), ...(adjY ? [n, k] : [k, n])], bq);
  const scale = Math.fround(aq.scale[0]! * bq.scale[0]! * Math.sqrt(k) * r.scale(20, 400));
  const y = { type: 'int8', shape: [...lead, m, n], quantization: perTensor(scale, r.zeroPoint('int8')) } as const;
  bench.builder.operator('BATCH_MATMUL', [a, b], y, { adjX, adjY });
  return 'equal';
};

export const CASES: Readonly<Record<string, Case>> = {
  'CONV_2D int8': conv('int8', false),
  'CONV_2D int8 in groups': conv('int8', true),
  'CONV_2D uint8': conv('uint8', false),
  'DEPTHWISE_CONV_2D int8': depthwise('int8'),
  'DEPTHWISE_CONV_2D uint8': depthwise('uint8'),
  'FULLY_CONNECTED int8': fullyConnected('int8', false),
  'FULLY_CONNECTED int8 per channel': fullyConnected('int8', true),
  'FULLY_CONNECTED uint8': fullyConnected('uint8', false),
  'CONV_2D int16': conv('int16', false),
  'CONV_2D int16 in groups': conv('int16', true),
  'DEPTHWISE_CONV_2D int16': depthwise('int16'),
  'FULLY_CONNECTED int16': fullyConnected('int16', false),
  'FULLY_CONNECTED int16 per channel': fullyConnected('int16', true),
  'TRANSPOSE_CONV int16': transposeConv('int16'),
  AVERAGE_POOL_2D: pool('AVERAGE_POOL_2D'),
  MAX_POOL_2D: pool('MAX_POOL_2D'),
  QUANTIZE: quantize,
  DEQUANTIZE: dequantize,
  CONCATENATION: concatenation,
  SOFTMAX: softmax,
  'SOFTMAX int16': wideSoftmax,
  ...REDUCTION_CASES,
  'TRANSPOSE_CONV int8': transposeConv('int8'),
  'TRANSPOSE_CONV uint8': transposeConv('uint8'),
  BATCH_MATMUL: batchMatmul,
  ...ELEMENTWISE_CASES,
  ...REAL_CASES,
  ...ROOT_CASES,
  ...WHOLE_CASES,
  ...MOVING_CASES,
  ...STATEFUL_CASES,
  ...LSTM_CASES,
};
