// Operators that move, pick or blend elements by position, on cases small enough to check by hand.
import { describe, expect, test } from 'vitest';
import { Failure } from '../../main/network/failure';
import { constant, outputOf, outputsOf, q, slot, support } from './oneOperator';

const int8 = (shape: number[], values: number[]) => slot('int8', shape, q(1), Int8Array.from(values));
const counted = (shape: number[]) =>
  int8(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  );
const out = (shape: number[], zeroPoint = 0) => slot('int8', shape, q(1, zeroPoint), new Int8Array());
const indices = (...values: number[]) => constant('int32', [values.length], undefined, Int32Array.from(values));
const pairs = (...values: number[]) => ({ ...indices(...values), shape: [values.length / 2, 2] });
const int32 = (count: number) => slot('int32', [count], undefined, new Int32Array());
const why = (answer: ReturnType<typeof support>): string => (answer.ok ? 'runs' : answer.why);

describe('blocks', () => {
  const image = counted([1, 2, 4, 1]);
  const deep = [0, 1, 4, 5, 2, 3, 6, 7];
  test('SPACE_TO_DEPTH and back', () => {
    expect(outputOf('SPACE_TO_DEPTH', [image], out([1, 1, 2, 4]), { blockSize: 2 })).toEqual(deep);
    expect(outputOf('DEPTH_TO_SPACE', [int8([1, 1, 2, 4], deep)], out([1, 2, 4, 1]), { blockSize: 2 })).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(why(support('SPACE_TO_DEPTH', [counted([1, 3, 4, 1])], out([1, 1, 2, 4]), { blockSize: 2 }))).toBe(
      'SPACE_TO_DEPTH needs 4 dimensions, height and width multiples of 2; it has 1 x 3 x 4 x 1.',
    );
  });
  test('SPACE_TO_BATCH_ND pads with the zero point; BATCH_TO_SPACE_ND crops', () => {
    const x = slot('int8', [1, 3, 1], q(1, 9), Int8Array.of(1, 2, 3));
    const y = out([2, 2, 1], 9);
    expect(outputOf('SPACE_TO_BATCH_ND', [x, indices(2), pairs(1, 0)], y, {})).toEqual([9, 2, 1, 3]);
    const back = slot('int8', [2, 2, 1], q(1), Int8Array.of(9, 2, 1, 3));
    expect(outputOf('BATCH_TO_SPACE_ND', [back, indices(2), pairs(1, 0)], out([1, 3, 1]), {})).toEqual([1, 2, 3]);
    expect(why(support('BATCH_TO_SPACE_ND', [counted([3, 2, 1]), indices(2), pairs(0, 0)], out([1, 4, 1]), {}))).toBe(
      'BATCH_TO_SPACE_ND in blocks of 2 does not fit the shape 3 x 2 x 1.',
    );
  });
});

describe('shapes', () => {
  test('TRANSPOSE', () => {
    expect(outputOf('TRANSPOSE', [counted([2, 3]), indices(1, 0)], out([3, 2]), {})).toEqual([0, 3, 1, 4, 2, 5]);
    expect(why(support('TRANSPOSE', [counted([2, 3]), indices(1, 1)], out([3, 2]), {}))).toBe(
      'TRANSPOSE by 1, 1 is no permutation of 2 dimensions.',
    );
  });
  test('SQUEEZE, EXPAND_DIMS, SHAPE', () => {
    const x = counted([1, 2, 1]);
    expect(outputOf('SQUEEZE', [x], out([2]), { squeezeDims: [] })).toEqual([0, 1]);
    expect(outputOf('SQUEEZE', [x], out([1, 2]), { squeezeDims: [-1] })).toEqual([0, 1]);
    expect(why(support('SQUEEZE', [x], out([2]), { squeezeDims: [1] }))).toBe(
      'SQUEEZE of dimensions 1 does not fit tensor 0.',
    );
    expect(outputOf('EXPAND_DIMS', [counted([2]), indices(-1)], out([2, 1]), {})).toEqual([0, 1]);
    expect(outputOf('SHAPE', [x], int32(3), {})).toEqual([1, 2, 1]);
    expect(outputOf('SHAPE', [x], slot('int64', [3], undefined, new BigInt64Array()), {})).toEqual([1, 2, 1]);
  });
});

