// Each module by itself, against what its bench in test/rtl/benches keeps: in Icarus, in random time.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rtlFiles } from '../../main/simulate/build';
import type { Engine } from '../../main/simulate/engine';
import { generatePackage } from '../../main/simulate/generate';
import { runTool } from '../../main/simulate/tools';
import { withFolder } from './layers';
import { appRoot, engineOf, need } from './simulators';

interface Bench {
  readonly module: string;
  readonly what: string;
  readonly engine: Engine;
  readonly parameters?: Readonly<Record<string, number>>;
}

const tiny = engineOf(
  { rows: 2, cores: 5, weightsSramDepthWords: 9, accumulatorBits: 24, outputStreamBits: 64 },
  { outputLanes: 2 },
);
const even = engineOf({ rows: 2, cores: 12, weightsSramDepthWords: 9 });
const piped = engineOf(
  { rows: 3, cores: 7, accumulatorBits: 16, outputStreamBits: 32 },
  { outputLanes: 3, multiplierRegister: true },
);

const BENCHES: readonly Bench[] = [
  { module: 'skid', what: 'any', engine: tiny },
  ...[8, 16, 32, 64, 128].map((BEAT) => ({
    module: 'packet_reader',
    what: `${BEAT} bits`,
    engine: tiny,
    parameters: { BEAT },
  })),
  { module: 'packet_writer', what: '64 bits', engine: tiny },
  { module: 'packet_writer', what: '32 bits', engine: piped },
  { module: 'pe_array', what: 'direct', engine: tiny },
  { module: 'pe_array', what: 'registered multiplier', engine: piped },
  { module: 'weights_rotator', what: '9 rows', engine: tiny },
  { module: 'weights_rotator', what: 'cores by four', engine: even },
];

describe('module', () => {
  for (const { module, what, engine, parameters = {} } of BENCHES)
    it(`${module}, ${what}`, async (test) => {
      await need(test, 'iverilog');
      await withFolder(async (cwd) => {
        writeFileSync(path.join(cwd, 'kraken_pkg.sv'), generatePackage(engine));
        const set = Object.entries(parameters).map(([name, value]) => `-P${module}_tb.${name}=${value}`);
        const folder = path.join(appRoot, 'test/rtl/benches');
        const sources = ['kraken_pkg.sv', ...rtlFiles(appRoot), path.join(folder, `${module}_tb.sv`)];
        const built = await runTool(
          'iverilog',
          ['-g2012', '-I', folder, ...set, '-s', `${module}_tb`, '-o', 'bench', ...sources],
          { cwd },
        );
        expect(built.stderr).toBe('');
        const { stdout } = await runTool('vvp', ['bench'], { cwd });
        expect(stdout.trim()).toBe('differences 0');
      });
    });
});
