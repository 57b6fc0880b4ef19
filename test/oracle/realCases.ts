// Random cases of the operators on float32. See cases.ts. Values are drawn evenly about zero, so that sums cancel as those
// of trained layers do.
import { type OperatorKind, type OptionsOf, elementCount } from '../../main/network/network';
import { broadcastShape } from '../../main/tensor/offsets';
import { type Bench, type Case, activationOf, pairOf, shapeOf } from './bench';
import { windowOf } from './windows';
import type { Random } from './random';

/** Reals between -reach and reach. */
const realsOf = (r: Random, count: number, reach: number): Float32Array =>
  Float32Array.from({ length: count }, () => (r.real() * 2 - 1) * reach);

/** A network input of reals between -reach and reach. */
function realInput(bench: Bench, r: Random, shape: readonly number[], reach = r.scale(0.1, 20)): number {
  const x = bench.input('float32', shape);
  bench.inputs.set(x, realsOf(r, elementCount(shape), reach));
  return x;
}

/** Constant weights and a bias for each of `channels`; perhaps without the bias where TFLite's kernel runs so. */
function realLayer(bench: Bench, r: Random, shape: readonly number[], channels: number, optional = true): number[] {
  const weights = bench.constant('float32', shape, realsOf(r, elementCount(shape), r.scale(0.05, 2)));
  if (optional && r.chance(0.15)) return [weights];
  return [weights, bench.constant('float32', [channels], realsOf(r, channels, r.scale(0.1, 10)))];
}

const conv =
  (grouped: boolean): Case =>
  (bench, r) => {
    const [batches, height, width] = [r.whole(1, 2), r.whole(1, 11), r.whole(1, 11)];
    const groups = grouped ? r.whole(2, 4) : 1;
    const [depth, channels] = [r.whole(1, grouped ? 4 : 17), groups * r.whole(1, grouped ? 5 : 19)];
    const w = windowOf(r, height, width, true);
    const x = realInput(bench, r, [batches, height, width, depth * groups]);
    const layer = realLayer(bench, r, [channels, w.tapsH, w.tapsW, depth], channels, false);
    const y = { type: 'float32', shape: [batches, w.outH, w.outW, channels] } as const;
    bench.builder.operator('CONV_2D', [x, ...layer], y, { ...w.options, activation: activationOf(r) });
    return 'float';
  };

/** Constant int8 weights with as many `scales` along `axis`, and a float32 bias for each of `channels`. */
function hybridLayer(
  bench: Bench,
  r: Random,
  shape: readonly number[],
  scales: number,
  axis: number,
  channels = scales,
): number[] {
  const scale = Array.from({ length: scales }, () => r.scale(1e-3, 0.1));
  if (scale.every((one) => one === scale[0])) scale[0]! *= 2; // equal ones: refused.test.ts
  const weights = bench.constant('int8', shape, r.values('int8', elementCount(shape)), {
    scale,
    zeroPoint: scale.map(() => 0),
    axis,
  });
  return [weights, bench.constant('float32', [channels], realsOf(r, channels, r.scale(0.1, 10)))];
}

/** float32 activations with int8 weights: of one scale, or one a channel. */
const hybridConv =
  (perChannel: boolean, grouped = false): Case =>
  (bench, r) => {
    const [batches, height, width] = [r.whole(1, 3), r.whole(1, 11), r.whole(1, 11)];
    const groups = grouped ? r.whole(2, 4) : 1;
    const [depth, channels] = [r.whole(1, grouped ? 4 : 17), groups * r.whole(perChannel ? 2 : 1, grouped ? 5 : 19)];
    const w = windowOf(r, height, width, true);
    const x = realInput(bench, r, [batches, height, width, depth * groups]);
    const layer = hybridLayer(bench, r, [channels, w.tapsH, w.tapsW, depth], perChannel ? channels : 1, 0, channels);
    const y = { type: 'float32', shape: [batches, w.outH, w.outW, channels] } as const;
    bench.builder.operator('CONV_2D', [x, ...layer], y, { ...w.options, activation: activationOf(r) });
    return 'float';
  };

