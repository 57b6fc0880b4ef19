// The engine's parameters and what is made of them: widths, refusals, headers, the generated texts.
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../main/array/presets';
import { defineEngine } from '../../main/simulate/engine';
import { generateHeader, generatePackage } from '../../main/simulate/generate';
import {
  CONFIG_FIELDS,
  PACKET_FIELDS,
  PIXEL_HEADER_BITS,
  WEIGHT_HEADER_BITS,
  bitsOf,
  packPixelHeader,
  packWeightHeader,
  seal,
} from '../../main/simulate/headers';
import { StreamBuilder } from '../../main/simulate/stream';
import { expandPackets } from './packets';
import { configurePass, tileLayer } from '../../main/simulate/tiles';
import { layerOf } from './layers';
import { engineOf } from './simulators';

describe('an engine', () => {
  it('settles the widths of streams that never limit', () => {
    const { pixelStreamBits, weightStreamBits, outputStreamBits, outputLanes, guardBits } = engineOf({
      rows: 7,
      cores: 96,
    });
    expect([pixelStreamBits, weightStreamBits, outputStreamBits]).toEqual([256, 1024, 1024]);
    expect([outputLanes, guardBits]).toEqual([4, 8]);
    expect(engineOf({ rows: 7, cores: 96, outputStreamBits: 512 }).outputLanes).toBe(4); // 168 bits a core
    expect(engineOf({ rows: 7, cores: 96, outputStreamBits: 64 }).outputLanes).toBe(1);
  });

  it.each([
    [{ rows: 0 }, "rows is 0, but the engine's RTL takes a whole number from 1 to 1024."],
    [{ pixelBits: 4 }, "pixelBits is 4, but the engine's RTL takes 8."],
    [{ accumulatorBits: 28 }, 'accumulatorBits is 28, but sums leave the engine as whole bytes.'],
    [{ weightStreamBits: 48 }, 'weightStreamBits is 48, which is no width of a stream.'],
    [{ strideMax: 5 }, "strideMax is 5, but the engine's RTL takes a whole number from 1 to 4."],
  ])('is refused with %o', (sizes, sentence) => {
    expect(() => engineOf(sizes)).toThrow(
      expect.objectContaining({ kind: 'user', code: 'engine-field', message: sentence }),
    );
  });

  it('can be built of every Kraken preset of 8-bit words', () => {
    const arrays = PRESETS.filter(({ dataflow }) => dataflow === 'kraken');
    expect(arrays.length).toBeGreaterThan(2);
    for (const array of arrays) expect(defineEngine(array)).toMatchObject({ rows: array.rows, cores: array.cores });
  });

  it('is refused with more lanes than cores', () => {
    expect(() => engineOf({ cores: 13 }, { outputLanes: 14 })).toThrow(/outputLanes is 14/);
  });
});

describe('headers', () => {
  it('are whole 64-bit words', () => {
    expect([PIXEL_HEADER_BITS, WEIGHT_HEADER_BITS]).toEqual([64, 192]);
    expect(bitsOf(PACKET_FIELDS)).toBe(64);
    expect(bitsOf(CONFIG_FIELDS)).toBe(128);
  });

  it('put the first field lowest and seal it', () => {
    const bytes = packPixelHeader({ magic: 0xa1, tag: 0x12, extra: 3, words: 0x01020304 });
    expect([...bytes.slice(1)]).toEqual([0xa1, 0x12, 0x03, 4, 3, 2, 1]);
    expect(bytes.reduce((all, byte) => all ^ byte, 0)).toBe(0);
    bytes[2]! ^= 1;
    expect(bytes.reduce((all, byte) => all ^ byte, 0)).not.toBe(0);
    expect(seal(bytes).reduce((all, byte) => all ^ byte, 0)).toBe(0);
  });

  it('refuse what does not fit', () => {
    const layer = layerOf({ kernel: [3, 3], stride: [1, 1], map: [5, 5], channels: [2, 2] })!;
    const tiles = tileLayer(layer, engineOf());
    const config = configurePass(layer, tiles, tiles.passes[0]!);
    const header = { magic: 0xb2, tag: 0, extra: 0, words: 6 };
    expect(packWeightHeader(header, config).length).toBe(24);
    expect(() => packWeightHeader(header, { ...config, kw1: 16 })).toThrow(
      'The header field kw1 cannot hold 16 in 4 bits.',
    );
  });
});

describe('a layer', () => {
  const engine = engineOf();
  const window = (taps: number, stride: number, dilation = 1, before = 0) => ({
    input: 9,
    output: 3,
    taps,
    stride,
    dilation,
    before,
  });
  const layer = (columns: ReturnType<typeof window>) => ({
    frames: 1,
    channelsIn: 2,
    channelsOut: 2,
    rows: window(1, 1),
    columns,
  });
  it.each([
    [window(3, 1, 2), 'has a dilation'],
    [window(12, 1), 'has a kernel of 12, above 11'],
    [window(5, 5), 'has a stride of 5, above 4'],
    [window(1, 2), 'skips columns with a single tap'],
    [window(3, 1, 1, 3), 'begins with a column of padding alone'],
    [window(11, 4), 'needs 14 cores in a group, of 13'],
  ])('that the engine cannot run is refused: %o', (columns, what) => {
    expect(() => tileLayer(layer(columns), engine)).toThrow(`The engine cannot run the layer: it ${what}.`);
  });
});

it('streams share the beats of packets that are alike', () => {
  const builder = new StreamBuilder(32);
  const payload = builder.store(Uint8Array.of(1, 2, 3, 4, 5));
  builder.packet(builder.store(Uint8Array.of(9)), payload);
  builder.packet(builder.store(Uint8Array.of(8)), payload);
  const stream = builder.build();
  expect(stream.bytes.length).toBe(16);
  expect(expandPackets(stream).map((packet) => [...packet])).toEqual([
    [9, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0],
    [8, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0],
  ]);
});

it('the generated texts hold the same numbers', () => {
  const engine = engineOf({ rows: 5, cores: 17 });
  const numbers = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name, value]) => `${name} ${value}`);
  const constants = numbers(generatePackage(engine), /localparam int (\w+) = (\d+);/g);
  expect(constants).toContain('R 5');
  expect(numbers(generateHeader(engine), /constexpr int (\w+) = (\d+);/g)).toEqual(constants);
});
