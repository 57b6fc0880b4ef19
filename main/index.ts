// Electron's entry: switches, scheme, single instance; then ready, window, and behind it session and engine.
// In: argv, GOLDBENCH_USER_DATA (where settings and sessions live), GOLDBENCH_T0 (prints how long the start took),
// GOLDBENCH_TEST (asks nothing at the end), ELECTRON_RENDERER_URL (the dev server). Out: the window.
import { Menu, app, nativeTheme, net, session, shell } from 'electron';
import path from 'node:path';
import type { Assembly } from './app/assembly';
import { beFirst, endWell, listPaths } from './app/lifecycle';
import { listMenus, makeTemplate } from './app/menu';
import { ORIGIN, makePages } from './app/pages';
import { registerScheme, serve } from './app/protocol';
import { cutNetwork, lockContents, lockSession } from './app/security';
import { anyWindow, createWindow, focusWindow, isOurs, readBounds, setBackground, tell } from './app/window';
import { listen } from './ipc/electron';
import { LogBook } from './ipc/log';
import { Settings } from './ipc/settings';
import { recordFailure } from './network/failure';

const T0 = Number(process.env.GOLDBENCH_T0 ?? 0);
const mark = (what: string): void => void (T0 && console.log(`[t] ${what} ${Date.now() - T0} ms`));
mark('main module');

const dev = app.isPackaged ? null : (process.env.ELECTRON_RENDERER_URL ?? null);
const log = new LogBook();

if (process.env.GOLDBENCH_USER_DATA) app.setPath('userData', path.resolve(process.env.GOLDBENCH_USER_DATA));
if (!dev) cutNetwork(app);
// enableSandbox() undoes --no-sandbox, and the child processes of root would then die and be restarted for ever.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
registerScheme();
watchFaults();

const waiting = listPaths(process.argv, process.cwd());
let openPaths = (paths: string[]): void => void waiting.push(...paths);
const isFirst = beFirst(app, (paths) => {
  focusWindow();
  openPaths(paths);
});
if (isFirst) void app.whenReady().then(start);
else app.exit(0);

function start(): void {
  mark('ready');
  const userData = app.getPath('userData');
  const settings = Settings.open(path.join(userData, 'settings.json'));
  nativeTheme.themeSource = settings.values.theme;
  nativeTheme.on('updated', () => setBackground(nativeTheme.shouldUseDarkColors));

  // Promised first and loaded last: whatever the page asks before the session stands waits, and is then answered.
  let rooms: Assembly | null = null;
  let fulfil: (assembly: Promise<Assembly>) => void;
  const assembly = new Promise<Assembly>((resolve) => (fulfil = resolve));
  const quit = endWell(app, {
    running: () => rooms?.running() ?? 0,
    ...(process.env.GOLDBENCH_TEST ? {} : { confirm }),
    finish: async () => {
      settings.update({ ...readBounds() });
      await (await assembly).finish();
    },
    log,
  });

  buildWalls(assembly);
  const { bounds, maximized } = settings.values;
  const preload = path.join(__dirname, '../preload/index.js');
  const isDark = nativeTheme.shouldUseDarkColors;
  const onShown = (): void => {
    mark('window shown');
    void assembly.then((stood) => stood.warm());
  };
  createWindow({ preload, isDark, bounds, maximized, log, onShown, onClose: quit });
  mark('window made');

  fulfil!(standUp(settings, userData, quit));
  void assembly.then((stood) => {
    mark('session open');
    rooms = stood;
    openPaths = (paths) => void stood.openPaths(paths);
    openPaths(waiting);
  });
}

/** Everything that must be in place before a page may load. */
function buildWalls(assembly: Promise<Assembly>): void {
  const ownSession = session.defaultSession;
  app.on('web-contents-created', (_event, contents) => lockContents(contents, log));
  lockSession(ownSession, { dev: dev && new URL(dev).origin, log });
  const pages = makePages({
    folder: path.join(__dirname, '../renderer'),
    tensor: async (query) => (await assembly).tensor(query),
    ...(dev && { fetchDev: (address: string) => net.fetch(new URL(address, dev).href) }),
  });
  serve(ownSession, pages);
  listen({ doorway: assembly, isOurs, origins: [ORIGIN], log });
  const menus = listMenus(!app.isPackaged || process.argv.includes('--devtools'));
  Menu.setApplicationMenu(Menu.buildFromTemplate(makeTemplate(menus, (id) => tell('action', { id }))));
}

/** The file manager shows where the bundle lies: nothing is opened, so nothing that lies there can be run. */
const openFolder = async (folder: string): Promise<void> => shell.showItemInFolder(path.join(folder, 'manifest.json'));

async function confirm(running: number): Promise<boolean> {
  const { confirmQuit } = await import('./app/dialogs');
  return confirmQuit(anyWindow(), running);
}

/** The rooms behind the window, loaded while the page's own process starts. */
async function standUp(settings: Settings, userData: string, quit: () => void): Promise<Assembly> {
  const { assemble, closedDoorway } = await import('./app/assembly');
  const { keepLogFile } = await import('./app/logFile');
  keepLogFile(log, path.join(userData, 'logs'));
  log.onLine((line) => tell('log', line));
  const asked = waiting.findIndex((file) => file.toLowerCase().endsWith('.sqlite'));
  try {
    return assemble({
      settings,
      log,
      userData,
      shell: {
        theme: () => settings.values.theme,
        setTheme: (theme) => {
          settings.update({ theme });
          nativeTheme.themeSource = theme;
        },
        openFolder,
        quit,
      },
      resources: app.isPackaged ? process.resourcesPath : path.join(app.getAppPath(), 'resources'),
      engineEntry: path.join(__dirname, 'engine.js'),
      session: asked < 0 ? null : waiting.splice(asked, 1)[0]!,
    });
  } catch (error) {
    return closedDoorway(error, log);
  }
}

/** What nobody caught is logged with versions and told; it is never swallowed, and the window stays. */
function watchFaults(): void {
  const { electron, chrome, node } = process.versions;
  const note = (what: string) => (error: unknown) => {
    log.error('main', `${what} (Electron ${electron}, Chromium ${chrome}, Node ${node})`, error);
    console.error(error);
    tell('failure', recordFailure(error));
  };
  process.on('uncaughtException', note('Uncaught exception'));
  process.on('unhandledRejection', note('Unhandled rejection'));
  app.on('child-process-gone', (_event, { type, reason, exitCode, name }) =>
    log.warn('main', `The process ${name ?? type} ended: ${reason} (${exitCode}).`),
  );
}
