// The operators that multiply and accumulate, on cases small enough to check by hand.
import { describe, expect, test } from 'vitest';
import type { ConvOptions } from '../../main/network/network';
import { constant, outputOf, perChannel, q, run, slot, support } from './oneOperator';

const plain: ConvOptions = { padding: 'valid', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' };
const x3 = slot('int8', [1, 3, 3, 1], q(1), Int8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]));
const ones = constant('int8', [1, 2, 2, 1], q(1), Int8Array.from([1, 1, 1, 1]));
const y = (shape: number[], scale = 1, zeroPoint = 0) => slot('int8', shape, q(scale, zeroPoint), new Int8Array());

describe('CONV_2D', () => {
  test('sums a window; valid padding', () => {
    expect(outputOf('CONV_2D', [x3, ones], y([1, 2, 2, 1]), plain)).toEqual([12, 16, 24, 28]);
  });
  test('same padding puts the odd pixel after, and padding is real zero', () => {
    const x = slot('int8', [1, 3, 3, 1], q(1, -1), Int8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8]));
    const output = outputOf('CONV_2D', [x, ones], y([1, 3, 3, 1]), { ...plain, padding: 'same' });
    expect(output).toEqual([12, 16, 9, 24, 28, 15, 15, 17, 9]);
  });
  test('dilation takes every second tap, strides every second window', () => {
    const dilated = { ...plain, dilationH: 2, dilationW: 2 };
    expect(outputOf('CONV_2D', [x3, ones], y([1, 1, 1, 1]), dilated)).toEqual([1 + 3 + 7 + 9]);
    const one = constant('int8', [1, 1, 1, 1], q(1), Int8Array.of(1));
    expect(outputOf('CONV_2D', [x3, one], y([1, 2, 2, 1]), { ...plain, strideH: 2, strideW: 2 })).toEqual([1, 3, 7, 9]);
  });
  test('groups: each output channel sees its own input channels', () => {
    const x = slot('int8', [1, 1, 1, 4], q(1), Int8Array.from([1, 2, 3, 4]));
    const w = constant('int8', [2, 1, 1, 2], q(1), Int8Array.from([1, 1, 1, 1]));
    expect(outputOf('CONV_2D', [x, w], y([1, 1, 1, 2]), plain)).toEqual([3, 7]);
  });
  test('bias, one scale per channel, zero point, relu6; accumulators before requantisation', () => {
    const x = slot('int8', [1, 1, 1, 1], q(0.5), Int8Array.of(10));
    const w = constant('int8', [3, 1, 1, 1], perChannel([0.5, 1, 2], 0), Int8Array.from([4, 4, -4]));
    const bias = constant('int32', [3], undefined, Int32Array.from([8, -1, 0]));
    const result = run('CONV_2D', [x, w, bias], y([1, 1, 1, 3], 0.25, 5), { ...plain, activation: 'relu6' });
    expect(Array.from(result.accumulators!, Number)).toEqual([48, 39, -40]);
    expect(Array.from(result.outputs[0]!.data, Number)).toEqual([5 + 24, 5 + 24, 5]); // 12 and 19.5 clamp to 6, -40 to 0
  });
  test('a quarter: halving exactly, then rounding ties away from zero', () => {
    const w = constant('int8', [1, 1, 1, 1], q(1), Int8Array.of(1));
    const x = slot('int8', [1, 1, 4, 1], q(0.25), Int8Array.from([-6, -2, 2, 6])); // /4: -1.5 -0.5 0.5 1.5
    expect(outputOf('CONV_2D', [x, w], y([1, 1, 4, 1]), plain)).toEqual([-2, -1, 1, 2]);
  });
  test('the accumulator wraps in int32', () => {
    const x = slot('int8', [1, 1, 1, 1], q(1), Int8Array.of(1));
    const w = constant('int8', [1, 1, 1, 1], q(1), Int8Array.of(1));
    const bias = constant('int32', [1], undefined, Int32Array.of(2147483647));
    expect(Array.from(run('CONV_2D', [x, w, bias], y([1, 1, 1, 1]), plain).accumulators!, Number)).toEqual([
      -2147483648,
    ]);
  });
  test('uint8 subtracts both zero points', () => {
    const x = slot('uint8', [1, 1, 1, 2], q(1, 128), Uint8Array.from([130, 127]));
    const w = constant('uint8', [1, 1, 1, 2], q(1, 10), Uint8Array.from([13, 5]));
    const out = slot('uint8', [1, 1, 1, 1], q(1, 100), new Uint8Array());
    expect(outputOf('CONV_2D', [x, w], out, plain)).toEqual([100 + 2 * 3 + -1 * -5]);
  });
});