/** The same for each channel by itself; they always have a scale each. */
const hybridDepthwise: Case = (bench, r) => {
  const [batches, height, width, depth] = [r.whole(1, 3), r.whole(1, 12), r.whole(1, 12), r.whole(1, 17)];
  const depthMultiplier = r.chance(0.6) ? 1 : r.whole(2, 4);
  const w = windowOf(r, height, width, true);
  const channels = depth * depthMultiplier;
  const x = realInput(bench, r, [batches, height, width, depth]);
  const layer = hybridLayer(bench, r, [1, w.tapsH, w.tapsW, channels], channels, 3);
  const y = { type: 'float32', shape: [batches, w.outH, w.outW, channels] } as const;
  const options = { ...w.options, activation: activationOf(r), depthMultiplier };
  bench.builder.operator('DEPTHWISE_CONV_2D', [x, ...layer], y, options);
  return 'float';
};

const hybridRows =
  (asymmetricInputs: boolean): Case =>
  (bench, r) => {
    const [batches, depth, channels] = [r.whole(1, 6), r.whole(1, 300), r.whole(1, 40)];
    const x = realInput(bench, r, [batches, depth]);
    const rows = bench.inputs.get(x) as Float32Array;
    if (r.chance(0.2)) rows.fill(0, 0, depth); // has no range
    if (r.chance(0.2)) rows.set(rows.map(Math.abs)); // zero points at the end of the range
    const layer = hybridLayer(bench, r, [channels, depth], 1, 0, channels);
    const options = {
      activation: activationOf(r),
      keepNumDims: r.chance(0.5),
      shuffledWeights: false,
      asymmetricInputs,
    };
    bench.builder.operator('FULLY_CONNECTED', [x, ...layer], { type: 'float32', shape: [batches, channels] }, options);
    return 'float';
  };

const hybridMatmul =
  (asymmetricInputs: boolean): Case =>
  (bench, r) => {
    const [m, k, n] = [r.whole(1, 9), r.whole(1, 60), r.whole(1, 9)];
    const lead = [...(r.chance(0.3) ? [1] : []), ...shapeOf(r, r.whole(0, 1), 4)];
    const [adjX, adjY] = [r.chance(0.3), r.chance(0.5)];
    const a = realInput(bench, r, [...lead, ...(adjX ? [k, m] : [m, k])]);
    const [b] = hybridLayer(bench, r, [...(r.chance(0.3) ? [] : lead), ...(adjY ? [n, k] : [k, n])], 1, 0);
    const y = { type: 'float32', shape: [...lead, m, n] } as const;
    bench.builder.operator('BATCH_MATMUL', [a, b!], y, { adjX, adjY, asymmetricInputs });
    return 'float';
  };

const depthwise: Case = (bench, r) => {
  const [batches, height, width, depth] = [r.whole(1, 2), r.whole(1, 12), r.whole(1, 12), r.whole(1, 17)];
  const depthMultiplier = r.chance(0.6) ? 1 : r.whole(2, 4);
  const w = windowOf(r, height, width, true);
  const x = realInput(bench, r, [batches, height, width, depth]);
  const channels = depth * depthMultiplier;
  const layer = realLayer(bench, r, [1, w.tapsH, w.tapsW, channels], channels);
  const y = { type: 'float32', shape: [batches, w.outH, w.outW, channels] } as const;
  const options = { ...w.options, activation: activationOf(r), depthMultiplier };
  bench.builder.operator('DEPTHWISE_CONV_2D', [x, ...layer], y, options);
  return 'float';
};

const fullyConnected: Case = (bench, r) => {
  const lead = shapeOf(r, r.whole(1, 3), 4);
  const [depth, channels] = [r.whole(1, 300), r.whole(1, 40)];
  const keepNumDims = r.chance(0.5);
  const x = realInput(bench, r, [...lead, depth]);
  const layer = realLayer(bench, r, [channels, depth], channels);
  const shape = keepNumDims ? [...lead, channels] : [elementCount(lead), channels];
  const options = { activation: activationOf(r), keepNumDims, shuffledWeights: false };
  bench.builder.operator('FULLY_CONNECTED', [x, ...layer], { type: 'float32', shape }, options);
  return 'float';
};

