// Operators on plain numbers (float32, int32, int64) and on roots and quotients, on cases small enough to check by hand.
import { describe, expect, test } from 'vitest';
import { constant, oneOperator, outputOf, outputsOf, q, slot, support } from './oneOperator';
import { runOperators } from '../../main/golden/run';

const floats = (shape: number[], ...values: number[]) => slot('float32', shape, undefined, Float32Array.from(values));
const fixed = (shape: number[], ...values: number[]) =>
  constant('float32', shape, undefined, Float32Array.from(values));
const out = (...shape: number[]) => slot('float32', shape, undefined, new Float32Array());
const ints = (...values: number[]) => slot('int32', [values.length], undefined, Int32Array.from(values));
const why = (answer: ReturnType<typeof support>): string => (answer.ok ? 'runs' : answer.why);
const window = { padding: 'valid', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;

describe('layers of float32', () => {
  const x = floats([1, 2, 2, 1], 1, 2, 3, 4);
  test('CONV_2D sums, adds the bias, clamps', () => {
    const w = fixed([2, 2, 2, 1], 1, 1, 1, 1, 0.5, -1, 0.25, -2);
    const inputs = [x, w, fixed([2], 0.5, 1)];
    expect(outputOf('CONV_2D', inputs, out(1, 1, 1, 2), window)).toEqual([10.5, -7.75]);
    expect(outputOf('CONV_2D', inputs, out(1, 1, 1, 2), { ...window, activation: 'relu6' })).toEqual([6, 0]);
  });
  test('CONV_2D with int8 weights quantises x by its own range', () => {
    const w = constant('int8', [1, 2, 2, 1], q(0.5), Int8Array.of(1, -1, 2, 100));
    // 1, 2, 3, 4 of 4 / 127: 32, 64, 95 and 127; their sum of products 12858, times 4 / 127 x 0.5
    const [value] = outputOf('CONV_2D', [x, w], out(1, 1, 1, 1), window);
    expect(value).toBeCloseTo((32 - 64 + 190 + 12700) * (4 / 127) * 0.5, 3);
  });
  test('rows of FULLY_CONNECTED have a range each, symmetric or with a zero point', () => {
    const rows = floats([2, 2], 1, 0.5, 0, 0);
    const w = constant('int8', [1, 2], q(0.5), Int8Array.of(10, 20));
    const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
    const inputs = [rows, w, fixed([1], 3)];
    // 1 is 127 of 1 / 127, and 255 of 1 / 255 above -128; 0.5 is 63.5, so 64, and -0.5, so -1; a row of zeros is the bias
    const symmetric = outputOf('FULLY_CONNECTED', inputs, out(2, 1), options);
    expect(symmetric).toEqual([expect.closeTo(3 + ((127 * 10 + 64 * 20) / 127) * 0.5, 5), 3]);
    const asymmetric = outputOf('FULLY_CONNECTED', inputs, out(2, 1), { ...options, asymmetricInputs: true });
    expect(asymmetric).toEqual([expect.closeTo(3 + ((255 * 10 + 127 * 20) / 255) * 0.5, 5), 3]);
  });
  test('BATCH_MATMUL turned quantises each row of the matrix it multiplies', () => {
    const a = floats([2, 2], 1, 100, 2, 200); // rows [1, 2] and [100, 200]
    const b = constant('int8', [2, 1], q(1), Int8Array.of(1, 1));
    const [first, second] = outputOf('BATCH_MATMUL', [a, b], out(2, 1), { adjX: true, adjY: false });
    expect(first).toBeCloseTo(((64 + 127) * 2) / 127, 4);
    expect(second).toBeCloseTo(((64 + 127) * 200) / 127, 2);
  });
  test('a float32 sum is rounded once', () => {
    const many = floats([1, 3], 2 ** 24, 1, 1); // in float32 steps both ones would be lost
    const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
    expect(outputOf('FULLY_CONNECTED', [many, fixed([1, 3], 1, 1, 1)], out(1, 1), options)).toEqual([2 ** 24 + 2]);
  });
  test('DEPTHWISE_CONV_2D and TRANSPOSE_CONV', () => {
    const deep = { ...window, depthMultiplier: 2 };
    expect(outputOf('DEPTHWISE_CONV_2D', [x, fixed([1, 1, 1, 2], 1, -1)], out(1, 2, 2, 2), deep)).toEqual([
      1, -1, 2, -2, 3, -3, 4, -4,
    ]);
    const shape = constant('int32', [4], undefined, Int32Array.of(1, 1, 3, 1));
    const row = floats([1, 1, 2, 1], 1, 10);
    const inputs = [shape, fixed([1, 1, 2, 1], 1, 2), row];
    expect(outputOf('TRANSPOSE_CONV', inputs, out(1, 1, 3, 1), window)).toEqual([1, 12, 20]);
  });
  test('BATCH_MATMUL', () => {
    const [a, b] = [floats([2, 2], 1, 2, 3, 4), floats([2, 1], 10, 1)];
    expect(outputOf('BATCH_MATMUL', [a, b], out(2, 1), { adjX: false, adjY: false })).toEqual([12, 34]);
    expect(outputOf('BATCH_MATMUL', [a, b], out(2, 1), { adjX: true, adjY: false })).toEqual([13, 24]);
  });
  test('quantised weights and a fused tanh are refused', () => {
    const bytes = constant('int8', [1, 2, 2, 1], q(1), new Int8Array(4));
    const shape = constant('int32', [4], undefined, Int32Array.of(1, 3, 3, 1));
    expect(why(support('TRANSPOSE_CONV', [shape, bytes, x], out(1, 3, 3, 1), window))).toBe(
      'TRANSPOSE_CONV of float32 activations with int8 weights (tensor 1; dynamic-range quantisation) is not supported; CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and BATCH_MATMUL with them are.',
    );
    const filters = constant('int8', [1, 2, 2, 2], q(1), new Int8Array(8));
    expect(why(support('DEPTHWISE_CONV_2D', [x, filters], out(1, 1, 1, 2), { ...window, depthMultiplier: 2 }))).toBe(
      'DEPTHWISE_CONV_2D of float32 activations with int8 weights (dynamic range) needs a weight scale for each of its 2 channels; tensor 1 has 1.',
    );
    const groups = constant('int8', [2, 1, 1, 1], q(1), new Int8Array(2));
    expect(why(support('CONV_2D', [floats([1, 1, 1, 2], 1, 2), groups], out(1, 1, 1, 2), window))).toContain(
      'in groups needs a weight scale for each channel',
    );
    const w = fixed([1, 2, 2, 1], 1, 1, 1, 1);
    expect(why(support('CONV_2D', [x, w], out(1, 1, 1, 1), { ...window, activation: 'tanh' }))).toContain('tanh');
  });
});

describe('elements, rows and ranges of float32', () => {
  const x = floats([1, 4], -2, -0.5, 0, 8);
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 6));
  test.each([
    ['RELU', [0, 0, 0, 8]],
    ['RELU6', [0, 0, 0, 6]],
    ['RELU_N1_TO_1', [-1, -0.5, 0, 1]],
    ['HARD_SWISH', [-2 / 6, (-0.5 * 2.5) / 6, 0, 8]],
    ['ELU', [Math.exp(-2) - 1, Math.exp(-0.5) - 1, 0, 8]],
    ['LOGISTIC', [-2, -0.5, 0, 8].map((value) => 1 / (1 + Math.exp(-value)))],
    ['TANH', [-2, -0.5, 0, 8].map(Math.tanh)],
  ] as const)('%s', (kind, values) => {
    expect(outputOf(kind, [x], out(1, 4), {}).map((value) => value + 0)).toEqual(near([...values]));
  });
  test('LEAKY_RELU, PRELU, SQRT, RSQRT', () => {
    expect(outputOf('LEAKY_RELU', [x], out(1, 4), { alpha: 0.5 })).toEqual([-1, -0.25, 0, 8]);
    expect(outputOf('PRELU', [x, floats([4], 0.5, 2, 3, 4)], out(1, 4), {})).toEqual([-1, -1, 0, 8]);
    expect(outputOf('SQRT', [floats([2], 4, 2.25)], out(2), {})).toEqual([2, 1.5]);
    expect(outputOf('RSQRT', [floats([2], 4, 0.25)], out(2), {})).toEqual([0.5, 2]);
  });
  test('SOFTMAX and L2_NORMALIZATION', () => {
    expect(outputOf('SOFTMAX', [floats([1, 2], Math.log(3), 0)], out(1, 2), { beta: 1 })).toEqual(near([0.75, 0.25]));
    const options = { activation: 'none' } as const;
    expect(outputOf('L2_NORMALIZATION', [floats([2, 2], 3, 4, 0, 0)], out(2, 2), options)).toEqual(
      near([0.6, 0.8, 0, 0]),
    );
  });
  test('pools, MEAN and SUM', () => {
    const image = floats([1, 2, 2, 1], 1, 2, 3, 6);
    const pool = { padding: 'valid', strideH: 1, strideW: 1, filterH: 2, filterW: 2, activation: 'none' } as const;
    expect(outputOf('AVERAGE_POOL_2D', [image], out(1, 1, 1, 1), pool)).toEqual([3]);
    expect(outputOf('MAX_POOL_2D', [image], out(1, 1, 1, 1), { ...pool, activation: 'relu_n1_to_1' })).toEqual([1]);
    const axes = constant('int32', [1], undefined, Int32Array.of(1));
    expect(outputOf('MEAN', [image, axes], out(1, 2, 1), { keepDims: false })).toEqual([2, 4]);
    expect(outputOf('SUM', [image, axes], out(1, 2, 1), { keepDims: false })).toEqual([4, 8]);
  });
  test('RESIZE_BILINEAR', () => {
    const sizes = constant('int32', [2], undefined, Int32Array.of(1, 4));
    const options = { alignCorners: false, halfPixelCenters: false };
    expect(outputOf('RESIZE_BILINEAR', [floats([1, 1, 2, 1], 0, 1), sizes], out(1, 1, 4, 1), options)).toEqual([
      0, 0.5, 1, 1,
    ]);
  });
});

