// Layers: Conv, ConvTranspose, Gemm, MatMul, BatchNormalization. Weights must be constants, which are brought into the IR's
// order here. Source: onnx/docs/Operators.md.
import type { Value } from '../conversion';
import { IMAGE, asIs } from '../conversion';
import { type Constant, makeConstant, numbersOf, transposeConstant, valuesOf } from '../constants';
import type { Recipe, Step } from '../step';
import { type Axis, padFor, windowsOf } from '../window';
import { broadcastShape } from '../../../tensor/offsets';

const NONE = { activation: 'none' } as const;

function realConstant(step: Step, slot: number, what: string, rank: number): Constant {
  const constant = step.constant(slot, what);
  if (!step.computes(constant.type)) step.refuse('onnx-type', `has ${what} of ${constant.type}; float32 is supported`);
  if (constant.shape.length !== rank)
    step.refuse('onnx-rank', `has ${what} of ${constant.shape.length} dimensions; ${rank} are needed`);
  return constant;
}

/** The bias as an input of the operator; none where it is left out. */
function biasOf(step: Step, slot: number, channels: number): number[] {
  if (!step.optional(slot)) return [];
  const bias = realConstant(step, slot, 'bias', 1);
  if (bias.shape[0] !== channels) step.refuse('onnx-shape', `has ${bias.shape[0]} biases for ${channels} channels`);
  return [step.add(step.input(slot).name, bias)];
}

/** Conv [M, C / group, kH, kW] becomes CONV_2D [M, kH, kW, C / group], or DEPTHWISE_CONV_2D [1, kH, kW, M]. */
export const conv: Recipe = (step) => {
  const x = step.image(0);
  const weights = realConstant(step, 1, 'weights', 4);
  const [channels, depth, tapsH, tapsW] = weights.shape as [number, number, number, number];
  const group = step.int('group', 1);
  if (!(group >= 1) || depth * group !== x.shape[1] || channels % group !== 0)
    step.refuse(
      'onnx-shape',
      `of ${x.shape[1]} channels in ${group} groups has weights of [${weights.shape.join(', ')}]`,
    );
  const axes = windowsOf(step, x.shape, [tapsH, tapsW]);
  const bias = biasOf(step, 2, channels);
  const [rows, columns] = axes;
  const { x: image, padding } = padFor(step, step.arrange(x, IMAGE), axes);
  const isDepthwise = depth === 1 && group > 1;
  const w = addWeights(step, isDepthwise ? [1, 2, 3, 0] : [0, 2, 3, 1]);
  const options = {
    padding,
    strideH: rows.stride,
    strideW: columns.stride,
    dilationH: rows.dilation,
    dilationW: columns.dilation,
    ...NONE,
  };
  const shape = [x.shape[0]!, channels, rows.output, columns.output];
  const inputs = [image, w, ...bias];
  const y = isDepthwise
    ? step.emit('DEPTHWISE_CONV_2D', inputs, imageShape(shape), { ...options, depthMultiplier: channels / group })
    : step.emit('CONV_2D', inputs, imageShape(shape), options);
  step.give(y, shape, IMAGE);
};

/** NCHW as NHWC. */
export const imageShape = (shape: readonly number[]): number[] => IMAGE.map((d) => shape[d]!);

/** Shared by all nodes that use the same weights. */
const addWeights = (step: Step, order: readonly number[]): number => step.arrange(step.input(1), order);

/** ConvTranspose [C, M / group, kH, kW] becomes TRANSPOSE_CONV [M, kH, kW, C], its margins cut off by SLICE. */
export const convTranspose: Recipe = (step) => {
  const x = step.image(0);
  const stored = realConstant(step, 1, 'weights', 4);
  const group = step.int('group', 1);
  if (!(group >= 1) || stored.shape[0] !== x.shape[1] || stored.shape[0]! % group !== 0)
    step.refuse(
      'onnx-shape',
      `of ${x.shape[1]} channels in ${group} groups has weights of [${stored.shape.join(', ')}]`,
    );
  if (step.sizes('dilations', 2, 1, 1).some((size) => size !== 1))
    step.refuse('onnx-not-supported', 'is dilated, which is not supported');
  if (step.ints('output_shape'))
    step.refuse('onnx-not-supported', 'names its output_shape, which is not supported', 'Give it pads instead.');
  const weights = group === 1 ? stored : makeDense(step, stored, group);
  const channels = weights.shape[1]!;
  const axes = transposedAxes(step, x.shape, weights.shape);
  const bias = biasOf(step, 2, channels);
  const image = step.arrange(x, IMAGE);
  const w =
    group === 1
      ? addWeights(step, [1, 2, 3, 0])
      : step.add(step.input(1).name, transposeConstant(weights, [1, 2, 3, 0]));
  const [rows, columns] = axes;
  const shape = [x.shape[0]!, channels, rows.output, columns.output];
  const strides = { strideH: rows.stride, strideW: columns.stride, ...NONE };
  const transposed = (padding: 'same' | 'valid', to: number[]): number =>
    step.emit('TRANSPOSE_CONV', [step.indices(to), w, image, ...bias], to, { padding, ...strides });
  const isSame = axes.every(
    (a) =>
      Math.ceil(a.output / a.stride) === a.input &&
      a.before === Math.floor(Math.max(0, (a.input - 1) * a.stride + a.taps - a.output) / 2),
  );
  const isValid = axes.every((a) => a.before === 0 && a.output === a.full);
  if (isSame || isValid) return step.give(transposed(isValid ? 'valid' : 'same', imageShape(shape)), shape, IMAGE);
  const whole = transposed('valid', [shape[0]!, rows.full, columns.full, channels]);
  step.note('Pads of a transposed convolution are cut off by SLICE');
  const sizes = imageShape(shape);
  const cut = step.emit(
    'SLICE',
    [whole, step.indices([0, rows.before, columns.before, 0]), step.indices(sizes)],
    sizes,
    {},
  );
  step.give(cut, shape, IMAGE);
};

