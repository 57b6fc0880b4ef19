// Versions of tools are asked once, and again as soon as a file of theirs is another. The tools are scripts and copies here,
// which count how often they are started.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askTools } from '../../main/simulate/versions';

const before = process.env.PATH;
let folder = '';
const at = (name: string): string => path.join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'goldbench-versions-'));
  mkdirSync(at('bin'));
  writeScript('verilator', 'Verilator 5.020');
  copyFileSync('/bin/true', at('bin/verilator_bin'));
  copyFileSync('/bin/echo', at('bin/make')); // no script; it answers with its own version, or with --version
  writeScript('g++', 'g++ 12');
  process.env.PATH = `${at('bin')}:/usr/bin:/bin`;
});
afterEach(() => {
  process.env.PATH = before;
  rmSync(folder, { recursive: true, force: true });
});

function writeScript(name: string, version: string): void {
  const file = at(`bin/${name}`);
  writeFileSync(file, `#!/bin/sh\necho asked >> '${at(`${name}.asked`)}'\necho '${version}'\n`);
  chmodSync(file, 0o755);
}
const asked = (name: string): number =>
  existsSync(at(`${name}.asked`)) ? readFileSync(at(`${name}.asked`), 'utf8').split('\n').length - 1 : 0;

const versions = (): Promise<string[]> => askTools(at('cache'));

test('Verilator is asked once, as long as its script and its program stay', async () => {
  const first = await versions();
  expect(first.slice(0, 2)).toEqual(['Verilator 5.020', 'g++ 12']);
  expect(await versions()).toEqual(first);
  expect(asked('verilator')).toBe(1);
  utimesSync(at('bin/verilator_bin'), 1e9, 1e9);
  await versions();
  expect(asked('verilator')).toBe(2);
  writeScript('verilator', 'Verilator 5.0201');
  expect((await versions())[0]).toBe('Verilator 5.0201');
});

test('a script of another tool, and a link to another program, are asked each time', async () => {
  await versions();
  await versions();
  expect(asked('g++')).toBe(2);
  rmSync(at('bin/g++'));
  copyFileSync('/bin/echo', at('bin/ccache'));
  symlinkSync('ccache', at('bin/g++'));
  await versions();
  const known = JSON.parse(readFileSync(at('cache/tools.json'), 'utf8')) as Record<string, { files: string | null }>;
  expect(known['g++']!.files).toBeNull();
  expect(known.make!.files).toMatch(/bin\/make \d+ /);
});

test('an old version is refused, remembered or not; a spoiled memory is asked anew', async () => {
  await versions();
  for (const text of ['{', 'null', '{"verilator":7}']) {
    writeFileSync(at('cache/tools.json'), text);
    expect((await versions())[0]).toBe('Verilator 5.020');
  }
  writeScript('verilator', 'Verilator 4.038 2020');
  for (let i = 0; i < 2; i++) await expect(versions()).rejects.toMatchObject({ code: 'verilator-old' });
});

test('a tool that has gone is missing, although its version is known', async () => {
  await versions();
  process.env.PATH = at('bin');
  for (const name of ['verilator', 'make']) {
    rmSync(at(`bin/${name}`));
    await expect(versions()).rejects.toMatchObject({
      kind: 'unavailable',
      remedy: `Install it: sudo apt-get install ${name}`,
    });
    copyFileSync('/bin/true', at(`bin/${name}`));
  }
});

test('a cache that cannot be written costs only the time', async () => {
  writeFileSync(at('cache'), '');
  await versions();
  await versions();
  expect(asked('verilator')).toBe(2);
});
