// The Simulate room in the real window: the digits on a small array, every layer equal to golden and its clocks to the
// estimate; then RTL with a stuck bit, whose place the window tells, and the tensors side by side.
import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPresent } from '../../main/simulate/build';
import { SMALL_ARRAY, writeFaultyRtl } from '../simulate/faulty';
import { auditBoth } from './axe';
import {
  type Workbench,
  answerDialogs,
  byTest,
  makeDataFolder,
  openSample,
  openWorkbench,
  readText,
  shoot,
} from './workbench';

const BUILD = { timeout: 90_000 }; // a simulator is built where it is new
const hasVerilator = await isPresent('verilator');
const LAYERS = [0, 2, 3, 4, 6, 7, 8, 10];
const data = makeDataFolder();
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench(data.folder);
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

const read = (name: string, what: RegExp, options = {}): Promise<string> => readText(bench.page, name, what, options);
const cellsOf = (operator: number): Promise<string[]> =>
  bench.page.locator(`${byTest(`run-row-${operator}`)} .cell`).allTextContents();
const audit = (name: string): Promise<void> => auditBoth(bench, name, name);

test('the room says what is missing before anything can run', async () => {
  const { page } = bench;
  await openSample(page, 'digits');
  await page.click(byTest('room-simulate'));
  expect(await read('simulate-inputs', /none yet/)).toContain('Inputs');
  expect(await read('simulate-golden', /Run the golden model/)).toContain('F5');
  const name = async (array: string): Promise<void> => {
    await page.fill(byTest('simulate-array'), array);
    await page.waitForTimeout(300); // whatever the room draws anew meanwhile, the text stays
    await page.press(byTest('simulate-array'), 'Enter');
  };
  await name('nonsense');
  await page.waitForSelector('#simulate-array-why');
  expect(await page.textContent('#simulate-array-why')).toContain("There is no array 'nonsense'.");
  await name(SMALL_ARRAY);
  await page.waitForSelector('#simulate-array-why', { state: 'detached' });
  if (!hasVerilator) expect(await read('simulate-missing', /Install/)).toContain('apt-get install verilator');
});

test.runIf(hasVerilator)('every layer equals golden, and its clocks the estimate', BUILD, async () => {
  const { page } = bench;
  await page.keyboard.press('F5');
  await page.waitForSelector(byTest('prediction'));
  await page.click(byTest('room-simulate'));
  await read('simulate-inputs', /run 1/);
  await page.keyboard.press('F9');
  expect(await read('simulate-summary', /Equal: 8 layers/, { timeout: 80_000 })).toContain(
    'every output element as golden',
  );
  for (const operator of LAYERS) {
    const cells = await cellsOf(operator);
    const number = (text: string | undefined): number => Number((text ?? '').replace(/[^\d−-]/g, '').replace('−', '-'));
    expect(cells, `layer ${operator}`).toContain('equal');
    // a narrow table drops sizes, and then sums
    const [differ, estimated, measured, fill, stream, configure, stall, drain] = cells.slice(-8).map(number);
    expect({ differ, stream, configure, stall }, `layer ${operator}`).toEqual({
      differ: 0,
      stream: 0,
      configure: 0,
      stall: 0,
    });
    expect(measured, `layer ${operator}`).toBe(estimated! + fill! + drain!);
  }
  expect(await read('layer-clocks', /fill/)).toMatch(/^fill88 by formula/);
  expect(await read('command', /goldbench/)).toMatch(
    /^goldbench simulate resources\/samples\/digits\/digits\.tflite .*--array kraken-4x12/,
  );
  await audit('simulate-equal');
});

test.runIf(hasVerilator)('waves of clocks that a person names', BUILD, async () => {
  const { page } = bench;
  await page.click(byTest('run-row-2'));
  await page.fill(byTest('waves-from'), '90');
  await page.fill(byTest('waves-to'), '140');
  await page.click(byTest('waves-write'));
  expect(await read('waves', /gtkwave/, { timeout: 60_000 })).toMatch(/^Waves of clocks 90 to 140: gtkwave/);
  const command = await read('command', /--waves/);
  expect(command).toContain('--layers 2 --waves --clocks 90..140');
});

test.runIf(hasVerilator)('a layer can be left out', BUILD, async () => {
  const { page } = bench;
  await page.click(byTest('pick-none'));
  for (const operator of LAYERS.slice(0, 2)) {
    await page.click(byTest(`run-row-${operator}`));
    await page.keyboard.press('Space');
  }
  await page.fill(byTest('simulate-throttle'), '60');
  await page.keyboard.press('Tab');
  await page.keyboard.press('F9');
  await read('simulate-summary', /Equal: 2 layers/, { timeout: 60_000 });
  await page.click(byTest('pick-all'));
  await page.fill(byTest('simulate-throttle'), '100');
});

test.runIf(hasVerilator)('RTL with a stuck bit: the window tells its core, row and bit', BUILD, async () => {
  const { page, app } = bench;
  await answerDialogs(app, writeFaultyRtl(data.folder));
  await page.click(byTest('simulate-rtl'));
  await page.waitForFunction(() => document.querySelector('[data-test=simulate-rtl]')?.textContent?.trim() === 'rtl');
  await page.keyboard.press('F9');
  await read('simulate-summary', /Different: 7 of 8 layers; first 0 CONV_2D/, { timeout: 80_000 });
  expect(await read('first-difference', /core/)).toMatch(/PE row 2, core 5; left the engine in clock \d+/);
  expect(await read('pattern', /wrong sums/)).toMatch(/core 5, PE row 2.*differ in bit 4 alone/);
  const file = /gtkwave '?([^' ]+waves\.fst)/.exec(await read('waves', /gtkwave/))![1]!;
  expect(statSync(file).size).toBeGreaterThan(1000);
  await audit('simulate-differs');
});

test.runIf(hasVerilator)('from the difference to the clock in Plan that makes it', async () => {
  const { page } = bench;
  await page.click(byTest('simulate-plan'));
  expect(await read('plan-summary', /digits/)).toContain('kraken-4x12');
  expect(await read('clock-pe', /2, 5/)).toContain('y[');
  expect(await page.locator(byTest('clock-pe')).evaluate((el) => el.getBoundingClientRect().top < innerHeight)).toBe(
    true,
  );
  await shoot(page, 'simulate-plan');
  await page.keyboard.press('Control+6');
});

test.runIf(hasVerilator)('from the difference to the tensors of golden and RTL', async () => {
  const { page } = bench;
  await page.click(byTest('simulate-compare'));
  expect(await read('compare-summary', /differ/)).toMatch(/of 12 operators differ · first 0 · CONV_2D/);
  await page.waitForSelector(`${byTest('map-difference')} canvas`);
  await shoot(page, 'simulate-compare');
});

test('nothing complained', () => expect(bench.complaints).toEqual([]));
