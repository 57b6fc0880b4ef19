// Batches: the digits of the sample against their labels; what a folder, labels and a .npy may look like.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openNetwork, runBatch } from '../../main/flow';
import { type BatchOptions, batchCsv, summarise } from '../../main/golden/batch';
import type { BatchRecord } from '../../main/golden/batchRecord';
import { readBatch } from '../../main/import/batch';
import { writeNpy } from '../../main/tensor/npy';
import { readImage } from '../../main/import/image';
import { oneOperator, q, slot } from './oneOperator';

const digits = path.resolve(__dirname, '../../resources/samples/digits');
const images = path.join(digits, 'inputs');
const { network } = openNetwork(readFileSync(path.join(digits, 'digits.tflite')), 'digits.tflite');
const { outputs, inputs: known } = {
  ...JSON.parse(readFileSync(path.join(digits, 'expected/index.json'), 'utf8')),
  inputs: JSON.parse(readFileSync(path.join(digits, 'sample.json'), 'utf8')).inputs,
} as {
  outputs: { file: string; runs: { input: string; offset: number; length: number }[] };
  inputs: { file: string; label: string }[];
};

let folder = '';
const folders: string[] = [];
beforeEach(() => folders.push((folder = mkdtempSync(path.join(tmpdir(), 'goldbench-batch-')))));
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true, force: true })));
const put = (name: string, content: string | Uint8Array = readFileSync(path.join(images, '7_a.png'))): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
function run(place: string, labels: string[] = [], options: Partial<BatchOptions> = {}): BatchRecord {
  const entries = runBatch(network, readBatch(place, labels), {
    kernels: 'reference',
    top: 5,
    program: 'test',
    ...options,
  });
  for (;;) {
    const step = entries.next();
    if (step.done) return step.value;
  }
}

describe('the digits', () => {
  const record = run(images);

  test('every score is what TFLite computed, and every digit is right', () => {
    const bytes = readFileSync(path.join(digits, 'expected', outputs.file));
    expect(record.entries).toHaveLength(20);
    for (const { name, top } of record.entries) {
      const { offset, length } = outputs.runs.find(({ input }) => input === `inputs/${name}`)!;
      const expected = new Int8Array(bytes.buffer, bytes.byteOffset + offset, length);
      for (const { index, raw } of top) expect(raw).toBe(expected[index]);
      expect(top[0]!.raw).toBe(Math.max(...expected));
    }
    expect(record.entries.map(({ truth }) => `${truth}`)).toEqual(known.map(({ label }) => label));
    expect(record.summary).toMatchObject({ count: 20, failed: 0, labelled: 20, top1: 20, topK: 20, confusions: [] });
  });

  test('as one .npy, with labels by row', () => {
    const files = readdirSync(images)
      .filter((name) => name.endsWith('.png'))
      .sort();
    const reals = new Float32Array(files.length * 784);
    files.forEach((name, i) => {
      const { samples, stride } = readImage(readFileSync(path.join(images, name)), name);
      for (let p = 0; p < 784; p++) reals[i * 784 + p] = samples[p * stride]! / 255;
    });
    const labels = put('truth.csv', files.map((name, i) => `${i},${name[0]}`).join('\n'));
    const rows = run(put('digits.npy', writeNpy('float32', [files.length, 28, 28, 1], reals)), [labels]);
    expect(rows.entries.map(({ top }) => top)).toEqual(record.entries.map(({ top }) => top));
    expect(rows.summary.top1).toBe(20);
  });

  test('a table for spreadsheets', () => {
    const [head, first, ...more] = batchCsv({ ...record, k: 2 })
      .trim()
      .split('\r\n');
    expect(head).toBe('name,label,right,class 1,raw 1,real 1,class 2,raw 2,real 2,ms,problem');
    expect(first).toMatch(/^0_a\.png,class 0,yes,class 0,58,0\.7265625,class 8,-61,0\.26171875,[\d.]+,$/);
    expect(more).toHaveLength(19);
    const [entry] = record.entries;
    expect(batchCsv({ k: 1, entries: [{ ...entry!, name: '=1+1,"a"' }] })).toContain(`"'=1+1,""a"""`);
  });
});