interface TransposedAxis extends Pick<Axis, 'input' | 'output' | 'taps' | 'stride' | 'before'> {
  readonly full: number; // all that the windows reach, and the padding of the output
}

function transposedAxes(step: Step, x: readonly number[], w: readonly number[]): [TransposedAxis, TransposedAxis] {
  const strides = step.sizes('strides', 2, 1, 1);
  const extra = step.sizes('output_padding', 2, 0, 0);
  const pads = step.sizes('pads', 4, 0, 0);
  const auto = step.text('auto_pad', 'NOTSET');
  const axis = (d: 0 | 1): TransposedAxis => {
    const [input, taps, stride] = [x[d + 2]!, w[d + 2]!, strides[d]!];
    if (extra[d]! >= stride)
      step.refuse('onnx-attribute', `has an output_padding of ${extra[d]} at a stride of ${stride}`);
    const full = (input - 1) * stride + taps + extra[d]!;
    let [before, after] = auto === 'VALID' ? [0, 0] : [pads[d]!, pads[d + 2]!];
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      const total = Math.max(0, full - input * stride);
      before = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      after = total - before;
    }
    const output = full - before - after;
    if (output < 1) step.refuse('onnx-window', `has pads of ${before} and ${after}, which leave nothing of ${full}`);
    return { input, output, taps, stride, before, full };
  };
  return [axis(0), axis(1)];
}

/** Grouped filters [C, M / group, kH, kW] as dense ones [C, M, kH, kW], with zeros outside of each group. */
function makeDense(step: Step, weights: Constant, group: number): Constant {
  const [depth, perGroup, ...taps] = weights.shape as [number, number, number, number];
  const size = taps[0]! * taps[1]!;
  step.conversion.builder.reserve(4 * depth * perGroup * group * size, step.node.offset);
  step.note('Groups of a transposed convolution are filters with zeros over all channels');
  const from = valuesOf(weights) as Float32Array;
  const dense = new Float32Array(depth * perGroup * group * size);
  for (let c = 0; c < depth; c++) {
    const first = Math.floor(c / (depth / group)) * perGroup;
    dense.set(from.subarray(c * perGroup * size, (c + 1) * perGroup * size), (c * perGroup * group + first) * size);
  }
  return { type: 'float32', shape: [depth, perGroup * group, ...taps], data: new Uint8Array(dense.buffer) };
}

/** Per channel (dimension 1): x times scale / sqrt(variance + epsilon), and what then lacks. */
export const batchNormalization: Recipe = (step) => {
  const x = step.real(0);
  if (step.int('training_mode', 0) !== 0)
    step.refuse(
      'onnx-not-supported',
      'is in training mode, which is not supported',
      'Export the network for inference.',
    );
  step.leaveOut(1, 'running statistics');
  const channels = x.shape[1] ?? step.refuse('onnx-rank', 'has no dimension of channels');
  const [scale, bias, mean, variance] = (['scales', 'biases', 'means', 'variances'] as const).map((what, i) => {
    const numbers = numbersOf(realConstant(step, i + 1, what, 1));
    if (numbers.length !== channels)
      step.refuse('onnx-shape', `has ${numbers.length} ${what} for ${channels} channels`);
    return numbers;
  }) as [number[], number[], number[], number[]];
  const epsilon = step.float('epsilon', 1e-5);
  const factors = scale.map((s, c) => s / Math.sqrt(variance[c]! + epsilon));
  const terms = bias.map((b, c) => b - mean[c]! * Math.fround(factors[c]!));
  const rank = x.shape.length;
  const order = [0, ...asIs(rank).slice(2), 1]; // channels last
  const shape = order.map((d) => x.shape[d]!);
  const image = step.arrange(x, order);
  const scaled = step.emit('MUL', [image, step.made('factors', 'float32', [channels], factors)], shape, NONE);
  const y = step.emit('ADD', [scaled, step.made('terms', 'float32', [channels], terms)], shape, {
    ...NONE,
    potScaleInt16: false,
  });
  step.note('Batch normalisation is a multiplication and an addition per channel');
  step.give(y, x.shape, order);
};

