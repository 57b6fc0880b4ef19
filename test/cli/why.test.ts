// layer, why and batches on the command line: the built program as a user meets it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readNpy } from '../../main/tensor/npy';
import { perTensor } from '../oracle/bench';
import { NetworkBuilder } from '../oracle/build';

const root = path.resolve(__dirname, '../..');
const digits = 'resources/samples/digits/digits.tflite';
const inputs = 'resources/samples/digits/inputs';
const node = process.versions.electron ? 'node' : process.execPath;
const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-why-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function goldbench(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(node, ['bin/goldbench.cjs', ...args], { cwd: root, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('goldbench why', () => {
  const why = (...args: string[]) => goldbench('why', digits, '--input', `${inputs}/7_a.png`, ...args);

  test('explains the value that golden writes', () => {
    const out = path.join(folder, 'run');
    expect(goldbench('golden', digits, '--input', `${inputs}/7_a.png`, '--out', out).code).toBe(0);
    const { shape, data } = readNpy(readFileSync(path.join(out, '003_CONV_2D.npy')));
    const told = JSON.parse(why('--operator', '3', '--element', '0,5,6,7', '--json').out);
    expect(told.result).toBe(Number(data[(5 * shape[2]! + 6) * shape[3]! + 7]));
    expect(told.terms).toHaveLength(8);
    const { code, out: text, err } = why('--operator', '3', '--element', '[0, 5, 6, 7]');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(text).toContain(`= ${told.result}, as stored`);
    expect(text).toMatch(/multiply +round\(-?\d+ x \d+ \/ 2\^31\)/);
  });
  test('tells the same whatever the engine', () => {
    const where = ['--operator', '10', '--element', '3', '--json'];
    expect(why(...where, '--engine', 'reference-ts').out).toBe(why(...where).out);
    expect(why(...where, '--engine', 'abacus').err).toContain("There is no engine 'abacus'.");
  });
  test('takes a state as the operator read it, not as it left it', () => {
    const builder = new NetworkBuilder();
    const one = perTensor(1, 0);
    const feature = builder.constant({ type: 'int8', shape: [1, 1], quantization: one }, Int8Array.of(1));
    const time = builder.constant({ type: 'int16', shape: [1, 2], quantization: one }, Int16Array.of(10, 1));
    const memory = builder.variable({ type: 'int16', shape: [1, 2], quantization: one });
    const x = builder.input({ type: 'int8', shape: [1, 1], quantization: one });
    const y = { type: 'int8', shape: [1, 1], quantization: one } as const;
    for (let i = 0; i < 2; i++)
      builder.operator('SVDF', [x, feature, time, -1, memory], y, { rank: 1, activation: 'none' });
    const file = path.join(folder, 'twice.tflite');
    writeFileSync(file, builder.finish());
    writeFileSync(path.join(folder, 'three.bin'), Int8Array.of(3));
    const ask = (operator: string): string =>
      goldbench('why', file, '--input', path.join(folder, 'three.bin'), '--operator', operator, '--element', '0').out;
    expect(ask('0')).toContain('= 3, as stored'); // 10 x 0 + 1 x 3
    expect(ask('1')).toContain('= 33, as stored'); // 10 x 3 + 1 x 3
  });
  test('says which operators and elements there are', () => {
    expect(why('--operator', '99', '--element', '0').err).toContain('--operator 99 is none of 0 to 11.');
    expect(why('--operator', '3', '--element', '0,99,0,0').err).toContain('error[element-outside]');
    expect(why('--operator', '3').err).toContain('No element was given.');
    expect(why('--operator', '3', '--element', 'x').code).toBe(2);
  });
});

describe('goldbench layer', () => {
  test('lists the layers, and one with all its channels', () => {
    expect(goldbench('layer', digits).out).toMatch(/10 {2}FULLY_CONNECTED .*double/);
    expect(goldbench('layer', digits, '--operator', '10').out).toMatch(/channel +bias +effective bias +multiplier/);
    expect(goldbench('layer', digits, '--operator', '1').err).toContain('error[not-a-layer]');
    expect(goldbench('layer', digits).err).toBe('');
  });
  test('writes .npy files that NumPy reads, and never over others', () => {
    const out = path.join(folder, 'layers');
    expect(goldbench('layer', digits, '--out', out).code).toBe(0);
    const { layers } = JSON.parse(goldbench('layer', digits, '--json').out);
    for (const [file, values] of [
      ['000_CONV_2D.effective_bias.npy', layers[0].effectiveBias],
      ['000_CONV_2D.multiplier.npy', layers[0].multiplier],
      ['000_CONV_2D.shift.npy', layers[0].shift],
    ])
      expect(Array.from(readNpy(readFileSync(path.join(out, file))).data, Number)).toEqual(values);
    expect(goldbench('layer', digits, '--out', out).err).toContain('error[file-exists]');
  });
});

test('goldbench layer --input writes the sums that golden kept, and the values that its outputs were clamped from', () => {
  const [run, out] = [path.join(folder, 'kept'), path.join(folder, 'derived')];
  const given = [digits, '--input', `${inputs}/7_a.png`];
  expect(goldbench('golden', ...given, '--out', run).code).toBe(0);
  expect(goldbench('layer', ...given, '--out', out).code).toBe(0);
  const read = (of: string, name: string) => Array.from(readNpy(readFileSync(path.join(of, name))).data, Number);
  for (const stem of ['000_CONV_2D', '002_DEPTHWISE_CONV_2D', '010_FULLY_CONNECTED']) {
    expect(read(out, `${stem}.accumulator.npy`)).toEqual(read(run, `${stem}.accumulator.npy`));
    const clamped = read(out, `${stem}.unclamped.npy`).map((value) => Math.min(127, Math.max(-128, value)));
    expect(clamped).toEqual(read(run, `${stem}.npy`));
  }
  expect(goldbench('layer', ...given).err).toContain('--input is of use with --out alone.');
});

describe('goldbench golden --batch', () => {
  test('a folder with labels: table, JSON, CSV and session', () => {
    const session = path.join(folder, 'batch.sqlite');
    const { code, out, err } = goldbench('golden', digits, '--batch', inputs, '--session', session);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('best class right: 20 of 20 (100.00 %)');
    expect(existsSync(session)).toBe(true);
    const record = JSON.parse(goldbench('golden', digits, '--batch', inputs, '--top', '2', '--json').out);
    expect(record.entries[0].top).toHaveLength(2);
    expect(goldbench('golden', digits, '--batch', inputs, '--csv').out.trim().split('\r\n')).toHaveLength(21);
  });
  test('says what does not go together', () => {
    const batch = (...args: string[]) => goldbench('golden', digits, '--batch', inputs, ...args);
    expect(batch('--out', 'x').err).toContain('--out does not go with --batch');
    expect(batch('--top', '0').err).toContain('--top 0 is none of 1 to 999.');
    expect(goldbench('golden', digits, '--batch', 'README.md').err).toContain('README.md is no .npy file.');
  });
});

test('golden tells the best classes', () => {
  expect(goldbench('golden', digits, '--input', `${inputs}/7_a.png`).out).toMatch(
    /output 29 Identity: class 7 0\.9961/,
  );
});
