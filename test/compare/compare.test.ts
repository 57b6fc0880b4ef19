// Comparing against the obvious way: both tensors in memory, one loop.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from '../properties';
import { afterAll, describe, expect, it } from 'vitest';
import { type Kept, compareRuns, compareTensors, countByChannel } from '../../main/compare/compare';
import { readSides } from '../../main/compare/folder';
import type { ElementType } from '../../main/network/network';
import { indexOf } from '../../main/tensor/place';
import { writeNpy } from '../../main/tensor/npy';
import type { TypedArray } from '../../main/tensor/tensor';

const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kept = (data: TypedArray, shape: readonly number[], more: Partial<Kept> = {}): Kept => ({
  label: 'a',
  operator: 0,
  tensor: 7,
  what: 'output',
  type: 'int8',
  shape,
  sha256: null,
  open: (work) => work((first, count) => data.subarray(first, first + count)),
  ...more,
});
const never: Kept['open'] = () => {
  throw new Error('nothing was to be read');
};

describe('two tensors', () => {
  it('count, largest and first difference are those of the plain loop', () => {
    const values = fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 24, maxLength: 24 });
    const changes = fc.array(fc.tuple(fc.nat(23), fc.integer({ min: -128, max: 127 })), { maxLength: 5 });
    fc.assert(
      fc.property(values, changes, (list, changed) => {
        const shape = [1, 2, 3, 4];
        const a = Int8Array.from(list);
        const b = a.slice();
        for (const [at, value] of changed) b[at] = value;
        const wrong = list.map((_, i) => i).filter((i) => a[i] !== b[i]);
        const found = compareTensors(kept(a, shape), kept(b, shape));
        expect(found.verdict).toBe(wrong.length ? 'differs' : 'equal');
        expect(found.differing).toBe(wrong.length);
        expect(found.largest).toBe(Math.max(0, ...wrong.map((i) => Math.abs(a[i]! - b[i]!))));
        const flat = wrong[0];
        const first = flat === undefined ? null : { flat, index: indexOf(shape, flat), a: a[flat], b: b[flat] };
        expect(found.first).toEqual(first);
        const read = (data: TypedArray) => (from: number, count: number) => data.subarray(from, from + count);
        const channels = [0, 1, 2, 3].map((c) => wrong.filter((i) => i % 4 === c).length);
        expect(countByChannel(read(a), read(b), shape)).toEqual(channels);
      }),
    );
  });

  it('larger than one piece: positions count from the beginning', () => {
    const count = (1 << 20) + 5;
    const a = new Int8Array(count);
    const b = a.slice();
    b[count - 1] = -128;
    const found = compareTensors(kept(a, [count]), kept(b, [count]));
    expect(found).toMatchObject({ differing: 1, largest: 128, first: { flat: count - 1, a: 0, b: -128 } });
  });

  it.each<[string, ElementType, TypedArray, TypedArray, object]>([
    [
      'int64 to the last digit',
      'int64',
      BigInt64Array.of(2n ** 53n),
      BigInt64Array.of(2n ** 53n + 1n),
      { differing: 1, largest: 1, first: { flat: 0, index: [0], a: 2n ** 53n, b: 2n ** 53n + 1n } },
    ],
    ['a NaN equals a NaN', 'float32', Float32Array.of(NaN), Float32Array.of(NaN), { verdict: 'equal' }],
    [
      '-0 is not 0',
      'float32',
      Float32Array.of(-0),
      Float32Array.of(0),
      { verdict: 'differs', differing: 1, largest: 0 },
    ],
    [
      'infinity has no distance',
      'float32',
      Float32Array.of(Infinity),
      Float32Array.of(1),
      { differing: 1, largest: null },
    ],
    ['nor has NaN', 'float32', Float32Array.of(NaN), Float32Array.of(1), { differing: 1, largest: null }],
  ])('%s', (_, type, a, b, expected) => {
    expect(compareTensors(kept(a, [1], { type }), kept(b, [1], { type }))).toMatchObject(expected);
  });

  it('the same sha256 is equal without a look; another shape or type cannot be compared', () => {
    const a = kept(Int8Array.of(1), [1], { sha256: 'x', open: never });
    expect(compareTensors(a, a)).toMatchObject({ verdict: 'equal', count: 1 });
    expect(compareTensors(a, { ...a, shape: [1, 1] })).toMatchObject({
      verdict: 'incomparable',
      why: 'int8 [1] in A, int8 [1, 1] in B.',
    });
    expect(compareTensors(a, { ...a, type: 'uint8' }).verdict).toBe('incomparable');
  });
});

