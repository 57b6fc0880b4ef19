// The schemes of words: golden equals the definition in whole numbers (schemeByDefinition.ts) on random operators of all words of
// 2 to 16 bits, their extremes included; overflow is counted; what cannot be is refused with a sentence.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engineOf, usualEngine } from '../../main/golden/engines';
import { openNetwork, prepareInput } from '../../main/flow';
import { explainElement } from '../../main/golden/explain';
import { placeWindow } from '../../main/golden/padding';
import { type OperatorResult, runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import {
  type Activation,
  type Network,
  type OperatorKind,
  type OptionsOf,
  elementCount,
} from '../../main/network/network';
import {
  type Scheme,
  type WordScheme,
  carrierOf,
  checkScheme,
  parseScheme,
  rangeOfBits,
} from '../../main/network/scheme';
import { type TypedArray, readConstant } from '../../main/tensor/tensor';
import { topScores } from '../../main/tensor/scores';
import { Random } from '../oracle/random';
import { type Slot, oneOperator } from './oneOperator';
import * as definition from './schemeByDefinition';
import { exactly, over, times } from './schemeByDefinition';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const ACTIVATIONS: readonly definition.Limits[] = ['none', 'none', 'relu', 'relu6', 'relu_n1_to_1'];

const randomScheme = (random: Random, kind: WordScheme['kind']): WordScheme => {
  const [pixelBits, weightBits] = [random.whole(2, 16), random.whole(2, 16)];
  const accumulatorBits = Math.min(32, pixelBits + weightBits - 1 + random.whole(0, 8));
  const overflow = random.pick(['wrap', 'saturate']);
  const slope = kind === 'shift' ? random.pick([1, 1, 0, 0.5, 2 ** -7]) : random.pick([1, 1, 0, 0.1, 0.3]);
  const bias = kind === 'shift' ? { biasBits: random.whole(2, 32) } : {};
  return checkScheme({ kind, pixelBits, weightBits, accumulatorBits, overflow, slope, ...bias }, 'made') as WordScheme;
};

/** Scales near 1/2^4: powers of two for shifts. */
const randomScale = (random: Random, kind: WordScheme['kind'], near = 1): number =>
  kind === 'shift' ? near * 2 ** random.whole(-6, 2) : random.scale(near / 64, near * 4);

/** Mostly over all words, now and then at their ends. */
const randomWord = (random: Random, bits: number): number => {
  const [lowest, highest] = rangeOfBits(bits);
  return random.chance(0.15) ? random.pick([lowest, highest]) : random.whole(lowest, highest);
};

function randomSlot(
  random: Random,
  bits: number,
  shape: readonly number[],
  scale: readonly number[],
  zero = 0,
  axis = 0,
): Slot {
  const type = carrierOf(bits);
  const sameEnd = random.chance(0.1) ? random.pick(rangeOfBits(bits)) : null;
  const words = Array.from({ length: elementCount(shape) }, () => sameEnd ?? randomWord(random, bits));
  const data = type === 'int8' ? Int8Array.from(words) : Int16Array.from(words);
  const quantization = { scale, zeroPoint: scale.map(() => zero), axis };
  return { type, shape, bits, data, quantization };
}

const wordsOf = ({ bits, quantization }: Slot): definition.Words => ({
  bits: bits!,
  scale: quantization!.scale[0]!,
  zero: quantization!.zeroPoint[0]!,
});

let made = 0;
function golden<K extends OperatorKind>(
  scheme: WordScheme,
  kind: K,
  inputs: readonly Slot[],
  y: Slot,
  options: OptionsOf[K],
) {
  const one = oneOperator(kind, inputs, y, options);
  const network = { ...one.network, scheme, sha256: `made ${made++}` }; // engines keep weights by it
  const [result] = [...runOperators(network, 'reference', one.inputs)];
  explainSome(network, result!, one.inputs);
  const [fast] = [...runOperators(network, 'reference', one.inputs, engineOf(usualEngine(), 1))];
  expect(fast!.outputs[0]!.data).toEqual(result!.outputs[0]!.data);
  expect([fast!.accumulators, fast!.overflows].map(String)).toEqual([result!.accumulators, result!.overflows].map(String)); // prettier-ignore
  return { ...result!, words: Array.from(result!.outputs[0]!.data, Number), sums: Array.from(result!.accumulators ?? [], BigInt) }; // prettier-ignore
}

/** "Why is this 37?": the steps end in what the run stored. */
function explainSome(
  network: Network,
  { arithmetic, outputs }: OperatorResult,
  inputs: ReadonlyMap<number, TypedArray>,
): void {
  const [operator, stored] = [network.operators[0]!, outputs[0]!];
  const read = (index: number): TypedArray => index === stored.tensor.index ? stored.data : (inputs.get(index) ?? readConstant(network.tensors[index]!)); // prettier-ignore
  for (let element = 0; element < stored.data.length; element += 3) {
    const told = explainElement(network, operator, arithmetic, read, element);
    expect(told.result).toBe(Number(stored.data[element]));
  }
}

const why = <K extends OperatorKind>(scheme: WordScheme, kind: K, inputs: readonly Slot[], y: Slot, options: OptionsOf[K]): string | null => {
  const one = oneOperator(kind, inputs, y, options);
  const support = supportOf(one.operator, { ...one.network, scheme }, 'builtin');
  return support.ok ? null : support.why;
}; // prettier-ignore

const KINDS = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'] as const;
type LayerKind = (typeof KINDS)[number];

/** A layer with, for each output, the raw pairs of all its taps. */
function randomLayer(random: Random, scheme: WordScheme, kind: LayerKind) {
  const isRow = kind === 'FULLY_CONNECTED';
  const size = isRow ? 1 : random.whole(1, 5);
  const taps = isRow ? 1 : random.whole(1, 3);
  const stride = isRow ? 1 : random.whole(1, 2);
  const padding = size < taps ? 'same' : random.pick(['same', 'valid'] as const);
  const depth = random.whole(1, 4);
  const channels = kind === 'DEPTHWISE_CONV_2D' ? depth * random.whole(1, 2) : random.whole(1, 3);
  const axis = kind === 'DEPTHWISE_CONV_2D' ? 3 : 0;
  const isTransposed = kind === 'TRANSPOSE_CONV';
  const window = placeWindow(size, taps, stride, 1, padding);
  const [inSize, outSize] = isTransposed ? [window.output, size] : [size, window.output];

  const pixelBits = random.whole(2, scheme.pixelBits);
  const zero = scheme.kind === 'kraken' ? randomWord(random, pixelBits) : 0;
  const x = randomSlot(random, pixelBits, isRow ? [2, depth] : [1, inSize, inSize, depth], [randomScale(random, scheme.kind)], zero); // prettier-ignore
  const wShape = isRow ? [channels, depth] : axis === 3 ? [1, taps, taps, channels] : [channels, taps, taps, depth];
  const scales = Array.from({ length: random.chance(0.5) ? channels : 1 }, () => randomScale(random, scheme.kind));
  const w = {
    ...randomSlot(random, random.whole(2, scheme.weightBits), wShape, scales, 0, axis),
    constant: true as const,
  };
  const outBits = random.whole(2, 16);
  const outZero = scheme.kind === 'kraken' ? randomWord(random, outBits) : 0;
  const grow = (w.data!.length / channels) ** 0.5 * 2 ** Math.max(0, pixelBits + w.bits! - outBits);
  const near = scheme.kind === 'shift' ? 2 ** Math.round(Math.log2(grow)) : grow;
  const y: Slot = { type: carrierOf(outBits), bits: outBits, shape: isRow ? [2, channels] : [1, outSize, outSize, channels], quantization: { scale: [Math.fround(randomScale(random, scheme.kind, near))], zeroPoint: [outZero], axis: 0 } }; // prettier-ignore
  const biasBits = scheme.kind === 'shift' ? Math.min(scheme.biasBits, 24) : 24;
  const biasValues = Int32Array.from({ length: channels }, () => randomWord(random, random.whole(2, biasBits)));
  const own = random.chance(0.5);
  const fx = x.quantization!.scale[0]!;
  const biasScales = Array.from({ length: channels }, (_, c) => Math.fround(fx * scales[scales.length > 1 ? c : 0]!) * (scheme.kind === 'shift' ? 2 ** random.whole(0, 6) : 1)); // prettier-ignore
  const bias: Slot = { type: 'int32', shape: [channels], data: biasValues, bits: biasBits, constant: true, ...(own && { quantization: { scale: biasScales, zeroPoint: biasScales.map(() => 0), axis: 0 } }) }; // prettier-ignore
  const hasBias = random.chance(0.8);
  const activation: Activation = isTransposed ? 'none' : random.pick(ACTIVATIONS);
  const conv = { padding, strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation };
  const target: Slot = { type: 'int32', shape: [4], data: Int32Array.from(y.shape), constant: true };
  const optional = hasBias ? [bias] : [];
  const inputs = isTransposed ? [target, w, x, ...optional] : [x, w, ...optional];
  const options = isRow ? { activation, keepNumDims: false, shuffledWeights: false } : isTransposed ? { padding, strideH: stride, strideW: stride, activation } : { ...conv, depthMultiplier: channels / depth }; // prettier-ignore

  const pairsOf = (oy: number, ox: number, c: number, row: number): [number, number][] => {
    const [xs, ws] = [x.data!, w.data!];
    if (isRow) return Array.from({ length: depth }, (_, k) => [Number(xs[row * depth + k]), Number(ws[c * depth + k])]);
    const pairs: [number, number][] = [];
    const place = (o: number, k: number): number => (isTransposed ? (o + window.before - k) / stride : o * stride - window.before + k); // prettier-ignore
    for (let ky = 0; ky < taps; ky++)
      for (let kx = 0; kx < taps; kx++) {
        const [iy, ix] = [place(oy, ky), place(ox, kx)];
        const inside = Number.isInteger(iy) && Number.isInteger(ix) && iy >= 0 && ix >= 0 && iy < inSize && ix < inSize;
        const at = (channel: number): number => inside ? Number(xs[(iy * inSize + ix) * depth + channel]) : zero; // prettier-ignore
        if (axis === 3)
          pairs.push([at(Math.floor(c / (channels / depth))), Number(ws[(ky * taps + kx) * channels + c])]);
        else for (let k = 0; k < depth; k++) pairs.push([at(k), Number(ws[((c * taps + ky) * taps + kx) * depth + k])]);
      }
    return pairs;
  };
  const channelOf = (c: number): definition.Channel => ({
    weightScale: scales[scales.length > 1 ? c : 0]!,
    bias: hasBias ? BigInt(biasValues[c]!) : 0n,
    biasScale: hasBias && own ? biasScales[c]! : null,
  });
  const expected = Array.from({ length: elementCount(y.shape) }, (_, i) => {
    const [c, ox, oy] = [i % channels, Math.floor(i / channels) % outSize, Math.floor(i / channels / outSize)];
    const pairs = pairsOf(oy, ox, c, isRow ? Math.floor(i / channels) : 0);
    return definition.layer(scheme, pairs, wordsOf(x), wordsOf(y), channelOf(c), activation as definition.Limits);
  });
  return { kind, inputs, y, options: options as never, expected };
}

describe.each(['shift', 'kraken'] as const)('%s', (schemeKind) => {
  test.each(KINDS)('%s equals its definition: words, sums and overflows', (kind) => {
    const refused: string[] = [];
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const scheme = randomScheme(random, schemeKind);
        const { inputs, y, options, expected } = randomLayer(random, scheme, kind);
        const refusal = why(scheme, kind, inputs, y, options);
        if (refusal !== null) return void refused.push(refusal);
        const { words, sums, overflows } = golden(scheme, kind, inputs, y, options);
        expect(sums).toEqual(expected.map(({ sum }) => sum));
        expect(words).toEqual(expected.map(({ word }) => word));
        expect(overflows).toBe(expected.filter(({ sum }) => sum !== BigInt.asIntN(scheme.accumulatorBits, sum)).length);
      }),
      { numRuns: 150 },
    );
    expect(refused.length).toBeLessThan(50); // of 150: scales that leave float16
    for (const sentence of refused) expect(sentence).toContain('leave');
  });

  const randomTensor = (random: Random, scheme: WordScheme, shape: readonly number[], near = 1): Slot => {
    const bits = random.whole(2, 16);
    const zero = scheme.kind === 'kraken' ? randomWord(random, bits) : 0;
    return randomSlot(random, bits, shape, [Math.fround(randomScale(random, scheme.kind, near))], zero);
  };

  test.each(['ADD', 'SUB', 'MUL'] as const)('%s equals its definition', (kind) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const scheme = randomScheme(random, schemeKind);
        const [a, b] = [randomTensor(random, scheme, [2, 8]), randomTensor(random, scheme, [8])];
        const y = randomTensor(random, scheme, [2, 8]);
        const activation = random.pick(ACTIVATIONS);
        const [p, q, to] = [wordsOf(a), wordsOf(b), wordsOf(y)];
        const f = (words: definition.Words): number => Math.round(-Math.log2(words.scale));
        const expected = Array.from(a.data!, Number).map((raw, i) => {
          const [m, n] = [BigInt(raw) - BigInt(p.zero), BigInt(b.data![i % 8]!) - BigInt(q.zero)];
          const ratio = (...scales: number[]) => definition.float16(over(scales.map(exactly).reduce(times), exactly(to.scale))); // prettier-ignore
          if (kind === 'MUL')
            return schemeKind === 'shift'
              ? definition.shiftTo(m * n, f(p) + f(q), 1, to, activation)
              : definition.finish(definition.multiplyAdd(m * n, ratio(p.scale, q.scale), definition.whole(0)), 1, to, activation); // prettier-ignore
          const sign = kind === 'ADD' ? 1n : -1n;
          if (schemeKind === 'shift') {
            const common = Math.max(f(p), f(q));
            const sum = (m << BigInt(common - f(p))) + sign * (n << BigInt(common - f(q)));
            return definition.shiftTo(sum, common, 1, to, activation);
          }
          const second = definition.multiplyAdd(sign * n, ratio(q.scale), definition.whole(0));
          return definition.finish(definition.multiplyAdd(m, ratio(p.scale), second), 1, to, activation);
        });
        expect(golden(scheme, kind, [a, b], y, { activation, potScaleInt16: false }).words).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test.each(['RELU', 'RELU6', 'RELU_N1_TO_1', 'LEAKY_RELU', 'NEG', 'ABS', 'QUANTIZE'] as const)('%s equals its definition', (kind) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const scheme = randomScheme(random, schemeKind);
        const [x, y] = [randomTensor(random, scheme, [40]), randomTensor(random, scheme, [40])];
        const alpha = kind === 'LEAKY_RELU' ? (schemeKind === 'shift' ? 2 ** -random.whole(0, 6) : random.pick([0, 0.1, 1.5])) : 1; // prettier-ignore
        const activation = ({ RELU: 'relu', RELU6: 'relu6', RELU_N1_TO_1: 'relu_n1_to_1' } as const)[kind as 'RELU'] ?? 'none'; // prettier-ignore
        const [from, to] = [wordsOf(x), wordsOf(y)];
        const expected = Array.from(x.data!, Number).map((raw) => {
          const less = BigInt(raw) - BigInt(from.zero);
          const value = kind === 'NEG' ? -less : kind === 'ABS' && less < 0n ? -less : less;
          if (schemeKind === 'shift') return definition.shiftTo(value, Math.round(-Math.log2(from.scale)), alpha, to, activation); // prettier-ignore
          const ratio = definition.float16(over(exactly(from.scale), exactly(to.scale)));
          return definition.finish(definition.multiplyAdd(value, ratio, definition.whole(0)), alpha, to, activation);
        });
        expect(golden(scheme, kind, [x], y, { alpha } as never).words).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  }); // prettier-ignore

  test.each(['MEAN', 'SUM', 'AVERAGE_POOL_2D', 'MAX_POOL_2D'] as const)('%s equals its definition', (kind) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const scheme = randomScheme(random, schemeKind);
        const [h, w] = [random.whole(1, 5), random.whole(1, 5)];
        const x = randomTensor(random, scheme, [1, h, w, 2]);
        const isPool = kind.endsWith('2D');
        const y = isPool ? { ...x, shape: [1, 1, 1, 2] } : randomTensor(random, scheme, [1, 1, 1, 2]);
        const activation = isPool ? random.pick(ACTIVATIONS) : 'none';
        const [from, to] = [wordsOf(x), wordsOf(y)];
        const count = BigInt(h * w);
        const expected = [0, 1].map((c) => {
          const raws = Array.from(x.data!, BigInt).filter((_, i) => i % 2 === c);
          const sum = raws.reduce((a, b) => a + b, 0n);
          if (kind === 'MAX_POOL_2D')
            return definition.clip(
              raws.reduce((a, b) => (a > b ? a : b)),
              to,
              activation,
            );
          if (kind === 'AVERAGE_POOL_2D') return definition.clip({ num: sum, den: count }, to, activation);
          const less = sum - count * BigInt(from.zero);
          const divisor = kind === 'MEAN' ? definition.whole(count) : definition.whole(1);
          const ratio = over(over(exactly(from.scale), divisor), exactly(to.scale));
          if (schemeKind === 'shift') return definition.clip(times(definition.whole(less), ratio), to, 'none');
          return definition.finish(definition.multiplyAdd(less, definition.float16(ratio), definition.whole(0)), 1, to, 'none'); // prettier-ignore
        });
        const axes: Slot = { type: 'int32', shape: [2], data: Int32Array.of(1, 2), constant: true };
        const options = isPool ? { padding: 'valid', strideH: 1, strideW: 1, filterH: h, filterW: w, activation } : { keepDims: true }; // prettier-ignore
        expect(golden(scheme, kind, isPool ? [x] : [x, axes], y, options as never).words).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test('QUANTIZE from float32, and functions of words, round half to even', () => {
    const scheme = parseScheme(`${schemeKind}:8,8,24`) as WordScheme;
    const words = (bits: number, scale: number, data?: number[]): Slot => ({ type: carrierOf(bits), bits, shape: [5], quantization: { scale: [scale], zeroPoint: [0], axis: 0 }, ...(data && { data: Int8Array.from(data) }) }); // prettier-ignore
    const reals: Slot = { type: 'float32', shape: [5], data: Float32Array.of(0.25, 0.75, -0.25, 1e9, NaN) };
    expect(golden(scheme, 'QUANTIZE', [reals], words(4, 0.5), {}).words).toEqual([0, 2, 0, 7, 0]);
    const curve = golden(scheme, 'LOGISTIC', [words(8, 0.5, [-128, -1, 0, 1, 127])], words(8, 2 ** -7), {}).words;
    expect(curve).toEqual([0, Math.round(128 / (1 + Math.exp(0.5))), 64, Math.round(128 / (1 + Math.exp(-0.5))), 127]);
    const scores = golden(scheme, 'SOFTMAX', [words(8, 0.5, [2, 2, -128, -128, -128])], words(8, 2 ** -7), { beta: 1 });
    expect(scores.words).toEqual([64, 64, 0, 0, 0]);
  });
});

