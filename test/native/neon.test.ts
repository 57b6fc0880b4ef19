// NEON's kernels where the machine has none: compiled for Arm, run by QEMU against their definition (driver.cc), in the
// full form under UndefinedBehaviorSanitizer. Needs Debian's g++-aarch64-linux-gnu and qemu-user. (On Arm itself sanitizers.test.ts runs them.)
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { firstSeed, isFull } from '../seed';
import { build, driverUnits, isaSwitches, kernelsFolder, lacks } from './compiler';

const CASES = isFull ? 3000 : 200;
const [COMPILER, MACHINE] = ['aarch64-linux-gnu-g++', 'qemu-aarch64'];
const UNDEFINED = ['-fsanitize=undefined', '-fno-sanitize=vptr', '-fno-sanitize-recover=all'];
const SWITCHES = ['-O1', ...(isFull ? UNDEFINED : [])];

const why = process.arch === 'arm64' ? 'skipped: run on the machine itself' : lacks(COMPILER, MACHINE);

describe.skipIf(why !== null)('NEON under QEMU', () => {
  test(`${CASES} random cases`, { timeout: 600_000 }, async () => {
    const isas = [...isaSwitches('arm64')].map(([isa, switches]) => ({
      name: `isa_${isa}`,
      source: path.join(kernelsFolder, 'isa', `${isa}.cc`),
      switches: [...SWITCHES, ...switches],
    }));
    const folder = await build([...driverUnits(SWITCHES), ...isas], ['-static', ...SWITCHES], COMPILER);
    const program = [path.join(folder, 'program'), `${CASES}`, `${firstSeed}`];
    const run = spawnSync(MACHINE, program, { encoding: 'utf8' });
    expect(`${run.stdout}${run.stderr}`).toBe(`${CASES} cases under scalar neon\n`);
    expect(run.status).toBe(0);
  });
});

if (why !== null) test(why, () => console.log(why));