describe('parts', () => {
  const x = counted([2, 4]);
  test('SPLIT, SPLIT_V with a rest, UNPACK, PACK', () => {
    expect(outputsOf('SPLIT', [indices(1), x], [out([2, 2]), out([2, 2])], {})).toEqual([
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ]);
    expect(outputsOf('SPLIT_V', [x, indices(1, -1), indices(1)], [out([2, 1]), out([2, 3])], {})).toEqual([
      [0, 4],
      [1, 2, 3, 5, 6, 7],
    ]);
    expect(outputsOf('UNPACK', [x], [out([4]), out([4])], { axis: 0 })).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect(outputOf('PACK', [counted([2]), int8([2], [5, 6])], out([2, 2]), { axis: -1 })).toEqual([0, 5, 1, 6]);
  });
  test('refuse parts that do not add up, and too few outputs', () => {
    expect(why(support('SPLIT', [indices(1), x], [out([2, 2]), out([2, 2]), out([2, 2])], {}))).toBe(
      'SPLIT cannot cut dimension 1 of tensor 1, 4 long, into 3 such parts.',
    );
    expect(why(support('UNPACK', [x], [], { axis: 0 }))).toBe('UNPACK has at least one output; 0 are given.');
    expect(why(support('SPLIT_V', [x, indices(1, 2), indices(1)], [out([2, 1]), out([2, 2])], {}))).toContain(
      'such parts',
    );
  });
});

describe('slices', () => {
  const x = counted([3, 4]);
  const none = { beginMask: 0, endMask: 0, shrinkAxisMask: 0, ellipsisMask: 0, newAxisMask: 0, offset: false };
  test('SLICE, -1 for the rest', () => {
    expect(outputOf('SLICE', [x, indices(1, 1), indices(-1, 2)], out([2, 2]), {})).toEqual([5, 6, 9, 10]);
    expect(why(support('SLICE', [x, indices(1, 1), indices(3, 2)], out([3, 2]), {}))).toBe(
      'SLICE takes nothing, or elements outside, of dimension 0.',
    );
  });
  test('STRIDED_SLICE: masks, negative strides and begins, a dimension that goes', () => {
    const take = (begins: number[], ends: number[], strides: number[], shape: number[], masks = {}) =>
      outputOf('STRIDED_SLICE', [x, indices(...begins), indices(...ends), indices(...strides)], out(shape), {
        ...none,
        ...masks,
      });
    expect(take([0, 1], [3, 4], [2, 2], [2, 2])).toEqual([1, 3, 9, 11]);
    expect(take([-1, 0], [0, 0], [1, -1], [4], { shrinkAxisMask: 1, beginMask: 2, endMask: 2 })).toEqual([
      11, 10, 9, 8,
    ]);
    expect(take([1], [99], [1], [2, 4])).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });
  test('STRIDED_SLICE: new dimensions, and an ellipsis for those without an index', () => {
    const take = (begins: number[], ends: number[], shape: number[], masks = {}) =>
      outputOf(
        'STRIDED_SLICE',
        [x, indices(...begins), indices(...ends), indices(...begins.map(() => 1))],
        out(shape),
        { ...none, ...masks },
      );
    expect(take([0, 1], [0, 2], [1, 1, 4], { newAxisMask: 1 })).toEqual([4, 5, 6, 7]);
    expect(take([0, 1], [0, 3], [3, 2], { ellipsisMask: 1 })).toEqual([1, 2, 5, 6, 9, 10]);
    expect(take([0, 0, 1], [0, 0, 3], [3, 1, 2], { ellipsisMask: 1, newAxisMask: 2 })).toEqual([1, 2, 5, 6, 9, 10]);
    expect(take([0, 2], [0, 3], [3], { ellipsisMask: 1, shrinkAxisMask: 2 })).toEqual([2, 6, 10]);
    const asked = (count: number): string => {
      const [zeros, ones] = [
        indices(...new Array<number>(count).fill(0)),
        indices(...new Array<number>(count).fill(1)),
      ];
      return why(
        support('STRIDED_SLICE', [x, zeros, ones, ones], out([3, 4]), { ...none, ellipsisMask: count === 3 ? 1 : 0 }),
      );
    };
    expect(asked(4)).toBe('STRIDED_SLICE has indices for 4 dimensions; its input has 2.');
    expect(asked(3)).toContain('for at least one dimension');
  });
});

describe('paddings', () => {
  test('PADV2 fills with a raw value', () => {
    const value = constant('int8', [], q(1), Int8Array.of(-7));
    expect(outputOf('PADV2', [counted([2]), pairs(1, 2), value], out([5]), {})).toEqual([-7, 0, 1, -7, -7]);
    const other = constant('int8', [1], q(2), Int8Array.of(-7));
    expect(why(support('PADV2', [counted([2]), pairs(1, 2), other], out([5]), {}))).toContain('does not rescale');
  });
  test('MIRROR_PAD without and with the edge', () => {
    const x = counted([3]);
    expect(outputOf('MIRROR_PAD', [x, pairs(2, 2)], out([7]), { mode: 'reflect' })).toEqual([2, 1, 0, 1, 2, 1, 0]);
    expect(outputOf('MIRROR_PAD', [x, pairs(2, 1)], out([6]), { mode: 'symmetric' })).toEqual([1, 0, 0, 1, 2, 2]);
    expect(why(support('MIRROR_PAD', [x, pairs(3, 0)], out([6]), { mode: 'reflect' }))).toBe(
      'MIRROR_PAD by 3 of a dimension of 3 has no elements to mirror.',
    );
  });
});

