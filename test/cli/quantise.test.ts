// `goldbench quantise` as a user meets it: the file it writes, tables and JSON, what it refuses, and how it is stopped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PIXEL_RULES } from '../../main/network/pixels';
import { parseScheme } from '../../main/network/scheme';
import { constantBytes } from '../../main/quantise/suggest';
import { watch } from '../../main/cli/watch';
import { convert, prepareQuantisation, runBatch } from '../../main/flow';
import type { BatchRecord } from '../../main/golden/batchRecord';
import { readBatch } from '../../main/import/batch';
import { importNetwork } from '../../main/import/import';
import { finish } from '../quantise/digits';

const root = path.resolve(import.meta.dirname, '../..');
const node = process.versions.electron ? 'node' : process.execPath;
const sample = (name: string): string => path.join(root, 'resources/samples/digits', name);
const folder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-quantise-'));
const out = path.join(folder, 'made.tflite');
const before = process.listenerCount('SIGINT');
afterAll(() => rmSync(folder, { recursive: true }));

const given = ['bin/goldbench.cjs', 'quantise', sample('digits_float.tflite'), '--images', sample('inputs')];
function goldbench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(node, [...given, ...args], { cwd: root, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('goldbench quantise', () => {
  it('writes a file that opens again, and tells what became of each operator', () => {
    const { code, out: told, err } = goldbench('--out', out, '--layer', '4=16x8', '--limit', '5');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(told).toContain(
      'digits_float as int8, ranges by min-max over 5 inputs of inputs. The first: PNG 28 x 28 grey',
    );
    expect(told).toMatch(/^ 0 +0 +CONV_2D +1x28x28x8 +int8 +0\.0\d+ +-128 +0\.000 … \d/m);
    expect(told).toMatch(/^ 4 +DEQUANTIZE +1x14x14x16 +float32\n 5 +QUANTIZE +1x14x14x16 +int16/m);
    const { network } = importNetwork(readFileSync(out), 'made.tflite');
    expect(network.operators.map(({ kind }) => kind)).toContain('QUANTIZE');
  });

  it('the same as JSON, in words of a scheme', () => {
    const { code, out: told } = goldbench(
      '--out',
      out,
      '--scheme',
      'kraken:8,8,24',
      '--method',
      'percentile:99.9',
      '--limit',
      '2',
      '--json',
    );
    expect(code).toBe(0);
    const record = JSON.parse(told) as {
      quantised: { sha256: string };
      operators: { seen: { max: number; high: number } | null }[];
    };
    const { network } = importNetwork(readFileSync(out), 'made.tflite');
    expect(record).toMatchObject({ scheme: 'kraken:8,8,24', method: 'percentile:99.9', calibration: { inputs: 2 } });
    expect(record.quantised.sha256).toBe(network.sha256);
    expect(network.scheme).toMatchObject({ kind: 'kraken', accumulatorBits: 24 });
    expect(record.operators[0]!.seen!.high).toBeLessThan(record.operators[0]!.seen!.max); // clipped
  });

  it.each(['int8', '16x8', 'int4', 'shift:8,8,24', 'kraken:8,8,24'])(
    '%s: the file opens again, and golden scores as it does without a file',
    (scheme) => {
      const { code, err } = goldbench('--out', out, '--scheme', scheme);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const args = ['bin/goldbench.cjs', 'golden', out, '--batch', sample('inputs'), '--json']; // the file knows its pixels
      const { stdout } = spawnSync(node, args, { cwd: root, encoding: 'utf8' });
      const written = JSON.parse(stdout) as BatchRecord;
      const real = importNetwork(readFileSync(sample('digits_float.tflite')), 'digits_float.tflite').network;
      const batch = readBatch(sample('inputs'));
      const choice = {
        scheme: parseScheme(scheme),
        layers: new Map(),
        method: { name: 'min-max' },
        ends: 'words',
      } as const;
      const { network } = convert(finish(prepareQuantisation(real, batch)), choice);
      const { entries } = finish(
        runBatch(network, batch, { kernels: 'reference', top: 5, program: 'test', preprocessing: PIXEL_RULES['0..1'] }),
      );
      expect(written.network.sha256).toBe(network.sha256);
      expect(written.entries.map(({ top }) => top)).toEqual(entries.map(({ top }) => top));
      expect(written.summary.top1).toBeGreaterThanOrEqual(19);
    },
  );

  it('judges: noise by operator, agreement and accuracy of labelled inputs', () => {
    const { code, out: told } = goldbench(
      '--out',
      out,
      '--limit',
      '5',
      '--judge',
      '--held-out',
      sample('inputs'),
      '--top',
      '3',
    );
    expect(code).toBe(0);
    expect(told).toMatch(
      /Signal over quantisation noise on 20 inputs of inputs, worst first; \d+\.\d dB at the last operator/,
    );
    expect(told).toMatch(/^ *\d+ +\d+ +CONV_2D +\d+\.\d +0\.\d+ +0\.000 … \d+\.\d+ +0\.000 … \d+\.\d+/m);
    expect(told).toContain('best class as in real numbers: 20 of 20 (100.00 %); that one among the best 3: 20 of 20');
    expect(told).toContain('best class right: 20 of 20 (100.00 %); in real numbers 20 of 20 (100.00 %)');
  });

  it('suggests longer words within a budget, and writes them', () => {
    const { code, out: told } = goldbench(
      '--out',
      out,
      '--limit',
      '6',
      '--scheme',
      'int4',
      '--suggest',
      '10kB',
      '--judge',
      '--json',
    );
    expect(code).toBe(0);
    const { suggestion, judgement, layers } = JSON.parse(told) as {
      suggestion: {
        high: string;
        keeps: boolean;
        points: { bytes: number }[];
        chosen: { raised: number[]; bytes: number; sqnr: number };
      };
      judgement: { outputSqnr: number; operators: { sqnr: number }[]; agreement: { labelled: number } };
      layers: Record<string, string>;
    };
    const { chosen } = suggestion;
    expect(suggestion).toMatchObject({ high: 'int8', keeps: true });
    expect(chosen.bytes).toBeLessThanOrEqual(10_000);
    expect(chosen.raised.length).toBeGreaterThan(0);
    for (const layer of chosen.raised) expect(layers[layer]).toBe('int8');
    expect(judgement.outputSqnr).toBeCloseTo(chosen.sqnr, 9); // of what was written
    expect(judgement.agreement.labelled).toBe(6);
    const { network } = importNetwork(readFileSync(out), 'made.tflite');
    expect(constantBytes(network)).toBe(chosen.bytes);
  });

  it('a budget that nothing keeps is said, and exits with 1', () => {
    const { code, out: told } = goldbench('--out', out, '--limit', '2', '--suggest', '1kB', '--scheme', 'int4');
    expect(code).toBe(1);
    expect(told).toContain('Nothing keeps 1,000 bytes; nearest: no layer raised');
  });

  it.each([
    [['--out', out, '--suggest', 'some'], 'budget', /some is no budget/],
    [['--out', out, '--suggest', '101%'], 'budget', /101% is no budget/],
    [['--out', out, '--suggest', '5kB', '--scheme', '16x8'], 'suggest-high', /16x8 has the longest words of its kind/],
    [['--out', out, '--labels', 'labels.csv'], 'arguments', /--labels goes with --judge or --suggest/],
    [['--out', out, '--scheme', 'int7'], 'scheme', /int7 is no scheme/],
    [['--out', out, '--method', 'median'], 'method', /median is no way to choose ranges/],
    [
      ['--out', out, '--layer', '99=real', '--limit', '1'],
      'quantise-layer',
      /There is no operator 99: the fused network has 12/,
    ],
    [['--scheme', 'int8'], 'arguments', /--out is missing/],
    [['--out', path.join(folder, 'no/such/place.tflite'), '--limit', '1'], 'file-', /place\.tflite/],
  ])('%j is refused with a sentence', (args, code, sentence) => {
    const { code: exit, err } = goldbench(...args);
    expect(exit).toBe(2);
    expect(err).toContain(`error[${code}`);
    expect(err).toMatch(sentence);
  });

  it('a network that is quantised already is refused', () => {
    const args = ['bin/goldbench.cjs', 'quantise', sample('digits.tflite'), '--images', sample('inputs'), '--out', out];
    const { status, stderr } = spawnSync(node, args, { cwd: root, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/digits takes int8 values: it is quantised already/);
  });

  it('is stopped by Ctrl+C between two inputs', async () => {
    const network = importNetwork(readFileSync(sample('digits_float.tflite')), 'digits_float.tflite').network;
    let done = 0;
    const tell = (): string => {
      if (++done === 3) process.emit('SIGINT');
      return '';
    };
    const stopped = watch(prepareQuantisation(network, readBatch(sample('inputs'))), 'Quantising', tell);
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled', message: 'Quantising was cancelled.' });
    expect(done).toBe(3);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
