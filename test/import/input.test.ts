// Inputs from files: the values they become, and the sentence that says how.
import { existsSync, readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { type PreparedInput, type Preprocessing, fittingRule, readInput } from '../../main/import/input';
import { Failure } from '../../main/network/failure';
import type { Quantization, Tensor } from '../../main/network/network';
import { writeNpy } from '../../main/tensor/npy';

const slot = (type: Tensor['type'], shape: number[], scale?: number, zeroPoint = 0): Tensor => {
  const quantization: Quantization | null = scale
    ? { scale: [Math.fround(scale)], zeroPoint: [zeroPoint], axis: 0 }
    : null;
  return { index: 0, name: 'image', type, shape, quantization, data: null, isVariable: false };
};
const grey = slot('int8', [1, 2, 2, 1], 1 / 255, -128);
const real = (shape: number[]) => slot('float32', shape);

interface PngParts {
  width: number;
  height: number;
  data: Uint8Array | Uint16Array;
  channels?: number;
  depth?: 8 | 16;
}
const png = (parts: PngParts) => encodePng({ channels: 1, depth: 8, ...parts });
const greyPng = (width: number, height: number, ...data: number[]) =>
  png({ width, height, data: Uint8Array.from(data) });

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
function chunk(type: string, body: Uint8Array): Buffer {
  const head = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const crc = head.reduce((c, byte) => CRC[(c ^ byte) & 0xff]! ^ (c >>> 8), 0xffffffff) ^ 0xffffffff;
  const file = Buffer.alloc(head.length + 8);
  file.writeUInt32BE(body.length);
  head.copy(file, 4);
  file.writeUInt32BE(crc >>> 0, head.length + 4);
  return file;
}
/** A PNG from its parts, for the kinds the encoder does not write and for damaged ones. */
function rawPng(
  width: number,
  height: number,
  depth: number,
  colour: number,
  lines: number[],
  ...extra: Buffer[]
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const data = chunk('IDAT', deflateSync(Uint8Array.from(lines)));
  return new Uint8Array(
    Buffer.concat([signature, chunk('IHDR', header), ...extra, data, chunk('IEND', Buffer.alloc(0))]),
  );
}

const values = (input: PreparedInput) => Array.from(input.data as Int8Array);

describe('images', () => {
  it('words of fewer bits than their type are kept to', () => {
    const short = { ...slot('int8', [1, 2, 2, 1], 1 / 32, 0), bits: 6 };
    const input = readInput(greyPng(2, 2, 0, 64, 128, 255), '7.png', short, { scale: 1 / 255, offset: 0 });
    expect(input.data).toEqual(Int8Array.of(0, 8, 16, 31));
    expect(input.preparation).toContain('1 of 4 values clipped');
    expect(fittingRule({ ...short, quantization: { scale: [1 / 64], zeroPoint: [-32], axis: 0 } })).toEqual({
      scale: 1 / 255,
      offset: 0,
    }); // 0 … 0.98
  });
  it('of the right size and colours are only scaled and quantised', () => {
    const input = readInput(greyPng(2, 2, 0, 1, 128, 255), 'a/b/7.png', grey);
    expect(input.data).toEqual(Int8Array.of(-128, -127, 0, 127));
    expect(input).toMatchObject({
      source: '7.png',
      preparation: 'PNG 2 x 2 grey, real = pixel / 255, quantised with scale 0.00392157, zero point -128',
    });
  });

  it('are resized and converted to grey, as the sentence says', () => {
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => i % 256);
    const input = readInput(
      png({ width: 32, height: 32, channels: 3, data }),
      'x.png',
      slot('int8', [1, 28, 28, 1], 1 / 255, -128),
    );
    expect(input.data.length).toBe(784);
    expect(input.preparation).toBe(
      'PNG 32 x 32 RGB, resized to 28 x 28 by bilinear interpolation, converted to grey (0.299 R + 0.587 G + 0.114 B), ' +
        'real = pixel / 255, quantised with scale 0.00392157, zero point -128',
    );
  });

  it('give every pixel value the float32 quotient by 255', () => {
    const input = readInput(greyPng(16, 16, ...Array(256).keys()), 'x.png', real([1, 16, 16, 1]));
    expect(input.data).toEqual(Float32Array.from(Array(256).keys(), (pixel) => pixel / 255));
    expect(input.preparation).toBe('PNG 16 x 16 grey, real = pixel / 255, kept as float32');
  });

  it('follow a preprocessing of their own', () => {
    const rule: Preprocessing = { scale: 1 / 128, offset: -1 };
    const input = readInput(greyPng(2, 2, 0, 64, 128, 255), 'x.png', real([1, 2, 2, 1]), rule);
    expect(input.data).toEqual(Float32Array.of(-1, -0.5, 0, 127 / 128));
    expect(input.preparation).toContain('real = pixel x 0.0078125 - 1');
  });

  it('are resized with half-pixel centres', () => {
    const up = readInput(greyPng(2, 1, 0, 100), 'x.png', real([1, 1, 4, 1]), { scale: 1, offset: 0 });
    expect(values(up)).toEqual([0, 25, 75, 100]);
    const down = readInput(greyPng(4, 2, 0, 10, 20, 30, 40, 50, 60, 70), 'x.png', real([1, 1, 2, 1]), {
      scale: 1,
      offset: 0,
    });
    expect(values(down)).toEqual([25, 45]);
  });

  const plain = { scale: 1, offset: 0 };
  it.each<[string, Uint8Array, Tensor, number[], string]>([
    [
      'grey to colour',
      greyPng(1, 1, 9),
      real([1, 1, 1, 3]),
      [9, 9, 9],
      'PNG 1 x 1 grey, grey repeated as red, green and blue',
    ],
    [
      'grey with alpha',
      png({ width: 1, height: 1, channels: 2, data: Uint8Array.of(7, 0) }),
      real([1, 1, 1, 1]),
      [7],
      'PNG 1 x 1 grey + alpha, transparency left out',
    ],
    [
      'colour with alpha',
      png({ width: 1, height: 1, channels: 4, data: Uint8Array.of(1, 2, 3, 0) }),
      real([1, 1, 1, 3]),
      [1, 2, 3],
      'PNG 1 x 1 RGBA, transparency left out',
    ],
    [
      '16 bit',
      png({ width: 2, height: 1, depth: 16, data: Uint16Array.of(0, 65535) }),
      real([1, 1, 2, 1]),
      [0, 255],
      'PNG 2 x 1 grey of 16 bit',
    ],
    [
      '1 bit',
      rawPng(3, 2, 1, 0, [0, 0b10100000, 0, 0b01000000]),
      real([1, 2, 3, 1]),
      [255, 0, 255, 0, 255, 0],
      'PNG 3 x 2 grey of 1 bit',
    ],
    [
      'palette',
      rawPng(3, 1, 2, 3, [0, 0b00011000], chunk('PLTE', Uint8Array.of(1, 2, 3, 40, 50, 60, 7, 8, 9))),
      real([1, 1, 3, 3]),
      [1, 2, 3, 40, 50, 60, 7, 8, 9],
      'PNG 3 x 1 palette',
    ],
    ['a shape without channels', greyPng(2, 1, 3, 4), real([1, 1, 2]), [3, 4], 'PNG 2 x 1 grey'],
  ])('%s', (_, bytes, tensor, expected, words) => {
    const input = readInput(bytes, 'x.png', tensor, plain);
    expect(values(input)).toEqual(expected);
    expect(input.preparation.startsWith(`${words}, real = `)).toBe(true);
  });

  it('of JPEG are decoded, whatever the name says', () => {
    const data = Buffer.alloc(16 * 16 * 4, 255);
    for (let i = 0; i < 256; i++) data.set([200, 100, 50], 4 * i);
    const jpeg = new Uint8Array(encodeJpeg({ width: 16, height: 16, data }, 95).data);
    const input = readInput(jpeg, 'photo.png', slot('uint8', [1, 16, 16, 3], 1 / 255));
    expect(input.preparation).toMatch(/^JPEG 16 x 16 RGB, real = pixel \/ 255, quantised/);
    const [r, g, b] = values(input);
    for (const [got, wanted] of [
      [r, 200],
      [g, 100],
      [b, 50],
    ] as const)
      expect(Math.abs(got! - wanted)).toBeLessThan(6);
  });

  it('saturate at the ends of the type', () => {
    const rule: Preprocessing = { scale: 1 / 255, offset: 0 };
    const input = readInput(greyPng(2, 2, 0, 10, 200, 255), 'x.png', slot('int8', [1, 2, 2, 1], 0.001, 0), rule);
    expect(values(input)).toEqual([0, 39, 127, 127]);
    expect(input.preparation).toMatch(/, 2 of 4 values clipped$/);
  });

  it.each([
    ['0 to 1', slot('int8', [1, 2, 2, 1], 1 / 255, -128), 'real = pixel / 255,', [-128, -118, 72, 127]],
    ['-1 to 1', slot('uint8', [1, 2, 2, 1], 1 / 128, 128), 'real = pixel / 127.5 - 1,', [0, 10, 201, 255]],
    ['0 to 255', slot('int8', [1, 2, 2, 1], 1, -128), 'real = pixel,', [-128, -118, 72, 127]],
  ])('without a rule are taken as the input holds them: %s', (_, tensor, words, expected) => {
    const input = readInput(greyPng(2, 2, 0, 10, 200, 255), 'x.png', tensor);
    expect(input.preparation).toContain(words);
    expect(values(input)).toEqual(expected);
  });

  it('that use next to nothing of the range are remarked upon', () => {
    const rule: Preprocessing = { scale: 1 / 255, offset: 0 };
    const input = readInput(
      greyPng(16, 16, ...Array(256).keys()),
      'x.png',
      slot('int8', [1, 16, 16, 1], 1, -128),
      rule,
    );
    expect(input.preparation).toMatch(/, only -128 to -127 of -128 to 127 used: check the scaling of the file$/);
  });

  it.runIf(existsSync('resources/samples/digits/expected/7_a.input.bin'))(
    'of the digit sample become what Keras fed',
    () => {
      const folder = 'resources/samples/digits';
      const { network } = importNetwork(readFileSync(`${folder}/digits.tflite`), 'digits.tflite');
      for (const name of ['3_a', '7_a']) {
        const input = readInput(
          readFileSync(`${folder}/inputs/${name}.png`),
          `${name}.png`,
          network.tensors[network.inputs[0]!]!,
        );
        const expected = readFileSync(`${folder}/expected/${name}.input.bin`);
        expect(Buffer.compare(Buffer.from(input.data.buffer), expected)).toBe(0);
      }
    },
  );
});

