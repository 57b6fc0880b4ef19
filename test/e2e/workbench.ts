// Starts the real window for a test, with a data folder of its own. Screenshots go to test/output/screenshots.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ElectronApplication, type Page, _electron } from 'playwright-core';
import { launchSetup, resolveElectron } from '../../scripts/electron-runtime.mjs';

export const root = path.resolve(__dirname, '../..');
export const sample = (...parts: string[]): string => path.join(root, 'resources/samples', ...parts);

export interface Workbench {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** Console errors, Content-Security-Policy violations included. */
  readonly complaints: string[];
  readonly requests: string[];
  close(): Promise<void>;
}

/** A fresh data folder, removed by the returned function. */
export function makeDataFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-e2e-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Opens the window on a data folder; `args` are what a user would give on the command line. */
export async function openWorkbench(folder: string, args: readonly string[] = []): Promise<Workbench> {
  const runtime = await resolveElectron();
  const setup = launchSetup(runtime);
  // Without a word Playwright would wait for as long as the hook may take.
  const alarm = setTimeout(() => console.error(`no window after 45 s:\n${listProcesses()}`), 45_000);
  const app = await _electron.launch({
    executablePath: runtime.exe,
    args: [...setup.args, root, ...args],
    cwd: root,
    chromiumSandbox: !setup.args.includes('--no-sandbox'),
    env: { ...setup.env, GOLDBENCH_USER_DATA: folder, GOLDBENCH_TEST: '1' },
  });
  const page = await app.firstWindow();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.waitForSelector('[data-test=status]');
  clearTimeout(alarm);
  return { app, page, complaints, requests, close: () => app.close() };
}

const listProcesses = (): string =>
  execFileSync('ps', ['-eo', 'pid,ppid,stat,etimes,args', '--sort=pid'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /electron|Xvfb/.test(line))
    .map((line) => line.slice(0, 200))
    .join('\n');

const shots = path.join(root, 'test/output/screenshots');
mkdirSync(shots, { recursive: true });

/** Kept as CI output, so that people look at what people will see. */
export async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

export const byTest = (name: string): string => `[data-test="${name}"]`;

/** Answers the next open or save dialogs with these paths, as a user would. */
export async function answerDialogs(app: ElectronApplication, file: string): Promise<void> {
  await app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [path] });
    dialog.showSaveDialog = async () => ({ canceled: false, filePath: path });
  }, file);
}

/** Opens a shipped sample and waits until its operators are listed. */
export async function openSample(page: Page, id: string): Promise<void> {
  await page.click(byTest(`sample-${id}`));
  await page.waitForSelector(byTest('operator-row-0'));
}

/** Waits until the element's text matches, and returns it, its spaces single; the test's own time limit ends it. */
export async function readText(
  page: Page,
  name: string,
  what: RegExp,
  options: { timeout?: number } = {},
): Promise<string> {
  const found = page.locator(byTest(name), { hasText: what });
  await found.waitFor(options);
  return ((await found.textContent()) ?? '').replace(/\s+/g, ' ').trim();
}

/** By the menu, since a dialog may lie over the button; and until the colours have settled: half-way they are neither. */
export async function setTheme({ app, page }: Workbench, theme: 'dark' | 'light'): Promise<void> {
  await app.evaluate(
    ({ Menu }, label) => {
      const items = Menu.getApplicationMenu()!.items.flatMap((menu) => menu.submenu?.items ?? []);
      items.find((item) => item.label === label)!.click();
    },
    theme === 'dark' ? 'Dark theme' : 'Light theme',
  );
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
  await page.waitForTimeout(250);
}
