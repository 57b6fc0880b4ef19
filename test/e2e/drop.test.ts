// Files dropped on the window by the DevTools protocol, as the desktop would: the page gets a File, main learns its path.
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNpy } from '../../main/tensor/npy';
import { type Workbench, byTest, makeDataFolder, openWorkbench, sample } from './workbench';

const data = makeDataFolder();
const file = (name: string): string => path.join(data.folder, name);
let bench: Workbench;
let protocol: CDPSession;

beforeAll(async () => {
  copyFileSync(sample('digits/digits.tflite'), file('dropped.tflite'));
  copyFileSync(sample('digits/inputs/7_a.png'), file('seven.png'));
  writeFileSync(file('zeros.npy'), writeNpy('int8', [1, 28, 28, 1], new Int8Array(28 * 28).fill(-128)));
  copyFileSync('test/import/onnx/mobilenet_v3.onnx', file('mobile.onnx'));
  writeFileSync(file('notes.txt'), 'no network');
  copyFileSync('resources/networks/alexnet.json', file('table.json'));
  bench = await openWorkbench(data.folder);
  protocol = await bench.app.context().newCDPSession(bench.page);
  await bench.page.waitForSelector(byTest('sample-digits'));
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

type Stage = 'dragEnter' | 'dragOver' | 'drop' | 'dragCancel';
async function drag(name: string, ...stages: Stage[]): Promise<void> {
  const at = await bench.page.evaluate(() => ({ x: innerWidth / 2, y: innerHeight / 2 }));
  for (const type of stages)
    await protocol.send('Input.dispatchDragEvent', {
      type,
      ...at,
      data: { items: [], files: [file(name)], dragOperationsMask: 1 },
    });
}
const drop = (name: string): Promise<void> => drag(name, 'dragEnter', 'dragOver', 'drop');
const shown = (selector: string, words: string): Promise<unknown> =>
  bench.page.waitForFunction(([s, w]) => document.querySelector(s!)?.textContent?.includes(w!), [selector, words]);

test('while a file hangs over the window, it says what will happen', async () => {
  await drag('dropped.tflite', 'dragEnter', 'dragOver');
  await shown(byTest('drop-overlay'), '.tflite');
  await drag('dropped.tflite', 'dragCancel');
  await bench.page.mouse.move(300, 300);
  await bench.page.waitForSelector(byTest('drop-overlay'), { state: 'detached' });
});

test('an input without a network is told in a sentence', async () => {
  await drop('seven.png');
  await shown(byTest('toast'), 'seven.png cannot be opened here');
});

test('a .tflite dropped on the start page opens', async () => {
  await drop('dropped.tflite');
  await bench.page.waitForSelector(byTest('operator-row-11'));
  await shown(byTest('network-name'), 'dropped');
});

test('an image dropped in Golden becomes the input, and so does an .npy', async () => {
  const { page } = bench;
  await page.click(byTest('room-golden'));
  await drop('seven.png');
  await shown(byTest('input-0'), 'seven.png');
  await page.waitForSelector(`${byTest('input-0')} canvas`);
  await page.click(byTest('run'));
  await page.waitForSelector(byTest('prediction'));
  expect((await page.textContent(byTest('prediction')))?.trim()).toBe('7'); // known by content, not by name
  await drop('zeros.npy');
  await shown(byTest('input-0'), 'zeros.npy');
});

test('a file of another kind is named with what would do', async () => {
  await drop('notes.txt');
  await bench.page.waitForFunction(() =>
    [...document.querySelectorAll('[data-test=toast]')].some((toast) =>
      /notes\.txt.*\.tflite.*\.npy/s.test(toast.textContent ?? ''),
    ),
  );
  await shown(byTest('input-0'), 'zeros.npy'); // what was there stays
});

test('an .onnx dropped opens, and says of each operator what it was made for', async () => {
  const { page } = bench;
  await drop('mobile.onnx');
  await shown(byTest('network-name'), 'mobile');
  await page.click(byTest('room-import'));
  await page.click(byTest('operator-row-1'));
  await page.waitForFunction(() => document.body.textContent?.includes('Conv /Conv_0'));
});

test('a layer table dropped anywhere is planned', async () => {
  await drop('table.json');
  await shown(byTest('plan-summary'), 'AlexNet on kraken-7x96');
});

test('nothing complained', () => expect(bench.complaints).toEqual([]));
