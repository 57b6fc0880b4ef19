// Dumps of memories compared with what golden kept: raw bytes, and hexadecimal words as $writememh writes them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareRuns } from '../../main/compare/compare';
import { readDump } from '../../main/compare/dump';
import { readBeside, readSides } from '../../main/compare/folder';
import { writeNpy } from '../../main/tensor/npy';

const folder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-dump-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string, type: 'int8' | 'int16' | 'int32' | 'uint8', shape: number[]): number[] =>
  Array.from(readDump(new TextEncoder().encode(text), 'dump.mem', type, shape), Number);

describe('a .mem file', () => {
  it('holds an element a word, or several, the least significant first', () => {
    expect(read('7f\n80\nff 01', 'int8', [4])).toEqual([127, -128, -1, 1]);
    expect(read('01ff807f', 'int8', [4])).toEqual([127, -128, -1, 1]);
    expect(read('fffffffe_00000003', 'int32', [2])).toEqual([3, -2]);
  });

  it('with words of 24 bits gives int32 with their sign', () => {
    expect(read('fffff0 000010 800000', 'int32', [3])).toEqual([-16, 16, -(2 ** 23)]);
    expect(read('f', 'uint8', [1])).toEqual([15]);
  });

  it('has comments and addresses of words', () => {
    expect(read('// 3 words\n0001 /* two\nlines */ 0002\n@1 0007\n@2\n0003', 'int16', [3])).toEqual([1, 7, 3]);
  });

  it('says in which line it is wrong', () => {
    const wrong = (text: string) => () => read(text, 'int8', [2]);
    expect(wrong('01\nxx')).toThrow("dump.mem, line 2: 'xx' is not known: the memory was never written.");
    expect(wrong('01 02\n\n03')).toThrow("dump.mem, line 3: '03' is one word too many: 2 bytes are wanted.");
    expect(wrong('01 hello')).toThrow("'hello' is no hexadecimal word");
    expect(wrong('012')).toThrow("'012' has 3 digits, which are no whole elements of 2.");
    expect(wrong('@4 01')).toThrow('comes before any word has shown its length');
    expect(wrong('01')).toThrow('dump.mem holds 1 bytes, but int8 [2] has 2.');
  });
});

describe('dumps as a side of a comparison', () => {
  const put = (name: string, content: Uint8Array | string): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const golden = Int8Array.of(1, -2, 3, -4);

  it('take type and shape from the .npy on the other side, whichever that is', () => {
    const npy = put('one.npy', writeNpy('int8', [2, 2], golden));
    const bin = put('fpga.bin', Uint8Array.of(1, 254, 3, 5));
    const first = { flat: 3, index: [1, 1], a: -4, b: 5 };
    expect(compareRuns(...readSides(npy, bin))).toMatchObject({ isEqual: false, differing: 1, tensors: [{ first }] });
    expect(compareRuns(...readSides(bin, npy))).toMatchObject({ differing: 1, tensors: [{ first: { a: 5, b: -4 } }] });
    expect(() => readSides(bin, bin)).toThrow(expect.objectContaining({ code: 'dump-type' }));
  });

  it('of the wrong size, or never written, hide nothing of the others; alone such a file is refused', () => {
    put('whole/000_ADD.npy', writeNpy('int8', [4], golden));
    put('whole/001_ADD.npy', writeNpy('int8', [4], golden));
    put('whole/002_ADD.npy', writeNpy('int8', [4], golden));
    put('short/000_ADD.bin', Uint8Array.of(1, 254, 3));
    put('short/001_ADD.mem', '01 fe\nxx fc');
    put('short/002_ADD.bin', Uint8Array.of(1, 254, 3, 253));
    const { tensors, first, differing } = compareRuns(
      ...readSides(path.join(folder, 'whole'), path.join(folder, 'short')),
    );
    expect(tensors.map(({ verdict }) => verdict)).toEqual(['incomparable', 'incomparable', 'differs']);
    expect(tensors[0]!.why).toBe(
      '000_ADD.bin holds 3 bytes, but int8 [4] has 4. Dump the whole tensor and nothing else.',
    );
    expect(tensors[1]!.why).toContain("001_ADD.mem, line 2: 'xx' is not known");
    expect({ first, differing }).toEqual({ first: 0, differing: 1 });
    const [npy, bin] = [path.join(folder, 'whole/000_ADD.npy'), path.join(folder, 'short/000_ADD.bin')];
    expect(() => readSides(npy, bin)).toThrow(expect.objectContaining({ code: 'dump-length' }));
  });

  it('beside a run keep what only they have, and nothing to compare is told with a name to give', () => {
    const run = readSides(path.join(folder, 'whole'), path.join(folder, 'whole'))[0];
    put('board/001_ADD.bin', Uint8Array.of(1, 254, 3, 252));
    put('board/extra.npy', writeNpy('int8', [1], Int8Array.of(7)));
    const labels = readBeside(path.join(folder, 'board'), run).map(({ label }) => label);
    expect(labels).toEqual(['001_ADD.npy', 'extra.npy']);
    put('misnamed/extra.npy', writeNpy('int8', [1], Int8Array.of(7)));
    mkdirSync(path.join(folder, 'empty'));
    for (const name of ['misnamed', 'empty'])
      expect(() => readBeside(path.join(folder, name), run)).toThrow(
        expect.objectContaining({
          code: 'no-tensors',
          message: `The folder ${name} holds no .npy, .bin or .mem file that is named as a tensor of the run.`,
          remedy: 'Name the files as those of a saved run: 000_ADD.npy, 000_ADD.bin or 000_ADD.mem, and so on.',
        }),
      );
    put('text/000_ADD.npy', 'no array');
    expect(() => readBeside(path.join(folder, 'text'), run)).toThrow(
      expect.objectContaining({ kind: 'user', place: expect.objectContaining({ file: '000_ADD.npy' }) }),
    );
    expect(() => readBeside(path.join(folder, 'board/001_ADD.bin'), run)).toThrow(
      expect.objectContaining({ code: 'not-a-folder' }),
    );
  });

  it('in a folder stand for the .npy of their name', () => {
    put('run/000_CONV_2D.npy', writeNpy('int8', [4], golden));
    put('run/001_CONV_2D.npy', writeNpy('int8', [4], golden));
    put('fpga/001_CONV_2D.mem', '01 fe 03 fc');
    put('fpga/000_CONV_2D.bin', Uint8Array.of(1, 254, 3, 253));
    put('fpga/notes.bin', 'unrelated');
    const compared = compareRuns(...readSides(path.join(folder, 'run'), path.join(folder, 'fpga')));
    expect(compared.tensors.map(({ label, verdict }) => [label, verdict])).toEqual([
      ['000_CONV_2D.npy', 'differs'],
      ['001_CONV_2D.npy', 'equal'],
    ]);
  });
});
