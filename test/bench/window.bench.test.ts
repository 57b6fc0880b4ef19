// The window while the engine works: the longest frame, and how late main's event loop runs, beside the same at rest.
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeHeavyNetwork } from '../e2e/heavy';
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

async function watch({ app, page }: Workbench): Promise<Watched> {
  const main = app.evaluate(async (_electron, seconds) => {
    const start = performance.now();
    const cpu = process.cpuUsage();
    let worst = 0;
    for (let last = start; last - start < seconds * 1000;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const now = performance.now();
      worst = Math.max(worst, now - last - 5);
      last = now;
    }
    const { user, system } = process.cpuUsage(cpu);
    return { loop: worst, cpu: (user + system) / 10 / (performance.now() - start) };
  }, SECONDS);
  const frames = page.evaluate(async (seconds) => {
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
  return { ...(await main), ...(await frames) };
}
