// `goldbench export` as a user meets it: the built program.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { appRoot } from './bundles';

const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = process.versions.electron ? 'node' : process.execPath;
function goldbench(...given: string[]): { code: number | null; out: string; err: string } {
  const digits = ['resources/samples/digits/digits.tflite', '--input', 'resources/samples/digits/inputs/7_a.png'];
  const args = ['bin/goldbench.cjs', 'export', ...digits, '--array', '4x16', '--engine', 'reference-ts', ...given];
  const { status, stdout, stderr } = spawnSync(node, args, { cwd: appRoot, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

test('a bundle with the command that makes it again, wherever it is put', () => {
  const [one, two] = [path.join(folder, 'one'), path.join(folder, 'two')];
  const made = goldbench('--layers', '2-3', '--stream-bits', '64', '--out', one);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toContain(`check it: ${one}/run_verilator.sh`);
  expect(goldbench('--layers', '3', '--out', two)).toMatchObject({ code: 0, err: '' });
  expect(goldbench('--layers', '2-3', '--stream-bits', '64', '--out', two)).toMatchObject({
    code: 0,
    err: 'note: The earlier bundle in two was replaced.\n',
  });
  const manifest = readFileSync(path.join(one, 'manifest.json'), 'utf8');
  expect(readFileSync(path.join(two, 'manifest.json'), 'utf8')).toBe(manifest);
  const { command, inputs, engine, layers } = JSON.parse(manifest);
  expect(command).toContain('--layers 2-3 --stream-bits 64 --out bundle');
  expect(inputs[0].source).toBe('7_a.png');
  expect(engine).toMatchObject({ pixelStreamBits: 64, weightStreamBits: 64, outputStreamBits: 64 });
  expect(layers.map(({ operator }: { operator: number }) => operator)).toEqual([2, 3]);
});

test('a bundle is verified: what was altered, and where', () => {
  const target = path.join(folder, 'altered');
  expect(goldbench('--layers', '10', '--levels', 'raw,requantised', '--out', target).code).toBe(0);
  const verify = (...more: string[]) =>
    spawnSync(node, ['bin/goldbench.cjs', 'export', '--verify', target, ...more], { cwd: appRoot, encoding: 'utf8' });
  expect(verify()).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^all \d+ files are as they were exported\n$/),
  });
  const file = path.join(target, 'layers/10_FULLY_CONNECTED/requantised.bin');
  const bytes = readFileSync(file);
  bytes[3]! ^= 1;
  writeFileSync(file, bytes);
  expect(verify()).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(
      /^layers\/10_FULLY_CONNECTED\/requantised.bin is altered: byte 3 is .*; word 3 \[0, 3\] .*\n1 of \d+ files differ\n$/,
    ),
  });
  expect(verify('--dry-run')).toMatchObject({ status: 2, stderr: expect.stringContaining('error[arguments]') });
});

test('a dry run tells the sizes and writes nothing', () => {
  const { code, out } = goldbench('--layers', '3', '--dry-run', '--json');
  expect(code).toBe(0);
  const { out: place, bytes, vectors } = JSON.parse(out);
  expect(place).toBe(null);
  expect(bytes).toBeGreaterThan(10_000);
  expect(vectors.length).toBeGreaterThan(10);
});

test('what is wrong is said', () => {
  const target = path.join(folder, 'wrong');
  for (const [option, value, code] of [
    ['--formats', 'elf', 'arguments'],
    ['--levels', 'cooked', 'arguments'],
    ['--layers', '1', 'layers-unknown'], // a PAD or a pool, no layer
    ['--stream-bits', '48', 'arguments'],
    ['--align', '48', 'arguments'],
    ['--operations', '100', 'arguments'], // of which modules?
    ['--array', 'systolic-32x32', 'export-dataflow'],
  ])
    expect(goldbench(option!, value!, '--out', target), `${option} ${value}`).toMatchObject({
      code: 2,
      err: expect.stringContaining(`error[${code}]`),
    });
  expect(goldbench().err).toContain('error[arguments]: No folder was given.');
  expect(existsSync(target)).toBe(false);
});
