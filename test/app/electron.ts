// A played `electron`, as much of it as main/app, main/ipc/electron and the preload touch. Tests give it to vitest by
// vi.mock('electron', () => import('./electron')), and read what was done with it.
import { EventEmitter } from 'node:events';
import { vi } from 'vitest';

export class BrowserWindow extends EventEmitter {
  static made: BrowserWindow[] = [];
  readonly loaded: string[] = [];
  isShown = false;
  readonly webContents = Object.assign(new EventEmitter(), {
    sent: [] as unknown[][],
    crashed: false,
    mainFrame: { origin: 'app://workbench' },
    isDestroyed: () => false,
    isCrashed: (): boolean => this.webContents.crashed,
    send: (...message: unknown[]): void => void this.webContents.sent.push(message),
  });
  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super();
    BrowserWindow.made.push(this);
  }
  loadURL = async (address: string): Promise<void> => void this.loaded.push(address);
  show = (): void => void (this.isShown = true);
  maximize = vi.fn();
  focus = vi.fn();
  restore = vi.fn();
  isMinimized = (): boolean => true;
  isMaximized = (): boolean => false;
  isDestroyed = (): boolean => false;
  getNormalBounds = () => ({ x: 1, y: 2, width: 900, height: 700 });
  setBackgroundColor = vi.fn();
}

export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };

export const protocol = { registerSchemesAsPrivileged: vi.fn() };

type Handle = (event: unknown, ...values: unknown[]) => Promise<unknown>;
export const ipcMain = {
  handlers: new Map<string, Handle>(),
  handle(wire: string, handler: Handle): void {
    ipcMain.handlers.set(wire, handler);
  },
};

export const contextBridge = {
  exposed: {} as Record<string, unknown>,
  exposeInMainWorld: (name: string, value: unknown) => void (contextBridge.exposed[name] = value),
};
export const ipcRenderer = Object.assign(new EventEmitter(), {
  invoke: vi.fn(async (..._call: unknown[]): Promise<unknown> => ({ ok: true, value: 7 })),
});
export const webUtils = { getPathForFile: vi.fn((_file: unknown) => '/home/ada/a.tflite') };

class UtilityProcess extends EventEmitter {
  stdout = new EventEmitter();
  stderr = new EventEmitter();
  sent: unknown[][] = [];
  killed = false;
  postMessage = (...message: unknown[]): void => void this.sent.push(message);
  kill = (): boolean => (this.killed = true);
}
export const utilityProcess = {
  forked: [] as UtilityProcess[],
  fork(): UtilityProcess {
    const child = new UtilityProcess();
    utilityProcess.forked.push(child);
    return child;
  },
};
