// The Estimate room in the real window: published clocks, formulas, charts as pictures, tables and files, a sweep that is
// cancelled, survives a restart and goes on, a design taken from it, two designs side by side.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { layerCharts } from '../../main/estimate/chart';
import { chartCsv } from '../../main/estimate/chartTable';
import { drawChart } from '../../main/estimate/svg';
import { estimateTable, table } from '../plan/tables';
import { auditBoth } from './axe';
import { type Workbench, answerDialogs, byTest, makeDataFolder, openWorkbench, setTheme, shoot } from './workbench';

const data = makeDataFolder();
let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench(data.folder);
  await bench.page.setViewportSize({ width: 1440, height: 900 });
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

const text = async (name: string): Promise<string> => plain(await bench.page.textContent(byTest(name)));
/** Numbers without their thin spaces. */
const plain = (words: string | null): string => (words ?? '').trim().replaceAll('\u2009', '').replaceAll('\u2212', '-');
async function read(name: string, what: RegExp): Promise<string> {
  await expect.poll(() => text(name), { timeout: 20_000 }).toMatch(what);
  return text(name);
}
const audit = (scene: string): Promise<void> => auditBoth(bench, scene, `estimate-${scene}`);

const estimate = estimateTable(table('vgg-16'), presetArray('kraken-7x96'));
const chartOf = (name: string) => layerCharts(estimate).find((chart) => chart.name === name)!;

test('VGG-16 at 7x96 takes the published clocks, and each figure tells its formula', async () => {
  const { page } = bench;
  await page.keyboard.press('Control+5');
  await page.selectOption(byTest('workload'), 'table vgg-16');
  await page.selectOption(byTest('array'), 'kraken-7x96');
  expect(await read('total-convolutions-Q', /\d/)).toBe('22897728'); // dnn-engine 512cbc9d, VGG-16
  expect(Number(await text('total-all-Q_t'))).toBe(estimate.totals.all.Q_t);
  await page.click(byTest('total-convolutions-fps'));
  expect(await read('figure-fps', /22897728/)).toMatch(/= 400 × 1000000 × 1 \/ 22897728/);
  await page.waitForSelector(`${byTest('chart-traffic')} polyline`, { state: 'attached' });
  await audit('figures');
  await page.locator(byTest('chart-traffic')).scrollIntoViewIfNeeded();
  await shoot(page, 'estimate-charts-dark');
  await setTheme(bench, 'light');
  await shoot(page, 'estimate-charts-light');
  await setTheme(bench, 'dark');
});

test('the waterfall adds up to the clocks, also as a table', async () => {
  const { page } = bench;
  await page.click(byTest('table-waterfall'));
  await page.waitForSelector(byTest('waterfall-row-ideal'));
  const steps = await readRows('waterfall');
  expect(steps.slice(0, -1).reduce((a, b) => a + b)).toBeCloseTo(estimate.totals.all.Q_t!, 1);
  expect(steps.at(-1)).toBeCloseTo(estimate.totals.all.Q_t!, 1);
  await page.press(`${byTest('chart-waterfall')} .grid`, 'Home');
  await page.click(byTest('waterfall-row-shift'));
  expect(await text('waterfall-why')).toMatch(/^shift: \d+ clocks/);
  await page.click(byTest('table-waterfall'));
});

test('a bar tells the formulas of its layer, and the other charts point it out', async () => {
  const { page } = bench;
  await page.click(`${byTest('chart-utilisation')} svg .item >> nth=3`);
  const layer = estimate.layers[3]!;
  expect(await read('figures', /eff/)).toContain(layer.planned.layer.name);
  expect(await text('figure-eff')).toContain(String(Number(layer.values.eff!.toPrecision(6))));
  await expect
    .poll(() => page.getAttribute(byTest(`layer-row-${layer.planned.layer.name}`), 'aria-selected'))
    .toBe('true');
});

test('charts are saved: the picture that the command line writes, its numbers, and its pixels', async () => {
  const { page, app } = bench;
  const save = async (format: string): Promise<string> => {
    const file = path.join(data.folder, `chart.${format}`);
    await answerDialogs(app, file);
    await page.click(byTest(`save-waterfall-${format}`));
    await expect.poll(() => sizeOf(file)).toBeGreaterThan(0);
    return file;
  };
  const chart = chartOf('waterfall');
  expect(readFileSync(await save('csv'), 'utf8')).toBe(chartCsv(chart));
  const svg = readFileSync(await save('svg'), 'utf8');
  expect(svg).toBe(drawChart(chart, ['shift'])); // the step pointed at stays pointed out
  const png = readFileSync(await save('png'));
  expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1920, 960]);
});

