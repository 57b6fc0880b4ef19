// Observations and the ranges chosen from them, words and weights: against values worked out by hand or by brute force.
import { expect, test } from 'vitest';
import { parseScheme } from '../../main/network/scheme';
import { Observer } from '../../main/quantise/observe';
import { chooseRange, parseMethod } from '../../main/quantise/range';
import { quantiseBias, quantiseWeights } from '../../main/quantise/weights';
import { formOf, quantizationOf } from '../../main/quantise/words';
import { Random } from '../oracle/random';

const TENSOR = {
  index: 7,
  name: 'x',
  type: 'float32',
  shape: [1],
  quantization: null,
  data: null,
  isVariable: false,
} as const;
const BYTE = formOf(parseScheme('int8'));

function observe(...runs: readonly Float32Array[]) {
  const observer = new Observer(TENSOR);
  runs.forEach((run, i) => observer.observe(run, `run ${i}`));
  return observer.take();
}

/** About normal, with one value far out. */
function outlier(seed: number, far: number): Float32Array {
  const random = new Random(seed);
  const values = Float32Array.from(
    { length: 5000 },
    () => random.real() + random.real() + random.real() + random.real() - 2,
  );
  values[17] = far;
  return values;
}

test('an observation does not depend on the order of the runs', () => {
  const runs = [outlier(1, 3), outlier(2, -900), Float32Array.of(0, 0, 1e-6), outlier(3, 40)];
  const [forth, back] = [observe(...runs), observe(...runs.toReversed())];
  expect(forth).toEqual(back);
  expect(forth.count).toBe(15003);
  expect(forth.zeros).toBe(2);
  expect(forth.bins.reduce((a, b) => a + b, 0) + forth.zeros).toBe(forth.count);
  expect([forth.min, forth.max]).toEqual([-900, 40]);
  expect(Number.isInteger(Math.log2(forth.width))).toBe(true);
  expect(forth.bins.length).toBeLessThanOrEqual(4096);
});

test('every bin holds the values it says', () => {
  const values = outlier(4, 9);
  const { bins, first, width } = observe(values);
  const counted = new Float64Array(bins.length);
  for (const value of values) if (value !== 0) counted[Math.floor(value / width) - first]!++;
  expect(bins).toEqual(counted);
});

test('a value that is no number is told with its place; one that stands for infinity is passed over', () => {
  expect(() => observe(Float32Array.of(1, NaN))).toThrow('Of run 0, tensor 7 (x) becomes NaN at element 1.');
  expect(observe(Float32Array.of(1, -3.4e38, 2))).toMatchObject({ min: 1, max: 2 });
});

test('min-max spans all, and 0', () => {
  expect(chooseRange(observe(outlier(5, 50)), parseMethod('min-max'), BYTE).max).toBe(50);
  expect(chooseRange(observe(Float32Array.of(3, 4)), parseMethod('min-max'), BYTE)).toEqual({ min: 0, max: 4 });
});

test('a percentile cuts off half of the rest at each end', () => {
  const seen = observe(Float32Array.from({ length: 1000 }, (_, i) => i - 499.5));
  const { min, max } = chooseRange(seen, parseMethod('percentile:98'), BYTE);
  expect(Math.abs(min + 489.5)).toBeLessThanOrEqual(seen.width); // ten of a thousand at each end
  expect(Math.abs(max - 489.5)).toBeLessThanOrEqual(seen.width);
  expect(chooseRange(seen, parseMethod('percentile:100'), BYTE)).toEqual({ min: -499.5, max: 499.5 });
});

test.each(['int8', '16x8'])('mse: no share of the range has less error, tried one by one (%s)', (scheme) => {
  const form = formOf(parseScheme(scheme));
  const values = outlier(6, 12);
  const errorOf = (max: number, min: number): number => {
    const { scale, zeroPoint } = quantizationOf({ min, max }, form);
    const [lowest, highest] = [-(2 ** (form.bits - 1)), 2 ** (form.bits - 1) - 1];
    return values.reduce((sum, value) => {
      const word = Math.min(highest, Math.max(lowest, Math.round(value / scale[0]!) + zeroPoint[0]!));
      return sum + (value - scale[0]! * (word - zeroPoint[0]!)) ** 2;
    }, 0);
  };
  const seen = observe(values);
  const chosen = chooseRange(seen, parseMethod('mse'), form);
  const all = errorOf(seen.max, seen.min);
  const least = Math.min(...Array.from({ length: 100 }, (_, i) => errorOf((seen.max * (i + 1)) / 100, seen.min)));
  expect(errorOf(chosen.max, chosen.min)).toBeLessThan(Math.max(least * 1.05, all * 1.0001));
});