describe('accumulators', () => {
  const one = (type: 'int8', bits: number, data: number[], constant = false): Slot => ({ type, bits, shape: constant ? [1, data.length] : [1, data.length], quantization: { scale: [1], zeroPoint: [0], axis: 0 }, data: Int8Array.from(data), ...(constant && { constant: true as const }) }); // prettier-ignore
  const y: Slot = { type: 'int8', shape: [1, 1], quantization: { scale: [1], zeroPoint: [0], axis: 0 } };
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  const x = one('int8', 4, [7, 7, 7]);
  const w = one('int8', 4, [7, 7, 7], true); // 147: 8 bits hold up to 127
  test.each([
    ['shift:4,4,8', 147 - 256],
    ['shift:4,4,8,saturate', 127],
    ['kraken:4,4,8', 127],
    ['kraken:4,4,8,wrap', 147 - 256],
    ['kraken:4,4,9', 127], // the word ends there, the accumulator does not
  ])('%s: 147 becomes %d', (text, word) => {
    const result = golden(parseScheme(text) as WordScheme, 'FULLY_CONNECTED', [x, w], y, options);
    expect(result.words).toEqual([word]);
    expect(result.sums).toEqual([147n]);
    expect(result.overflows).toBe(text.includes('4,4,9') ? 0 : 1);
  });
  test('an operator may have a scheme of its own, and TFLite stays as it is', () => {
    const made = oneOperator('FULLY_CONNECTED', [x, w], y, options);
    const own = { ...made.network, operators: [{ ...made.operator, scheme: parseScheme('shift:4,4,8') }], scheme: parseScheme('kraken:4,4,8') }; // prettier-ignore
    const run = (network: typeof made.network) => [...runOperators(network, 'builtin', made.inputs)][0]!;
    expect([run(own).arithmetic, Number(run(own).outputs[0]!.data[0])]).toEqual(['pow2', 147 - 256]);
    expect([run({ ...own, operators: made.network.operators }).arithmetic]).toEqual(['float16']);
    const tflite = run({ ...made.network, scheme: parseScheme('int8') });
    expect([tflite.arithmetic, Number(tflite.outputs[0]!.data[0]), tflite.overflows]).toEqual(['single', 127, null]);
  });
});

