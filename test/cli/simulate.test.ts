// `goldbench simulate` as a user meets it: tables and JSON, exit codes, what it says of a fault, and how it is stopped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimulationRecord } from '../../main/compare/verdict';
import { need } from '../rtl/simulators';
import { SMALL_ARRAY, appRoot, digits, withTemporary, writeFaultyRtl } from '../simulate/faulty';

const node = process.versions.electron ? 'node' : process.execPath;
const given = [
  'simulate',
  path.join(digits, 'digits.tflite'),
  '--input',
  path.join(digits, 'inputs/7_a.png'),
  '--array',
  SMALL_ARRAY,
];
const TIMEOUT = { timeout: 180_000 };

function goldbench(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(node, ['bin/goldbench.cjs', ...given, ...args], {
    cwd: appRoot,
    encoding: 'utf8',
    env,
  });
  return { code: status, out: stdout, err: stderr };
}

describe('goldbench simulate', () => {
  it('tells people and programs the same', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    const { code, out, err } = goldbench(['--layers', '0,3-4']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Equal: 3 layers');
    expect(out).toMatch(/^ ?0 {2}CONV_2D {2}3×3\/1 1→8 28×28 .*equal +1,568 +1,583 +\+8 +0 +0 +0 +\+7/m);
    const record = JSON.parse(goldbench(['--layers', '0,3-4', '--json']).out) as SimulationRecord;
    expect(record).toMatchObject({ isEqual: true, rows: 4, cores: 12, array: 'kraken-4x12' });
    expect(record.layers.map(({ operator }) => operator)).toEqual([0, 3, 4]);
  });

  it('a fault is exit code 1, with its place, and its jobs stay where --out says', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const out = path.join(folder, 'jobs');
      const told = goldbench(['--rtl', writeFaultyRtl(folder), '--out', out]);
      expect(told.code).toBe(1);
      expect(told.out).toContain('Different: 7 of 8 layers; first 0 CONV_2D');
      expect(told.out).toMatch(/PE row 2, core 5; left the engine in clock \d+/);
      expect(told.out).toMatch(/goldbench why .*digits\.tflite --input .*7_a\.png --operator 0 --element 0,/);
      const waves = /gtkwave (\S+waves\.fst)/.exec(told.out)![1]!;
      expect(waves).toBe(path.join(out, '000_CONV_2D/waves.fst'));
      expect(readFileSync(path.join(out, '003_CONV_2D/job.json'), 'utf8')).toContain('"version":1');
    });
  });

  it('is stopped by Ctrl+C', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const child = spawn(node, ['bin/goldbench.cjs', ...given, '--throttle', '1', '--out', folder], { cwd: appRoot });
      let told = '';
      child.stderr.on('data', (text: Buffer) => (told += text.toString()));
      const ended = new Promise((resolve) => child.on('close', resolve));
      // once the first job lies there, its simulator runs
      const looking = setInterval(() => {
        if (!existsSync(path.join(folder, '000_CONV_2D/job.json'))) return;
        clearInterval(looking);
        child.kill('SIGINT');
      }, 5);
      const code = await ended;
      clearInterval(looking);
      expect({ code, told }).toMatchObject({
        code: 130,
        told: expect.stringContaining('The simulation was cancelled.'),
      });
    });
  });

  it('without Verilator is exit code 3, with the command that installs it', async () => {
    await withTemporary(async (folder) => {
      const tools = path.join(folder, 'bin');
      mkdirSync(tools);
      for (const tool of ['g++', 'make'])
        if (existsSync(`/usr/bin/${tool}`)) symlinkSync(`/usr/bin/${tool}`, path.join(tools, tool));
      const { code, err } = goldbench([], { ...process.env, PATH: tools });
      expect(code).toBe(3);
      expect(err).toMatch(/^error\[verilator-missing\]: Verilator is not installed\./);
      expect(err).toContain('sudo apt-get install verilator');
      rmSync(tools, { recursive: true });
    });
  });

  it.each([
    [['--layers', '1'], 'simulate-layer', 'no multiply-accumulate layer'],
    [['--layers', '3-x'], 'arguments', "at '3-x'"],
    [['--throttle', '101'], 'arguments', 'above 100'],
    [['--clocks', '5..2', '--layers', '0'], 'arguments', 'is no range'],
    [['--waves'], 'arguments', 'of one layer'],
    [['--array', 'systolic-32x32'], 'simulate-dataflow', "the RTL is Kraken's"],
    [['--rtl', '/nowhere'], 'file-not-found', 'nowhere'],
  ])('%j is refused with a sentence', (args, code, sentence) => {
    const told = goldbench(args);
    expect(told.code).toBe(2);
    expect(told.err).toContain(`error[${code}]`);
    expect(told.err).toContain(sentence);
  });
});