describe('labels', () => {
  test('folders are classes, by number', () => {
    put('7/a.png');
    put('1/b.png');
    const { entries, summary } = run(folder);
    expect(entries.map(({ name, right }) => [name, right])).toEqual([
      ['1/b.png', false],
      ['7/a.png', true],
    ]);
    expect(summary).toMatchObject({
      labelled: 2,
      top1: 1,
      confusions: [{ truth: 'class 1', read: 'class 7', count: 1 }],
    });
  });
  test('folders by name: as many as classes and sorted, or labels.txt', () => {
    const names = ['nil', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    put('seven/a.png');
    expect(() => run(folder)).toThrow('seven/a.png is labelled seven, which is no class from 0 to 9.');
    put('labels.txt', `${names.join('\n')}\n`);
    expect(run(folder).entries[0]).toMatchObject({ label: 'seven', right: true });
    expect(run(folder).classes).toEqual(names);
    rmSync(path.join(folder, 'labels.txt'));
    for (const name of names) put(`${name}/a.png`);
    expect(run(folder).classes).toEqual([...names].sort());
  });
  test('labels.csv: heading, quotes, files by their last part; unlabelled ones are not judged', () => {
    put('in/a b,c.png');
    put('x.png');
    put('labels.csv', 'file,class\r\n"a b,c.png",7\r\n');
    const { entries, summary } = run(folder);
    expect(entries.map(({ name, right }) => [name, right])).toEqual([
      ['in/a b,c.png', true],
      ['x.png', null],
    ]);
    expect(summary).toMatchObject({ count: 2, labelled: 1, top1: 1 });
  });
  test('what is wrong is told with its place', () => {
    const image = put('a.png');
    expect(() => run(folder, [put('l.csv', 'a.png,7\nb.png\n')])).toThrow('Line 2 of l.csv is not file,class.');
    expect(() => run(folder, [put('m.csv', 'other.png,7')])).toThrow('m.csv names none of the 1 inputs.');
    expect(() => run(folder, [put('n.txt', 'one\ntwo')])).toThrow('2 class names were given for 10 scores.');
    expect(() => run(folder, [put('o.json', '{}')])).toThrow('o.json is neither .txt nor .csv.');
    expect(() => run(folder, [put('p.csv', 'a.png,12')])).toThrow(
      'a.png is labelled 12, which is no class from 0 to 9.',
    );
    expect(() => run(image)).toThrow('a.png is no .npy file.');
    expect(() => run(path.join(folder, 'absent'))).toThrow('absent does not exist');
    mkdirSync(path.join(folder, 'empty'));
    expect(() => run(path.join(folder, 'empty'))).toThrow('empty holds no .png');
  });
});

test('an input that cannot be read is told, and the others go on', () => {
  put('a.png', 'no image');
  put('b.png');
  const { entries, summary } = run(folder);
  expect(entries[0]).toMatchObject({ top: [], right: null });
  expect(entries[0]!.problem).toContain('a.png');
  expect(entries[1]!.top[0]!.index).toBe(7);
  expect(summary).toMatchObject({ count: 2, failed: 1 });
});

test('confusions are counted, the most frequent first', () => {
  const top = (index: number) => [{ index, label: `${index}`, raw: 0, real: 0, share: 1, probability: true }];
  const entry = (truth: number, read: number) => ({
    name: '',
    label: `${truth}`,
    truth,
    top: top(read),
    right: truth === read,
    ms: 1,
    problem: null,
  });
  const { confusions, top1 } = summarise([entry(1, 2), entry(3, 8), entry(3, 8), entry(4, 4)]);
  expect(confusions).toEqual([
    { truth: '3', read: '8', count: 2 },
    { truth: '1', read: '2', count: 1 },
  ]);
  expect(top1).toBe(1);
});

test('a network without one row of scores is refused', () => {
  const x = slot('int8', [1, 2, 2, 1], q(1), new Int8Array(4));
  const other = oneOperator('RELU', [x], { type: 'int8', shape: [1, 2, 2, 1], quantization: q(1) }, {}).network;
  put('a.png');
  const batch = runBatch(other, readBatch(folder), { kernels: 'reference', top: 5, program: 'test' });
  expect(() => batch.next()).toThrow('No output of one is one row of scores');
});
