// The command line twin of what was done in the window.
import { execFileSync } from 'node:child_process';
import fc from '../properties';
import { describe, expect, it } from 'vitest';
import { OPTIONS } from './samples';
import { batchCommand, goldenCommand, importCommand, quantiseCommand, quoteCommand } from '../../main/session/command';

/** What bash makes of a command line: its words. */
const readBack = (command: string): string[] =>
  execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${command}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
    .split('\0')
    .slice(0, -1);

describe('the command line twin', () => {
  it('reads as a person would type it', () => {
    expect(importCommand('digits.tflite')).toBe('goldbench import digits.tflite');
    const given = [{ tensor: 'input', file: '7_a.png' }];
    expect(goldenCommand('digits.tflite', given, OPTIONS)).toBe(
      'goldbench golden digits.tflite --input input=7_a.png --kernels reference --engine reference-ts',
    );
    const other = { kernels: 'xnnpack', engine: 'native', threads: 2, keep: 'outputs' } as const;
    expect(goldenCommand('digits.tflite', given, other)).toMatch(
      /--kernels xnnpack --engine native --threads 2 --keep outputs$/,
    );
  });
  it('tells once what the pixels of all images become', () => {
    const given = [
      { tensor: 'a', file: 'a.npy' },
      { tensor: 'b', file: 'b.png', pixels: '-1..1' },
      { tensor: 'c', file: 'c.png', pixels: '-1..1' },
    ] as const;
    expect(goldenCommand('net.tflite', given, OPTIONS)).toContain(' --input c=c.png --pixels=-1..1 --kernels ');
    expect(batchCommand('net.tflite', 'photos', { ...OPTIONS, pixels: '0..255' })).toContain(
      ' --batch photos --pixels 0..255 --kernels ',
    );
  });
  it('leaves out what is usual of a quantisation', () => {
    const usual = {
      scheme: 'int8',
      layers: [],
      method: 'min-max',
      ends: 'words',
      pixels: 'file',
      limit: null,
      engine: 'native',
    } as const;
    const none = { isJudged: false, suggest: null, heldOut: null, labels: [] };
    expect(quantiseCommand('net.onnx', 'photos', 'net-int8.tflite', usual, none)).toBe(
      'goldbench quantise net.onnx --images photos --out net-int8.tflite --scheme int8 --engine native',
    );
    const layers = [
      { operator: 2, scheme: '16x8' },
      { operator: 3, scheme: null },
    ];
    expect(
      quantiseCommand(
        'net.onnx',
        'photos',
        'out.tflite',
        { ...usual, layers, method: 'percentile:99.9', ends: 'real', pixels: '-1..1', limit: 7 },
        { ...none, isJudged: true },
      ),
    ).toMatch(
      /--scheme int8 --layer 2=16x8 --layer 3=real --method percentile:99\.9 --ends real --pixels=-1\.\.1 --limit 7 --engine native --judge$/,
    );
    expect(
      quantiseCommand('net.onnx', 'photos', 'out.tflite', usual, {
        ...none,
        isJudged: true,
        heldOut: '-others',
        labels: ['a.csv', '-b.txt'],
      }),
    ).toMatch(/--judge --held-out=-others --labels a\.csv --labels=-b\.txt$/);
    const suggest = { budget: '1.5MB', high: 'int8' };
    expect(
      quantiseCommand('net.onnx', 'photos', 'out.tflite', { ...usual, scheme: 'int4' }, { ...none, suggest }),
    ).toMatch(/--scheme int4 --engine native --suggest 1\.5MB --high int8$/);
  });
  it.each([
    ['my net.tflite', `goldbench import 'my net.tflite'`],
    ["it's.tflite", `goldbench import 'it'\\''s.tflite'`],
    ['-rf.tflite', 'goldbench import ./-rf.tflite'],
    ['$(rm -rf ~).tflite', `goldbench import '$(rm -rf ~).tflite'`],
    ['~.tflite', `goldbench import '~.tflite'`],
    ['two\nlines.tflite', `goldbench import $'two\\x0alines.tflite'`],
  ])('quotes %j', (file, command) => {
    expect(importCommand(file)).toBe(command);
  });
  it('binds a name that looks like an option to its option', () => {
    const command = goldenCommand('a.tflite', [{ tensor: '--out', file: '/etc' }], OPTIONS);
    expect(command).toBe('goldbench golden a.tflite --input=--out=/etc --kernels reference --engine reference-ts');
  });
  it('is one line of harmless characters that bash reads back as the same words', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((word) => !word.includes('\0'));
    const nasty = fc.string({
      unit: fc.constantFrom(...`'"\\$\`!*?;&|<>(){}[]#~ \n\t\r\u001b\u0085a=-`),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(text, nasty), { minLength: 1, maxLength: 40 }), (words) => {
        const command = quoteCommand(words);
        // eslint-disable-next-line no-control-regex -- that there is none is the point
        expect(command).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(readBack(command)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
});
