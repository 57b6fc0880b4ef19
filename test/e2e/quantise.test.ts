// The Quantise room in the real window: the float digits, a folder of labelled images, int8; the result is opened, is the file that the
// command line writes, and golden runs it as it runs that file.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { golden, openNetwork, prepareInput } from '../../main/flow';
import { auditBoth } from './axe';
import {
  type Workbench,
  answerDialogs,
  byTest,
  makeDataFolder,
  openWorkbench,
  readText,
  root,
  sample,
} from './workbench';

const WAIT = { timeout: 20_000 };
const data = makeDataFolder();
const digits = path.join(data.folder, 'images');
const saved = path.join(data.folder, 'saved.tflite');
const labels = path.join(data.folder, 'labels of others.csv');
let bench: Workbench;

beforeAll(async () => {
  cpSync(sample('digits/inputs'), digits, { recursive: true });
  const names = readdirSync(digits).filter((name) => name.endsWith('.png'));
  writeFileSync(
    path.join(digits, 'labels.csv'),
    ['file,class', ...names.map((name) => `${name},${name[0]}`)].join('\n'),
  );
  writeFileSync(labels, 'cat.png,1\n');
  copyFileSync(sample('digits/digits_float.tflite'), path.join(data.folder, 'digits_float.tflite'));
  bench = await openWorkbench(data.folder);
  await bench.page.waitForSelector(byTest('sample-digits'));
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

const read = (name: string, what: RegExp): Promise<string> => readText(bench.page, name, what, WAIT);
async function open(file: string, name: string): Promise<void> {
  await answerDialogs(bench.app, file);
  await bench.page.keyboard.press('Control+o');
  await isOpen(name);
}
/** One network is told as text, several as a list. */
const isOpen = (name: string) =>
  bench.page.waitForFunction(
    (wanted) => {
      const found = document.querySelector('[data-test=network-name]');
      return (
        (found instanceof HTMLSelectElement ? found.selectedOptions[0]?.textContent : found?.textContent) === wanted
      );
    },
    name,
    WAIT,
  );
const disabled = (name: string) => bench.page.getAttribute(byTest(name), 'aria-disabled');

/** What the told command writes, as a shell runs it. */
function runCommand(command: string): { status: number | null; stderr: string } {
  const words = command.replace(/^goldbench/, `node '${path.join(root, 'bin/goldbench.cjs')}'`);
  const { status, stderr } = spawnSync('bash', ['-c', words], { cwd: data.folder, encoding: 'utf8' });
  return { status, stderr };
}
/** Into a field that counts once Enter is pressed. */
async function enter(name: string, text: string): Promise<void> {
  await bench.page.fill(byTest(name), text);
  await bench.page.press(byTest(name), 'Enter');
}

const audit = (name: string): Promise<void> => auditBoth(bench, name, name);

test('the room says what it needs; choices that are wrong are told', WAIT, async () => {
  const { page, app } = bench;
  await open(path.join(data.folder, 'digits_float.tflite'), 'digits_float');
  await page.keyboard.press('Control+2');
  await read('quantise-summary', /Choose inputs/);
  await page.waitForSelector(byTest('quantise-row-0'));
  expect(await disabled('quantise')).toBe('true');
  await answerDialogs(app, digits);
  await page.click(byTest('quantise-folder'));
  await read('quantise-inputs', /^images$/);
  expect(await read('quantise-looked', /20 inputs/)).toBe(
    'images holds 20 inputs, all labelled by a table of files, whose numbers count.',
  );
  await read(
    'command',
    /^goldbench quantise digits_float\.tflite --images images --out digits_float-int8\.tflite --scheme int8 --engine [a-z-]+ --judge$/,
  );
  await enter('quantise-scheme', 'int9');
  expect(await read('quantise-wrong', /int9/)).toContain('The scheme int9: int9 is no scheme.');
  expect(await disabled('quantise')).toBe('true');
  await enter('quantise-scheme', 'int8');
  await page.selectOption(byTest('quantise-method'), 'percentile');
  await enter('quantise-percent', '99.9');
  await enter('own-2', '16x8');
  await read('command', /--scheme int8 --layer 2=16x8 --method percentile:99\.9 /);
  await enter('own-2', '');
  await page.selectOption(byTest('quantise-method'), 'min-max');
  await read('command', /--scheme int8 --engine/);
  expect(
    await page.locator('#schemes option').evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value)),
  ).not.toContain('real');
  await audit('quantise-choices');
  await answerDialogs(app, labels);
  await page.click(byTest('quantise-choose-labels'));
  expect(await read('quantise-looked', /names none/)).toMatch(
    /^labels of others\.csv names none of the 20 inputs\. Name them as they are listed: 0_a\.png, .*\.$/,
  );
  await read('command', / --judge --labels 'labels of others\.csv'$/);
  expect(await disabled('quantise')).toBe('true');
  writeFileSync(labels, '7_a.png,seven\n');
  await page.click(byTest('quantise-choose-labels'));
  expect(await read('quantise-looked', /seven/)).toBe(
    '7_a.png is labelled seven, which is no class from 0 to 9. Give a labels.txt with the names of the classes, one a line.',
  );
  await page.click(byTest('quantise-forget-labels'));
  await read('quantise-looked', /all labelled/);
  expect(await disabled('quantise')).toBe('false');
});

