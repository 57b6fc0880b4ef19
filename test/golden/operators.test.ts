// The operators without weights, on cases small enough to check by hand.
import fc from '../properties';
import { describe, expect, test } from 'vitest';
import { constant, outputOf, q, run, slot, support } from './oneOperator';
import { softmaxByDefinition } from './softmaxByDefinition';

const int8 = (shape: number[], values: number[], scale = 1, zeroPoint = 0) =>
  slot('int8', shape, q(scale, zeroPoint), Int8Array.from(values));
const out = (shape: number[], scale = 1, zeroPoint = 0) => slot('int8', shape, q(scale, zeroPoint), new Int8Array());
const why = (answer: ReturnType<typeof support>): string => (answer.ok ? 'runs' : answer.why);

describe('ADD', () => {
  const options = { activation: 'none', potScaleInt16: false } as const;
  test('adds reals of different scales', () => {
    expect(
      outputOf('ADD', [int8([2], [10, -20], 0.5, 2), int8([2], [7, 7], 0.25, -1)], out([2], 0.5, 3), options),
    ).toEqual([15, -15]);
  }); // (4 + 2) / 0.5 + 3 = 15; (-11 + 2) / 0.5 + 3 = -15
  test('broadcasts as numpy does', () => {
    const a = int8([2, 1], [10, 20]);
    expect(outputOf('ADD', [a, int8([3], [1, 2, 3])], out([2, 3]), options)).toEqual([11, 12, 13, 21, 22, 23]);
    expect(outputOf('ADD', [int8([], [5]), int8([2, 2], [1, 2, 3, 4])], out([2, 2]), options)).toEqual([6, 7, 8, 9]);
    expect(why(support('ADD', [a, int8([3, 3], [])], out([3, 3]), options))).toBe(
      'ADD cannot broadcast 2 x 1 and 3 x 3 to one shape.',
    );
  });
  test('clamps to the activation', () => {
    expect(
      outputOf('ADD', [int8([3], [-50, 3, 100]), int8([3], [-50, 0, 100])], out([3]), {
        ...options,
        activation: 'relu6',
      }),
    ).toEqual([0, 3, 6]);
  });
});

describe('pools', () => {
  const options = { padding: 'same', strideH: 2, strideW: 2, filterH: 2, filterW: 2, activation: 'none' } as const;
  const x = int8([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, -9]);
  test('average counts only taps inside and rounds half away from zero', () => {
    expect(outputOf('AVERAGE_POOL_2D', [x], out([1, 2, 2, 1]), options)).toEqual([3, 5, 8, -9]); // 12/4, 9/2, 15/2, -9
    const negative = int8([1, 1, 2, 1], [-1, -2]);
    expect(outputOf('AVERAGE_POOL_2D', [negative], out([1, 1, 1, 1]), options)).toEqual([-2]);
  });
  test('max', () => {
    expect(outputOf('MAX_POOL_2D', [x], out([1, 2, 2, 1]), options)).toEqual([5, 6, 8, -9]);
    expect(outputOf('MAX_POOL_2D', [x], out([1, 2, 2, 1]), { ...options, activation: 'relu' })).toEqual([5, 6, 8, 0]);
  });
  test('refuse to rescale', () => {
    expect(why(support('MAX_POOL_2D', [x], out([1, 2, 2, 1], 2), options))).toBe(
      'MAX_POOL_2D does not rescale, but tensors 0 and 1 have different scales or zero points.',
    );
  });
});

describe('MEAN', () => {
  const axes = (...values: number[]) => constant('int32', [values.length], undefined, Int32Array.from(values));
  const x = int8([2, 3], [1, 2, 3, 4, 5, 9], 1, 0);
  test('over any axes, kept or dropped', () => {
    expect(outputOf('MEAN', [x, axes(1)], out([2]), { keepDims: false })).toEqual([2, 6]);
    expect(outputOf('MEAN', [x, axes(-2)], out([1, 3]), { keepDims: true })).toEqual([3, 4, 6]); // 2.5 3.5 6
    expect(outputOf('MEAN', [x, axes(0, 1, -1)], out([]), { keepDims: false })).toEqual([4]);
  });
  test('rescales', () => {
    expect(
      outputOf('MEAN', [int8([4], [0, 4, 8, 12], 0.5, 4), axes(0)], out([], 0.25, -3), { keepDims: false }),
    ).toEqual([1]);
  });
  test('refuses axes outside and axes not in the file', () => {
    expect(why(support('MEAN', [x, axes(2)], out([2]), { keepDims: false }))).toBe(
      'MEAN over axes 2 does not fit 2 dimensions.',
    );
    expect(
      why(support('MEAN', [x, slot('int32', [1], undefined, Int32Array.of(1))], out([2]), { keepDims: false })),
    ).toBe('MEAN with axes computed at run time is not supported; a constant in the file is.');
  });
});