test('a sweep is started, cancelled, found again after a restart, and goes on', async () => {
  await bench.page.click(byTest('show-sweep'));
  await bench.page.fill(byTest('axis-rows'), '4..');
  expect(await read('sweep-why', /rows/)).toContain('Write 4..16');
  await bench.page.fill(byTest('axis-rows'), '4..64');
  await bench.page.fill(byTest('axis-cores'), '12..200');
  await bench.page.click(byTest('sweep-start'));
  await read('sweep-count', /^[1-9]\d+ designs/);
  await bench.page.click(byTest('sweep-cancel'));
  const stopped = await read('sweep-state', /stopped/);
  const [, done] = /stopped, (\d+) of 11529/.exec(stopped)!;
  expect(Number(done)).toBeGreaterThan(0);
  await shoot(bench.page, 'estimate-sweep-stopped');

  await bench.close();
  bench = await openWorkbench(data.folder);
  await bench.page.setViewportSize({ width: 1440, height: 900 });
  await bench.page.keyboard.press('Control+5');
  expect(await read('sweep-state', /stopped/)).toBe(stopped);
  await read('sweep-count', new RegExp(`^${done} designs`));
  await bench.page.click(byTest('sweep-resume'));
  await expect
    .poll(async () => Number(/^\d+/.exec(await text('sweep-count'))?.[0] ?? 0), { timeout: 20_000 })
    .toBeGreaterThan(Number(done));
  await bench.page.click(byTest('sweep-cancel'));
  await read('sweep-state', /stopped/);
});

test('a design of a sweep becomes the design, with figures that equal its point', async () => {
  const { page } = bench;
  await page.fill(byTest('axis-rows'), '6..8');
  await page.fill(byTest('axis-cores'), '24,48,96');
  await page.fill(byTest('axis-batch'), '1,2');
  await page.click(byTest('sweep-start'));
  expect(await read('sweep-state', /done/)).toBe('done, 18 of 18');
  expect(await text('sweep-command')).toBe(
    'goldbench sweep vgg-16 --array kraken-7x96 --rows 6..8 --cols 24,48,96 --sram 2048 --clock 400 --dram 0 --batch 1,2',
  );
  await page.click(byTest('points-all'));
  await page.press(`${byTest('sweep-view')} .grid`, 'End'); // by key, as the last row is out of sight
  expect(await read('sweep-selected', /8x96/)).toContain('8x96 batch 2');
  await page.click(byTest('pin-point'));
  expect(await text('point-17')).toContain('pinned');
  await audit('sweep');
  expect(await page.inputValue(byTest('field-rows'))).toBe('8');
  expect(await page.inputValue(byTest('batch'))).toBe('2');
  await page.click(byTest('show-figures'));
  const { all } = estimateTable(table('vgg-16'), { ...presetArray('kraken-7x96'), rows: 8 }, { batch: 2 }).totals;
  await read('total-all-Q_t', new RegExp(`^${all.Q_t}$`));
});

test('two designs side by side: what the second gains and costs', async () => {
  const { page } = bench;
  await page.keyboard.press('Control+b');
  await page.fill(byTest('field-clockMHz'), '800');
  expect(await read('difference-fps', /B is better/)).toContain('+100 %');
  expect(await text('difference-Q_t')).toContain('0 %');
  await page.fill(byTest('field-rows'), '4');
  await read('difference-area', /B is better/);
  await audit('compare');
  await page.click(byTest('designs-swap'));
  await read('difference-area', /A is better/);
});

test('nothing complained', () => expect(bench.complaints).toEqual([]));

/** The second column of a chart's table: only rows in sight are in the page, so it is read from both ends. */
async function readRows(chart: string): Promise<number[]> {
  const seen = new Map<string, number>();
  for (const key of ['Home', 'End']) {
    await bench.page.press(`${byTest(`chart-${chart}`)} .grid`, key);
    await bench.page.waitForTimeout(100);
    const rows = await bench.page.$$eval(`[data-test^="${chart}-row-"]`, (all) =>
      all.map((row) => [...row.children].map((cell) => cell.getAttribute('title')!)),
    );
    for (const [name, value] of rows) seen.set(name!, Number(value));
  }
  return [...seen.values()];
}

function sizeOf(file: string): number {
  try {
    return readFileSync(file).length;
  } catch {
    return 0; // not written yet
  }
}
