// `goldbench quantise` as a user meets it: the file it writes, tables and JSON, what it refuses, and how it is stopped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { watch } from '../../main/cli/watch';
import { prepareQuantisation } from '../../main/flow';
import { readBatch } from '../../main/import/batch';
import { importNetwork } from '../../main/import/import';

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
    expect(told).toMatch(/^ 4 +QUANTIZE +1x14x14x16 +int16/m);
    const { network } = importNetwork(readFileSync(out), 'made.tflite');
    expect(network.operators.map(({ kind }) => kind)).toContain('QUANTIZE');
  });

  it('the same as JSON, in words of a scheme', () => {
    const { code, out: told } = goldbench('--out', out, '--scheme', 'kraken:8,8,24', '--method', 'percentile:99.9', '--limit', '2', '--json'); // prettier-ignore
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

  it.each([
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
