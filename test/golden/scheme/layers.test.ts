// The layers in words: golden equals the definition in whole numbers (definition.ts) on random layers of all words of 2 to 16 bits;
// what does not fit the accumulator is counted.
import { describe, expect, test } from 'vitest';
import { placeWindow } from '../../../main/golden/padding';
import { type Activation, elementCount } from '../../../main/network/network';
import { type WordScheme, carrierOf } from '../../../main/network/scheme';
import type { Random } from '../../oracle/random';
import type { Slot } from '../oneOperator';
import * as definition from './definition';
import {
  ACTIVATIONS,
  WORD_KINDS,
  forRandom,
  golden,
  randomScale,
  randomSlot,
  randomWord,
  refusalOf,
  wordsOf,
} from './made';

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
  const x = randomSlot(
    random,
    pixelBits,
    isRow ? [2, depth] : [1, inSize, inSize, depth],
    [randomScale(random, scheme.kind)],
    zero,
  );
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
  const y: Slot = {
    type: carrierOf(outBits),
    bits: outBits,
    shape: isRow ? [2, channels] : [1, outSize, outSize, channels],
    quantization: { scale: [Math.fround(randomScale(random, scheme.kind, near))], zeroPoint: [outZero], axis: 0 },
  };
  const biasBits = scheme.kind === 'shift' ? Math.min(scheme.biasBits, 24) : 24;
  const biasValues = Int32Array.from({ length: channels }, () => randomWord(random, random.whole(2, biasBits)));
  const own = random.chance(0.5);
  const fx = x.quantization!.scale[0]!;
  const biasScales = Array.from(
    { length: channels },
    (_, c) =>
      Math.fround(fx * scales[scales.length > 1 ? c : 0]!) * (scheme.kind === 'shift' ? 2 ** random.whole(0, 6) : 1),
  );
  const bias: Slot = {
    type: 'int32',
    shape: [channels],
    data: biasValues,
    bits: biasBits,
    constant: true,
    ...(own && { quantization: { scale: biasScales, zeroPoint: biasScales.map(() => 0), axis: 0 } }),
  };
  const hasBias = random.chance(0.8);
  const activation: Activation = isTransposed ? 'none' : random.pick(ACTIVATIONS);
  const conv = { padding, strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, activation };
  const target: Slot = { type: 'int32', shape: [4], data: Int32Array.from(y.shape), constant: true };
  const optional = hasBias ? [bias] : [];
  const inputs = isTransposed ? [target, w, x, ...optional] : [x, w, ...optional];
  const options = isRow
    ? { activation, keepNumDims: false, shuffledWeights: false }
    : isTransposed
      ? { padding, strideH: stride, strideW: stride, activation }
      : { ...conv, depthMultiplier: channels / depth };

  const pairsOf = (oy: number, ox: number, c: number, row: number): [number, number][] => {
    const [xs, ws] = [x.data!, w.data!];
    if (isRow) return Array.from({ length: depth }, (_, k) => [Number(xs[row * depth + k]), Number(ws[c * depth + k])]);
    const pairs: [number, number][] = [];
    const place = (o: number, k: number): number =>
      isTransposed ? (o + window.before - k) / stride : o * stride - window.before + k;
    for (let ky = 0; ky < taps; ky++)
      for (let kx = 0; kx < taps; kx++) {
        const [iy, ix] = [place(oy, ky), place(ox, kx)];
        const inside = Number.isInteger(iy) && Number.isInteger(ix) && iy >= 0 && ix >= 0 && iy < inSize && ix < inSize;
        const at = (channel: number): number => (inside ? Number(xs[(iy * inSize + ix) * depth + channel]) : zero);
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

describe.each(WORD_KINDS)('%s', (schemeKind) => {
  test.each(KINDS)('%s equals its definition: words, sums and overflows', (kind) => {
    const refused: string[] = [];
    forRandom(150, schemeKind, (random, scheme) => {
      const { inputs, y, options, expected } = randomLayer(random, scheme, kind);
      const refusal = refusalOf(scheme, kind, inputs, y, options);
      if (refusal !== null) return void refused.push(refusal);
      const { words, sums, overflows } = golden(scheme, kind, inputs, y, options);
      expect(sums).toEqual(expected.map(({ sum }) => sum));
      expect(words).toEqual(expected.map(({ word }) => word));
      expect(overflows).toBe(expected.filter(({ sum }) => sum !== BigInt.asIntN(scheme.accumulatorBits, sum)).length);
    });
    expect(refused.length).toBeLessThan(50); // of 150: scales that leave float16
    for (const sentence of refused) expect(sentence).toContain('leave');
  });
});
