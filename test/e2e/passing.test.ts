// The values view's "go to" and the toasts: what is told in place, and that a toast goes by itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Workbench, byTest, makeDataFolder, openSample, openWorkbench } from './workbench';

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

test('a disabled action is told for 8 s, also under a resting mouse, and is no problem', async () => {
  const { page } = bench;
  await page.mouse.move(1100, 80); // where the toast will appear
  await page.keyboard.press('F5');
  await page.waitForSelector(`${byTest('toast')}:hover`);
  expect(await page.textContent(byTest('status'))).toContain('0 problems');
  await page.waitForSelector(byTest('toast'), { state: 'detached', timeout: 9_000 });
});

test('"go to" takes index, element and byte address, and tells a wrong entry beside the field', async () => {
  const { page } = bench;
  await openSample(page, 'digits');
  const weights = await page.waitForSelector(`${byTest('inspector')} .name:has-text("weights")`);
  await weights.click();
  const field = page.locator(byTest('goto-element'));
  await field.waitFor();
  expect(await page.textContent(`${byTest('values-view')} .heads`)).toMatch(/^byte +index +values/);
  const go = async (text: string): Promise<string> => {
    await field.fill(text);
    await field.press('Enter');
    await page.waitForTimeout(300);
    return (await page.textContent(`${byTest('values-view')} .line:has(.at) .address`)) ?? '';
  };
  const row = await go('16');
  expect(row).toMatch(/^0x[\da-f]+ \[/);
  expect(await go('0x10')).toBe(row); // int8: one byte an element
  await go('9999999');
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await page.textContent(byTest('goto-wrong'))).toMatch(/^Write .*an element from 0 to/);
  expect(await page.locator(byTest('toast')).count()).toBe(0);
  expect(await page.textContent(byTest('status'))).toContain('0 problems');
});