describe('GATHER', () => {
  test('along any axis, in batches, by indices known only at run time', () => {
    const x = counted([2, 3]);
    expect(outputOf('GATHER', [x, indices(2, 0)], out([2, 2]), { axis: 1, batchDims: 0 })).toEqual([2, 0, 5, 3]);
    const each = { ...indices(2, 0), shape: [2, 1] };
    expect(outputOf('GATHER', [x, each], out([2, 1]), { axis: 1, batchDims: 1 })).toEqual([2, 3]);
    const late = slot('int32', [1], undefined, Int32Array.of(1));
    expect(outputOf('GATHER', [x, late], out([1, 3]), { axis: 0, batchDims: 0 })).toEqual([3, 4, 5]);
  });
  test('refuses an index outside', () => {
    const gather = () => outputOf('GATHER', [counted([2]), indices(2)], out([1]), { axis: 0, batchDims: 0 });
    expect(gather).toThrow(Failure);
    expect(gather).toThrow('Operator 0 (GATHER) gathers index 2 of dimension 0, which has 2.');
  });
});

describe('largest and smallest', () => {
  const x = int8([2, 3], [1, 5, 5, -2, -9, -9]);
  test('ARG_MAX and ARG_MIN take the first of equal ones', () => {
    expect(outputOf('ARG_MAX', [x, indices(1)], int32(2), {})).toEqual([1, 0]);
    expect(outputOf('ARG_MIN', [x, indices(-1)], int32(2), {})).toEqual([0, 1]);
    expect(outputOf('ARG_MAX', [x, indices(0)], slot('int64', [3], undefined, new BigInt64Array()), {})).toEqual([
      0, 0, 0,
    ]);
  });
  test('REDUCE_MAX', () => {
    expect(outputOf('REDUCE_MAX', [x, indices(1)], out([2]), { keepDims: false })).toEqual([5, -2]);
    expect(outputOf('REDUCE_MAX', [x, indices(0, 1)], out([1, 1]), { keepDims: true })).toEqual([5]);
  });
  test('SUM rescales once; of one quantization it adds raw values, which wrap', () => {
    const half = slot('int8', [], q(2, 1), new Int8Array());
    const shifted = slot('int8', [3], q(1, 2), Int8Array.of(4, 12, 2)); // 2 10 0
    expect(outputOf('SUM', [shifted, indices(0)], half, { keepDims: false })).toEqual([7]);
    const raw = slot('int8', [3], q(1, 2), Int8Array.of(100, 27, 2));
    expect(outputOf('SUM', [raw, indices(0)], slot('int8', [], q(1, 2), new Int8Array()), { keepDims: false })).toEqual(
      [-127],
    );
    const plain = slot('int32', [2], undefined, Int32Array.of(2 ** 30, 5));
    expect(
      outputOf('SUM', [plain, indices(0)], slot('int32', [], undefined, new Int32Array()), { keepDims: false }),
    ).toEqual([2 ** 30 + 5]);
  });
});

describe('resizing', () => {
  const x = int8([1, 1, 2, 1], [0, 100]);
  const plain = { alignCorners: false, halfPixelCenters: false };
  test('RESIZE_NEAREST_NEIGHBOR', () => {
    const take = (options: object) =>
      outputOf('RESIZE_NEAREST_NEIGHBOR', [x, indices(1, 3)], out([1, 1, 3, 1]), { ...plain, ...options });
    expect(take({})).toEqual([0, 0, 100]); // 0, 0.67, 1.33
    expect(take({ alignCorners: true })).toEqual([0, 100, 100]); // 0, 0.5, 1, rounded
    expect(take({ halfPixelCenters: true })).toEqual([0, 100, 100]); // 0.33, 1, 1.67
  });
  test('RESIZE_BILINEAR', () => {
    const take = (options: object) =>
      outputOf('RESIZE_BILINEAR', [x, indices(1, 4)], out([1, 1, 4, 1]), { ...plain, ...options });
    expect(take({})).toEqual([0, 50, 100, 100]);
    expect(take({ alignCorners: true })).toEqual([0, 33, 67, 100]);
    expect(take({ halfPixelCenters: true })).toEqual([0, 25, 75, 100]);
    const unsigned = slot('uint8', [1, 1, 2, 1], q(1), Uint8Array.of(0, 201));
    const four = slot('uint8', [1, 1, 4, 1], q(1), new Uint8Array());
    expect(outputOf('RESIZE_BILINEAR', [unsigned, indices(1, 4)], four, plain)).toEqual([0, 101, 201, 201]); // 100.5 rounds up
    const whole = slot('int32', [1, 1, 1, 1], undefined, Int32Array.of(1));
    expect(why(support('RESIZE_BILINEAR', [whole, indices(1, 1)], whole, plain))).toContain('with int32 activations');
  });
});
