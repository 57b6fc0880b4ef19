// Operators that take elements one by one or in pairs, on cases small enough to check by hand.
import { describe, expect, test } from 'vitest';
import { constant, outputOf, q, slot, support } from './oneOperator';

const int8 = (shape: number[], values: number[], scale = 1, zeroPoint = 0) =>
  slot('int8', shape, q(scale, zeroPoint), Int8Array.from(values));
const out = (shape: number[], scale = 1, zeroPoint = 0) => slot('int8', shape, q(scale, zeroPoint), new Int8Array());
const floats = (...values: number[]) => slot('float32', [values.length], undefined, Float32Array.from(values));
const why = (answer: ReturnType<typeof support>): string => (answer.ok ? 'runs' : answer.why);

describe('SUB', () => {
  const options = { activation: 'none', potScaleInt16: false } as const;
  test('subtracts reals of different scales', () => {
    const inputs = [int8([2], [10, -20], 0.5, 2), int8([2], [7, 7], 0.25, -1)];
    expect(outputOf('SUB', inputs, out([2], 0.5, 3), options)).toEqual([7, -23]); // (4 - 2) / 0.5 + 3; (-11 - 2) / 0.5 + 3
  });
  test('broadcasts, the second from the first', () => {
    expect(outputOf('SUB', [int8([2, 1], [10, 20]), int8([2], [1, 2])], out([2, 2]), options)).toEqual([9, 8, 19, 18]);
  });
  test('refuses int16 off zero and an output scale far too small', () => {
    const wide = (zeroPoint: number) => slot('int16', [1], q(1, zeroPoint), Int16Array.of(0));
    expect(why(support('SUB', [wide(0), wide(1)], wide(0), options))).toBe('SUB of int16 needs zero points of 0.');
    expect(why(support('SUB', [int8([1], [1]), int8([1], [1])], out([1], 1e-7), options))).toContain('far too small');
  });
});

describe('MUL', () => {
  test('multiplies reals, clamps to the activation', () => {
    const inputs = [int8([3], [4, -4, 100], 0.5, 2), int8([3], [5, 5, 100], 0.25, 1)];
    // 1 x 1, -3 x 1, 49 x 24.75
    expect(outputOf('MUL', inputs, out([3], 0.5, -1), { activation: 'none' })).toEqual([1, -7, 127]);
    expect(outputOf('MUL', inputs, out([3], 0.5, -1), { activation: 'relu6' })).toEqual([1, -1, 11]);
  });
});

describe('MAXIMUM and MINIMUM', () => {
  test('compare raw values', () => {
    const inputs = [int8([2, 1], [-3, 5]), int8([3], [-128, 0, 127])];
    expect(outputOf('MAXIMUM', inputs, out([2, 3]), {})).toEqual([-3, 0, 127, 5, 5, 127]);
    expect(outputOf('MINIMUM', inputs, out([2, 3]), {})).toEqual([-128, -3, -3, -128, 0, 5]);
  });
  test('take the second of two that are equal, as TFLite does: zeros have a sign', () => {
    const inputs = [floats(0, -0), floats(-0, 0)];
    expect(outputOf('MAXIMUM', inputs, floats(0, 0), {})).toEqual([-0, 0]);
    expect(outputOf('MINIMUM', inputs, floats(0, 0), {})).toEqual([-0, 0]);
  });
  test('refuse to rescale', () => {
    expect(why(support('MAXIMUM', [int8([1], [1]), int8([1], [1], 2)], out([1]), {}))).toContain('does not rescale');
  });
});

describe('rectifiers', () => {
  const x = int8([5], [-20, -2, 0, 6, 100], 0.5, 0); // -10 -1 0 3 50
  test('RELU, RELU6 and RELU_N1_TO_1 rescale and clamp', () => {
    expect(outputOf('RELU', [x], out([5], 1, -4), {})).toEqual([-4, -4, -4, -1, 46]);
    expect(outputOf('RELU6', [x], out([5], 1, -4), {})).toEqual([-4, -4, -4, -1, 2]);
    expect(outputOf('RELU_N1_TO_1', [x], out([5], 0.25, 1), {})).toEqual([-3, -3, 1, 5, 5]);
  });
  test('LEAKY_RELU: alpha below zero, also a negative one', () => {
    expect(outputOf('LEAKY_RELU', [x], out([5], 0.5, 0), { alpha: 0.5 })).toEqual([-10, -1, 0, 6, 100]);
    expect(outputOf('LEAKY_RELU', [x], out([5], 0.5, 0), { alpha: -2 })).toEqual([40, 4, 0, 6, 100]);
  });
  test('PRELU: an alpha for every channel', () => {
    const alpha = constant('int8', [2], q(0.25, 1), Int8Array.of(3, 5)); // 0.5, 1
    expect(outputOf('PRELU', [int8([2, 2], [-4, -4, 4, 4]), alpha], out([2, 2]), {})).toEqual([-2, -4, 4, 4]);
    expect(why(support('PRELU', [int8([1], [1]), alpha], out([2]), {}))).toBe(
      'PRELU gives shape 1, but tensor 2 is declared 2.',
    );
  });
  test('a tensor long enough for a table gives the same as a short one', () => {
    const all = Int8Array.from({ length: 256 }, (_, i) => i - 128);
    const long = outputOf('LEAKY_RELU', [slot('int8', [256], q(0.3, 7), all)], out([256], 0.2, -5), { alpha: 0.1 });
    const short = Array.from(
      all,
      (raw) => outputOf('LEAKY_RELU', [int8([1], [raw], 0.3, 7)], out([1], 0.2, -5), { alpha: 0.1 })[0]!,
    );
    expect(long).toEqual(short);
  });
});

