// What is said of the digit network's words, computed a second time: noise from golden's own runs, agreement and accuracy from
// batches of each network; and a suggestion, each of whose steps is converted and judged again.
import { expect, test } from 'vitest';
import { golden, judge, prepareInput, suggest } from '../../main/flow';
import { runBatch } from '../../main/golden/batch';
import type { BatchEntry } from '../../main/golden/batchRecord';
import type { Network, Tensor } from '../../main/network/network';
import { type Scheme, parseScheme } from '../../main/network/scheme';
import { isLayer } from '../../main/quantise/layers';
import { type Budget, longerWords } from '../../main/quantise/choice';
import { type Converted, convert, prepare } from '../../main/quantise/quantise';
import { type Point, constantBytes } from '../../main/quantise/suggest';
import type { TypedArray } from '../../main/tensor/tensor';
import { calibrationDigits, engine, finish, heldOutDigits, readSample, runReference } from './digits';

const prepared = finish(prepare(readSample('digits_float'), calibrationDigits(4), runReference));
const real = prepared.fused.network;
const digits = heldOutDigits(2); // of each
const options = (scheme: string, layers: ReadonlyMap<number, Scheme> = new Map()) =>
  ({ scheme: parseScheme(scheme), layers, method: { name: 'min-max' }, ends: 'words' }) as const;

interface Given {
  readonly tensor: Tensor;
  readonly data: TypedArray;
}

/** First output of every operator. */
function runOn(network: Network, item: (typeof digits.items)[number]): Given[] {
  const { bytes, fileName } = item.read();
  const input = network.inputs[0]!;
  const { data } = prepareInput(network, input, bytes, fileName);
  return [...golden(network, 'reference', new Map([[input, data]]), engine, false)].map(({ outputs }) => outputs[0]!);
}

function noiseOf({ network, origins }: Converted): Map<number, number> {
  const sums = new Map<number, { signal: number; noise: number }>();
  for (const item of digits.items) {
    const [reals, words] = [runOn(real, item), runOn(network, item)];
    for (const [operator, { tensor, data }] of words.entries()) {
      const origin = origins[operator];
      if (origin === null || origin === undefined) continue;
      const sum = sums.get(operator) ?? { signal: 0, noise: 0 };
      const { scale, zeroPoint } = tensor.quantization!;
      (reals[origin]!.data as Float32Array).forEach((r, i) => {
        sum.signal += r ** 2;
        sum.noise += (r - Math.fround(scale[0]! * (Number(data[i]) - zeroPoint[0]!))) ** 2; // as DEQUANTIZE gives it
      });
      sums.set(operator, sum);
    }
  }
  return new Map([...sums].map(([operator, { signal, noise }]) => [operator, 10 * Math.log10(signal / noise)]));
}

const readingsOf = (network: Network): readonly BatchEntry[] =>
  finish(runBatch(network, digits, { kernels: 'reference', top: 3, program: 'test', engine })).entries;
const judged = (converted: Converted) => finish(judge(real, converted, digits, { engine, top: 3 }));

test.each(['int8', '16x8', 'int4', 'shift:8,6,24', 'kraken:6,6,24'])(
  '%s: noise of every operator, agreement, accuracy',
  (scheme) => {
    const converted = convert(prepared, options(scheme));
    const { operators, outputSqnr, agreement } = judged(converted);
    const expected = noiseOf(converted);
    expect(operators).toHaveLength(expected.size);
    for (const { operator, sqnr } of operators)
      expect(sqnr, `operator ${operator}`).toBeCloseTo(expected.get(operator)!, 6);
    expect(operators).toEqual(operators.toSorted((a, b) => a.sqnr - b.sqnr));
    expect(outputSqnr).toBeCloseTo(expected.get(converted.network.operators.length - 1)!, 6);

    const [reals, words] = [readingsOf(real), readingsOf(converted.network)];
    const best = reals.map(({ top }) => top[0]!.index);
    expect(agreement).toEqual({
      inputs: 20,
      top: 3,
      best: words.filter(({ top }, i) => top[0]!.index === best[i]).length,
      among: words.filter(({ top }, i) => top.some(({ index }) => index === best[i])).length,
      labelled: 20,
      rightReal: reals.filter(({ right }) => right).length,
      rightQuantised: words.filter(({ right }) => right).length,
    });
  },
);

