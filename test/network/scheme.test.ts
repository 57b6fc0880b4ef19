// Schemes: their text and back, what is refused and how it is told, and their way through a file.
import fc from '../properties';
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { BuiltinOperator, MetadataT, TensorType } from '../../main/import/tflite/schema/tflite';
import { type Scheme, checkScheme, parseScheme, rangeOfBits, schemeText } from '../../main/network/scheme';
import { SCHEME_METADATA, writeSchemes } from '../../main/network/schemeRecord';
import { LeanBuffer, buildModel } from '../import/tflite/build';

const words = fc
  .record({
    pixelBits: fc.integer({ min: 2, max: 16 }),
    weightBits: fc.integer({ min: 2, max: 16 }),
    spare: fc.nat(30),
    overflow: fc.constantFrom('wrap', 'saturate'),
  })
  .map(({ spare, ...rest }) => ({
    ...rest,
    accumulatorBits: Math.min(32, rest.pixelBits + rest.weightBits - 1 + spare),
  }));
const shift = fc
  .tuple(words, fc.integer({ min: 2, max: 32 }), fc.constantFrom(0, 1, 0.5, 0.125, 2 ** -15))
  .map(([rest, biasBits, slope]) => ({ kind: 'shift', ...rest, biasBits, slope }));
const kraken = fc
  .tuple(
    words,
    fc.double({ min: 0, max: 1, noNaN: true }).filter((slope) => slope === 0 || slope > 1e-6),
  )
  .map(([rest, slope]) => ({ kind: 'kraken', ...rest, slope }));
const tflite = fc.constantFrom('int8', 'int8:tensor', '16x8', '16x8:tensor', 'int4', 'int4:tensor').map(parseScheme);
const schemes: fc.Arbitrary<Scheme> = fc.oneof(shift, kraken, tflite).map((s) => checkScheme(s, 'made'));

describe('text', () => {
  test('every scheme is read back from its text', () => {
    fc.assert(
      fc.property(schemes, (scheme) => {
        expect(parseScheme(schemeText(scheme))).toEqual(scheme);
      }),
    );
  });
  test('what may be left out', () => {
    expect(parseScheme('shift:8,4,24')).toEqual({
      kind: 'shift',
      pixelBits: 8,
      weightBits: 4,
      accumulatorBits: 24,
      biasBits: 24,
      overflow: 'wrap',
      slope: 1,
    });
    expect(parseScheme('kraken:8,8,24,slope=0.1')).toEqual({
      kind: 'kraken',
      pixelBits: 8,
      weightBits: 8,
      accumulatorBits: 24,
      overflow: 'saturate',
      slope: 0.1,
    });
  });
  test.each([
    ['int9', 'int9 is no scheme'],
    ['int8:row', 'granularity is "row", but it must be channel or tensor'],
    ['shift:8,8', 'shift takes bits of pixels, weights and accumulators, and of the bias'],
    ['kraken:8,8,24,32', 'kraken takes bits of pixels, weights and accumulators'],
    ['kraken:1,8,24', 'pixelBits is 1, but it must be a whole number from 2 to 16'],
    ['kraken:8,8,33', 'accumulatorBits is 33, but it must be a whole number from 2 to 32'],
    ['kraken:8,8,14', 'too few for one product of 8-bit pixels and 8-bit weights; give at least 15'],
    ['shift:8,8,24,slope=0.1', 'a shift scheme has 0, 1, 1/2, 1/4 and so on'],
    ['shift:8,8,24,round', 'round is none of wrap, saturate and slope=NUMBER'],
    ['shift:8,wrap,8,24', 'the numbers of bits come first'],
    ['a:b:c', 'more than one colon'],
    ['constructor', 'constructor is no scheme'],
  ])('%s is refused', (text, sentence) => {
    expect(() => parseScheme(text)).toThrow(sentence);
  });
  test('values that are no schemes are refused', () => {
    expect(() => checkScheme([], 'f')).toThrow('a scheme is an object of named fields');
    expect(() => checkScheme({ kind: 'tflite', activations: 'int16', weights: 'int4' }, 'f')).toThrow(
      'no layers of int16 activations with int4 weights',
    );
    expect(() => checkScheme({ ...parseScheme('kraken:8,8,24'), biasBits: 8 }, 'f')).toThrow(
      'biasBits is no field of a kraken scheme',
    );
  });
});

test('the words of 2 to 16 bits', () => {
  expect([2, 4, 8, 16].map(rangeOfBits)).toEqual([
    [-2, 1],
    [-8, 7],
    [-128, 127],
    [-32768, 32767],
  ]);
});

describe('in a file', () => {
  const file = (text: string): Uint8Array =>
    buildModel(
      {
        tensors: [
          { shape: [4], scale: [0.5] },
          { shape: [4], scale: [0.5], type: TensorType.INT16 },
        ],
        operators: [{ code: BuiltinOperator.RELU, inputs: [0], outputs: [1] }],
        inputs: [0],
        outputs: [1],
      },
      (model) => {
        const buffer = new LeanBuffer();
        buffer.data = [...new TextEncoder().encode(text)];
        model.buffers.push(buffer);
        model.metadata.push(new MetadataT(SCHEME_METADATA, model.buffers.length - 1));
      },
    );
  const record = {
    version: 1,
    scheme: parseScheme('kraken:8,8,24'),
    layers: { 0: parseScheme('shift:4,4,16') },
    bits: { 0: 4, 1: 12 },
  };
  const read = (value: unknown) => importNetwork(file(JSON.stringify(value)), 'n.tflite').network;

  test('schemes and bits are read, and written as they were', () => {
    const network = read(record);
    expect(network.scheme).toEqual(record.scheme);
    expect(network.operators[0]!.scheme).toEqual(record.layers[0]);
    expect(network.tensors.map(({ bits }) => bits)).toEqual([4, 12]);
    expect(JSON.parse(writeSchemes(network)!)).toEqual(record);
  });
  test('a network without schemes writes nothing', () => {
    expect(writeSchemes(read({ version: 1, scheme: null, layers: {}, bits: {} }))).toBeNull();
  });
  test.each([
    [{ ...record, version: 2 }, 'has version 2; this program reads 1'],
    [{ ...record, layers: { 7: record.scheme } }, 'names operator 7, but there are 1'],
    [{ ...record, bits: { __proto__: 4, x: 3 } }, 'names tensor x, but there are 2'],
    [{ ...record, bits: { 0: 9 } }, 'tensor 0 of int8 cannot have words of 9 bits'],
    [{ ...record, bits: { 1: 8 } }, 'words of 8 bits live in int8, but tensor 1 is int16'],
    [{ ...record, layers: null }, 'is null, where an object is wanted'],
    [{ ...record, scheme: { kind: 'kraken' } }, 'pixelBits is missing'],
  ])('a damaged record is told: %#', (value, sentence) => {
    expect(() => read(value)).toThrow(sentence);
  });
  test('text that is no JSON is told', () => {
    expect(() => importNetwork(file('{'), 'n.tflite')).toThrow('n.tflite, metadata goldbench.scheme is no JSON');
  });
});
