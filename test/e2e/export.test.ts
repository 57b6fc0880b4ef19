// The Export room in the real window: digits on a small array, the meaning of a word, the size before anything is written, a
// cancelled export, a bundle, and the same bytes by the command line that the window shows.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditBoth } from './axe';
import {
  type Workbench,
  answerDialogs,
  byTest,
  makeDataFolder,
  openSample,
  openWorkbench,
  readText,
  root,
  shoot,
} from './workbench';

const WAIT = { timeout: 40_000 };
const BUNDLE = 'digits-kraken-4x12-bundle';
const data = makeDataFolder();
const chosen = path.join(data.folder, 'lab');
let bench: Workbench;

beforeAll(async () => {
  mkdirSync(chosen);
  bench = await openWorkbench(data.folder);
  await bench.app.evaluate(({ shell }) => {
    shell.showItemInFolder = (file) => {
      (globalThis as any).shownFile = file;
    };
  });
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

const read = (name: string, what: RegExp, options = {}): Promise<string> =>
  readText(bench.page, name, what, { ...WAIT, ...options });
/** Every file below a folder with its hash. */
const hashAll = (folder: string): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => statSync(path.join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex'),
      ])
      .sort(),
  );
const audit = (name: string): Promise<void> => auditBoth(bench, name, name);

test('without a run the room says what it needs, and its button gives it', WAIT, async () => {
  const { page } = bench;
  await page.waitForSelector(byTest('sample-digits'));
  await openSample(page, 'digits');
  await page.keyboard.press('Control+8');
  expect(await read('export-empty', /no finished run/)).toContain('A bundle holds the values of one run.');
  expect(await page.getAttribute(byTest('export'), 'aria-disabled')).toBe('true');
  await audit('export-empty');
  await page.click(byTest('room-golden'));
  await page.click(byTest('sample-input-7_a'));
  await page.click(byTest('room-export'));
  await page.click(byTest('export-run'));
  await page.waitForSelector(byTest('prediction'));
  await page.keyboard.press('Control+8');
  await read('export-inputs', /run 1/);
});

test('the size follows the choices, and so does the command line', WAIT, async () => {
  const { page } = bench;
  await page.fill(byTest('export-array'), '4x12');
  await page.press(byTest('export-array'), 'Enter');
  await read('command', /--array kraken-4x12 --formats mem,bin,npy --out bundle$/);
  const all = await read('export-summary', /\d+ files, /);
  await page.click(byTest('export-modules'));
  await read('command', /--array kraken-4x12 --modules --formats mem,bin,npy --out bundle$/);
  await page.click(byTest('level-raw')); // whose packets the modules' vectors are made from
  await read('command', /--levels summed,requantised,tiled,packed --formats mem,bin,npy --out bundle$/);
  expect(await page.isDisabled(byTest('export-modules'))).toBe(true);
  await page.click(byTest('level-raw'));
  await page.click(byTest('export-modules'));
  await page.click(byTest('format-npy'));
  await page.click(byTest('level-tiled'));
  expect(await page.isChecked(byTest('level-tiled'))).toBe(false);
  await page.selectOption(byTest('export-width'), '64');
  await page.uncheck(byTest('export-pick-10'));
  const command = await read('command', /--stream-bits 64/);
  expect(command).toMatch(
    /^goldbench export resources\/samples\/digits\/digits\.tflite .*--layers 0,2,3,4,6,7,8 --levels raw,summed,requantised,packed --formats mem,bin --stream-bits 64 --out bundle$/,
  );
  await page.waitForFunction((before) => {
    const now = document.querySelector('[data-test=export-summary]')?.textContent ?? '';
    return /files/.test(now) && now !== before;
  }, all);
  expect(
    await page
      .locator(`${byTest('export-row-3')} .cell`)
      .last()
      .textContent(),
  ).toMatch(/[KM]iB/);
  expect(
    await page
      .locator(`${byTest('export-row-10')} .cell`)
      .last()
      .textContent(),
  ).toBe('');
});

test('a word is told by mouse and by keys', WAIT, async () => {
  const { page } = bench;
  await page.click(byTest('export-row-2'));
  await page.waitForSelector(`${byTest('packet')}[data-operator="2"]`);
  await page.click(byTest('export-row-0'));
  await page.waitForSelector(`${byTest('packet')}[data-operator="0"]`);
  await page.hover(byTest('pixels-1-2'));
  expect(await read('word-about', /^Pixels/)).toMatch(
    /^Pixels, word 2, beat 1, bits 23:16: −?\d+ = input\[0, 1, 0, 0\]: row 1, column 0, channel 0$/,
  );
  await page.hover(byTest('pixels-1-0'));
  await read('word-about', /0 = padding above the map \(row −1\), column 0, channel 0/);
  await page.hover(byTest('weights-0-1'));
  await read('word-about', /header, beat 0, bits 15:8: magic = 178, which stream the packet is for/);
  await page.hover(byTest('weights-3-1'));
  await read('word-about', /weights\[\d+, 0, \d+, 0\]: output channel \d+, kernel row 0, kernel column \d+.*; core 1$/);
  await page.focus(`${byTest('stream-sums')} [role=grid]`);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await read(
    'word-about',
    /^Expected sums, word 1, .* = output\[0, 1, 0, 0\]: row 1, column 0, channel 0; PE row 1, core \d+$/,
  );
  await audit('export-words');
  await page.click(byTest('later-sums'));
  await page.waitForFunction(() => !document.querySelector('[data-test=sums-0-0]'));
  await page.selectOption(byTest('packet-iteration'), '1');
  await page.hover(byTest('sums-0-0'));
  expect(await read('word-about', /^Expected sums, word 0,/)).not.toContain('channel 0;');
});