describe('DEPTHWISE_CONV_2D', () => {
  const options = { ...plain, depthMultiplier: 2 };
  test('the depth multiplier spreads each input channel over neighbouring outputs', () => {
    const x = slot('int8', [1, 1, 1, 2], q(1), Int8Array.from([3, 5]));
    const w = constant('int8', [1, 1, 1, 4], q(1), Int8Array.from([1, 2, 3, 4]));
    const bias = constant('int32', [4], undefined, Int32Array.from([0, 0, 0, -100]));
    const result = run('DEPTHWISE_CONV_2D', [x, w, bias], y([1, 1, 1, 4]), options);
    expect(Array.from(result.outputs[0]!.data, Number)).toEqual([3, 6, 15, -80]);
    expect(Array.from(result.accumulators!, Number)).toEqual([3, 6, 15, -80]);
  });
  test('same padding skips taps outside', () => {
    const w = constant('int8', [1, 3, 3, 1], q(1), new Int8Array(9).fill(1));
    const x = slot('int8', [1, 3, 3, 1], q(1), new Int8Array(9).fill(1));
    const output = outputOf('DEPTHWISE_CONV_2D', [x, w], y([1, 3, 3, 1]), {
      ...options,
      depthMultiplier: 1,
      padding: 'same',
    });
    expect(output).toEqual([4, 6, 4, 6, 9, 6, 4, 6, 4]);
  });
});

describe('FULLY_CONNECTED', () => {
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  test('rows times weights; dimensions flattened or kept', () => {
    const x = slot('int8', [2, 1, 2], q(1, 1), Int8Array.from([2, 3, 4, 5])); // minus 1: [1 2] [3 4]
    const w = constant('int8', [3, 2], q(1), Int8Array.from([1, 0, 0, 1, 1, 1]));
    expect(outputOf('FULLY_CONNECTED', [x, w], y([2, 3]), options)).toEqual([1, 2, 3, 3, 4, 7]);
    expect(outputOf('FULLY_CONNECTED', [x, w], y([2, 1, 3]), { ...options, keepNumDims: true })).toEqual([
      1, 2, 3, 3, 4, 7,
    ]);
  });
  test('per-tensor weights may have a zero point', () => {
    const x = slot('int8', [1, 2], q(1), Int8Array.from([1, 2]));
    const w = constant('int8', [1, 2], q(1, 3), Int8Array.from([4, 5]));
    expect(outputOf('FULLY_CONNECTED', [x, w], y([1, 1]), options)).toEqual([1 + 4]);
  });
  test('saturates', () => {
    const x = slot('int8', [1, 2], q(1), Int8Array.from([-128, -128]));
    const w = constant('int8', [2, 2], perChannel([1, 1], 0), Int8Array.from([-128, -128, 127, 127]));
    expect(outputOf('FULLY_CONNECTED', [x, w], y([1, 2]), options)).toEqual([127, -128]);
  });
});

