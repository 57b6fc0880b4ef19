// What other tools say of the RTL: Verilator's lint has nothing to say, Yosys makes gates of it, without latches.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rtlFiles } from '../../main/simulate/build';
import type { Engine } from '../../main/simulate/engine';
import { generatePackage } from '../../main/simulate/generate';
import { runTool } from '../../main/simulate/tools';
import { withFolder } from './layers';
import { appRoot, engineOf, need } from './simulators';

/** The corners of the parameters. */
const ENGINES: Record<string, Engine> = {
  'as published': engineOf({ rows: 7, cores: 96, weightsSramDepthWords: 2048 }),
  'one row, three cores': engineOf(
    { rows: 1, cores: 3, kernelMax: 3, accumulatorBits: 16, pixelStreamBits: 512, weightStreamBits: 32 },
    { outputLanes: 3 },
  ),
  'narrow streams': engineOf(
    { pixelStreamBits: 32, weightStreamBits: 32, outputStreamBits: 32 },
    { multiplierRegister: true },
  ),
  'no guard bits': engineOf({ accumulatorBits: 32, rows: 16, cores: 16 }, { outputLanes: 1 }),
};

describe('lint', () => {
  for (const [name, engine] of Object.entries(ENGINES))
    it(`finds nothing: ${name}`, async (test) => {
      await need(test, 'verilator');
      await withFolder(async (cwd) => {
        writeFileSync(path.join(cwd, 'kraken_pkg.sv'), generatePackage(engine));
        const checker = path.join(appRoot, 'resources/rtl/engine_checker.sv');
        const args = [
          '--lint-only',
          '-Wall',
          '--assert',
          '--top-module',
          'engine',
          'kraken_pkg.sv',
          ...rtlFiles(appRoot),
          checker,
        ];
        const { code, stdout, stderr } = await runTool('verilator', args, { cwd });
        expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: '' });
      });
    });
});

describe('synthesis', () => {
  it('makes gates of a small array, no latch among them', { timeout: 180_000 }, async (test) => {
    await need(test, 'yosys');
    const engine = engineOf(
      {
        rows: 2,
        accumulatorBits: 16,
        cores: 3,
        kernelMax: 3,
        weightsSramDepthWords: 16,
        pixelStreamBits: 32,
        weightStreamBits: 32,
        outputStreamBits: 32,
      },
      { outputLanes: 1 },
    );
    await withFolder(async (cwd) => {
      writeFileSync(path.join(cwd, 'kraken_pkg.sv'), generatePackage(engine));
      writeFileSync(path.join(cwd, 'all.sv'), withoutPackages([path.join(cwd, 'kraken_pkg.sv'), ...rtlFiles(appRoot)]));
      const script = 'read_verilog -sv all.sv; synth -top engine -flatten -noabc; check -assert; tee -o stat.txt stat';
      const { code, stdout, stderr } = await runTool('yosys', ['-p', script], { cwd });
      expect(code, stderr).toBe(0);
      const stat = readFileSync(path.join(cwd, 'stat.txt'), 'utf8');
      const cells = count(stat, /Number of cells: +(\d+)/g);
      const flipFlops = count(stat, /\$_S?DFF\w* +(\d+)/g);
      console.log(`Yosys, 2 x 3 PEs: ${cells} cells, of which ${flipFlops} flip-flops`);
      expect(stat).not.toMatch(/LATCH/);
      // arrays small enough to become registers are the one thing that it remarks
      const warnings = stdout
        .split('\n')
        .filter((line) => line.startsWith('Warning:') && !line.includes('list of registers'));
      expect(warnings).toEqual([]);
      expect(flipFlops).toBeGreaterThan(2 * 3 * 32);
    });
  });
});

/** Debian's Yosys reads packages but no `import`: the same text with all names global. */
const withoutPackages = (files: readonly string[]): string =>
  files
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
    .replace(/import \w+::\*;/g, '')
    .replace(/^package \w+;$|^endpackage$/gm, '');

const count = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