const transposeConv: Case = (bench, r) => {
  const [batches, depth, channels] = [r.whole(1, 2), r.whole(1, 9), r.whole(1, 9)];
  const w = windowOf(r, r.whole(1, 12), r.whole(1, 12), false);
  const { padding, strideH, strideW } = w.options;
  const outputOf = (positions: number, taps: number, stride: number): number =>
    padding === 'same' ? positions * stride : (positions - 1) * stride + taps;
  const shape = [batches, outputOf(w.outH, w.tapsH, strideH), outputOf(w.outW, w.tapsW, strideW), channels];
  const x = realInput(bench, r, [batches, w.outH, w.outW, depth]);
  const [weights, ...bias] = realLayer(bench, r, [channels, w.tapsH, w.tapsW, depth], channels);
  const options = { padding, strideH, strideW, activation: 'none' } as const;
  const y = { type: 'float32', shape } as const;
  bench.builder.operator('TRANSPOSE_CONV', [bench.indices(shape), weights!, x, ...bias], y, options);
  return 'float';
};

const batchMatmul: Case = (bench, r) => {
  const [m, k, n] = [r.whole(1, 9), r.whole(1, 60), r.whole(1, 9)];
  const lead = shapeOf(r, r.whole(0, 2), 4);
  const [adjX, adjY] = [r.chance(0.3), r.chance(0.5)];
  const a = realInput(bench, r, [...lead, ...(adjX ? [k, m] : [m, k])]);
  const b = realInput(bench, r, [...lead, ...(adjY ? [n, k] : [k, n])]);
  bench.builder.operator('BATCH_MATMUL', [a, b], { type: 'float32', shape: [...lead, m, n] }, { adjX, adjY });
  return 'float';
};

/** One float32 operation an element: equal to the last bit. */
const pair =
  (kind: 'ADD' | 'SUB' | 'MUL' | 'DIV'): Case =>
  (bench, r) => {
    const [a, b] = pairOf(r);
    const inputs = [realInput(bench, r, a), realInput(bench, r, b)];
    const y = { type: 'float32', shape: broadcastShape(a, b)! } as const;
    const activation = activationOf(r);
    bench.builder.operator(kind, inputs, y, { activation, potScaleInt16: false } as never);
    return 'equal';
  };

const pool =
  (kind: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): Case =>
  (bench, r) => {
    const [batches, height, width, depth] = [r.whole(1, 2), r.whole(1, 12), r.whole(1, 12), r.whole(1, 20)];
    const w = windowOf(r, height, width, false);
    const x = realInput(bench, r, [batches, height, width, depth]);
    const { padding, strideH, strideW } = w.options;
    const options = { padding, strideH, strideW, filterH: w.tapsH, filterW: w.tapsW, activation: activationOf(r) };
    bench.builder.operator(kind, [x], { type: 'float32', shape: [batches, w.outH, w.outW, depth] }, options);
    return kind === 'MAX_POOL_2D' ? 'equal' : 'float';
  };

const reduction =
  (kind: 'MEAN' | 'SUM'): Case =>
  (bench, r) => {
    const shape = shapeOf(r, r.whole(2, 4), 8);
    const axes = shape.map((_, d) => d).filter(() => r.chance(0.5));
    if (axes.length === 0) axes.push(r.whole(0, shape.length - 1));
    const keepDims = r.chance(0.5);
    const to = keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
    const named = axes.map((axis) => (r.chance(0.3) ? axis - shape.length : axis));
    bench.builder.operator(
      kind,
      [realInput(bench, r, shape), bench.indices(named)],
      { type: 'float32', shape: to },
      { keepDims },
    );
    return 'float';
  };

/** One input, one output of its shape. */
const unary =
  <K extends OperatorKind>(
    kind: K,
    optionsOf: (r: Random) => OptionsOf[K],
    comparison: 'equal' | 'float',
    positive = false,
  ): Case =>
  (bench, r) => {
    const shape = shapeOf(r, r.whole(1, 4), 9);
    const x = realInput(bench, r, shape);
    if (positive)
      bench.inputs.set(
        x,
        (bench.inputs.get(x) as Float32Array).map((value) => Math.abs(value) + 1e-3),
      );
    bench.builder.operator(kind, [x], { type: 'float32', shape }, optionsOf(r));
    return comparison;
  };
