// Vectors of single modules: the schedule they come from agrees with golden, the RTL agrees with them in two simulators, and a
// fault in one module is found in that module.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportBundle } from '../../main/export/bundle';
import { DryRun } from '../../main/export/folder';
import { readNpy } from '../../main/tensor/npy';
import { isFull, need } from '../rtl/simulators';
import { MODULES_PASS, TINY_ARRAY, digits, makeBundle, randomLayers, requestOf, runScript } from './bundles';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'goldbench-modules-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

// exportBundle throws where a sum that the schedule releases is not golden's
it('whole iterations of the schedule release the sums of golden', { timeout: 300_000 }, async () => {
  for (const array of [TINY_ARRAY, requestOf(digits()).array])
    for (const seed of [31, 32]) {
      const run = randomLayers(isFull ? 100 : 8, seed);
      const { vectors } = await exportBundle(requestOf(run, { array, levels: ['raw'], modules: 1e9 }), new DryRun());
      expect(vectors.filter(({ vector }) => vector.path.endsWith('/modules/lanes')).length).toBeGreaterThan(3);
    }
});

describe('module vectors', () => {
  const target = path.join(folder, 'digits');
  beforeAll(() =>
    makeBundle(target, digits(), {
      array: TINY_ARRAY,
      levels: ['raw'],
      layers: '2-3',
      formats: ['mem', 'npy'],
      modules: 400,
    }),
  );

  const run = async (bundle: string, script: string): Promise<string> =>
    (await runScript(bundle, script, '+valid=80', '+seed=4')).text;

  // and in Verilator: test/export/scripts
  it('pass in Icarus', { timeout: 240_000 }, async (test) => {
    await need(test, 'iverilog');
    expect(await run(target, 'run_icarus.sh')).toMatch(MODULES_PASS);
  });

  it('pass in Icarus for random layers, channel passes among them', { timeout: 240_000 }, async (test) => {
    await need(test, 'iverilog');
    const random = path.join(folder, 'random');
    await makeBundle(random, randomLayers(isFull ? 50 : 6, 8), { levels: ['raw'], modules: 300 });
    const { code, text } = await runScript(random, 'run_icarus.sh');
    expect(text).toMatch(MODULES_PASS);
    expect(code).toBe(0);
  });

  it('have dimensions, and say how far they go', () => {
    const modules = path.join(target, 'layers/03_CONV_2D/modules');
    const read = (name: string) => readNpy(fs.readFileSync(path.join(modules, `${name}.npy`)));
    const operations = [...read('operations').data].map(Number);
    const count = (bit: number): number => operations.filter((word) => (word >> bit) & 1).length;
    expect(operations.length).toBe(400);
    expect(read('pixels').shape).toEqual([count(0), TINY_ARRAY.rows]);
    expect(read('weights').shape).toEqual([count(0), TINY_ARRAY.cores]);
    expect(read('snapshots').shape).toEqual([count(4), TINY_ARRAY.cores, TINY_ARRAY.rows]);
    expect(count(0) + count(2)).toBe(operations.length); // a product or a shift in each clock
    const { modules: most, vectors } = JSON.parse(fs.readFileSync(path.join(target, 'manifest.json'), 'utf8'));
    expect(most).toBe(400);
    expect(
      vectors.find(({ vector }: { vector: string }) => vector.endsWith('03_CONV_2D/modules/pixels')).about,
    ).toMatch(/; 400 of \d+ operations of run 0, iteration 0$/);
  });

  /** A fault in each module, and the vector that must tell of it. */
  const FAULTS = [
    ['pixel_shifter', 'words >> WORD_BITS', 'words >> 2 * WORD_BITS', 'pixels: product'],
    ['weights_rotator', 'assign q = rd_bank_q ? q1 : q0', 'assign q = rd_bank_q ? q0 : q1', 'weights: product'],
    ['pe_array', 'if (clear[c]) keep', 'if (clear[c] && c != 3) keep', 'snapshots: release'],
    ['output_pipe', "16'(kw) + 16'(j)", "16'(j)", 'lanes: beat'],
  ] as const;
  it.for(FAULTS)(
    'a fault in %s is told of it alone',
    { timeout: 60_000 },
    async ([module, right, wrong, told], test) => {
      await need(test, 'iverilog');
      const bundle = path.join(folder, module);
      fs.cpSync(target, bundle, { recursive: true, filter: (file) => path.basename(file) !== 'build' });
      const file = path.join(bundle, `rtl/${module}.sv`);
      const text = fs.readFileSync(file, 'utf8');
      expect(text).toContain(right);
      fs.writeFileSync(file, text.replace(right, wrong));
      const said = await run(bundle, 'run_icarus.sh');
      expect(said).toMatch(new RegExp(`^layers/\\d\\d_\\w+/modules/${told}`, 'm'));
      const counts = /^FAIL: differences: (.*)$/m
        .exec(said)![1]!
        .split(', ')
        .map((count) => count.split(' ') as [string, string]);
      expect(counts.filter(([, count]) => count !== '0').map(([name]) => name)).toEqual([module]);
    },
  );

  it('are refused without the packets they are made from', async () => {
    const request = requestOf(digits(), { layers: '3', levels: ['summed'], modules: 10 });
    await expect(exportBundle(request, new DryRun())).rejects.toMatchObject({ code: 'export-modules' });
  });
});