describe('two runs', () => {
  const one = (label: string, operator: number | null, what: Kept['what'], ...values: number[]): Kept =>
    kept(Int8Array.from(values), [values.length], { label, operator, what });
  const a = [
    one('input', null, 'input', 1),
    one('0.acc', 0, 'accumulator', 5),
    one('0', 0, 'output', 1, 2),
    one('1', 1, 'output', 3),
  ];

  it('equal ones are equal', () => {
    expect(compareRuns(a, a)).toMatchObject({ isEqual: true, elements: 5, differing: 0, first: null });
  });
  it('the first that differs is the first in execution order that an operator made', () => {
    const b = [one('input', null, 'input', 9), a[1]!, one('0', 0, 'output', 1, 4), one('1', 1, 'output', 7)];
    const found = compareRuns(a, b);
    expect(found).toMatchObject({ isEqual: false, elements: 5, differing: 3, first: 2 });
    expect(found.tensors[2]).toMatchObject({ label: '0', first: { flat: 1, a: 2, b: 4 }, largest: 2 });
    expect(compareRuns(a, [b[0]!, ...a.slice(1)])).toMatchObject({ isEqual: false, first: 0 }); // an input alone
  });
  it('accumulators that one did not keep are no difference; an output that one has not is', () => {
    const without = a.filter(({ what }) => what !== 'accumulator');
    for (const [x, y] of [
      [a, without],
      [without, a],
    ] as const) {
      const found = compareRuns(x, y);
      expect(found).toMatchObject({ isEqual: true, elements: 4 });
      expect(found.tensors.map(({ label }) => label)).toEqual(['input', '0.acc', '0', '1']);
    }
    expect(compareRuns(a, a.slice(0, 3))).toMatchObject({ isEqual: false, first: 3 });
  });
  it('tells how far it is, and stops when told to', () => {
    const told: number[] = [];
    compareRuns(a, a, (done, total) => told.push(done / total));
    expect(told).toEqual([0, 0.25, 0.5, 0.75]);
    const stop = () => {
      throw new Error('stop');
    };
    expect(() => compareRuns(a, a, stop)).toThrow('stop');
  });
});

describe('folders', () => {
  const write = (name: string, ...values: number[]): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, writeNpy('int8', [values.length], Int8Array.from(values)));
    return file;
  };
  it('are read in execution order', () => {
    for (const name of ['010_ADD.npy', '002_CONV_2D.npy', '002_CONV_2D.accumulator.npy', 'input_0.npy', 'other.npy'])
      write(`run/${name}`, 1);
    const names = ['input_0.npy', '002_CONV_2D.accumulator.npy', '002_CONV_2D.npy', '010_ADD.npy', 'other.npy'];
    const [side] = readSides(path.join(folder, 'run'), path.join(folder, 'run'));
    expect(side.map(({ label }) => label)).toEqual(names);
    expect(compareRuns(side, side)).toMatchObject({ isEqual: true, elements: 5 });
  });
  it('two files are compared whatever their names are', () => {
    const [x, y] = [write('x.npy', 1, 2), write('y.npy', 1, 3)];
    expect(compareRuns(...readSides(x, y))).toMatchObject({ differing: 1, first: 0 });
  });
  it('say what is wrong with them', () => {
    const empty = path.join(folder, 'empty');
    mkdirSync(empty);
    expect(() => readSides(empty, empty)).toThrow(expect.objectContaining({ code: 'no-tensors' }));
    expect(() => readSides(path.join(folder, 'none'), empty)).toThrow(
      expect.objectContaining({ code: 'file-not-found' }),
    );
    writeFileSync(path.join(empty, 'bad.npy'), 'text');
    expect(() => readSides(empty, empty)).toThrow(
      expect.objectContaining({ code: 'npy-damaged', place: expect.objectContaining({ file: 'bad.npy' }) }),
    );
  });
});