describe('arrays', () => {
  it("of the tensor's own type are taken as they are", () => {
    const input = readInput(writeNpy('int8', [1, 2, 2, 1], Int8Array.of(1, 2, 3, 4)), 'x.npy', grey);
    expect(input).toEqual({
      data: Int8Array.of(1, 2, 3, 4),
      source: 'x.npy',
      preparation: '.npy int8 [1, 2, 2, 1], values as they are',
    });
  });
  it('may lack the batch dimension', () => {
    const input = readInput(writeNpy('int8', [2, 2, 1], Int8Array.of(1, 2, 3, 4)), 'x.npy', grey);
    expect(input.preparation).toBe('.npy int8 [2, 2, 1], taken as [1, 2, 2, 1], values as they are');
  });
  it('of real numbers are quantised: half away from zero, clamped', () => {
    const reals = Float32Array.of(0.25, -0.25, 0.75, -0.75, 1e9, -Infinity);
    const input = readInput(writeNpy('float32', [1, 6], reals), 'x.npy', slot('int8', [1, 6], 0.5, 3));
    expect(input.data).toEqual(Int8Array.of(4, 2, 5, 1, 127, -128));
    expect(input.preparation).toBe(
      '.npy float32 [1, 6], quantised with scale 0.5, zero point 3, 2 of 6 values clipped',
    );
  });
  it('as raw bytes are taken when the length is exact', () => {
    const input = readInput(Uint8Array.of(1, 0, 2, 0), 'x.bin', slot('int16', [1, 2], 1));
    expect(input).toEqual({ data: Int16Array.of(1, 2), source: 'x.bin', preparation: '4 raw bytes as int16 [1, 2]' });
  });
  it('named .bin stay raw, whatever they begin with', () => {
    const bytes = writeNpy('int8', [0], new Int8Array(0));
    expect(readInput(bytes, 'x.bin', slot('uint8', [1, bytes.length])).data).toEqual(bytes);
  });
});

