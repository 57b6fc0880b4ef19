// The kept form of the command line's code: it never changes what a program does, whatever lies in its folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const cache = path.resolve(import.meta.dirname, '../../bin/codeCache.cjs');
const node = process.versions.electron ? 'node' : process.execPath;
let built = '';
beforeEach(() => {
  built = mkdtempSync(path.join(tmpdir(), 'goldbench-code-'));
  mkdirSync(path.join(built, 'chunks'));
  writeFileSync(path.join(built, 'cli.js'), "console.log(require('./chunks/one.js').word, module.id === __filename)");
  writeChunk('one');
});
afterEach(() => rmSync(built, { recursive: true, force: true }));

/** All of one length, and made at different times. */
function writeChunk(word: string): void {
  const file = path.join(built, 'chunks/one.js');
  writeFileSync(file, `exports.word = '${word}';`);
  utimesSync(file, 1e9 + word.charCodeAt(0), 1e9 + word.charCodeAt(0));
}

function run(before = 'delete require("node:module").enableCompileCache;'): string {
  const code = `${before} require(${JSON.stringify(cache)}).keepCompiled(${JSON.stringify(built)}); require(${JSON.stringify(path.join(built, 'cli.js'))})`;
  const { stdout, stderr, status } = spawnSync(node, ['-e', code], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.trim();
}
const kept = (): string[] => readdirSync(path.join(built, 'code')).map((name) => name.replace(/-.*/, ''));

test('code is kept by the first run, and taken by the next', () => {
  expect(run()).toBe('one true');
  expect(kept().sort()).toEqual(['cli.js', 'one.js']);
  expect(run()).toBe('one true');
  expect(kept()).toHaveLength(2);
});

test('changed code, and code of the same length, is compiled anew', () => {
  run();
  writeChunk('two');
  expect(run()).toBe('two true');
  expect(kept().filter((name) => name === 'one.js')).toHaveLength(2);
});

test('what is no compiled code is replaced', () => {
  run();
  const folder = path.join(built, 'code');
  for (const name of readdirSync(folder)) writeFileSync(path.join(folder, name), 'spoiled');
  expect(run()).toBe('one true');
  expect(run()).toBe('one true');
});

test('without a folder to write in the program runs all the same', () => {
  writeFileSync(path.join(built, 'code'), '');
  expect(run()).toBe('one true');
});

test('Node keeps the code itself where it can', () => {
  const given = 'require("node:module").enableCompileCache = (folder) => console.log(folder);';
  expect(run(given).split('\n')).toEqual([path.join(built, 'code'), 'one true']);
  expect(existsSync(path.join(built, 'code'))).toBe(false);
});
