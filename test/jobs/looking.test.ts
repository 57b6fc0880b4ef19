// Planes and histograms against the obvious way: the whole tensor in memory, one loop.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { layOut, readHistogram, readPlane } from '../../main/jobs/looking';
import type { ElementType } from '../../main/network/network';
import { computeHistogram, computeStatistics } from '../../main/tensor/statistics';
import { allocate, bytesOf, type TypedArray, viewBytes } from '../../main/tensor/tensor';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-looking-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let files = 0;
function store(bytes: Uint8Array, offset = 0): string {
  const file = path.join(folder, `${++files}`);
  fs.writeFileSync(file, Buffer.concat([Buffer.alloc(offset, 0xee), bytes]));
  return file;
}
function fill(type: ElementType, count: number): TypedArray {
  const data = allocate(type, count);
  for (let i = 0; i < count; i++) data[i] = (type === 'int64' ? BigInt(i * 7 - 50) : (i * 7) % 251) as never;
  return data;
}

const TYPES = ['int8', 'uint8', 'bool', 'int16', 'int32', 'int64', 'float32'] as const;

describe('planes', () => {
  it.each(TYPES)('%s: every plane of [2, 3, 4, 5] behind an odd offset', (type) => {
    const shape = [2, 3, 4, 5];
    const data = fill(type, 120);
    const file = store(bytesOf(data), 13);
    for (let batch = 0; batch < 2; batch++)
      for (let channel = 0; channel < 5; channel++) {
        const plane = readPlane({ path: file, offset: 13, type, shape, batch, channel });
        expect(plane).toMatchObject({ type, height: 3, width: 4, channels: 5, batches: 2 });
        const expected = Array.from({ length: 12 }, (_, i) => data[(batch * 12 + i) * 5 + channel]);
        expect([...viewBytes(type, plane.bytes, 12)]).toEqual(expected);
      }
  });

  it.each([
    [[], { batches: 1, height: 1, width: 1, channels: 1 }],
    [[7], { batches: 1, height: 1, width: 7, channels: 1 }],
    [[3, 7], { batches: 1, height: 3, width: 7, channels: 1 }],
    [[3, 7, 2], { batches: 1, height: 3, width: 7, channels: 2 }],
    [[4, 3, 7, 2], { batches: 4, height: 3, width: 7, channels: 2 }],
    [[5, 4, 3, 7, 2], { batches: 20, height: 3, width: 7, channels: 2 }],
  ])('lays %j out', (shape, layout) => expect(layOut(shape)).toEqual(layout));

  it('channels far apart are read one by one, near ones in pieces: both give the same', () => {
    for (const channels of [4095, 4096, 5000]) {
      const shape = [1, 20, 20, channels];
      const data = fill('int8', 400 * channels);
      const file = store(bytesOf(data));
      const { bytes } = readPlane({ path: file, offset: 0, type: 'int8', shape, batch: 0, channel: channels - 1 });
      expect([...new Int8Array(bytes)]).toEqual(
        Array.from({ length: 400 }, (_, i) => data[i * channels + channels - 1]),
      );
    }
  });

  it('int4 constants lie two a byte, the first in the low half', () => {
    const file = store(Uint8Array.of(0x21, 0x87, 0x0f));
    const source = { path: file, offset: 0, type: 'int4', shape: [5] } as const;
    const plane = readPlane({ ...source, batch: 0, channel: 0 });
    expect(plane.type).toBe('int8');
    expect([...new Int8Array(plane.bytes)]).toEqual([1, 2, 7, -8, -1]);
    expect(readHistogram({ ...source, zeroPoint: 0 })).toMatchObject({ from: -8, to: 8 });
    const second = readPlane({ ...source, shape: [1, 2, 2], batch: 0, channel: 1 });
    expect([...new Int8Array(second.bytes)]).toEqual([2, -8]);
  });

  it('float16 constants are shown as float32', () => {
    // 1, -2, 65504 (largest), 2^-24 (smallest), 0.333251953125, Infinity, NaN
    const file = store(new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 1, 0x3555, 0x7c00, 0x7e00).buffer));
    const plane = readPlane({ path: file, offset: 0, type: 'float16', shape: [7], batch: 0, channel: 0 });
    expect(plane.type).toBe('float32');
    const values = [1, -2, 65504, 2 ** -24, 0.333251953125, Infinity, NaN];
    expect([...viewBytes('float32', plane.bytes, 7)]).toEqual(values);
  });

  it('says what is wrong', () => {
    const source = {
      path: store(new Uint8Array(10)),
      offset: 0,
      type: 'int8',
      shape: [1, 2, 2, 3],
      batch: 0,
      channel: 0,
    } as const;
    const code = (given: object) => {
      try {
        readPlane({ ...source, ...given });
        return 'no failure';
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(code({ channel: 3 })).toBe('plane-outside');
    expect(code({ batch: 1 })).toBe('plane-outside');
    expect(code({ channel: 2 })).toBe('value-too-short');
    expect(code({ shape: [5000, 5000] })).toBe('plane-too-large');
    expect(code({ path: '/nowhere/at/all' })).toBe('file-not-found');
    expect(() => readPlane({ ...source, type: 'string' })).toThrow('string cannot be shown');
  });
});

describe('histograms', () => {
  it.each(TYPES)('%s: the same as over the whole tensor at once', (type) => {
    const count = (1 << 20) + 1000; // two pieces
    const data = fill(type, count);
    const expected = computeHistogram(data, computeStatistics(type, data, 3), type !== 'float32');
    const found = readHistogram({ path: store(bytesOf(data)), offset: 0, type, shape: [count], zeroPoint: 3 });
    expect(found).toEqual(expected);
    expect(found.bins.reduce((sum, bin) => sum + bin, 0)).toBe(count);
  });

  it('leaves values out that are not finite, even a whole piece of them', () => {
    const data = new Float32Array((1 << 20) + 2).fill(NaN);
    data.set([-3, 5], 1 << 20);
    const source = {
      path: store(bytesOf(data)),
      offset: 0,
      type: 'float32',
      shape: [data.length],
      zeroPoint: 0,
    } as const;
    const { from, to, bins } = readHistogram(source);
    expect([from, to, bins.reduce((sum, bin) => sum + bin, 0)]).toEqual([-3, 5, 2]);
  });

  it('of nothing is empty', () => {
    const source = { path: store(new Uint8Array()), offset: 0, type: 'int8', shape: [0], zeroPoint: 0 } as const;
    expect(readHistogram(source)).toEqual({ from: 0, to: 0, bins: [] });
  });
});

it('a plane of 200 MB takes neither long nor memory', () => {
  const file = path.join(folder, 'large');
  const handle = fs.openSync(file, 'w');
  fs.ftruncateSync(handle, 200 << 20); // sparse
  fs.closeSync(handle);
  const before = process.memoryUsage().arrayBuffers;
  const start = performance.now();
  readPlane({ path: file, offset: 0, type: 'int8', shape: [1, 512, 400, 1024], batch: 0, channel: 5 });
  const between = performance.now() - start;
  readPlane({ path: file, offset: 0, type: 'int8', shape: [1, 100, 100, 20000], batch: 0, channel: 5 });
  console.log(
    `plane of 200 MB: near ${between.toFixed(0)} ms, far apart ${(performance.now() - start - between).toFixed(0)} ms`,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(250 << 20);
});