test('entropy cuts off a far value, and at most a thousandth of all', () => {
  const seen = observe(outlier(7, 60));
  const { max } = chooseRange(seen, parseMethod('entropy'), BYTE);
  expect(max).toBeLessThan(6);
  expect(max).toBeGreaterThan(1.2);
});

test('methods are words', () => {
  expect(parseMethod('percentile')).toEqual({ name: 'percentile', percent: 99.99 });
  expect(() => parseMethod('percentile:20')).toThrow('percentile:20 is no way to choose ranges.');
  expect(() => parseMethod('mse:3')).toThrow('mse:3 is no way to choose ranges.');
});

test('scale and zero point are TFLite’s', () => {
  expect(quantizationOf({ min: 0, max: 1 }, BYTE)).toMatchObject({ scale: [Math.fround(1 / 255)], zeroPoint: [-128] });
  expect(quantizationOf({ min: -1, max: 3 }, BYTE)).toMatchObject({ scale: [Math.fround(4 / 255)], zeroPoint: [-64] });
  const wide = formOf(parseScheme('16x8'));
  expect(quantizationOf({ min: -2, max: 1 }, wide)).toMatchObject({ scale: [Math.fround(2 / 32767)], zeroPoint: [0] });
  const shift = formOf(parseScheme('shift:8,8,24'));
  expect(quantizationOf({ min: -1, max: 1 }, shift)).toMatchObject({ scale: [2 ** -7], zeroPoint: [0] });
  expect(quantizationOf({ min: 0, max: 1.01 }, shift)).toMatchObject({ scale: [2 ** -6], zeroPoint: [0] });
  expect(quantizationOf({ min: 0, max: 0 }, BYTE).scale[0]).toBeGreaterThan(0);
});

test('weights reach 127 in each channel; a channel of zeros has the scale of the others, and keeps its bias', () => {
  const values = Float32Array.of(1, -2, 0, 0, 0.5, 0.25);
  const weights = { shape: [3, 2], values, axis: 0, perChannel: true };
  const bias = Float32Array.of(0.1, -0.7, 3);
  const scheme = parseScheme('int8');
  const made = quantiseWeights(weights, scheme, { name: 'min-max' }, 0.02, bias);
  expect([...made.data]).toEqual([64, -127, 0, 0, 127, 64]); // ties away from zero
  expect(made.quantization.scale).toEqual([2 / 127, 2 / 127, 0.5 / 127].map(Math.fround));
  const words = quantiseBias(bias, 0.02, made.quantization, scheme);
  words.quantization.scale.forEach((scale, c) => expect(Number(words.data[c]) * scale).toBeCloseTo(bias[c]!, 3));
});

test('a scale is as large as a large bias needs it', () => {
  const weights = { shape: [1, 1], values: Float32Array.of(1e-6), axis: 0, perChannel: true };
  const bias = Float32Array.of(100);
  const { quantization } = quantiseWeights(weights, parseScheme('int8'), { name: 'min-max' }, 1e-3, bias);
  const words = quantiseBias(bias, 1e-3, quantization, parseScheme('int8'));
  expect(Number(words.data[0])).toBeLessThanOrEqual(2 ** 29 + 64);
  expect(Number(words.data[0]) * words.quantization.scale[0]!).toBeCloseTo(100, 3);
});

test('shifts: every scale a power of two, the bias in its own bits', () => {
  const scheme = parseScheme('shift:8,4,20,10');
  const weights = { shape: [2, 2], values: Float32Array.of(0.3, -0.9, 0.2, 0.4), axis: 0, perChannel: false };
  const made = quantiseWeights(weights, scheme, { name: 'min-max' }, 2 ** -5, Float32Array.of(5, -2));
  expect(made).toMatchObject({ type: 'int8', bits: 4, quantization: { scale: [2 ** -3] } });
  const bias = quantiseBias(Float32Array.of(5, -2), 2 ** -5, made.quantization, scheme);
  expect(bias).toMatchObject({ type: 'int32', bits: 10, quantization: { scale: [2 ** -6] } });
  expect([...bias.data]).toEqual([320, -128]);
});