describe('TRANSPOSE_CONV', () => {
  const options = { padding: 'valid', strideH: 1, strideW: 2, activation: 'none' } as const;
  const x = slot('int8', [1, 1, 2, 1], q(1, -1), Int8Array.of(0, 1)); // 1 2
  const w = constant('int8', [1, 1, 3, 1], q(1), Int8Array.of(1, 2, 3));
  const target = constant('int32', [4], undefined, Int32Array.of(1, 1, 5, 1));
  test('each input pixel adds a window to the output; bias; accumulators', () => {
    const bias = constant('int32', [1], undefined, Int32Array.of(10));
    const result = run('TRANSPOSE_CONV', [target, w, x, bias], y([1, 1, 5, 1], 1, 3), options);
    expect(Array.from(result.accumulators!, Number)).toEqual([11, 12, 15, 14, 16]); // 1 2 3+2 4 6
    expect(Array.from(result.outputs[0]!.data, Number)).toEqual([14, 15, 18, 17, 19]);
  });
  test('refuses an input that does not fit the output', () => {
    const answer = support(
      'TRANSPOSE_CONV',
      [constant('int32', [4], undefined, Int32Array.of(1, 1, 9, 1)), w, x],
      y([1, 1, 9, 1]),
      options,
    );
    expect(answer).toEqual({
      ok: false,
      why: 'TRANSPOSE_CONV to 1 x 1 x 9 x 1 needs an input of 1 x 1 x 4 x 1; it has 1 x 1 x 2 x 1.',
    });
  });
});

describe('BATCH_MATMUL', () => {
  const a = slot('int8', [2, 1, 2], q(1, 1), Int8Array.from([2, 3, 4, 5])); // [1 2] [3 4]
  const b = slot('int8', [2, 2], q(1), Int8Array.from([1, 2, 3, 4]));
  test('rows times columns, the second broadcast; transposed by adjY', () => {
    expect(outputOf('BATCH_MATMUL', [a, b], y([2, 1, 2]), { adjX: false, adjY: false })).toEqual([7, 10, 15, 22]);
    expect(outputOf('BATCH_MATMUL', [a, b], y([2, 1, 2]), { adjX: false, adjY: true })).toEqual([5, 11, 11, 25]);
    expect(outputOf('BATCH_MATMUL', [b, b], y([2, 2]), { adjX: true, adjY: false })).toEqual([10, 14, 14, 20]);
  });
  test('refuses matrices that do not fit', () => {
    const answer = support('BATCH_MATMUL', [a, b], y([2, 2, 2]), { adjX: true, adjY: false });
    expect(answer).toEqual({ ok: false, why: 'BATCH_MATMUL cannot multiply 2 x 1 x 2 and 2 x 2.' });
  });
});

describe('what the layers refuse', () => {
  const why = (answer: ReturnType<typeof support>): string => (answer.ok ? 'runs' : answer.why);
  test.each([
    [
      'int32 activations',
      { ...x3, type: 'int32' as const },
      ones,
      'CONV_2D with int32 activations is not supported; int8, uint8, int16 and float32 are.',
    ],
    [
      'hybrid weights',
      x3,
      { ...ones, type: 'int16' as const },
      'CONV_2D of int8 activations with int16 weights is not supported.',
    ],
    [
      'weights off zero',
      x3,
      { ...ones, quantization: q(1, 2) },
      'CONV_2D with int8 weights whose zero point is not 0 is not supported (tensor 1).',
    ],
    [
      'scales along another dimension',
      x3,
      { ...ones, quantization: perChannel([1, 1], 3) },
      'CONV_2D needs one weight scale, or 1 along dimension 0; tensor 1 has 2 along dimension 3.',
    ],
  ])('%s', (_, x, w, sentence) => {
    expect(why(support('CONV_2D', [x, w], y([1, 2, 2, 1]), plain))).toBe(sentence);
  });
  test('a shape the options do not give, int64 bias, a fused tanh', () => {
    expect(why(support('CONV_2D', [x3, ones], y([1, 3, 3, 1]), plain))).toBe(
      'CONV_2D gives shape 1 x 2 x 2 x 1, but tensor 2 is declared 1 x 3 x 3 x 1.',
    );
    const bias = constant('int64', [1], undefined, BigInt64Array.of(0n));
    expect(why(support('CONV_2D', [x3, ones, bias], y([1, 2, 2, 1]), plain))).toBe(
      'CONV_2D with an int64 bias is not supported; int32 is.',
    );
    expect(why(support('CONV_2D', [x3, ones], y([1, 2, 2, 1]), { ...plain, activation: 'tanh' }))).toContain(
      'fused activation tanh',
    );
  });
});
