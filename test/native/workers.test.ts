// The addon has no state of its own: two worker threads load it at once, compute, and end while the main thread goes on.
import { Worker } from 'node:worker_threads';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadAddon } from '../../main/golden/native/addon';
import { nativeFolder } from '../../main/golden/native/place';

const work = `
  const { parentPort, workerData } = require('node:worker_threads');
  const addon = require(workerData.file);
  const engine = addon.openEngine('', 2);
  const axis = { input: 20, output: 20, taps: 3, stride: 1, dilation: 1, before: 1 };
  const layer = addon.packLayer(engine, {
    kind: 'dense', rows: axis, columns: axis, depth: 32, channels: 32, groups: 1, isSigned: true, inputZero: 0,
    weightZero: 0, outputZero: 0, lowest: -128, highest: 127, rounding: 'double', scale: null, bias: null,
    weights: new Int8Array(32 * 9 * 32).fill(1), multiplier: new Int32Array(32).fill(2 ** 30), shift: new Int32Array(32).fill(-4),
  });
  const x = new Int8Array(new SharedArrayBuffer(20 * 20 * 32)).fill(1);
  const y = new Int8Array(x.length);
  for (let i = 0; i < 50; i++) addon.runLayer(engine, layer, x, y, null);
  parentPort.postMessage([y[0], y[32 * 30]]); // a corner sees 4 taps, the middle 9: x 32 x 2^-5
  if (workerData.tidy) { addon.freeLayer(layer); addon.closeEngine(engine); }
`;

test('two workers at once, one of which leaves its handles to the end of its environment', async () => {
  const file = path.join(nativeFolder(), 'kernels.node');
  const results = [true, false].map(
    (tidy) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(work, { eval: true, workerData: { file, tidy } });
        let result: unknown;
        worker.on('message', (message) => (result = message));
        worker.on('error', reject);
        worker.on('exit', (code) => resolve({ code, result }));
      }),
  );
  const fine = { code: 0, result: [4, 9] };
  expect(await Promise.all(results)).toEqual([fine, fine]);
  const addon = loadAddon();
  const engine = addon.openEngine('', 2);
  expect(addon.engineIsa(engine)).toBe(addon.isas[0]);
  addon.closeEngine(engine);
});
