// A new user's first quarter of an hour: open the digit sample, run an image, read the digit, look inside, close,
// reopen, and find everything still there.
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNpy } from '../../main/tensor/npy';
import {
  type Workbench,
  answerDialogs,
  byTest,
  makeDataFolder,
  openSample,
  openWorkbench,
  sample,
  shoot,
} from './workbench';

const data = makeDataFolder();
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench(data.folder);
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

test('the start page offers the samples', async () => {
  const { page } = bench;
  await page.waitForSelector(byTest('sample-digits'));
  await page.waitForSelector(byTest('sample-detector'));
  await shoot(page, '1-start');
});

test('a sample opens as graph and list', async () => {
  const { page } = bench;
  await openSample(page, 'digits');
  expect(await page.textContent(byTest('network-name'))).toContain('digits');
  await page.waitForSelector(`${byTest('graph')} [data-test^="graph-"]`);
  await page.click(byTest('operator-row-1'));
  await shoot(page, '2-import');
});

test('an image runs and the right digit is read', async () => {
  const { page } = bench;
  await page.click(byTest('room-golden'));
  await page.click(byTest('sample-input-7_a'));
  await page.click(byTest('run'));
  await page.waitForSelector(byTest('result-row-0'));
  await page.waitForSelector(byTest('prediction'));
  expect((await page.textContent(byTest('prediction')))?.trim()).toBe('7');
  await shoot(page, '3-golden');
});

test('a tensor opens as heat map, histogram and values, and they are the values TFLite gives', async () => {
  const { page } = bench;
  await page.click(byTest('result-row-0'));
  await page.waitForSelector(byTest('heatmap'));
  await page.waitForSelector(byTest('histogram'));
  await page.waitForFunction(() =>
    /\d/.test(document.querySelector('[data-test=values-view] .values')?.textContent ?? ''),
  );
  const lines = await page.locator(`${byTest('values-view')} .values`).allTextContents();
  const shown = lines.join(' ').replaceAll('−', '-').trim().split(/\s+/).map(Number);
  expect(shown.length).toBeGreaterThan(16);
  expect(shown).toEqual([...expectedFirstOutput().subarray(0, shown.length)]);
  await shoot(page, '4-tensor');
});

test('the run is saved as a folder that NumPy reads', async () => {
  const { page, app } = bench;
  const parent = mkdtempSync(path.join(tmpdir(), 'goldbench-run-'));
  await answerDialogs(app, parent);
  const { value: name } = await page.evaluate(async () =>
    (globalThis as any).workbench.call('golden.saveRun', { run: 1 }),
  );
  const folder = path.join(parent, name);
  const record = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8'));
  for (const { outputs } of record.operators) {
    const npy = readNpy(readFileSync(path.join(folder, outputs[0].file)));
    expect(npy.shape).toEqual(outputs[0].shape);
  }
  expect(readdirSync(folder).filter((file) => file.endsWith('.npy')).length).toBeGreaterThan(record.operators.length);
});

test('closed and reopened, the session is still there and shows the run without computing it again', async () => {
  await bench.close();
  bench = await openWorkbench(data.folder);
  const { page } = bench;
  await page.waitForSelector(byTest('network-name'));
  expect(await page.textContent(byTest('network-name'))).toContain('digits');
  await page.click(byTest('room-golden'));
  await page.waitForSelector(byTest('result-row-0'));
  expect((await page.textContent(byTest('prediction')))?.trim()).toBe('7');
  const jobs = await page.evaluate(async () => {
    return (await (globalThis as any).workbench.call('jobs.list', {})).value;
  });
  expect(jobs).toEqual([]);
  await shoot(page, '5-reopened');
});

test('nothing complained, and nothing left the machine', () => {
  expect(bench.complaints).toEqual([]);
  expect(bench.requests.filter((url) => !url.startsWith('app://workbench/') && !url.startsWith('data:'))).toEqual([]);
});

/** Operator 0's output for input 7_a, from TFLite's own reference kernels. */
function expectedFirstOutput(): Int8Array {
  const { everyOperator, kernels } = JSON.parse(readFileSync(sample('digits/expected/index.json'), 'utf8'));
  expect(kernels).toBe('reference');
  const { file, tensors } = everyOperator.find((every: any) => every.input === 'inputs/7_a.png');
  const bytes = readFileSync(sample('digits/expected', file));
  return new Int8Array(bytes.buffer, bytes.byteOffset + tensors[0].offset, tensors[0].length);
}
