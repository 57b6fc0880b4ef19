// The window while the engine works: the longest frame, and how late main's event loop runs, beside the same at rest.
import path from 'node:path';
import { expect, test } from 'vitest';
import { chooseSlowEngine, writeHeavyNetwork } from '../e2e/heavy';
import { type Workbench, answerDialogs, byTest, makeDataFolder, openWorkbench } from '../e2e/workbench';
import { report } from './report';

const SECONDS = 4;

test('frames and the event loop during a golden run', async () => {
  const data = makeDataFolder();
  const network = path.join(data.folder, 'heavy.tflite');
  writeHeavyNetwork(network);
  const bench = await openWorkbench(data.folder, [network]);
  const { page } = bench;
  await page.waitForSelector(byTest('operator-row-0'));
  await page.click(byTest('room-golden'));
  await answerDialogs(bench.app, path.join(data.folder, 'input.bin'));
  await page.click(byTest('choose-input-0'));
  await chooseSlowEngine(page);
  await page.waitForSelector(`${byTest('run')}:not([disabled])`);
  await page.waitForTimeout(1500);
  const rest = await watch(bench);
  await page.click(byTest('run'));
  await page.waitForSelector(byTest('cancel'));
  const work = await watch(bench);
  await page.click(byTest('cancel'));
  await bench.close();
  data.remove();
  report('longest frame ms', { 'at rest': rest.frame, 'during a run': work.frame });
  report('main event loop, worst delay ms', { 'at rest': rest.loop, 'during a run': work.loop });
  report('main process CPU', { 'at rest %': rest.cpu, 'during a run %': work.cpu });
  expect(work.frames).toBeGreaterThan(10);
});

interface Watched {
  readonly frame: number;
  readonly frames: number;
  readonly loop: number;
  readonly cpu: number;
}

async function watch(bench: Workbench): Promise<Watched> {
  const before = await usedCpu(bench);
  const frames = await watchFrames(bench); // main is left alone meanwhile: its own timers would count as its work
  const after = await usedCpu(bench);
  const loop = await watchLoop(bench);
  return { ...frames, loop, cpu: (100 * (after.cpu - before.cpu)) / (after.at - before.at) };
}

const usedCpu = ({ app }: Workbench): Promise<{ cpu: number; at: number }> =>
  app.evaluate(() => {
    const { user, system } = process.cpuUsage();
    return { cpu: (user + system) / 1000, at: performance.now() };
  });

/** The longest of all frames, in ms. */
const watchFrames = ({ page }: Workbench): Promise<{ frame: number; frames: number }> =>
  page.evaluate(async (seconds) => {
    const start = performance.now();
    let [longest, count] = [0, 0];
    for (let last = start; last - start < seconds * 1000;) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      longest = Math.max(longest, now - last);
      last = now;
      count++;
    }
    return { frame: longest, frames: count };
  }, SECONDS);

/** How late a 5 ms timer of the main process came, at worst. */
const watchLoop = ({ app }: Workbench): Promise<number> =>
  app.evaluate(async (_electron, seconds) => {
    const start = performance.now();
    let worst = 0;
    for (let last = start; last - start < seconds * 1000;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const now = performance.now();
      worst = Math.max(worst, now - last - 5);
      last = now;
    }
    return worst;
  }, SECONDS);