const bomb = () => rawPng(65000, 65000, 8, 2, [0]);
const header = (jpeg: Uint8Array, width: number, height: number) => {
  const bytes = jpeg.slice();
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
  new DataView(bytes.buffer).setUint16(at + 5, height);
  new DataView(bytes.buffer).setUint16(at + 7, width);
  return bytes;
};
const smallJpeg = () => new Uint8Array(encodeJpeg({ width: 8, height: 8, data: Buffer.alloc(256, 90) }, 90).data);
const what = 'input 0 (image), int8 [1, 2, 2, 1]';

const BAD: [sentence: string, file: string, bytes: () => Uint8Array, tensor: Tensor][] = [
  [
    `x.bin is neither .npy, PNG nor JPEG; as raw values for ${what}, it must have exactly 4 bytes (1 per value), but it has 5.`,
    'x.bin',
    () => new Uint8Array(5),
    grey,
  ],
  ['x.png ends in .png, but its content is something else.', 'x.png', () => new Uint8Array(4), grey],
  [
    `x.npy has the shape [4], but ${what} needs [1, 2, 2, 1].`,
    'x.npy',
    () => writeNpy('int8', [4], new Int8Array(4)),
    grey,
  ],
  [
    `x.npy holds int64 values, but ${what} needs int8 or float32 (to be quantised).`,
    'x.npy',
    () => writeNpy('int64', [1, 2, 2, 1], new BigInt64Array(4)),
    grey,
  ],
  [
    'x.npy holds NaN at element 2, which cannot be quantised.',
    'x.npy',
    () => writeNpy('float32', [1, 2, 2, 1], Float32Array.of(1, 2, NaN, 4)),
    grey,
  ],
  [
    'x.npy is damaged: it ends within its header.',
    'x.npy',
    () => writeNpy('int8', [4], new Int8Array(4)).slice(0, 30),
    grey,
  ],
  [
    'x.npy holds real values, but input 0 (image), uint8 [1, 1] has no single scale to quantise them with.',
    'x.npy',
    () => writeNpy('float32', [1, 1], Float32Array.of(1)),
    slot('uint8', [1, 1]),
  ],
  [
    'x.png is one image, but input 0 (image), float32 [4, 2, 2, 1] takes a batch of 4.',
    'x.png',
    () => greyPng(1, 1, 1),
    real([4, 2, 2, 1]),
  ],
  [
    'x.png is an image, but input 0 (image), float32 [1, 2, 2, 2] has 2 channels; an image fits 1 (grey) or 3 (red, green, blue).',
    'x.png',
    () => greyPng(1, 1, 1),
    real([1, 2, 2, 2]),
  ],
  [
    'x.png is an image, but input 0 (image), float32 [1, 784] does not have the shape of one.',
    'x.png',
    () => greyPng(1, 1, 1),
    real([1, 784]),
  ],
  ['x.png declares 65000 x 65000 pixels; at most 64 Mpixel are read.', 'x.png', bomb, grey],
  [
    'x.jpg declares 65000 x 60000 pixels; at most 64 Mpixel are read.',
    'x.jpg',
    () => header(smallJpeg(), 65000, 60000),
    grey,
  ],
  ['x.png is damaged: it declares a size of 0 x 5.', 'x.png', () => rawPng(0, 5, 8, 0, []), grey],
  [
    'x.png is damaged: the PNG holds more data than its size declares.',
    'x.png',
    () => rawPng(2, 2, 8, 0, Array(1e6).fill(0)),
    grey,
  ],
  [
    'x.png is damaged: the PNG holds 3 bytes of lines; its size declares 6.',
    'x.png',
    () => rawPng(2, 2, 8, 0, [0, 1, 2]),
    grey,
  ],
  [
    'x.png is damaged: the PNG ends before its last chunk.',
    'x.png',
    () => greyPng(2, 2, 1, 2, 3, 4).slice(0, -5),
    grey,
  ],
  [
    'x.png is damaged: the PNG declares colour type 5 with 8 bit, which cannot be.',
    'x.png',
    () => rawPng(2, 2, 8, 5, [0, 1, 2]),
    grey,
  ],
  ['x.jpg is damaged: the JPEG lacks a frame header.', 'x.jpg', () => smallJpeg().slice(0, 40), grey],
  [
    'x.bin cannot be given to input 0 (image), float16 [1]: values of that type are not supported.',
    'x.bin',
    () => new Uint8Array(2),
    slot('float16', [1]),
  ],
];

describe('what is refused', () => {
  it.each(BAD)('%s', (sentence, file, bytes, tensor) => {
    let failure: unknown;
    try {
      readInput(bytes(), file, tensor);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ kind: 'user', message: sentence, place: { file } });
  });

  it('a JPEG cut in its picture is damaged, not half grey', () => {
    const data = Buffer.from(Uint8Array.from({ length: 64 * 64 * 4 }, (_, i) => (i * 7919) % 256));
    const jpeg = new Uint8Array(encodeJpeg({ width: 64, height: 64, data }, 90).data);
    for (const length of [jpeg.length / 2, jpeg.length / 4]) {
      const cut = jpeg.slice(0, Math.floor(length));
      expect(() => readInput(cut, 'x.jpg', grey)).toThrow(/^x\.jpg is damaged/);
    }
  });

  it('every cut of a PNG', () => {
    const whole = greyPng(2, 2, 1, 2, 3, 4);
    for (let length = 8; length < whole.length; length++)
      expect(() => readInput(whole.slice(0, length), 'x.png', grey)).toThrow(Failure);
  });
});
