// Cold start: from starting the process to a start page that can be used, beside an Electron that shows a bare page.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { _electron } from 'playwright-core';
import { launchSetup, resolveElectron } from '../../scripts/electron-runtime.mjs';
import { byTest, makeDataFolder, openWorkbench } from '../e2e/workbench';
import { median, report } from './report';

const ROUNDS = 5;

test('cold start to a usable window', async () => {
  const bare = makeBareApp();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const [a, b] = [await startOurs(), await startBare(bare)];
    if (round === 0) continue; // it fills caches
    ours.push(a);
    theirs.push(b);
  }
  rmSync(bare, { recursive: true });
  report('cold start', {
    'goldbench ms': median(ours),
    'bare Electron ms': median(theirs),
    ratio: median(ours) / median(theirs),
  });
  expect(ours).toHaveLength(ROUNDS);
});

async function startOurs(): Promise<number> {
  const data = makeDataFolder();
  const start = performance.now();
  const bench = await openWorkbench(data.folder);
  await bench.page.waitForSelector(byTest('sample-digits'));
  const ms = performance.now() - start;
  await bench.close();
  data.remove();
  return ms;
}

async function startBare(folder: string): Promise<number> {
  const runtime = await resolveElectron();
  const setup = launchSetup(runtime);
  const start = performance.now();
  const app = await _electron.launch({
    executablePath: runtime.exe,
    args: [...setup.args, folder],
    env: setup.env,
    chromiumSandbox: !setup.args.includes('--no-sandbox'),
  });
  await (await app.firstWindow()).waitForSelector('main');
  const ms = performance.now() - start;
  await app.close();
  return ms;
}

function makeBareApp(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-bare-'));
  writeFileSync(path.join(folder, 'package.json'), '{"name":"bare","main":"main.js"}');
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><main>bare</main>');
  writeFileSync(
    path.join(folder, 'main.js'),
    `const { app, BrowserWindow } = require('electron');
     app.whenReady().then(() => new BrowserWindow({ webPreferences: { sandbox: true } }).loadFile('index.html'));`,
  );
  return folder;
}
