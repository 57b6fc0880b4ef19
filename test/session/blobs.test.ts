// Blobs: whole or not there, found by content, checked when read.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Blobs } from '../../main/session/blobs';
import { diskFailure } from '../../main/import/disk';

let folder: string;
let blobs: Blobs;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-blobs-'));
  blobs = new Blobs(path.join(folder, 'a.blobs'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const thrown = (work: () => unknown): { code?: string; message?: string; remedy?: string } => {
  try {
    work();
  } catch (error) {
    return error as { code?: string };
  }
  throw new Error('nothing was thrown');
};

describe('put', () => {
  it('names by content, files where the contract says, for the user alone', () => {
    expect(blobs.has(sha256)).toBe(false);
    expect(blobs.put(bytes)).toBe(sha256);
    blobs.sync();
    const file = path.join(folder, 'a.blobs', sha256.slice(0, 2), sha256);
    expect(blobs.pathOf(sha256)).toBe(file);
    expect(blobs.has(sha256)).toBe(true);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(fs.readdirSync(path.join(folder, 'a.blobs', 'aside'))).toEqual([]);
  });

  it('stores the same bytes once, a view of a larger buffer as its own bytes, and nothing at all', () => {
    blobs.put(bytes);
    const { ino } = fs.statSync(blobs.pathOf(sha256));
    expect(blobs.put(new Uint8Array([9, ...bytes, 9]).subarray(1, 1001))).toBe(sha256);
    expect(fs.statSync(blobs.pathOf(sha256)).ino).toBe(ino);
    const empty = blobs.put(new Uint8Array());
    expect(blobs.readWhole(empty)).toHaveLength(0);
  });

  it('mends a damaged blob when its value is computed again', () => {
    blobs.put(bytes);
    fs.writeFileSync(
      blobs.pathOf(sha256),
      bytes.map((byte, i) => (i === 500 ? byte ^ 1 : byte)),
    );
    expect(thrown(() => blobs.readWhole(sha256)).code).toBe('blob-damaged');
    blobs.put(bytes);
    expect([...blobs.readWhole(sha256)]).toEqual([...bytes]);
  });
});

describe('reading', () => {
  it('gives the whole and any part', async () => {
    blobs.put(bytes);
    expect([...(await blobs.read(sha256))]).toEqual([...bytes]);
    expect([...(await blobs.read(sha256, 10, 5))]).toEqual([10, 11, 12, 13, 14]);
    expect([...(await blobs.read(sha256, 998, 5))]).toEqual([bytes[998], bytes[999]]);
    expect(await blobs.read(sha256, 5000, 5)).toHaveLength(0);
  });

  it('names a missing and a damaged one by hash and by what it held', async () => {
    const missing = thrown(() => blobs.readWhole(sha256, 'The output of conv1'));
    expect(missing).toMatchObject({ code: 'blob-missing', message: expect.stringContaining('The output of conv1') });
    expect(missing.message).toContain(sha256);
    expect(missing.remedy).toContain('again');
    await expect(blobs.read(sha256)).rejects.toMatchObject({ code: 'blob-missing' });
    blobs.put(bytes);
    fs.truncateSync(blobs.pathOf(sha256), 999);
    expect(thrown(() => blobs.readWhole(sha256, 'The output of conv1')).message).toMatch(
      /The output of conv1 is damaged/,
    );
  });

  it.each(['', '..', '../../etc/passwd', 'A'.repeat(64), `${'a'.repeat(63)}/`, 'a'.repeat(65)])(
    'refuses the name %j',
    (name) => {
      expect(() => blobs.pathOf(name)).toThrow(RangeError);
    },
  );
});

describe('keeping order', () => {
  it('secures what is there and names what is not', () => {
    blobs.put(bytes);
    blobs.secure([{ sha256, bytes: 1000 }]);
    expect(thrown(() => blobs.secure([{ sha256, bytes: 999 }])).code).toBe('blob-damaged');
    expect(thrown(() => blobs.secure([{ sha256: '0'.repeat(64), bytes: 1 }])).code).toBe('blob-missing');
  });

  it('lists and removes', () => {
    const other = blobs.put(Uint8Array.of(1));
    blobs.put(bytes);
    expect([...blobs.list()].sort()).toEqual([sha256, other].sort());
    blobs.remove([other, '0'.repeat(64)]);
    expect([...blobs.list()]).toEqual([sha256]);
  });

  it('sweeps what a dead process left aside, and leaves a living one its own', () => {
    blobs.put(bytes);
    const aside = path.join(folder, 'a.blobs', 'aside');
    const dead = 2 ** 22 + 1; // above the largest pid of Linux
    for (const pid of [dead, process.pid]) fs.writeFileSync(path.join(aside, `${pid}-0-x-1`), 'half');
    blobs.sweep();
    expect(fs.readdirSync(aside)).toEqual([`${process.pid}-0-x-1`]);
  });
});

describe('a disk that does not take it', () => {
  it.runIf(fs.existsSync('/dev/full'))('a full disk is a sentence', () => {
    const full = fs.openSync('/dev/full', 'w');
    const error = thrown(() => fs.writeSync(full, bytes));
    fs.closeSync(full);
    expect(diskFailure(error, '/some/where/x.sqlite')).toMatchObject({
      kind: 'user',
      code: 'disk-full',
      message: 'The disk is full: x.sqlite could not be written.',
      place: { file: 'x.sqlite' },
    });
  });

  it('a read-only folder is a sentence', () =>
    asNobody(folder, () => {
      expect(thrown(() => blobs.put(bytes))).toMatchObject({ kind: 'user', code: 'not-writable' });
    }));

  it('a folder that is a file is a sentence', () => {
    fs.writeFileSync(path.join(folder, 'a.blobs'), '');
    expect(thrown(() => blobs.put(bytes))).toMatchObject({ kind: 'user' });
  });

  it('what may not be read is not told as a matter of writing', () => {
    const error = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(diskFailure(error, '/some/run', 'reading')).toMatchObject({
      code: 'not-readable',
      message: 'run cannot be read: you may not open it or the folder it lies in.',
    });
    expect(diskFailure(error, '/some/run')).toMatchObject({ code: 'not-writable' });
  });

  it('what it does not know it passes on', () => {
    const error = new Error('something else');
    expect(diskFailure(error, 'x')).toBe(error);
    expect(diskFailure(null, 'x')).toBe(null);
  });
});

/** Runs `work` with `folder` read-only, as another user where the tests run as root (whom no permission stops). */
function asNobody(folder: string, work: () => void): void {
  const isRoot = process.geteuid!() === 0;
  fs.chmodSync(folder, 0o555);
  if (isRoot) process.seteuid!(65534);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid!(0);
    fs.chmodSync(folder, 0o755);
  }
}

it('a run of 100 tensors of 100 KB is stored in reasonable time', () => {
  const values = Array.from({ length: 100 }, (_, i) =>
    new Uint8Array(100_000).fill(i).map((byte, j) => byte ^ (j * 31)),
  );
  const start = performance.now();
  const named = values.map((value) => ({ sha256: blobs.put(value), bytes: value.length }));
  const put = performance.now();
  blobs.sync();
  const synced = performance.now();
  blobs.secure(named);
  const end = performance.now();
  for (const value of values) blobs.put(value);
  const again = performance.now() - end;
  const ms = (time: number) => `${time.toFixed(0)} ms`;
  console.log(
    `100 blobs of 100 KB: put ${ms(put - start)}, names synced ${ms(synced - put)} (${(10 / ((synced - start) / 1000)).toFixed(0)} MB/s); ` +
      `secured by main ${ms(end - synced)}; the same again ${ms(again)}`,
  );
  expect(end - start).toBeLessThan(30_000);
});