test('a cancelled export leaves nothing', WAIT, async () => {
  const { page, app } = bench;
  await answerDialogs(app, chosen);
  for (const format of ['hex', 'coe', 'mif', 'txt', 'npy', 'h', 'gvb']) await page.click(byTest(`format-${format}`));
  await read('command', /mem,hex,coe,mif,bin,txt,npy,h,gvb/);
  await page.click(byTest('export'));
  await page.click(byTest('cancel-export'));
  await page.waitForSelector(byTest('export-progress'), { state: 'detached' });
  await expect.poll(() => readdirSync(chosen), { timeout: 5000 }).toEqual([]);
  expect(await page.locator(byTest('bundles')).count()).toBe(0);
  for (const format of ['hex', 'coe', 'mif', 'txt', 'npy', 'h', 'gvb']) await page.click(byTest(`format-${format}`));
  await read('command', /--formats mem,bin /);
});

test('a bundle, and the same bytes by the command line that is shown', { timeout: 90_000 }, async () => {
  const { page } = bench;
  const told = await read('export-summary', /\d+ files, /);
  await page.keyboard.press('Control+e');
  await read('bundle-1', /as exported/);
  const place = path.join(chosen, BUNDLE);
  expect(readdirSync(chosen)).toEqual([BUNDLE]);
  const hashes = hashAll(place);
  expect(Object.keys(hashes).length).toBe(Number(/(\d[\d\s]*) files/.exec(told)![1]!.replace(/\s/g, '')));
  const manifest = JSON.parse(readFileSync(path.join(place, 'manifest.json'), 'utf8'));
  const command = await read('command', /goldbench export/);
  expect(manifest).toMatchObject({
    command,
    kernels: 'reference',
    network: { name: 'digits' },
    array: { name: 'kraken-4x12' },
  });
  expect(manifest.layers.map(({ operator }: { operator: number }) => operator)).toEqual([0, 2, 3, 4, 6, 7, 8]);
  for (const { path: name, sha256 } of [...manifest.vectors.flatMap((one: any) => one.files), ...manifest.files])
    expect(hashes[name], name).toBe(sha256);

  const again = path.join(data.folder, 'again');
  const words = command.replace(/^goldbench/, 'node bin/goldbench.cjs').replace(/--out bundle$/, `--out '${again}'`);
  const { status, stderr } = spawnSync('bash', ['-c', words], { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(hashAll(again)).toEqual(hashes);

  await page.click(byTest('open-1'));
  await page.waitForTimeout(200);
  expect(await bench.app.evaluate(() => (globalThis as any).shownFile)).toBe(path.join(place, 'manifest.json'));
  if (await page.locator(byTest('job-1')).count()) await page.keyboard.press('Control+j'); // a long job opened the panel
  await page.hover(byTest('weights-3-1'));
  await audit('export-bundle');
  await bench.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.setContentSize(1600, 1000));
  await page.waitForTimeout(400);
  await shoot(page, 'export-1600');
  await bench.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.setContentSize(1280, 800));
});

test('a bundle is removed after a question: from the list, and from the disk', WAIT, async () => {
  const { page, app } = bench;
  const answer = (button: number): Promise<void> =>
    app.evaluate(({ dialog }, response) => {
      dialog.showMessageBox = async (...given: any[]) => {
        (globalThis as any).asked = given.at(-1);
        return { response, checkboxChecked: false };
      };
    }, button);
  const asked = (): Promise<any> => app.evaluate(() => (globalThis as any).asked);
  await answer(0);
  await page.click(byTest('remove-1'));
  await expect.poll(asked).toMatchObject({
    message: `Remove the bundle ${BUNDLE}?`,
    buttons: ['Keep', 'Remove from the list', 'Remove, and delete the folder'],
  });
  await read('bundle-1', /as exported/);
  await answer(2);
  await page.click(byTest('remove-1'));
  await page.waitForSelector(byTest('bundle-1'), { state: 'detached' });
  expect(readdirSync(chosen)).toEqual([]);
});

test('nothing complained', () => expect(bench.complaints).toEqual([]));
