// The kernels of all instruction sets under AddressSanitizer and UndefinedBehaviorSanitizer, against their definition
// (driver.cc). Instructions this machine lacks are emulated lane by lane (emulated/), so that every kernel is run everywhere.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadAddon } from '../../main/golden/native/addon';
import { type Unit, build, driverUnits, isaSwitches, kernelsFolder, lacks } from './compiler';

const CASES = process.env.GOLDBENCH_TEST === 'full' ? 2000 : 60;
// Unoptimised, and without the checks that AddressSanitizer makes anyway: instrumenting takes the compiler most of the time.
const SANITIZED = [
  '-O0',
  '-fsanitize=address,undefined',
  '-fno-sanitize=null,vptr,object-size,pointer-overflow',
  '-fno-sanitize-recover=all',
];

const why = lacks();
const own = loadAddon().isas;
const isas = isaSwitches();

const units = (): Unit[] => [...driverUnits(SANITIZED), ...[...isas].map(([isa, switches]) => isaUnit(isa, switches))];

/** Emulated where this machine cannot run it. */
function isaUnit(isa: string, switches: readonly string[]): Unit {
  const emulated = [`-I${path.join(__dirname, 'emulated')}`, '-DGOLDBENCH_EMULATED'];
  return {
    name: `isa_${isa}`,
    source: path.join(kernelsFolder, 'isa', `${isa}.cc`),
    switches: [...SANITIZED, ...(own.includes(isa) ? switches : emulated)],
  };
}

describe.skipIf(why !== null)('sanitizers', () => {
  let folder: string;
  beforeAll(async () => void (folder = await build(units(), SANITIZED)), 240_000);

  test(`${CASES} random cases under ${[...isas.keys()].join(', ')}`, () => {
    const run = spawnSync(path.join(folder, 'program'), [`${CASES}`, '20'], { encoding: 'utf8' });
    expect(`${run.stdout}${run.stderr}`).toBe(`${CASES} cases under ${[...isas.keys()].join(' ')}\n`);
    expect(run.status).toBe(0);
  });

  // A function with external linkage would be compiled for this file's instructions and could be linked into the others.
  test.each([...isas.keys()])('%s gives away its table of kernels and nothing else', (isa) => {
    const names = spawnSync('nm', ['-C', '--defined-only', '--extern-only', path.join(folder, `isa_${isa}.o`)], {
      encoding: 'utf8',
    });
    const symbols = names.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(2).join(' '));
    const ours = symbols.filter((name) => !/^DW\.ref|^__odr_asan|emulated|Register<|_mm/.test(name)); // the tools' own, and emulated/
    expect(ours).toEqual([expect.stringMatching(/^goldbench::\w+Kernels$/)]);
  });
});

if (why !== null) test(why, () => console.log(why));
