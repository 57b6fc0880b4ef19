// A bundle tells of every byte that is not as it was exported, in every format: the file, the byte, the word.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../main/export/choice';
import { FILE_FORMATS, type FileFormat } from '../../main/export/formats/formats';
import { verifyBundle } from '../../main/export/verify';
import { Random } from '../oracle/random';
import { isFull } from '../rtl/simulators';
import { TINY_ARRAY, digits, makeBundle } from './bundles';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'goldbench-verify-'));
const bundle = path.join(folder, 'bundle');
const NAMES = Object.keys(FILE_FORMATS) as FileFormat[];
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Vector files of one format, as they were exported. */
let files: Map<string, Buffer>;
const ofFormat = (name: FileFormat): [string, Buffer][] => [...files].filter(([file]) => file.endsWith(`.${name}`));

beforeAll(async () => {
  const { vectors } = await makeBundle(bundle, digits(), {
    array: TINY_ARRAY,
    layers: '10',
    formats: FORMATS,
    modules: 20,
  });
  files = new Map(
    vectors.flatMap((vector) => vector.files.map((file) => [file.path, fs.readFileSync(path.join(bundle, file.path))])),
  );
});

/** Turns one bit of one byte in each of the files; what verifyBundle says of each must name that byte. */
function flipEach(flips: readonly (readonly [file: string, bytes: Buffer, at: number, bit: number])[]): void {
  for (const [file, bytes, at, bit] of flips) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << bit;
    fs.writeFileSync(path.join(bundle, file), flipped);
  }
  const told = new Map(verifyBundle(bundle).altered.map(({ file, what }) => [file, what]));
  for (const [file, bytes] of flips) fs.writeFileSync(path.join(bundle, file), bytes);
  expect([...told.keys()].sort()).toEqual(flips.map(([file]) => file).sort());
  const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;
  for (const [file, bytes, at, bit] of flips)
    expect(told.get(file), file).toContain(
      `is altered: byte ${at} is ${hex(bytes[at]! ^ (1 << bit))} and was ${hex(bytes[at]!)}`,
    );
}

describe.each(NAMES)('.%s', (name) => {
  it('any byte, in any vector', () => {
    const random = new Random(9);
    expect(ofFormat(name).length).toBeGreaterThan(15);
    for (let round = 0; round < 4; round++)
      flipEach(
        ofFormat(name).map(([file, bytes]) => [file, bytes, random.whole(0, bytes.length - 1), random.whole(0, 7)]),
      );
  });

  it.runIf(isFull)('every byte, in every vector', { timeout: 1_200_000 }, () => {
    const longest = Math.max(...ofFormat(name).map(([, bytes]) => bytes.length));
    for (let at = 0; at < longest; at++)
      flipEach(
        ofFormat(name)
          .filter(([, bytes]) => at < bytes.length)
          .map(([file, bytes]) => [file, bytes, at, at % 8]),
      );
  });
});

it('the word is told with its place', () => {
  const [file, bytes] = ofFormat('bin').find(([one]) => one.endsWith('requantised.bin'))!;
  const flipped = Buffer.from(bytes);
  flipped[7]! ^= 0x80;
  fs.writeFileSync(path.join(bundle, file), flipped);
  const { what } = verifyBundle(bundle).altered[0]!;
  fs.writeFileSync(path.join(bundle, file), bytes);
  expect(what).toMatch(/; word 7 \[0, 7\] is -?\d+ and was -?\d+$/);
});

it('other files, missing files and cut files are told, and a whole bundle is', () => {
  expect(verifyBundle(bundle)).toEqual({ checked: expect.any(Number), altered: [] });
  for (const [name, spoil, what] of [
    ['rtl/engine.sv', (file: string) => fs.appendFileSync(file, ' '), /^has \d+ bytes of \d+$/],
    ['bundle.gvb', (file: string) => fs.writeFileSync(file, fs.readFileSync(file).fill(7, 90, 91)), /^is altered$/],
    ['testbench/sums.txt', (file: string) => fs.rmSync(file), /^is missing$/],
    [
      ofFormat('mem')[0]![0],
      (file: string) => fs.truncateSync(file, 5),
      /^has 5 bytes of \d+: byte 5 is missing and was 0x/,
    ],
  ] as const) {
    const file = path.join(bundle, name);
    const bytes = fs.readFileSync(file);
    spoil(file);
    const { altered } = verifyBundle(bundle);
    fs.writeFileSync(file, bytes);
    expect(altered).toEqual([{ file: name, what: expect.stringMatching(what) }]);
  }
  expect(() => verifyBundle(folder)).toThrow(expect.objectContaining({ code: 'bundle-not-one' }));
});