test('int8: opened, judged, saved, the same bytes by the command line', { timeout: 60_000 }, async () => {
  const { page, app } = bench;
  const command = await read('command', /^goldbench quantise/);
  await page.keyboard.press('F7');
  await isOpen('digits_float-int8');
  await read('quantise-summary', /Made from digits_float here\./);
  expect(await read('output-sqnr', /dB/)).toMatch(/^\d\d\.\d dB$/);
  expect(await read('agreement', /of 20/)).toMatch(/^(100|9\d\.\d) % of 20$/);
  expect(await read('right', /%/)).toMatch(/^(100|9\d\.\d) %$/);
  expect(await page.getAttribute('[data-test^="quantise-row-"] >> nth=0', 'aria-selected')).toBe('true'); // the worst is looked at first
  expect(await read('range-told', /SQNR/)).toMatch(
    /^Seen .* … .*; words span .* … .*\. .* % clipped; largest error .*; SQNR .* dB\.$/,
  );
  await audit('quantise-result');
  await answerDialogs(app, saved);
  await page.click(byTest('quantise-save'));
  await expect.poll(() => readdirSync(data.folder), { timeout: 5000 }).toContain('saved.tflite');
  expect(runCommand(command)).toEqual({ status: 0, stderr: '' });
  expect(readFileSync(path.join(data.folder, 'digits_float-int8.tflite')).equals(readFileSync(saved))).toBe(true);
});

const picture = path.join(digits, '7_a.png');
/** The open network on the picture, as the session's run of that number. */
async function runOn(run: number): Promise<any> {
  const { page, app } = bench;
  await answerDialogs(app, picture);
  await page.keyboard.press('Control+3');
  await page.click(byTest('choose-input-0'));
  await page.waitForSelector(`${byTest('run')}:not([aria-disabled=true])`);
  await page.keyboard.press('F5');
  const result = () =>
    page.evaluate(async (id) => (globalThis as any).workbench.call('golden.result', { run: id }), run);
  await expect.poll(async () => (await result()).value?.state, { timeout: 10_000 }).toBe('done');
  return (await result()).value;
}

test('golden runs what was made as it runs the saved file', WAIT, async () => {
  const run = await runOn(1);
  const { network } = openNetwork(readFileSync(saved), 'saved.tflite');
  const { data: value } = prepareInput(network, network.inputs[0]!, readFileSync(picture), '7_a.png');
  const ours = [...golden(network, 'reference', new Map([[network.inputs[0]!, value]]))].map(({ outputs }) =>
    outputs.map(({ data: made }) =>
      createHash('sha256')
        .update(made as Int8Array)
        .digest('hex'),
    ),
  );
  expect(run.record.operators.map(({ outputs }: any) => outputs.map(({ sha256 }: any) => sha256))).toEqual(ours);
});

test(
  'a scheme of words tells its overflows; the float network is a step away; a quantised one is refused',
  { timeout: 60_000 },
  async () => {
    const { page } = bench;
    await page.keyboard.press('Control+2');
    await page.click(byTest('quantise-other'));
    await isOpen('digits_float');
    await enter('quantise-scheme', 'kraken:8,8,16');
    await read('command', /--scheme kraken:8,8,16/);
    await page.click(byTest('quantise'));
    await isOpen('digits_float-kraken-8-8-16');
    await read('result-scheme', /^kraken:8,8,16$/);
    expect(await page.textContent(byTest('quantise-row-0'))).toMatch(/int8/);
    await page.click(`${byTest('arithmetic-kraken')} summary`);
    await page.click(byTest('quantise-row-0')); // a convolution, whose rule is marked
    expect(await page.locator(`${byTest('arithmetic-kraken')} dt.marked`).allTextContents()).toEqual(['layers']);
    await page
      .locator(`${byTest('arithmetic-kraken')} dt`)
      .first()
      .scrollIntoViewIfNeeded();
    await audit('quantise-kraken');
    await runOn(2);
    await page.waitForSelector(`[role=columnheader]:has-text("overflows")`, WAIT);
    const made = await page.locator('[data-test^="result-row-"] [role=gridcell]:last-child').allTextContents();
    expect(made.map((told) => Number(told.replace(/\s/g, ''))).some((sums) => sums > 0)).toBe(true);
    await page.keyboard.press('Control+i');
    await page.click(byTest('result-row-0'));
    await read('layer-scheme', /^kraken:8,8,16$/);
    await audit('golden-kraken');
    await page.keyboard.press('Control+i');
    await page.keyboard.press('Control+8'); // its bundle holds float16 scales: the room previews it as any other
    await page.fill(byTest('export-array'), '4x12');
    await page.press(byTest('export-array'), 'Enter');
    await read('export-summary', /\d+ files, /);
    await page.waitForSelector(byTest('packet'), WAIT);
    await audit('export-kraken');
    await open(sample('digits/digits.tflite'), 'digits');
    await page.keyboard.press('Control+2');
    expect(await read('quantise-empty', /quantised already/)).toContain('Give the float network it was made from.');
    await audit('quantise-refused');
  },
);