test('the digits, as they were quantised for TFLite, are read in Kraken’s scheme', () => {
  const folder = path.resolve(__dirname, '../../resources/samples/digits');
  const { network } = openNetwork(readFileSync(path.join(folder, 'digits.tflite')), 'digits.tflite');
  const images = readdirSync(path.join(folder, 'inputs')).filter((name) => name.endsWith('.png'));
  const [input, output] = [network.inputs[0]!, network.outputs[0]!];
  const read = images.map((name) => {
    const { data } = prepareInput(network, input, readFileSync(path.join(folder, 'inputs', name)), name);
    const results = [...runOperators({ ...network, scheme: parseScheme('kraken:8,8,24') }, 'builtin', new Map([[input, data]]))]; // prettier-ignore
    expect(results.map(({ overflows }) => overflows).filter((n) => n !== null && n > 0)).toEqual([]);
    const scores = results.flatMap(({ outputs }) => outputs).find(({ tensor }) => tensor.index === output)!;
    return topScores(scores.data, null, null, 1)[0]!.index;
  });
  expect(images.length).toBeGreaterThan(9);
  expect(read).toEqual(images.map((name) => Number(name[0])));
});

test('the usual engine leaves words to the kernels of words', () => {
  const x: Slot = { type: 'int8', shape: [1, 2, 1, 1], data: Int8Array.of(1, 2), quantization: { scale: [1], zeroPoint: [0], axis: 0 } }; // prettier-ignore
  const options = { padding: 'valid', strideH: 1, strideW: 1, filterH: 2, filterW: 1, activation: 'none' } as const;
  const made = oneOperator(
    'AVERAGE_POOL_2D',
    [{ ...x, data: Int8Array.of(2, 3) }],
    { ...x, shape: [1, 1, 1, 1] },
    options,
  );
  const engine = engineOf(usualEngine(), 1);
  const mean = (scheme: Scheme): number =>
    Number([...runOperators({ ...made.network, scheme }, 'reference', made.inputs, engine)][0]!.outputs[0]!.data[0]);
  expect(mean(parseScheme('shift:8,8,24'))).toBe(2); // ties to even
  expect(mean(parseScheme('int8'))).toBe(3); // away from zero
});

