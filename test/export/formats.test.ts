// Every format gives back what it was given, whatever the words, beats and headers are; and says so when it was damaged.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from '../properties';
import { describe, expect, it } from 'vitest';
import { FILE_FORMATS, type FileFormat } from '../../main/export/formats/formats';
import { type Vector, lanesOf, packVector, packWords, unpackWords, usedBytes } from '../../main/export/vector';
import { Failure } from '../../main/network/failure';
import { vectors } from './vectors';

const NAMES = Object.keys(FILE_FORMATS) as FileFormat[];
const write = (name: FileFormat, vector: Vector, align = 64): Uint8Array =>
  new Uint8Array(Buffer.concat([...FILE_FORMATS[name].write(vector, packVector(vector), align)]));

const example: Vector = {
  path: 'layers/00_CONV_2D/requantised',
  level: 'requantised',
  about: 'three words',
  words: Int8Array.of(-1, 2, -128),
  shape: [3],
  order: 'word',
  wordBits: 8,
  beatBits: 16,
  header: Uint8Array.of(0xa1),
};

describe('words', () => {
  it('are packed least significant first', () => {
    const pack = (words: Int8Array | Int16Array | Int32Array, bits: 4 | 8 | 16 | 24, size: number): string => {
      const bytes = new Uint8Array(size);
      packWords(words, bits, bytes);
      return Buffer.from(bytes).toString('hex');
    };
    expect(pack(Int8Array.of(1, -2, 7), 4, 2)).toBe('e107');
    expect(pack(Int16Array.of(-2, 0x1234), 16, 4)).toBe('feff3412');
    expect(pack(Int32Array.of(-2, 0x123456), 24, 6)).toBe('feffff563412');
  });

  it('come back with their sign', () => {
    fc.assert(
      fc.property(vectors, ({ words, wordBits, ...rest }) => {
        const bytes = packVector({ ...rest, words, wordBits, header: new Uint8Array() });
        expect([...unpackWords(bytes, wordBits, words.length, !(words instanceof Uint8Array))]).toEqual([...words]);
      }),
    );
  });

  it('fill whole beats, behind a header that has beats of its own', () => {
    const bytes = packVector(example);
    expect(Buffer.from(bytes).toString('hex')).toBe('a100ff028000');
    expect({ lanes: lanesOf(example), used: usedBytes(example) }).toEqual({ lanes: 2, used: 5 });
  });
});

describe.each(NAMES)('.%s', (name) => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        expect(FILE_FORMATS[name].read(write(name, vector), vector)).toEqual(packVector(vector));
      }),
    );
  });

  it('of several chunks comes back as it was', () => {
    const words = Int8Array.from({ length: 600_001 }, (_, i) => i * 7);
    const vector = { ...example, words, shape: [words.length], beatBits: 64 };
    expect(Buffer.compare(FILE_FORMATS[name].read(write(name, vector), vector), packVector(vector))).toBe(0);
  });

  it('never passes for whole when it was cut', () => {
    const file = write(name, example, 1);
    for (let length = 0; length < file.length - 1; length++) {
      let read: Uint8Array | null = null;
      try {
        read = FILE_FORMATS[name].read(file.subarray(0, length), example);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
      if (read) expect(Buffer.compare(read, packVector(example)), `${length} bytes`).not.toBe(0);
    }
  });
});

it('formats look as their readers in the lab want them', () => {
  const text = (name: FileFormat): string => Buffer.from(write(name, example, 8)).toString('latin1');
  expect(text('mem')).toBe('00A1\n02FF\n0080\n');
  expect(text('coe')).toBe('memory_initialization_radix=16;\nmemory_initialization_vector=\n00A1,\n02FF,\n0080;\n');
  expect(text('mif')).toBe(
    'WIDTH=16;\nDEPTH=3;\nADDRESS_RADIX=HEX;\nDATA_RADIX=HEX;\nCONTENT BEGIN\n00000000 : 00A1;\n00000001 : 02FF;\n00000002 : 0080;\nEND;\n',
  );
  expect(text('hex')).toBe(':020000040000FA\n:06000000A100FF028000D8\n:00000001FF\n');
  expect(text('txt')).toBe('-95\n-1\n2\n-128\n');
  expect(Buffer.from(write('bin', example, 8)).toString('hex')).toBe('a100ff0280000000');
  expect(text('h')).toContain(
    'static const uint8_t layer_00_CONV_2D_requantised[6] __attribute__((aligned(8))) = {\n0xA1,0x00,',
  );
});

it('NumPy reads .npy and .bin as they are meant', (test) => {
  if (spawnSync('python3', ['-c', 'import numpy']).status !== 0) return test.skip('Python with NumPy is not installed');
  const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-numpy-'));
  try {
    const words = Int32Array.of(-(2 ** 23), -1, 0, 1, 2 ** 23 - 1, 77);
    const sums: Vector = { ...example, words, shape: [2, 3], wordBits: 32, beatBits: 64, header: new Uint8Array() };
    writeFileSync(path.join(folder, 'sums.npy'), write('npy', sums));
    writeFileSync(path.join(folder, 'sums.bin'), write('bin', sums));
    const script = `import numpy
npy, raw = numpy.load('sums.npy'), numpy.fromfile('sums.bin', '<i4')
assert npy.shape == (2, 3) and npy.dtype == numpy.int32
assert raw.size == 16 and (raw[:6].reshape(2, 3) == npy).all() and not raw[6:].any()
print(npy.tolist())`;
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      [-(2 ** 23), -1, 0],
      [1, 2 ** 23 - 1, 77],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