/**
 * Rows of x times constant weights [N, K]: FULLY_CONNECTED. Of a flattened image the rows stay as they lie, and the weights'
 * columns are put into that order instead.
 */
function multiplyRows(step: Step, x: Value, weights: Constant, bias: number[], shape: readonly number[]): number {
  const { image } = x;
  if (!image) return fullyConnected(step, step.arrange(x), step.add(step.input(1).name, weights), bias, shape);
  const turned = transposeConstant({ ...weights, shape: [weights.shape[0]!, ...image.shape.slice(1)] }, [0, 2, 3, 1]);
  step.note('Weights behind a flattened image are in the order height, width, channels');
  const w = step.add(step.input(1).name, { ...turned, shape: weights.shape });
  return fullyConnected(step, image.tensor!, w, bias, shape);
}

const fullyConnected = (step: Step, x: number, w: number, bias: number[], shape: readonly number[]): number =>
  step.emit('FULLY_CONNECTED', [x, w, ...bias], shape, {
    ...NONE,
    keepNumDims: shape.length > 2,
    shuffledWeights: false,
    asymmetricInputs: false,
  });

/** Gemm: alpha A B + beta C, A and B as they are or transposed. B must be constant. */
export const gemm: Recipe = (step) => {
  const a = step.real(0);
  const stored = realConstant(step, 1, 'weights', 2);
  if (a.shape.length !== 2) step.refuse('onnx-rank', `has an input of ${a.shape.length} dimensions; 2 are needed`);
  const isTurned = step.int('transA', 0) !== 0;
  const rows: Value = isTurned
    ? {
        ...a,
        image: null,
        shape: [a.shape[1]!, a.shape[0]!],
        tensor: step.arrange(a, [1, 0]),
        order: [0, 1],
        constant: null,
      }
    : a;
  const weights = scale(
    step.int('transB', 0) !== 0 ? stored : transposeConstant(stored, [1, 0]),
    step.float('alpha', 1),
  );
  const [channels, depth] = weights.shape as [number, number];
  if (rows.shape[1] !== depth)
    step.refuse('onnx-shape', `cannot multiply rows of ${rows.shape[1]} and columns of ${depth}`);
  const shape = [rows.shape[0]!, channels];
  const c = step.optional(2);
  if (!c) return step.give(multiplyRows(step, rows, weights, [], shape), shape);
  const constant = scale(step.constant(2, 'bias'), step.float('beta', 1));
  const isBias =
    step.computes(constant.type) && broadcastShape(constant.shape, [1, channels])?.join() === `1,${channels}`;
  if (!isBias) step.refuse('onnx-shape', `has a bias of [${constant.shape.join(', ')}] for ${channels} channels`);
  const values = numbersOf(constant);
  const each = values.length === channels ? values : new Array<number>(channels).fill(values[0]!);
  const bias: Constant = { ...constant, ...makeConstant(constant.type, [channels], each) };
  step.give(multiplyRows(step, rows, weights, [step.add(c.name, bias)], shape), shape);
};

const scale = (constant: Constant, factor: number): Constant =>
  factor === 1
    ? constant
    : makeConstant(
        'float32',
        constant.shape,
        numbersOf(constant).map((value) => value * factor),
      );

/** MatMul with constant weights is FULLY_CONNECTED, of two activations BATCH_MATMUL. */
export const matMul: Recipe = (step) => {
  const [a, b] = [step.real(0), step.real(1)];
  const [p, q] = [a.shape, b.shape];
  const fits = p.length > 1 && q.length > 1 && p.at(-1) === q.at(-2);
  const lead =
    (fits ? broadcastShape(p.slice(0, -2), q.slice(0, -2)) : null) ??
    step.refuse('onnx-shape', `cannot multiply [${p.join(', ')}] and [${q.join(', ')}]`);
  const shape = [...lead, p.at(-2)!, q.at(-1)!];
  if (b.constant && q.length === 2)
    return step.give(multiplyRows(step, a, transposeConstant(b.constant, [1, 0]), [], shape), shape);
  const y = step.emit('BATCH_MATMUL', [step.arrange(a), step.arrange(b)], shape, {
    adjX: false,
    adjY: false,
    asymmetricInputs: false,
  });
  step.give(y, shape);
};