describe('refusals', () => {
  const shift = parseScheme('shift:8,8,24,16') as WordScheme;
  const slot = (more: Partial<Slot> & { scale?: number; zero?: number } = {}): Slot => {
    const { scale = 1, zero = 0, ...rest } = more;
    return { type: 'int8', shape: [1, 2], data: Int8Array.of(1, 2), quantization: { scale: [scale], zeroPoint: [zero], axis: 0 }, ...rest }; // prettier-ignore
  };
  const weights = (more: Parameters<typeof slot>[0] = {}): Slot => slot({ constant: true, ...more });
  const y = (more: Parameters<typeof slot>[0] = {}): Slot => slot({ shape: [1, 1], ...more });
  const bias = (more: Partial<Slot>): Slot => ({ type: 'int32', shape: [1], data: Int32Array.of(5), constant: true, ...more }); // prettier-ignore
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  test.each<[string, WordScheme, Slot[], Slot, string]>([
    ['a scale that is no power of two', shift, [slot({ scale: 0.3 }), weights()], y(), 'powers of two (2^-40 to 2^40); tensor 0 has 0.3'],
    ['a weight scale that is none', shift, [slot(), weights({ scale: 3 })], y(), 'powers of two; tensor 1 has 3'],
    ['a zero point', shift, [slot({ zero: 3 }), weights()], y(), 'has no zero points; tensor 0 has 3'],
    ['long pixels', parseScheme('shift:4,8,24') as WordScheme, [slot({ bits: 5 }), weights()], y(), 'takes pixels of 4 bits in its scheme; tensor 0 has words of 5'],
    ['long weights', parseScheme('kraken:8,4,24') as WordScheme, [slot(), weights()], y(), 'takes weights of 4 bits in its scheme; tensor 1 has words of 8'],
    ['weights outside their bits', shift, [slot(), weights({ bits: 2 })], y(), 'element 1 of the constant tensor 1 is 2, no word of its 2 bits'],
    ['a long bias', shift, [slot(), weights(), bias({})], y(), 'takes a bias of 16 bits in its scheme; tensor 2 has words of 32'],
    ['a finer bias', shift, [slot(), weights(), bias({ bits: 8, quantization: { scale: [0.25], zeroPoint: [0], axis: 0 } })], y(), 'has 2 fraction bits more than the products'],
    ['unsigned words', shift, [slot({ type: 'uint8', data: Uint8Array.of(1, 2) }), weights()], y({ type: 'uint8' }), 'signed words in int8 (up to 8 bits) or int16; tensor 0 is uint8'],
    ['a scale beyond float16', parseScheme('kraken:8,8,24') as WordScheme, [slot({ scale: 1e-9 }), weights()], y(), 'channel 0 leave float16'],
    ['weights of a zero point', parseScheme('kraken:8,8,24') as WordScheme, [slot(), weights({ zero: 1 })], y(), 'whose zero point is not 0'],
  ])('%s', (_, scheme, inputs, output, sentence) => {
    expect(why(scheme, 'FULLY_CONNECTED', inputs, output, options)).toContain(sentence);
  }); // prettier-ignore
  test('operators that no scheme of words defines, and slopes that shifts have not', () => {
    expect(why(shift, 'DIV', [slot(), slot()], slot(), { activation: 'none' })).toBe('DIV: the scheme shift does not say how it is computed.'); // prettier-ignore
    expect(why(shift, 'LEAKY_RELU', [slot()], slot(), { alpha: 0.1 })).toContain('the slope 0.1 is not supported in this scheme'); // prettier-ignore
    expect(why(shift, 'RESHAPE', [slot()], slot({ bits: 4 }), { newShape: [1, 2] })).toContain('does not cut words: tensor 0 has 8 bits, tensor 1 4'); // prettier-ignore
  });
  test('an input outside its words', () => {
    const made = oneOperator('RELU', [slot({ bits: 2 })], slot({ bits: 2 }), {});
    expect(() => [...runOperators({ ...made.network, scheme: shift }, 'reference', made.inputs)]).toThrow('Input tensor 0 (t0) has words of 2 bits; element 1 is 2'); // prettier-ignore
  });
});