describe('PAD', () => {
  test('fills with the zero point; int32 and int64 paddings; any type', () => {
    const amounts = [0, 1, 2, 0];
    const x = int8([2, 1], [1, 2], 1, 9);
    const expected = [9, 9, 1, 9, 9, 2, 9, 9, 9];
    expect(
      outputOf('PAD', [x, constant('int32', [2, 2], undefined, Int32Array.from(amounts))], out([3, 3], 1, 9), {}),
    ).toEqual(expected);
    expect(
      outputOf(
        'PAD',
        [x, constant('int64', [2, 2], undefined, BigInt64Array.from(amounts, BigInt))],
        out([3, 3], 1, 9),
        {},
      ),
    ).toEqual(expected);
    const wide = slot('int64', [1], undefined, BigInt64Array.of(7n));
    expect(
      outputOf(
        'PAD',
        [wide, constant('int32', [1, 2], undefined, Int32Array.of(1, 1))],
        slot('int64', [3], undefined, new BigInt64Array()),
        {},
      ),
    ).toEqual([0, 7, 0]);
  });
});

describe('CONCATENATION', () => {
  test('along the first, the last and a negative axis', () => {
    const [a, b] = [int8([1, 2], [1, 2]), int8([1, 2], [3, 4])];
    expect(outputOf('CONCATENATION', [a, b], out([2, 2]), { axis: 0, activation: 'none' })).toEqual([1, 2, 3, 4]);
    const [c, d] = [int8([2, 1], [1, 2]), int8([2, 2], [3, 4, 5, 6])];
    expect(outputOf('CONCATENATION', [c, d], out([2, 3]), { axis: -1, activation: 'none' })).toEqual([
      1, 3, 4, 2, 5, 6,
    ]);
  });
  test('refuses to rescale', () => {
    expect(
      why(support('CONCATENATION', [int8([1], [1]), int8([1], [1], 2)], out([2]), { axis: 0, activation: 'none' })),
    ).toContain('does not rescale');
  });
});

describe('QUANTIZE and DEQUANTIZE', () => {
  const floats = slot('float32', [6], undefined, Float32Array.from([-0.75, -0.25, 0.25, 0.75, 1000, NaN]));
  test('float to int8 rounds half away, saturates, and takes NaN as zero', () => {
    expect(outputOf('QUANTIZE', [floats], out([6], 0.5, 1), {})).toEqual([-1, 0, 2, 3, 127, 1]);
  });
  test('the quotient is a float32: 0.25 / 0.1f is 2.49999996 in double, but 2.5 in float32, a tie', () => {
    const x = slot('float32', [2], undefined, Float32Array.of(0.25, -0.25));
    expect(outputOf('QUANTIZE', [x], out([2], 0.1, 0), {})).toEqual([3, -3]);
  });
  test('uint8 to int8 of the same reals only moves the zero point', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const output = outputOf('QUANTIZE', [slot('uint8', [256], q(0.1, 128), all)], out([256], 0.1, 0), {});
    expect(output).toEqual(Array.from(all, (v) => v - 128));
  });
  test('int8 to int8 rescales; times exactly 1/2 only the first rounding acts, which sends ties up: -64.5 is -64', () => {
    expect(outputOf('QUANTIZE', [int8([3], [1, 3, -128], 0.5, 1)], out([3], 1, 0), {})).toEqual([0, 1, -64]);
  });
  test('DEQUANTIZE is exact in float32', () => {
    const y = slot('float32', [2], undefined, new Float32Array());
    expect(outputOf('DEQUANTIZE', [int8([2], [127, -128], 0.1, -1)], y, {})).toEqual([
      Math.fround(Math.fround(0.1) * 128),
      Math.fround(Math.fround(0.1) * -127),
    ]);
  });
});

test('RESHAPE copies the bytes of any type', () => {
  const x = slot('int64', [2, 2], undefined, BigInt64Array.from([1n, -2n, 3n, 2n ** 40n]));
  expect(outputOf('RESHAPE', [x], slot('int64', [4], undefined, new BigInt64Array()), { newShape: [4] })).toEqual([
    1,
    -2,
    3,
    2 ** 40,
  ]);
});

describe('SOFTMAX', () => {
  const options = { beta: 1 };
  test('equal inputs share one; the output is int8 with scale 1/256', () => {
    expect(
      outputOf(
        'SOFTMAX',
        [int8([2, 4], [5, 5, 5, 5, 127, -128, -128, -128], 0.1)],
        out([2, 4], 1 / 256, -128),
        options,
      ),
    ).toEqual([-64, -64, -64, -64, 127, -128, -128, -128]);
  });
  test('equals gemmlowp written with BigInt', () => {
    const row = fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        row,
        fc.double({ min: 0.002, max: 2, noNaN: true }),
        fc.constantFrom(1, 0.5, 3),
        (values, scale, beta) => {
          const x = int8([1, values.length], values, scale);
          const ours = run('SOFTMAX', [x], out([1, values.length], 1 / 256, -128), { beta }).outputs[0]!.data;
          expect(Array.from(ours as Int8Array)).toEqual(softmaxByDefinition(values, beta * Math.fround(scale)));
        },
      ),
      { numRuns: 500 },
    );
  });
  test('a thousand equal inputs round to zero', () => {
    const values = new Array<number>(1000).fill(3);
    expect(
      new Set(outputOf('SOFTMAX', [int8([1, 1000], values, 0.1)], out([1, 1000], 1 / 256, -128), options)),
    ).toEqual(new Set([-128]));
  });
  test('refuses another output scale', () => {
    expect(why(support('SOFTMAX', [int8([1, 2], [1, 2])], out([1, 2], 1 / 128, -128), options))).toBe(
      'SOFTMAX of int8 needs an output of scale 1/256 and zero point -128; it has 0.0078125 and -128.',
    );
  });
});