test(
  'longer words for the layers that deserve them: suggested, taken, and the same bytes by the command line',
  { timeout: 60_000 },
  async () => {
    const { page, app } = bench;
    await open(path.join(data.folder, 'digits_float.tflite'), 'digits_float');
    await page.keyboard.press('Control+2');
    await enter('quantise-scheme', 'int4');
    expect(await disabled('suggest-start')).toBe('true');
    await enter('suggest-budget', 'some');
    expect(await read('suggest-wrong', /some/)).toBe(
      'some is no budget. Give bytes of all constants (60kB, 1.5MB), or the least accuracy (97.5%).',
    );
    await enter('suggest-budget', '10kB');
    await page.click(`${byTest('arithmetic-tflite')} summary`);
    expect(await read('arithmetic-tflite', /The arithmetic is that of the kernel set/)).toContain('int4');
    const command = await read('suggest-command', /--suggest 10kB/);
    expect(command).toMatch(
      /^goldbench quantise digits_float\.tflite --images images --out digits_float-int4\.tflite --scheme int4 --engine [a-z-]+ --suggest 10kB$/,
    );
    await page.keyboard.press('Shift+F7');
    expect(await read('suggest-told', /Within/)).toMatch(
      /^Within 10.000 bytes: \d layers? to int8, [\d.\s]+ bytes more than with none\. The others stay int4\. Measured on 20 inputs of images; right: of the labelled inputs\. Ranges had been measured before\.$/,
    );
    const raised = await page.locator('[data-test^="suggest-row-"].raised').count();
    expect(raised).toBeGreaterThan(0);
    expect(await page.textContent(byTest('suggest-row-none'))).toMatch(/none raised/);
    await page.locator(byTest('suggest')).scrollIntoViewIfNeeded();
    await audit('quantise-suggested');
    await page.click(byTest('suggest-take'));
    await read('suggest-take', /Taken/);
    expect(
      await page
        .locator('[data-test^="own-"]')
        .evaluateAll((all) => all.filter((one) => (one as HTMLInputElement).value === 'int8').length),
    ).toBe(raised);
    await page.keyboard.press('F7');
    await isOpen('digits_float-int4');
    expect(await read('took', /s/)).toMatch(/ranges measured before$/);
    const mixed = path.join(data.folder, 'mixed.tflite');
    await answerDialogs(app, mixed);
    await page.click(byTest('quantise-save'));
    await expect.poll(() => readdirSync(data.folder), { timeout: 5000 }).toContain('mixed.tflite');
    expect(runCommand(command)).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(path.join(data.folder, 'digits_float-int4.tflite')).equals(readFileSync(mixed))).toBe(true);
  },
);

test(
  'what was fused is told with the largest change it made; a suggestion is cancelled',
  { timeout: 60_000 },
  async () => {
    const { page } = bench;
    await open(path.join(root, 'test/import/onnx/keras.onnx'), 'keras');
    await page.keyboard.press('Control+2');
    expect(await read('fusions', /took others in/)).toMatch(
      /1 CONV_2D \+ 0 PAD, 2 RELUpad, activation.*4 MUL, 5 ADDbatch norm/,
    );
    await audit('quantise-fusions');
    await enter('quantise-scheme', 'int8');
    await page.selectOption(byTest('quantise-method'), 'percentile');
    await enter('quantise-percent', '99');
    await page.keyboard.press('F7');
    await isOpen('keras-int8');
    expect(await read('fusions', /took others in/)).toMatch(/ of \d/);
    await page.click(byTest('quantise-row-1'));
    await read('range-told', /SQNR/);
    await audit('quantise-fused');
    await open(path.join(root, 'test/import/onnx/resnet.onnx'), 'resnet');
    await page.keyboard.press('Control+2');
    await read('fusions', /MUL/);
    await enter('suggest-budget', '100%');
    await page.keyboard.press('Shift+F7');
    await page.waitForSelector(byTest('quantise-progress'));
    await page.click(byTest('cancel-quantise'));
    await page.waitForSelector(byTest('quantise-progress'), { state: 'detached', ...WAIT });
    expect(await page.$(byTest('suggest-told'))).toBeNull();
    await page.keyboard.press('F7');
    await isOpen('resnet-int8');
    await page.click(byTest('quantise-row-3'));
    await audit('quantise-resnet-made');
  },
);

test('nothing complained', () => expect(bench.complaints).toEqual([]));
