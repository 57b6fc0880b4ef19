// Every scene, in both themes, is free of serious faults that axe-core finds; lesser findings are printed.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { NetworkBuilder } from '../oracle/build';
import { auditBoth } from './axe';
import { type Workbench, answerDialogs, byTest, makeDataFolder, openSample, openWorkbench, sample } from './workbench';

const data = makeDataFolder();
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench(data.folder);
  await bench.page.waitForSelector(byTest('sample-digits'));
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

/** One SOFTMAX of int32, which no kernel takes. */
function buildUnsupported(): Uint8Array {
  const builder = new NetworkBuilder('wide');
  const wide = { type: 'int32', shape: [1, 8], quantization: { scale: [1 / 32768] } } as const;
  builder.operator('SOFTMAX', [builder.input(wide)], wide, { beta: 1 });
  return builder.finish();
}

/** Audits what is shown in both themes. */
const audit = (scene: string): Promise<void> => auditBoth(bench, scene);

async function open(file: string, name: RegExp): Promise<void> {
  await answerDialogs(bench.app, file);
  await bench.page.evaluate(async () => (globalThis as any).workbench.call('import.open', {}));
  await bench.page.waitForFunction(
    (wanted) => new RegExp(wanted).test(document.querySelector('.top')?.textContent ?? ''),
    name.source,
  );
}

describe('axe finds no serious fault', () => {
  test('on the start page', () => audit('start'));
  test('in Import', async () => {
    await openSample(bench.page, 'digits');
    await bench.page.waitForSelector(`${byTest('graph')} [data-test^="graph-"]`);
    await audit('import');
  });
  test('in Golden with a tensor open, the panel and the inspector shown', async () => {
    const { page } = bench;
    await page.click(byTest('room-golden'));
    await page.click(byTest('sample-input-3_a'));
    await page.click(byTest('run'));
    await page.waitForSelector(byTest('prediction'));
    await page.click(byTest('result-row-2'));
    await page.waitForSelector(byTest('histogram'));
    await page.keyboard.press('Control+i');
    await page.click(byTest('tab-jobs'));
    await page.waitForSelector(byTest('why-title'));
    await page.click(byTest('why-terms'));
    await page.waitForSelector(`${byTest('layer-channels')} .channel`);
    await audit('golden');
  });
  test('in Golden with a batch', async () => {
    const { page } = bench;
    await page.click(byTest('show-batches'));
    await answerDialogs(bench.app, sample('digits/inputs'));
    await page.click(byTest('batch-folder'));
    await page.waitForSelector(byTest('top1'));
    await audit('batch');
    await page.click(byTest('show-runs'));
  });
  test('in Compare, and with the dialog of how to run', async () => {
    const { page } = bench;
    await page.click(byTest('sample-input-7_a'));
    await page.click(byTest('run'));
    await page.waitForFunction(() => /7_a/.test(document.querySelector('[data-test=result-of]')?.textContent ?? ''));
    await page.waitForSelector(`${byTest('room-compare')}[aria-disabled=false]`); // the run has ended, too
    await page.keyboard.press('Control+7');
    await page.waitForSelector(`${byTest('map-difference')} canvas`);
    await audit('compare');
    await page.keyboard.press('Control+3');
    await page.keyboard.press('Control+F5');
    await page.waitForSelector(`${byTest('run-options')}[open]`);
    await audit('run options');
    await page.click(byTest('how-close'));
  });
  test('in Export with a packet of words', async () => {
    const { page } = bench;
    await page.keyboard.press('Control+8');
    await page.waitForSelector(`${byTest('packet')} [data-test^="stream-"]`);
    await audit('export');
  });
  test('in Plan and Estimate, with a wrong value and a number explained', async () => {
    const { page } = bench;
    await page.click(byTest('room-plan'));
    await page.click(byTest('layer-row-3'));
    await page.waitForSelector(byTest('alternatives'));
    await page.fill(byTest('field-rows'), '0');
    await page.waitForSelector(byTest('error-rows'));
    await audit('plan');
    await page.click(byTest('room-estimate'));
    await page.click(byTest('total-all-fps'));
    await page.waitForSelector(byTest('figures'));
    await audit('estimate');
  });
  test('with the log and with the palette', async () => {
    const { page } = bench;
    await page.click(byTest('tab-log'));
    await audit('log');
    await page.keyboard.press('Control+Shift+P');
    await page.waitForSelector(byTest('palette-input'));
    await audit('palette');
    await page.keyboard.press('Escape');
  });
  test('with the sheet of keys', async () => {
    await bench.page.keyboard.press('Shift+?');
    await bench.page.waitForSelector(`${byTest('keys')}[open]`);
    await audit('keys');
    await bench.page.keyboard.press('Escape');
  });
  test('in Quantise with choices, a suggestion, a result, and a network that is quantised already', async () => {
    const { page } = bench;
    await page.keyboard.press('Control+2');
    await page.waitForSelector(byTest('quantise-empty'));
    await audit('quantised already');
    await open(sample('digits/digits_float.tflite'), /digits_float/);
    await page.keyboard.press('Control+2');
    await answerDialogs(bench.app, sample('digits/inputs'));
    await page.click(byTest('quantise-folder'));
    await page.waitForSelector(byTest('quantise-looked'));
    for (const [field, text] of [
      ['quantise-scheme', 'int4'],
      ['suggest-budget', '10kB'],
    ] as const) {
      await page.fill(byTest(field), text);
      await page.press(byTest(field), 'Enter');
    }
    await page.keyboard.press('Shift+F7');
    await page.waitForSelector(byTest('suggest-told'));
    await audit('quantise');
    await page.keyboard.press('F7');
    await page.waitForSelector(byTest('quantise-result'));
    await page.locator('[data-test^="quantise-row-"]').first().click();
    await page.waitForSelector(byTest('range-told'));
    await audit('quantised');
  });
  test('with problems, and a network that cannot run', async () => {
    const { page } = bench;
    const file = path.join(data.folder, 'wide.tflite');
    writeFileSync(file, buildUnsupported());
    await open(file, /wide/);
    await page.click(byTest('room-golden'));
    await page.click(byTest('show-stopped'));
    await page.waitForSelector(`${byTest('problems')} .problem`);
    await audit('problems');
  });
});