describe('LOGISTIC and TANH', () => {
  test('the middle, the ends, and a value between', () => {
    const x = int8([4], [0, 127, -128, 10], 0.1);
    expect(outputOf('LOGISTIC', [x], out([4], 1 / 256, -128), {})).toEqual([0, 127, -128, 59]); // 256 / (1 + e^-1) - 128
    expect(outputOf('TANH', [x], out([4], 1 / 128, 0), {})).toEqual([0, 127, -128, 97]); // 128 tanh 1
  });
  test('uint8 lies 128 higher', () => {
    const x = slot('uint8', [2], q(0.1, 128), Uint8Array.of(128, 138));
    const y = (scale: number, zeroPoint: number) => slot('uint8', [2], q(scale, zeroPoint), new Uint8Array());
    expect(outputOf('LOGISTIC', [x], y(1 / 256, 0), {})).toEqual([128, 187]);
    expect(outputOf('TANH', [x], y(1 / 128, 128), {})).toEqual([128, 225]);
  });
  test('refuse another output scale', () => {
    expect(why(support('TANH', [int8([1], [1])], out([1], 1 / 256), {}))).toBe(
      'TANH of int8 needs an output of scale 1/128 and zero point 0; it has 0.00390625 and 0.',
    );
  });
});

describe('HARD_SWISH', () => {
  test('nothing below -3, all above 3, x (x + 3) / 6 between', () => {
    const x = int8([5], [-64, -48, 0, 16, 64], 1 / 16);
    expect(outputOf('HARD_SWISH', [x], out([5], 1 / 16), {})).toEqual([0, 0, 0, 11, 64]); // 16 (1 x 4 / 6) = 10.67
  });
  test('refuses an output scale far too small', () => {
    expect(why(support('HARD_SWISH', [int8([1], [1])], out([1], 1 / 1000), {}))).toContain('is too small for 1.');
  });
});

describe('ABS and NEG', () => {
  test('ABS of quantised values, rescaled and not', () => {
    expect(outputOf('ABS', [int8([3], [-128, 1, 5], 1, 1)], out([3], 1, -100), {})).toEqual([29, -100, -96]);
    expect(outputOf('ABS', [int8([3], [-128, 1, 5], 1, 1)], out([3], 2, 0), {})).toEqual([65, 0, 2]); // 64.5: up
  });
  test('floats and plain integers', () => {
    expect(outputOf('ABS', [floats(-1.5, 2)], floats(0, 0), {})).toEqual([1.5, 2]);
    expect(outputOf('NEG', [floats(-1.5, 2)], floats(0, 0), {})).toEqual([1.5, -2]);
    const wide = slot('int64', [2], undefined, BigInt64Array.of(3n, -(2n ** 40n)));
    expect(outputOf('NEG', [wide], wide, {})).toEqual([-3, 2 ** 40]);
    expect(why(support('NEG', [int8([1], [1])], out([1]), {}))).toContain('NEG with int8 activations');
  });
});

describe('CAST', () => {
  const plain = (type: 'int8' | 'uint8' | 'int32' | 'bool', count: number) =>
    slot(type, [count], undefined, new Int32Array());
  test('floats are cut off, saturate, and NaN is 0', () => {
    const x = floats(1.9, -1.9, 300, -300, NaN);
    expect(outputOf('CAST', [x], plain('int8', 5), {})).toEqual([1, -1, 127, -128, 0]);
    expect(outputOf('CAST', [floats(0, -0.5, NaN)], plain('bool', 3), {})).toEqual([0, 1, 1]);
    const y = slot('int64', [2], undefined, new BigInt64Array());
    expect(outputOf('CAST', [floats(2.5, NaN)], y, {})).toEqual([2, 0]);
    expect(outputOf('CAST', [floats(Infinity, -1e30)], y, {})).toEqual([2 ** 63 - 1024, -(2 ** 63)]);
  });
  test('integers wrap', () => {
    const x = slot('int64', [3], undefined, BigInt64Array.of(2n ** 32n + 5n, -1n, 300n));
    expect(outputOf('CAST', [x], plain('int32', 3), {})).toEqual([5, -1, 300]);
    expect(outputOf('CAST', [x], plain('uint8', 3), {})).toEqual([5, 255, 44]);
  });
});
