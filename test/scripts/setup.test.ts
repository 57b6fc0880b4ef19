// The set-up script, where it must stop before it does anything.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

it('leaves alone what a linked node_modules points to, and says what to do', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-setup-'));
  const [others, checkout] = [path.join(folder, 'others'), path.join(folder, 'checkout')];
  for (const one of [others, path.join(checkout, 'scripts')]) mkdirSync(one, { recursive: true });
  writeFileSync(path.join(others, '.goldbench-lock'), 'another lock file');
  writeFileSync(path.join(checkout, 'package-lock.json'), '{}');
  symlinkSync(others, path.join(checkout, 'node_modules'));
  const script = path.join(checkout, 'scripts', 'setup.sh');
  copyFileSync(path.resolve(__dirname, '../../scripts/setup.sh'), script);
  // with these programs alone nothing can be installed, whatever the script does
  const { status, stdout, stderr } = spawnSync('/bin/bash', [script], {
    encoding: 'utf8',
    env: { PATH: tools(folder) },
  });
  expect(stderr).toContain(`setup: node_modules is a link to ${others}, installed from another package-lock.json`);
  expect(stderr).toContain('rm node_modules');
  expect([status, stdout]).toEqual([1, '']);
  expect(readdirSync(others)).toEqual(['.goldbench-lock']);
  expect(readFileSync(path.join(others, '.goldbench-lock'), 'utf8')).toBe('another lock file');
});

/** A folder of the few programs that the script may need before it stops. */
function tools(folder: string): string {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['dirname', 'readlink', 'cmp']) {
    const at = (process.env.PATH ?? '')
      .split(':')
      .map((one) => path.join(one, name))
      .find((file) => existsSync(file));
    symlinkSync(at!, path.join(bin, name));
  }
  return bin;
}