describe('plain integers', () => {
  const sum = { activation: 'none', potScaleInt16: false } as const;
  const like = ints(0, 0);
  test('wrap, and are clamped after that', () => {
    expect(outputOf('ADD', [ints(2 ** 31 - 1, 5), ints(1, 1)], like, sum)).toEqual([-(2 ** 31), 6]);
    expect(outputOf('SUB', [ints(-(2 ** 31), 5), ints(1, 7)], like, { ...sum, activation: 'relu' })).toEqual([
      2 ** 31 - 1,
      0,
    ]);
    expect(outputOf('MUL', [ints(65537, -3), ints(65537, 7)], like, { activation: 'none' })).toEqual([131073, -21]);
  });
  test('divide towards zero, and not by zero', () => {
    const divide = (...divisors: number[]) =>
      outputOf('DIV', [ints(7, -7), ints(...divisors)], like, { activation: 'none' });
    expect(divide(2, 2)).toEqual([3, -3]);
    expect(() => divide(2, 0)).toThrow('divides integers by zero: element 1 of tensor 1');
  });
  test('int64 is added exactly', () => {
    const long = (...values: bigint[]) => slot('int64', [values.length], undefined, BigInt64Array.from(values));
    const { network, inputs } = oneOperator('ADD', [long(2n ** 62n), long(2n ** 61n + 1n)], long(0n), sum);
    expect([...runOperators(network, 'reference', inputs)][0]!.outputs[0]!.data[0]).toBe(2n ** 62n + 2n ** 61n + 1n);
  });
});

