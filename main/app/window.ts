// The window: the one place where a BrowserWindow is made. In: preload, background, remembered bounds. Out: a window that
// shows itself when it has something to show, and comes back when its page dies.
import { BrowserWindow, type BrowserWindowConstructorOptions, type Rectangle, screen } from 'electron';
import type { EventName, Events } from '../../preload/contract/events';
import type { Log } from '../ipc/log';
import type { Bounds } from '../ipc/settings';
import { EVENT } from '../../preload/contract/transport';
import { ORIGIN } from './pages';

/** --ground of the two themes in renderer/style/tokens.css: what is seen before the page paints. */
export const BACKGROUND = { dark: '#0e1114', light: '#f4f3ef' } as const;

const SIZE = { width: 1280, height: 800 };
const SMALLEST = { minWidth: 800, minHeight: 520 };

export interface WindowOptions {
  readonly preload: string;
  readonly isDark: boolean;
  readonly bounds: Bounds | null;
  readonly maximized: boolean;
  readonly log: Log;
  onShown(): void;
  /** The user closed the window: that ends the program, which may ask first. */
  onClose(): void;
}

const windows = new Set<BrowserWindow>();

export const isOurs = (contents: Electron.WebContents): boolean =>
  [...windows].some((window) => window.webContents === contents);

/** Tells every window; one that is closing, or whose page has died, hears nothing: it asks anew when it is back. */
export function tell<E extends EventName>(event: E, value: Events[E]): void {
  for (const window of windows) {
    if (window.isDestroyed()) continue;
    const contents = window.webContents;
    if (!contents.isDestroyed() && !contents.isCrashed()) contents.send(EVENT, event, value);
  }
}

export function focusWindow(): void {
  for (const window of windows) {
    if (window.isMinimized()) window.restore();
    window.focus();
  }
}

export function setBackground(isDark: boolean): void {
  for (const window of windows) window.setBackgroundColor(isDark ? BACKGROUND.dark : BACKGROUND.light);
}

/** Where the window is, to be remembered; null when there is none. */
export function readBounds(): { readonly bounds: Bounds; readonly maximized: boolean } | null {
  const window = anyWindow();
  return window && { bounds: window.getNormalBounds(), maximized: window.isMaximized() };
}

export const anyWindow = (): BrowserWindow | null => windows.values().next().value ?? null;

export function createWindow(options: WindowOptions): BrowserWindow {
  const places = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow(describeWindow(options, places));
  windows.add(window);
  window.on('closed', () => windows.delete(window));
  if (options.maximized) window.maximize();
  window.once('ready-to-show', () => {
    window.show();
    options.onShown();
  });
  window.on('close', (event) => {
    event.preventDefault();
    options.onClose();
  });
  watchPage(window, options.log);
  void window
    .loadURL(`${ORIGIN}/`)
    .catch((error: unknown) => options.log.error('window', 'The page did not load', error));
  return window;
}

export function describeWindow(
  { preload, isDark, bounds }: Pick<WindowOptions, 'preload' | 'isDark' | 'bounds'>,
  displays: readonly Rectangle[],
): BrowserWindowConstructorOptions {
  return {
    ...SIZE,
    ...SMALLEST,
    ...(bounds && isOnDisplay(bounds, displays) ? bounds : {}),
    title: 'Goldbench',
    show: false,
    backgroundColor: isDark ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  };
}

/** Enough of the window to take hold of it: its title's middle third, on one of the displays. */
export function isOnDisplay(bounds: Bounds, displays: readonly Rectangle[]): boolean {
  if (bounds.width < SMALLEST.minWidth || bounds.height < SMALLEST.minHeight) return false;
  const x = bounds.x + bounds.width / 2;
  return displays.some(
    (display) =>
      x >= display.x && x < display.x + display.width && bounds.y >= display.y && bounds.y < display.y + display.height,
  );
}

/** When to load a dead page again: after 0.25, 1, 4 s; null after three times within a minute. */
export class Reloads {
  private readonly times: number[] = [];

  next(now: number): number | null {
    while (this.times.length > 0 && now - this.times[0]! >= 60_000) this.times.shift();
    if (this.times.length >= 3) return null;
    this.times.push(now);
    return 250 * 4 ** (this.times.length - 1);
  }
}

function watchPage(window: BrowserWindow, log: Log): void {
  const reloads = new Reloads();
  const contents = window.webContents;
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log.error('window', `The page's process ended: ${reason} (${exitCode}).`);
    if (reason === 'clean-exit') return;
    const delay = reloads.next(Date.now());
    // Never navigate inside this event: Electron still takes the old process apart.
    setTimeout(() => {
      if (window.isDestroyed()) return;
      const address = delay === null ? `${ORIGIN}/recovery` : `${ORIGIN}/`;
      window.loadURL(address).catch((error: unknown) => log.error('window', 'The page did not load again', error));
    }, delay ?? 250);
  });
  contents.on('preload-error', (_event, _file, error) => log.error('window', 'The preload failed', error));
  window.on('unresponsive', () => log.warn('window', 'The page does not respond.'));
  window.on('responsive', () => log.info('window', 'The page responds again.'));
}