const none = () => ({});

const prelu: Case = (bench, r) => {
  const shape = shapeOf(r, 4, 7);
  const inputs = [realInput(bench, r, shape), realInput(bench, r, r.chance(0.3) ? shape : [1, 1, shape[3]!])];
  bench.builder.operator('PRELU', inputs, { type: 'float32', shape }, {});
  return 'equal';
};

const resizeBilinear: Case = (bench, r) => {
  const [n, h, w, c] = [r.whole(1, 2), r.whole(1, 8), r.whole(1, 8), r.whole(1, 5)];
  const size = [r.whole(1, 16), r.whole(1, 16)];
  const [alignCorners, halfPixelCenters] = r.pick([
    [false, false],
    [true, false],
    [false, true],
  ] as const);
  const x = realInput(bench, r, [n, h, w, c]);
  const y = { type: 'float32', shape: [n, ...size, c] } as const;
  bench.builder.operator('RESIZE_BILINEAR', [x, bench.indices(size)], y, { alignCorners, halfPixelCenters });
  return 'float';
};

export const REAL_CASES: Readonly<Record<string, Case>> = {
  'CONV_2D float32 with int8 weights': hybridConv(false),
  'CONV_2D float32 with int8 weights per channel': hybridConv(true),
  'CONV_2D float32 in groups with int8 weights per channel': hybridConv(true, true),
  'DEPTHWISE_CONV_2D float32 with int8 weights': hybridDepthwise,
  'FULLY_CONNECTED float32 with int8 weights': hybridRows(false),
  'FULLY_CONNECTED float32 with int8 weights, zero points': hybridRows(true),
  'BATCH_MATMUL float32 with int8 values': hybridMatmul(false),
  'BATCH_MATMUL float32 with int8 values, zero points': hybridMatmul(true),
  'CONV_2D float32': conv(false),
  'CONV_2D float32 in groups': conv(true),
  'DEPTHWISE_CONV_2D float32': depthwise,
  'FULLY_CONNECTED float32': fullyConnected,
  'TRANSPOSE_CONV float32': transposeConv,
  'BATCH_MATMUL float32': batchMatmul,
  'ADD float32': pair('ADD'),
  'SUB float32': pair('SUB'),
  'MUL float32': pair('MUL'),
  'DIV float32': pair('DIV'),
  'AVERAGE_POOL_2D float32': pool('AVERAGE_POOL_2D'),
  'MAX_POOL_2D float32': pool('MAX_POOL_2D'),
  'MEAN float32': reduction('MEAN'),
  'SUM float32': reduction('SUM'),
  'SOFTMAX float32': unary('SOFTMAX', (r) => ({ beta: r.pick([1, 1, 0.5, 2]) }), 'float'),
  'L2_NORMALIZATION float32': unary('L2_NORMALIZATION', () => ({ activation: 'none' }), 'float'),
  'LOGISTIC float32': unary('LOGISTIC', none, 'float'),
  'TANH float32': unary('TANH', none, 'float'),
  'RELU float32': unary('RELU', none, 'equal'),
  'RELU6 float32': unary('RELU6', none, 'equal'),
  'RELU_N1_TO_1 float32': unary('RELU_N1_TO_1', none, 'equal'),
  'LEAKY_RELU float32': unary('LEAKY_RELU', (r) => ({ alpha: r.pick([0.01, 0.2, 1.5, -0.5]) }), 'equal'),
  'ELU float32': unary('ELU', none, 'float'),
  'HARD_SWISH float32': unary('HARD_SWISH', none, 'float'),
  'SQRT float32': unary('SQRT', none, 'equal', true),
  'RSQRT float32': unary('RSQRT', none, 'float', true),
  'PRELU float32': prelu,
  'RESIZE_BILINEAR float32': resizeBilinear,
};
