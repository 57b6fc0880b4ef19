// Two runs compared in the real window: the same input in two kernel sets, whose rounding differs, and two inputs in one set.
// The dialog says which set cannot run a network before anything runs.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNpy } from '../../main/tensor/npy';
import { indexOf } from '../../main/tensor/place';
import { NetworkBuilder } from '../oracle/build';
import {
  type Workbench,
  answerDialogs,
  byTest,
  makeDataFolder,
  openSample,
  openWorkbench,
  readText,
  root,
  sample,
  setTheme,
  shoot,
} from './workbench';

const data = makeDataFolder();
const model = path.join(data.folder, 'narrow.tflite');
let bench: Workbench;

beforeAll(async () => {
  mkdirSync(data.folder, { recursive: true });
  writeFileSync(model, buildNarrow());
  bench = await openWorkbench(data.folder);
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

/** 16x8 with a bias of int32: the reference kernels run it, the optimised ones are not reproduced in it. */
function buildNarrow(): Uint8Array {
  const builder = new NetworkBuilder('narrow');
  const slot = { type: 'int16', shape: [1, 4, 4, 1], quantization: { scale: [2 ** -8], zeroPoint: [0] } } as const;
  const weights = { type: 'int8', shape: [1, 1, 1, 1], quantization: { scale: [2 ** -6], zeroPoint: [0] } } as const;
  const bias = { type: 'int32', shape: [1], quantization: { scale: [2 ** -14], zeroPoint: [0] } } as const;
  const x = builder.input(slot);
  const operands = [x, builder.constant(weights, Int8Array.of(64)), builder.constant(bias, Int32Array.of(5))];
  const options = { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;
  builder.operator('CONV_2D', operands, slot, options);
  return builder.finish();
}

const text = async (name: string): Promise<string> => ((await bench.page.textContent(byTest(name))) ?? '').trim();
const read = (name: string, what: RegExp): Promise<string> => readText(bench.page, name, what);
async function chooseSet(set: string): Promise<void> {
  await bench.page.keyboard.press('Control+F5');
  await bench.page.waitForSelector(`${byTest('run-options')}[open]`);
  await bench.page.click(byTest(`set-${set}`));
  await read('how', new RegExp(set));
}

test('the dialog says what each set runs, and runs', async () => {
  const { page } = bench;
  await openSample(page, 'digits');
  await page.click(byTest('room-golden'));
  await chooseSet('reference');
  expect(await text('set-reference')).toMatch(/runs all 12 operators/);
  await shoot(page, 'run-options');
  await setTheme(bench, 'light');
  await shoot(page, 'run-options-light');
  await setTheme(bench, 'dark');
  await page.click(byTest('how-run'));
  await page.waitForSelector(byTest('prediction'));
});

test('one run is not enough to compare, and the rail says so, in a word and when it is pressed', async () => {
  const { page } = bench;
  expect(await page.getAttribute(byTest('room-compare'), 'aria-disabled')).toBe('true');
  expect(await page.getAttribute(byTest('room-compare'), 'title')).toContain('Two runs of this network are needed');
  await page.click(byTest('room-compare'), { force: true });
  expect(await page.textContent(byTest('toast'))).toContain('Two runs of this network are needed');
  await page.click(`${byTest('toast')} [aria-label=Dismiss]`);
});

test('two inputs in one set: the first layer differs, and it is said that the inputs do', async () => {
  const { page } = bench;
  await page.click(byTest('sample-input-3_a'));
  await page.waitForFunction(
    () => document.querySelector('[data-test=sample-input-3_a]')?.getAttribute('aria-pressed') === 'true',
  );
  await page.keyboard.press('F5');
  await page.waitForFunction(() => /3_a/.test(document.querySelector('[data-test=result-of]')?.textContent ?? ''));
  // The values of a run are shown before it is done, and Compare wants two that are.
  await page.waitForSelector(`${byTest('room-compare')}[aria-disabled=false]`);
  await page.keyboard.press('Control+7');
  expect(await read('compare-summary', /differ/)).toMatch(/^\d+ of 12 operators differ · first 0 · CONV_2D/);
  await page.waitForSelector(byTest('inputs-differ'));
  await page.waitForSelector(`${byTest('map-difference')} canvas`);
  await shoot(page, 'compare-inputs');
});

test('one input in two sets: the first layer that rounds differently, element and values', async () => {
  const { page } = bench;
  await page.click(byTest('room-golden'));
  await chooseSet('xnnpack');
  await page.click(byTest('how-run'));
  await page.waitForFunction(() => /xnnpack kernels/.test(document.querySelector('.head .sub')?.textContent ?? ''));
  expect(await text('result-row-0')).toContain('float32');
  await shoot(page, 'golden-xnnpack');
  await page.click(byTest('room-compare'));
  await page.selectOption(byTest('compare-a'), '2');
  await page.selectOption(byTest('compare-b'), '3');
  const [a, b] = expected();
  const first = a!.findIndex((value, i) => value !== b![i]);
  expect(first).toBeGreaterThanOrEqual(0); // else this network shows nothing
  expect(await read('compare-summary', /differ/)).toMatch(/of 12 operators differ · first 0 · CONV_2D/);
  await page.waitForFunction(() => !document.querySelector('[data-test=inputs-differ]'));
  await read('value-b', /\d/);
  expect(await text('difference-element')).toBe(`[${indexOf([1, 28, 28, 8], first).join(', ')}]`);
  expect(Number((await text('value-a')).replace('−', '-'))).toBe(a![first]);
  expect(Number((await text('value-b')).replace('−', '-'))).toBe(b![first]);
  expect(await text('difference-title')).toBe('First difference');
  expect(await text('cause')).toContain('only the rounding differs');
  expect(await text('compare-row-0')).toMatch(/double → float32/);
  await shoot(page, 'compare-sets');
  await setTheme(bench, 'light');
  await shoot(page, 'compare-sets-light');
  await setTheme(bench, 'dark');
});

test('the keys go from difference to difference, and the maps share one cursor', async () => {
  const { page } = bench;
  await page.keyboard.press('F6');
  await page.waitForFunction(
    () => document.querySelector('[data-test=compare-row-0]')?.getAttribute('aria-selected') === 'false',
  );
  await page.waitForSelector(`${byTest('map-a')} canvas`);
  const before = await text('difference-element');
  await page.focus(`${byTest('map-b')} .pit`);
  await page.keyboard.press(before.includes(', 0, ') ? 'ArrowDown' : 'ArrowUp');
  await page.waitForFunction(
    (old) => document.querySelector('[data-test=difference-element]')?.textContent !== old,
    before,
  );
  await page.click(byTest('next-channel'));
  await shoot(page, 'compare-next');
});

test('the command line says the same of this session, and of the folders that --out writes', async () => {
  const command = await text('command');
  expect(command).toMatch(/^goldbench compare --session \S+ \d+ \d+$/);
  const folders = ['reference', 'xnnpack'].map((set) => path.join(data.folder, `out-${set}`));
  const { status, stdout } = goldbench('compare', ...folders);
  expect(status).toBe(1);
  expect(stdout).toMatch(/Different: first in 000_CONV_2D\.npy/);
  expect(goldbench('compare', folders[0]!, folders[0]!).status).toBe(0);
});

test('a dump of a board: its first wrong element, what it lacks, what is no such tensor, and read again once it is mended', async () => {
  const { page, app } = bench;
  const board = path.join(data.folder, 'board');
  mkdirSync(board);
  await answerDialogs(app, board);
  await page.selectOption(byTest('compare-a'), '2');
  await read('compare-summary', /of 12 operators differ/);
  await page.click(byTest('compare-dump'));
  expect(await read('compare-summary', /not compared/)).toBe('not compared');
  await page.waitForSelector(
    'text=The folder board holds no .npy, .bin or .mem file that is named as a tensor of the run.',
  );
  expect(await text('tab-problems')).toMatch(/^Problems\s+1$/); // told once, though a job failed, too
  await page.click(`${byTest('toast')} [aria-label=Dismiss]`);
  const run = path.join(data.folder, 'out-reference'); // the input of run 2, in its kernel set
  copyFileSync(path.join(run, '000_CONV_2D.npy'), path.join(board, '000_CONV_2D.npy'));
  const output = readNpy(readFileSync(path.join(run, '001_MAX_POOL_2D.npy'))).data as Int8Array;
  const wrong = Int8Array.from(output);
  const at = 14 * 8 + 3; // row 1, column 0, channel 3
  wrong[at]! ^= 1;
  writeFileSync(path.join(board, '001_MAX_POOL_2D.bin'), wrong);
  writeFileSync(path.join(board, '002_DEPTHWISE_CONV_2D.mem'), '00 01 02');
  await page.click(byTest('compare-again'));
  expect(await read('compare-summary', /not in the dump/)).toMatch(
    /^1 of 2 tensors differ · first 1 · MAX_POOL_2D · 1 of [\d\s,\u202f]+ elements · 1 not comparable · \d+ not in the dump$/,
  );
  expect(await text('difference-title')).toBe('First difference');
  expect(await text('difference-element')).toBe('[0, 1, 0, 3]');
  expect(Number((await text('value-a')).replace('−', '-'))).toBe(output[at]);
  expect(Number((await text('value-b')).replace('−', '-'))).toBe(wrong[at]);
  expect(await read('uncompared', /Not in the dump/)).toMatch(
    /002_DEPTHWISE_CONV_2D\.mem holds 3 bytes, but int8 \[.*\] has \d+\./,
  );
  expect(await text('compare-row-0')).toContain('equal');
  expect(await text('compare-row-3')).toContain('not in the dump');
  expect(await text('command')).toMatch(/^goldbench compare --session \S+ 2 board$/);
  await shoot(page, 'compare-dump');
  writeFileSync(path.join(board, '001_MAX_POOL_2D.bin'), output);
  await page.click(byTest('compare-dump-again'));
  expect(await read('compare-summary', /equal/)).toMatch(
    /^equal: [\d\s,\u202f]+ elements of 2 tensors · 1 not comparable/,
  );
  await page.selectOption(byTest('compare-b'), '3'); // and back to two runs
  expect(await read('compare-summary', /of 12 operators differ/)).toMatch(/^\d+ of 12/);
});

test('one tensor is saved from the inspector', async () => {
  const { page, app } = bench;
  await page.click(byTest('room-golden'));
  await page.click(byTest('result-row-1'));
  await page.keyboard.press('Control+i');
  const file = path.join(data.folder, 'saved.npy');
  await answerDialogs(app, file);
  const save = page.locator('[data-test=inspector] [data-test^=save-tensor-]').last();
  await save.click();
  await expect.poll(() => readNpyOrNull(file)).toMatchObject({ type: 'int8', shape: [1, 14, 14, 8] });
  await shoot(page, 'inspector-save');
});

test('the dialog says what a set cannot run, and why, before anything runs', async () => {
  const { page, app } = bench;
  await answerDialogs(app, model);
  await page.keyboard.press('Control+o');
  await page.waitForFunction(() => /narrow/.test(document.querySelector('.top')?.textContent ?? ''));
  await page.waitForSelector(byTest('operator-row-0'));
  await page.click(byTest('room-golden'));
  await chooseSet('builtin');
  expect(await read('set-builtin', /cannot run/)).toContain('CONV_2D');
  expect(await text('set-whys')).toContain('int16 activations with an int32 bias');
  expect(await text('set-reference')).toContain('runs all 1 operator');
  expect(await page.locator(byTest('how-run')).getAttribute('aria-disabled')).toBe('true');
  await shoot(page, 'run-options-refused');
  await page.click(byTest('how-close'));
  expect(await text('stopped')).toContain('The builtin kernels do not run CONV_2D');
  await chooseSet('xnnpack');
  await page.click(byTest('how-close'));
});

test('how to run is remembered with the session', async () => {
  await bench.close();
  bench = await openWorkbench(data.folder);
  expect(await read('how', /xnnpack/)).toContain('xnnpack');
});

test('nothing complained', () => expect(bench.complaints).toEqual([]));

const goldbench = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(root, 'bin/goldbench.cjs'), ...args], { encoding: 'utf8' });

/** Operator 0's outputs in both sets, from the command line. */
function expected(): Int8Array[] {
  return ['reference', 'xnnpack'].map((set) => {
    const out = path.join(data.folder, `out-${set}`);
    const given = [
      '--input',
      sample('digits/inputs/3_a.png'),
      '--kernels',
      set,
      '--engine',
      'reference-ts',
      '--out',
      out,
    ];
    expect(goldbench('golden', sample('digits/digits.tflite'), ...given).status).toBe(0);
    return readNpy(readFileSync(path.join(out, '000_CONV_2D.npy'))).data as Int8Array;
  });
}

function readNpyOrNull(file: string) {
  try {
    const { type, shape } = readNpy(readFileSync(file));
    return { type, shape };
  } catch {
    return null; // not written yet
  }
}