describe('quotients and roots, quantised', () => {
  test('DIV of uint8, and not by real zero', () => {
    const byte = (zeroPoint: number, ...values: number[]) =>
      slot('uint8', [values.length], q(1, zeroPoint), Uint8Array.from(values));
    const divide = (...divisors: number[]) =>
      outputOf('DIV', [byte(10, 210, 0), byte(1, ...divisors)], slot('uint8', [2], q(0.5, 3), new Uint8Array()), {
        activation: 'none',
      });
    expect(divide(5, 6)).toEqual([103, 0]); // 200 / 4 / 0.5 + 3; -10 / 5 / 0.5 + 3 = -1
    expect(() => divide(1, 6)).toThrow('by zero: element 0');
  });
  test('ELU of int8', () => {
    const x = slot('int8', [3], q(0.5, 0), Int8Array.of(4, -2, -128));
    expect(outputOf('ELU', [x], slot('int8', [3], q(0.01, 0), new Int8Array()), {})).toEqual([127, -63, -100]); // 2, e^-1 - 1, -1
  });
  test('L2_NORMALIZATION of int8 and uint8', () => {
    const options = { activation: 'none' } as const;
    const x = slot('int8', [1, 2], q(0.3, 10), Int8Array.of(40, 50)); // 30 and 40
    expect(outputOf('L2_NORMALIZATION', [x], slot('int8', [1, 2], q(1 / 128, 0), new Int8Array()), options)).toEqual([
      77, 102,
    ]);
    const y = slot('uint8', [1, 2], q(1 / 128, 128), new Uint8Array());
    const bytes = slot('uint8', [1, 2], q(0.3, 10), Uint8Array.of(40, 0)); // 30 and -10
    expect(outputOf('L2_NORMALIZATION', [bytes], y, options)).toEqual([250, 87]); // 249.4 and 87.5: its multiplier has 28 bits, and is rounded twice
    expect(why(support('L2_NORMALIZATION', [x], x, options))).toContain('needs an output of scale 1/128');
  });
  test('RSQRT of int8: zero is the largest, less is refused', () => {
    const y = slot('int8', [3], q(0.01, 0), new Int8Array());
    const take = (...values: number[]) =>
      outputOf('RSQRT', [slot('int8', [3], q(1, -10), Int8Array.from(values))], y, {});
    expect(take(-10, 6, 90)).toEqual([127, 25, 10]); // 1 / 4, 1 / 10
    expect(() => take(-11, 0, 0)).toThrow('the root of a negative number: element 0');
  });
});