// ---- The suggestion

const low = 'shift:8,4,24';
const high = parseScheme('shift:8,8,24');
const suggested = (budget: Budget) => finish(suggest(prepared, digits, options(low), { high, budget }, { engine }));

/** The same conversion judged whole. */
function expectMeasured({ raised, sqnr, quality, bytes }: Point): void {
  const layers = new Map(raised.map((layer) => [layer, high] as const));
  const converted = convert(prepared, options(low, layers));
  const { outputSqnr, agreement } = judged(converted);
  expect(sqnr).toBeCloseTo(outputSqnr, 9);
  expect(quality).toBe(agreement!.rightQuantised / agreement!.labelled);
  const bits = converted.network.tensors
    .filter(({ data }) => data)
    .map(
      (tensor) =>
        (tensor.data!.length * 8 * (tensor.bits ?? 8)) /
        (tensor.type === 'int16' ? 16 : tensor.type === 'int32' && tensor.bits ? 32 : 8),
    );
  expect(bytes).toBe(Math.ceil(bits.reduce((sum, each) => sum + each) / 8));
}

test('a budget of bytes is kept, by the best of what was measured', () => {
  const [least, most] = [low, 'shift:8,8,24'].map((scheme) =>
    constantBytes(convert(prepared, options(scheme)).network),
  ) as [number, number];
  const bytes = Math.round((least + most) / 2);
  const { points, chosen, keeps, layers } = suggested({ bytes });
  points.forEach(expectMeasured);
  expect(points[0]!.bytes).toBe(least);
  expect(keeps).toBe(true);
  expect(chosen.bytes).toBeLessThanOrEqual(bytes);
  expect(chosen.sqnr).toBe(Math.max(...points.map(({ sqnr }) => sqnr)));
  expect(chosen.sqnr).toBeGreaterThan(points[0]!.sqnr);
  expect(
    [...layers]
      .filter(([, scheme]) => scheme === high)
      .map(([layer]) => layer)
      .sort(),
  ).toEqual([...chosen.raised].sort());
});

test('a budget of accuracy is reached, and no later than need be', () => {
  const { points, chosen, keeps } = suggested({ quality: 0.95 });
  points.forEach(expectMeasured);
  expect(keeps).toBe(true);
  expect(chosen).toBe(points.at(-1));
  for (const { quality } of points.slice(0, -1)) expect(quality).toBeLessThan(0.95);
});

test('layers with a scheme of their own keep it; none left is a sentence', () => {
  const own = real.operators.filter(isLayer).map(({ index }) => [index, parseScheme('shift:8,6,24')] as const);
  const but = new Map(own.slice(1));
  const how = { engine };
  const { layers } = finish(suggest(prepared, digits, options(low, but), { high, budget: { bytes: 1e9 } }, how));
  expect([...layers.keys()]).toEqual([own[0]![0]]);
  const none = suggest(prepared, digits, options(low, new Map(own)), { high, budget: { bytes: 1 } }, how);
  expect(() => finish(none)).toThrow(/no layer left/);
  expect(() =>
    finish(suggest(prepared, digits, options(low), { high: parseScheme(low), budget: { bytes: 1 } }, how)),
  ).toThrow(/scheme of all layers already/);
});

test.each([
  ['int4', 'int8'],
  ['int8:tensor', '16x8:tensor'],
  ['16x8', null],
  ['shift:8,4,24', 'shift:8,8,28'],
  ['shift:8,12,30,16', 'shift:8,16,32,16'],
  ['kraken:8,16,32', null],
])('longer words than %s are %s', (from, to) => {
  expect(longerWords(parseScheme(from))).toEqual(to === null ? null : parseScheme(to));
});
