// What the preview says of each word is what the word is: the element it names has the word's value, and every element of
// the streams is named. Read against the tensors themselves and against the level summed, not against the packers.
import fc from '../properties';
import { describe, expect, it } from 'vitest';
import { summedVector, findCorrections } from '../../main/export/host';
import { type Layer, numberPackets, readInputs, readLayer } from '../../main/export/layer';
import { STREAMS, previewPacket } from '../../main/export/preview';
import type { PacketPreview, StreamPreview } from '../../main/export/record';
import { streamVectors } from '../../main/export/streams';
import { packVector } from '../../main/export/vector';
import { isLayer } from '../../main/golden/layer';
import { runOperators } from '../../main/golden/run';
import { type Engine, defineEngine } from '../../main/simulate/engine';
import { signedWords } from '../../main/simulate/lower';
import { type Run, SMALL_ARRAY, TINY_ARRAY, digits, randomLayers } from './bundles';

const FROM = { pixels: 0, weights: 0, sums: 0 };

function layersOf({ network, inputs }: Run, engine: Engine): { layer: Layer; first: number }[] {
  const values = new Map(inputs);
  const tags = numberPackets(
    network,
    network.operators.filter(isLayer).map(({ index }) => index),
    engine,
  );
  return [...runOperators(network, 'reference', inputs)].flatMap((result) => {
    const operator = network.operators[result.operator]!;
    const layer = isLayer(operator) ? readLayer(network, result, readInputs(operator, network, values), engine) : '';
    for (const { tensor, data } of result.outputs) values.set(tensor.index, data);
    return typeof layer === 'string' ? [] : [{ layer, first: tags.get(operator.index)! }];
  });
}

/** A whole stream, seen piece by piece. */
function seeAll(
  layer: Layer,
  engine: Engine,
  first: number,
  at: { run: number; iteration: number; pass: number },
  name: StreamPreview['stream'],
) {
  const words: StreamPreview['words'][number][] = [];
  for (let beat = 0; ;) {
    const { streams } = previewPacket(layer, engine, first, { ...at, from: { ...FROM, [name]: beat } });
    const seen = streams.find(({ stream }) => stream === name)!;
    words.push(...seen.words.filter(({ word }) => word >= words.length));
    if (words.length === seen.count) return words;
    beat = Math.floor((words.length * seen.wordBits) / seen.beatBits);
  }
}

function check(layers: ReturnType<typeof layersOf>, engine: Engine, pick: (count: number) => number): void {
  const { layer, first } = layers[pick(layers.length)]!;
  const summed = summedVector(layer, findCorrections(layer)).words;
  const at = { run: pick(layer.runs.length), iteration: 0, pass: 0 };
  const { tiles } = layer.runs[at.run]!;
  [at.iteration, at.pass] = [pick(tiles.T), pick(tiles.passes.length)];
  const [x, w] = [signedWords(layer.inputs[0]!), signedWords(layer.inputs[1]!)];
  for (const word of seeAll(layer, engine, first, at, 'pixels'))
    expect(word.value, word.about).toBe(word.element === null ? 0 : x[word.element]);
  for (const word of seeAll(layer, engine, first, at, 'weights'))
    expect(word.value, word.about).toBe(word.element === null ? 0 : w[word.element]);
  const releasing = tiles.passes.filter(({ releases }) => releases);
  if (releasing.length > 1 || !tiles.passes[at.pass]!.releases) return;
  const up = 32 - engine.accumulatorBits;
  for (const word of seeAll(layer, engine, first, at, 'sums'))
    if (word.element !== null) expect(word.value, word.about).toBe((summed[word.element]! << up) >> up);
}

describe('the meaning of a word', () => {
  it.each([
    ['small', SMALL_ARRAY],
    ['tiny', TINY_ARRAY],
  ])('is the element that has its value: digits on a %s array', (_, array) => {
    const engine = defineEngine(array);
    const layers = layersOf(digits(), engine);
    fc.assert(
      fc.property(fc.gen(), (gen) => check(layers, engine, (count) => gen(fc.nat, { max: count - 1 }))),
      { numRuns: 12 },
    );
  });
  it('is so for random layers, merged groups and interleaved maps among them', () => {
    const engine = defineEngine(SMALL_ARRAY);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.gen(), (seed, gen) => {
        const layers = layersOf(randomLayers(4, seed), engine);
        fc.pre(layers.length > 0); // the small array runs none of them
        check(layers, engine, (count) => gen(fc.nat, { max: count - 1 }));
      }),
      { numRuns: 25 },
    );
  });
  it('names every weight of a layer in its iterations and passes, each once', () => {
    const engine = defineEngine(SMALL_ARRAY);
    for (const { layer, first } of layersOf(digits(), engine)) {
      const seen = new Set<number>();
      for (const [run, { tiles }] of layer.runs.entries())
        for (let iteration = 0; iteration < tiles.T; iteration++)
          for (const pass of tiles.passes.keys())
            for (const { element } of seeAll(layer, engine, first, { run, iteration, pass }, 'weights'))
              if (element !== null) seen.add(element);
      expect(seen.size).toBe(layer.inputs[1]!.data.length);
    }
  });
});

describe('a preview', () => {
  const engine = defineEngine(SMALL_ARRAY);
  const { layer, first } = layersOf(digits(), engine)[0]!;
  const preview: PacketPreview = previewPacket(layer, engine, first, { run: 0, iteration: 0, pass: 0, from: FROM });

  it('has the very beats of the bundle', () => {
    const vectors = [...streamVectors(layer, engine, first)].slice(0, 3).map((item) => packVector(item as never));
    expect(preview.streams.map(({ stream }) => stream)).toEqual(STREAMS);
    for (const [i, { words, wordBits, beatBits, header, headerBeats }] of preview.streams.entries()) {
      const bytes = Buffer.from(vectors[i]!);
      for (const { beat, bit, value } of words)
        expect(bytes.readIntLE((beat * beatBits + bit) / 8, wordBits / 8)).toBe(value);
      const number = BigInt(`0x${bytes.subarray(0, 24).reverse().toString('hex')}`); // first byte lowest
      for (const { at, bits, value } of header) expect(BigInt.asUintN(bits, number >> BigInt(at))).toBe(BigInt(value));
      expect(headerBeats).toBe(
        header.length === 0 ? 0 : Math.ceil((header.at(-1)!.at + header.at(-1)!.bits) / beatBits),
      );
    }
  });
  it('says it in words', () => {
    const [pixels, weights, sums] = preview.streams;
    expect(pixels!.words[0]!.about).toBe('padding above the map (row -1), column 0, channel 0');
    expect(pixels!.words[1]!.about).toBe('input[0, 0, 0, 0]: row 0, column 0, channel 0');
    expect(pixels!.header.find(({ name }) => name === 'words')!.value).toBe(pixels!.count);
    expect(weights!.header.map(({ name }) => name)).toContain('kw_last');
    expect(weights!.words[1]!.about).toMatch(
      /^weights\[\d+, 0, \d+, 0\]: output channel \d+, kernel row 0, kernel column \d+, input channel 0; core 1$/,
    );
    expect(sums!.words[0]!.about).toMatch(/^output\[0, 0, 0, 0\]: row 0, column 0, channel 0; PE row 0, core \d+$/);
  });
  it('refuses a packet that is not there', () => {
    expect(() => previewPacket(layer, engine, first, { run: 7, iteration: 0, pass: 0, from: FROM })).toThrow(
      /no packet of run 7/,
    );
  });
});