describe('GATHER_ND', () => {
  const x = floats([2, 3], 0, 1, 2, 3, 4, 5);
  test('takes elements or rows', () => {
    const places = (shape: number[], ...values: number[]) => slot('int32', shape, undefined, Int32Array.from(values));
    expect(outputsOf('GATHER_ND', [x, places([2, 2], 1, 0, 0, 2)], out(2), {})).toEqual([[3, 2]]);
    expect(outputsOf('GATHER_ND', [x, places([2, 1], 1, 1)], out(2, 3), {})).toEqual([[3, 4, 5, 3, 4, 5]]);
    expect(() => outputsOf('GATHER_ND', [x, places([1, 2], 1, 3)], out(1), {})).toThrow(
      'gathers index 3 of dimension 1, which has 3',
    );
    expect(why(support('GATHER_ND', [x, places([1, 3], 0, 0, 0)], out(1), {}))).toContain('1 to 2 indices');
  });
});

describe('TFLite_Detection_PostProcess', () => {
  const options = {
    maxDetections: 3,
    maxClassesPerDetection: 1,
    detectionsPerClass: 3,
    useRegularNms: false,
    scoreThreshold: 0.25,
    iouThreshold: 0.5,
    numClasses: 2,
    scale: { y: 10, x: 10, h: 5, w: 5 },
  } as const;
  const anchors = fixed([3, 4], 0.5, 0.5, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125);
  const codes = floats([1, 3, 4], 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0); // the second overlaps the first
  const scores = floats([1, 3, 3], 0, 0.875, 0.125, 0, 0.75, 0.5, 0, 0.25, 0.375); // a background class first
  const outputs = [out(1, 3, 4), out(1, 3), out(1, 3), out(1)];
  test('fast: boxes by their best class, overlapping ones taken out, zeros after them', () => {
    expect(outputsOf('TFLite_Detection_PostProcess', [codes, scores, anchors], outputs, options)).toEqual([
      [0.375, 0.375, 0.625, 0.625, 0.1875, 0.1875, 0.3125, 0.3125, 0, 0, 0, 0],
      [0, 1, 0],
      [0.875, 0.375, 0],
      [2],
    ]);
  });
  test('regular: class by class', () => {
    const regular = { ...options, useRegularNms: true };
    const [, classes, found, [count]] = outputsOf(
      'TFLite_Detection_PostProcess',
      [codes, scores, anchors],
      outputs,
      regular,
    ) as [number[], number[], number[], [number]];
    expect([classes, found, count]).toEqual([[0, 1, 1], [0.875, 0.5, 0.375], 3]); // the second box stays for class 1
  });
  test('refuses shapes the options do not give', () => {
    const flat = [out(), out(1, 3), out(1, 3), out(1)];
    expect(why(support('TFLite_Detection_PostProcess', [codes, scores, anchors], flat, options))).toContain(
      'gives shape 1 x 3 x 4',
    );
  });
});
