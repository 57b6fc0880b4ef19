// The page is confined: what a hostile network or a broken page would need is not there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Workbench, makeDataFolder, openWorkbench } from './workbench';

const data = makeDataFolder();
let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench(data.folder);
});
afterAll(async () => {
  await bench.close();
  data.remove();
});

test('no Node in the page, and a keyhole of three functions', async () => {
  const seen = await bench.page.evaluate(() => {
    const page = globalThis as any;
    return [typeof page.require, typeof page.process, typeof page.Buffer, Object.keys(page.workbench).sort()];
  });
  expect(seen).toEqual(['undefined', 'undefined', 'undefined', ['call', 'on', 'pathForFile']]);
});

test('the window is sandboxed and isolated', async () => {
  const preferences = await bench.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => (window.webContents as any).getLastWebPreferences()),
  );
  expect(preferences).toHaveLength(1);
  expect(preferences[0]).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
  });
});

test('an inline script does not run', async () => {
  // Not eval(): what comes through the DevTools protocol is exempt from the page's policy.
  const ran = await bench.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.inlineRan = true';
    document.head.append(script);
    return (globalThis as any).inlineRan ?? false;
  });
  expect(ran).toBe(false);
});

test('the page cannot reach the network, another page, or a permission', async () => {
  const { page } = bench;
  const outcome = await page.evaluate(async () => {
    const failed = async (work: () => Promise<unknown>) =>
      work().then(
        () => false,
        () => true,
      );
    return {
      http: await failed(() => fetch('http://127.0.0.1:9/')),
      file: await failed(() => fetch('file:///etc/passwd')),
      camera: await failed(() => navigator.mediaDevices.getUserMedia({ video: true })),
      window: window.open('https://example.org') === null,
    };
  });
  expect(outcome).toEqual({ http: true, file: true, camera: true, window: true });
  const before = page.url();
  await page.evaluate(() => void (location.href = 'https://example.org/'));
  await page.waitForTimeout(300);
  expect(page.url()).toBe(before);
});

test('no path leads out of the page folder, and tensors are bounded', async () => {
  const statuses = await bench.page.evaluate(async () => {
    const status = async (url: string) => (await fetch(url)).status;
    return {
      encoded: await status('/%2e%2e/%2e%2e/package.json'),
      doubled: await status('/..%2f..%2fpackage.json'),
      backslash: await status('/..%5c..%5cpackage.json'),
      post: (await fetch('/index.html', { method: 'POST' })).status,
      unknown: await status('/tensor?network=99&tensor=0&what=value&offset=0&length=16'),
      nonsense: await status('/tensor?network=x'),
    };
  });
  for (const [what, status] of Object.entries(statuses))
    expect([what, status >= 400 && status < 500]).toEqual([what, true]);
});

test('a call that is not in the contract is refused', async () => {
  const refused = await bench.page.evaluate(async () => {
    const { workbench } = globalThis as any;
    return Promise.all([
      workbench.call('app.eval', {}),
      workbench.call('session.openRecent', { recent: '/etc/passwd' }),
      workbench.call('golden.run', { network: 1, kernels: 'reference', inputs: [], __proto__: { admin: true } }),
      workbench.call('import.dropped', { grant: 4711 }),
    ]);
  });
  for (const outcome of refused)
    expect(outcome).toMatchObject({ ok: false, failure: { sentence: expect.stringMatching(/\w/) } });
});
