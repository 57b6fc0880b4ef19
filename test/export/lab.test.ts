// What a bundle brings for a board, without one: the C driver on a memory that stands for it, the Python script on saved
// sums, the map of XSDB against the files.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isFull, need } from '../rtl/simulators';
import { appRoot, digits, makeBundle, randomLayers, randomWordLayers } from './bundles';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'goldbench-lab-'));
const bundle = path.join(folder, 'bundle');
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
beforeAll(() => makeBundle(bundle, digits(), { layers: '2-4', formats: ['bin'] }));

interface MapLine {
  readonly stem: string;
  readonly places: { readonly pixels: number; readonly weights: number; readonly sums: number };
  readonly sumBytes: number;
}
const readMap = (): MapLine[] =>
  [
    ...fs
      .readFileSync(path.join(bundle, 'xsdb/memory_map.tcl'), 'utf8')
      .matchAll(/^ {2}\{(\S+) (\d+) (\d+) (\d+) (\d+)\}$/gm),
  ].map(([, stem, pixels, weights, sums, sumBytes]) => ({
    stem: stem!,
    places: { pixels: Number(pixels), weights: Number(weights), sums: Number(sums) },
    sumBytes: Number(sumBytes),
  }));

it('packets lie in their areas one after the other, aligned, none over another', () => {
  const map = readMap();
  expect(map.length).toBeGreaterThan(4);
  for (const kind of ['pixels', 'weights', 'sums'] as const) {
    let end = 0;
    for (const { stem, places } of map) {
      expect(places[kind], `${stem}_${kind}`).toBe(end); // files are filled up to the alignment
      end += fs.statSync(path.join(bundle, `${stem}_${kind}.bin`)).size;
      expect(end % 64).toBe(0);
    }
  }
});

it('the C driver sends the sequence and names the byte that differs', { timeout: 60_000 }, async (test) => {
  await need(test, 'gcc');
  const map = readMap();
  for (const kind of ['pixels', 'weights', 'sums'])
    fs.writeFileSync(
      path.join(bundle, `${kind}.area`),
      Buffer.concat(map.map(({ stem }) => fs.readFileSync(path.join(bundle, `${stem}_${kind}.bin`)))),
    );
  const main = path.join(appRoot, 'test/export/driver_main.c');
  const built = spawnSync('gcc', ['-std=c99', '-Wall', '-Wextra', '-Werror', '-I.', '-o', 'driver_main', main], {
    cwd: bundle,
    encoding: 'utf8',
  });
  expect(built.stderr).toBe('');
  const run = (...args: string[]): string => spawnSync('./driver_main', args, { cwd: bundle, encoding: 'utf8' }).stdout;
  expect(run()).toBe('0 different\n');
  const third = map[2]!;
  expect(run(String(third.places.sums + 5))).toBe('1 different, first packet 2 byte 5\n');
});

const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;
const python = (target: string, saved: string) => {
  const { status, stdout, stderr } = spawnSync('python3', ['pynq/run_pynq.py', '--saved', saved], {
    cwd: target,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

it('the Python script makes outputs of saved sums, and names the one that differs', { timeout: 60_000 }, (test) => {
  if (!hasNumpy) return test.skip('Python with NumPy is not installed');
  const { status, stdout, stderr } = python(bundle, '.');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('03_CONV_2D: 0 of 3136 outputs differ\n');
  expect(fs.existsSync(path.join(bundle, 'build/came/03_CONV_2D.npy'))).toBe(true);
  const saved = path.join(folder, 'saved');
  fs.cpSync(path.join(bundle, 'layers'), path.join(saved, 'layers'), { recursive: true });
  const sums = path.join(saved, 'layers/03_CONV_2D/r0_t0_p0_sums.bin');
  const bytes = fs.readFileSync(sums);
  bytes[2]! ^= 0x80; // the sign of the first word
  fs.writeFileSync(sums, bytes);
  expect(python(bundle, saved)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/03_CONV_2D: 1 of 3136 outputs differ, first \[0, 0, 0, 0\]/),
  });
});

it('the Python script does the same for any layer, in all arithmetics', { timeout: 120_000 }, async (test) => {
  if (!hasNumpy) return test.skip('Python with NumPy is not installed');
  for (const kernels of ['reference', 'builtin'] as const) {
    const target = path.join(folder, kernels);
    await makeBundle(target, randomLayers(6, 21), { kernels, formats: ['bin'] });
    expect(python(target, '.')).toMatchObject({ status: 0, stderr: '' });
  }
  const others = [
    ['xnnpack', digits(), 'xnnpack'],
    ['words', randomWordLayers(isFull ? 50 : 10, 22), 'reference'],
  ] as const;
  for (const [name, run, kernels] of others) {
    const target = path.join(folder, name);
    await makeBundle(target, run, { kernels, formats: ['bin'] });
    expect(python(target, '.')).toMatchObject({ status: 0, stderr: '' });
  }
});
