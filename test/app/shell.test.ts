// The rest of the shell: scheme, walls, menu, life, engine, log file.
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { EngineStarter } from '../../main/app/engine';
import { beFirst, endWell, listPaths } from '../../main/app/lifecycle';
import { keepLogFile } from '../../main/app/logFile';
import { listMenus, makeTemplate } from '../../main/app/menu';
import { registerScheme } from '../../main/app/protocol';
import { cutNetwork, isAllowedRequest, lockContents, lockSession } from '../../main/app/security';
import { LogBook } from '../../main/ipc/log';
import { makeFolder } from '../ipc/bench';
import { protocol, utilityProcess } from './electron';

vi.mock('electron', () => import('./electron'));

describe('the scheme', () => {
  it('is privileged as it must be, and no more', () => {
    registerScheme();
    expect(protocol.registerSchemesAsPrivileged.mock.calls).toEqual([
      [[{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]],
    ]);
  });
});

describe('the walls', () => {
  function lockedSession(dev: string | null = null) {
    const kept: Record<string, (...args: never[]) => unknown> = {};
    const keep = (name: string) => (handler: never) => void (kept[name] = handler);
    const session = Object.assign(new EventEmitter(), {
      setPermissionRequestHandler: keep('request'),
      setPermissionCheckHandler: keep('check'),
      setDevicePermissionHandler: keep('device'),
      setSpellCheckerEnabled: vi.fn(),
      webRequest: { onBeforeRequest: keep('web') },
    });
    const log = new LogBook();
    lockSession(session as never, { dev, log });
    return { session, kept: kept as Record<string, (...args: unknown[]) => unknown>, log };
  }
  it.each([
    'media',
    'geolocation',
    'notifications',
    'midi',
    'pointerLock',
    'fullscreen',
    'openExternal',
    'clipboard-read',
    'hid',
    'usb',
    'serial',
    'fileSystem',
    'display-capture',
    'unknown',
  ])('grant no %s', (permission) => {
    const { kept } = lockedSession();
    const answer = vi.fn();
    kept.request!(null, permission, answer, { requestingUrl: 'app://workbench/' });
    expect(answer.mock.calls).toEqual([[false]]);
    expect(kept.check!(null, permission, 'app://workbench')).toBe(false);
    expect(kept.device!({})).toBe(false);
  });
  it('let our page write to the clipboard, and no other', () => {
    const { kept } = lockedSession();
    for (const [address, expected] of [
      ['app://workbench/', true],
      ['https://example.com/', false],
      ['app://other/', false],
      ['', false],
    ] as const) {
      const answer = vi.fn();
      kept.request!(null, 'clipboard-sanitized-write', answer, { requestingUrl: address });
      expect(answer.mock.calls).toEqual([[expected]]);
      expect(kept.check!(null, 'clipboard-sanitized-write', address)).toBe(expected);
    }
  });
  it('refuse downloads', () => {
    const { session } = lockedSession();
    const preventDefault = vi.fn();
    session.emit('will-download', { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
  });
  it('block all requests but our own', () => {
    const { kept, log } = lockedSession();
    const answer = vi.fn();
    kept.web!({ url: 'https://example.com/pixel.gif' }, answer);
    kept.web!({ url: 'app://workbench/index.html' }, answer);
    expect(answer.mock.calls).toEqual([[{ cancel: true }], [{ cancel: false }]]);
    expect(log.lines()).toHaveLength(1);
  });
  const dev = 'http://localhost:5173';
  it.each([
    ['app://workbench/a.js', true, true],
    ['data:image/png;base64,AA', true, true],
    ['blob:app://workbench/1-2', true, true],
    ['app://other/a.js', false, false],
    ['app://user@workbench/a.js', false, false],
    ['blob:https://example.com/1-2', false, false],
    ['file:///etc/passwd', false, false],
    ['https://example.com/', false, false],
    ['ws://example.com/', false, false],
    ['ftp://example.com/', false, false],
    ['http://localhost:5173/@vite/client', false, true],
    ['ws://localhost:5173/', false, true],
    ['http://localhost:5174/', false, false],
    ['http://localhost:5173.evil.com/', false, false],
    ['http://localhost:5173@evil.com/', false, false],
    ['nonsense', false, false],
    ['', false, false],
  ])('judge %s', (address, installed, developing) => {
    expect(isAllowedRequest(address, null)).toBe(installed);
    expect(isAllowedRequest(address, dev)).toBe(developing);
  });
  it('keep every contents at home', () => {
    const contents = Object.assign(new EventEmitter(), {
      setWindowOpenHandler: vi.fn(),
      setWebRTCIPHandlingPolicy: vi.fn(),
    });
    lockContents(contents as never, new LogBook());
    expect(contents.setWindowOpenHandler.mock.calls[0]![0]({ url: 'https://example.com' })).toEqual({ action: 'deny' });
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])
      for (const url of [
        'https://example.com/',
        'file:///etc/passwd',
        'app://workbench.evil/',
        // eslint-disable-next-line no-script-url -- the very thing that must be refused
        'javascript:alert(1)',
        '',
        'app://x@workbench/',
      ]) {
        const preventDefault = vi.fn();
        contents.emit(name, { preventDefault, url });
        expect(preventDefault, `${name} ${url}`).toHaveBeenCalledOnce();
      }
    const preventDefault = vi.fn();
    contents.emit('will-navigate', { preventDefault, url: 'app://workbench/' });
    expect(preventDefault).not.toHaveBeenCalled();
  });
  it('lead host names nowhere', () => {
    const appendSwitch = vi.fn();
    cutNetwork({ commandLine: { appendSwitch } } as never);
    expect(appendSwitch).toHaveBeenCalledWith('host-resolver-rules', 'MAP * ~NOTFOUND');
  });
});

describe('the menu', () => {
  const entries = (forDevelopers: boolean) => listMenus(forDevelopers).flatMap(({ entries }) => entries);
  const source = readFileSync('renderer/actions.ts', 'utf8');
  const actions = new Map(
    [...source.matchAll(/id: '([^']+)',[^]*?keys: '([^']*)'/g)].map(([, id, keys]) => [id!, keys!]),
  );

  it('offers only actions of the table, with the keys of the table', () => {
    expect(actions.size).toBeGreaterThan(10);
    for (const entry of entries(true))
      if (entry.kind === 'action') expect([entry.id, actions.get(entry.id)]).toEqual([entry.id, entry.keys]);
  });
  it('is a plain list', () => {
    expect(JSON.parse(JSON.stringify(listMenus(true)))).toEqual(listMenus(true));
  });
  it('keeps DevTools and reload for developers', () => {
    const roles = (forDevelopers: boolean) => JSON.stringify(entries(forDevelopers));
    expect(roles(true)).toMatch(/toggleDevTools/);
    expect(roles(false)).not.toMatch(/toggleDevTools|reload/);
  });
  it('sends the id, and registers no key: those belong to the page', () => {
    const performed: string[] = [];
    const items = makeTemplate(listMenus(false), (id) => performed.push(id)).flatMap(
      ({ submenu }) => submenu as Electron.MenuItemConstructorOptions[],
    );
    for (const item of items) {
      if (item.accelerator) expect(item.registerAccelerator).toBe(false);
      (item.click as (() => void) | undefined)?.();
    }
    expect(performed).toEqual(entries(false).flatMap((entry) => (entry.kind === 'action' ? [entry.id] : [])));
    expect(items.find(({ id }) => id === 'import.open')).toMatchObject({ accelerator: 'CmdOrCtrl+O' });
  });
});

describe('life', () => {
  const makeApp = (isFirst = true) =>
    Object.assign(new EventEmitter(), {
      requestSingleInstanceLock: vi.fn((_handed?: unknown) => isFirst),
      quit: vi.fn(function (this: EventEmitter) {
        this.emit('before-quit', { preventDefault: () => {} });
      }),
      exit: vi.fn(),
    });
  const listen = () => {
    const app = makeApp();
    const heard: string[][] = [];
    expect(beFirst(app as never, (paths) => heard.push(paths))).toBe(true);
    return { app, heard };
  };

  it('takes from arguments only what it could open', () => {
    const argv = [
      '/usr/bin/electron',
      '.',
      '--no-sandbox',
      'a.tflite',
      '/b/c.sqlite',
      'x.png',
      '--file=d.tflite',
      'https://x.y/z',
      '-.tflite',
    ];
    expect(listPaths(argv, '/there')).toEqual(['/there/a.tflite', '/b/c.sqlite']);
    expect(listPaths(['/opt/goldbench.tflite'], '/')).toEqual([]);
  });
  it('hands a second start over to the first', () => {
    const second = makeApp(false);
    expect(beFirst(second as never, () => {})).toBe(false);
    const { app, heard } = listen();
    const [handed] = second.requestSingleInstanceLock.mock.calls[0]!;
    expect(handed).toEqual({ argv: process.argv, folder: process.cwd() });
    app.emit('second-instance', {}, [], '', { argv: ['exe', 'a.tflite'], folder: '/home/ada' });
    expect(heard).toEqual([['/home/ada/a.tflite']]);
  });
  it.each([
    [undefined],
    [null],
    [7],
    [{}],
    [{ argv: 'a.tflite', folder: '/' }],
    [{ argv: ['x', 'a.tflite'], folder: '..' }],
    [{ argv: ['x', { a: 1 }, 7], folder: '/' }],
  ])('makes nothing of what a stranger hands over: %j', (data) => {
    const { app, heard } = listen();
    app.emit('second-instance', {}, [], '', data);
    expect(heard).toEqual([[]]);
  });
  it('opens what the desktop asks for by the same way', () => {
    const { app, heard } = listen();
    app.emit('open-file', { preventDefault: () => {} }, '/home/ada/a.tflite');
    app.emit('open-file', { preventDefault: () => {} }, '/home/ada/a.exe');
    expect(heard).toEqual([['/home/ada/a.tflite'], []]);
  });

  const log = new LogBook();
  it('ends in order, once', async () => {
    const app = makeApp();
    const finish = vi.fn(async () => {});
    const quit = endWell(app as never, { running: () => 0, confirm: async () => false, finish, log });
    quit();
    quit();
    await vi.waitFor(() => expect(app.exit.mock.calls).toEqual([[0]]));
    expect(finish).toHaveBeenCalledOnce();
  });
  it('asks once while jobs run, and stays when told so', async () => {
    const app = makeApp();
    const answers = [false, true];
    const confirm = vi.fn(async () => answers.shift()!);
    const quit = endWell(app as never, { running: () => 2, confirm, finish: async () => {}, log });
    quit();
    quit(); // while the question stands
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(confirm.mock.calls).toEqual([[2]]);
    expect(app.exit).not.toHaveBeenCalled();
    quit();
    await vi.waitFor(() => expect(app.exit.mock.calls).toEqual([[0]]));
  });
  it('ends within five seconds, whatever hangs', async () => {
    vi.useFakeTimers();
    try {
      const app = makeApp();
      endWell(app as never, { running: () => 0, finish: () => new Promise(() => {}), log })();
      await vi.advanceTimersByTimeAsync(4900);
      expect(app.exit).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(200);
      expect(app.exit.mock.calls).toEqual([[1]]);
    } finally {
      vi.useRealTimers();
    }
  });
  it('ends although closing fails', async () => {
    const app = makeApp();
    endWell(app as never, { running: () => 0, finish: async () => Promise.reject(new Error('disk full')), log })();
    await vi.waitFor(() => expect(app.exit).toHaveBeenCalled());
    expect(log.lines().at(-1)!.text).toContain('disk full');
  });
});

describe('the engine', () => {
  it('is started ahead once, and what it says early is not lost', async () => {
    utilityProcess.forked.length = 0;
    const starter = new EngineStarter('/engine.js', new LogBook());
    starter.prepare();
    starter.prepare();
    expect(utilityProcess.forked).toHaveLength(1);
    const child = utilityProcess.forked[0]!;
    child.emit('message', { kind: 'hello' });
    const engine = starter.spawn();
    const heard: unknown[] = [];
    engine.onMessage((message) => heard.push(message));
    expect(heard).toEqual([]); // not before the caller knows its engine
    await Promise.resolve();
    child.emit('message', { kind: 'reply' });
    expect(heard).toEqual([{ kind: 'hello' }, { kind: 'reply' }]);
    engine.postMessage({ kind: 'cancel', id: 1 });
    expect(child.sent).toEqual([[{ kind: 'cancel', id: 1 }]]); // and no transfer list
    starter.spawn();
    expect(utilityProcess.forked).toHaveLength(2);
  });
  it('that died while it waited is not handed out; one that nobody took is ended', () => {
    utilityProcess.forked.length = 0;
    const starter = new EngineStarter('/engine.js', new LogBook());
    starter.prepare();
    utilityProcess.forked[0]!.emit('exit', 1);
    starter.spawn();
    expect(utilityProcess.forked).toHaveLength(2);
    starter.prepare(); // a job was quicker than the first paint: one engine is enough
    expect(utilityProcess.forked).toHaveLength(2);
    const other = new EngineStarter('/engine.js', new LogBook());
    other.prepare();
    other.close();
    expect(utilityProcess.forked.map(({ killed }) => killed)).toEqual([false, false, true]);
  });
});

describe('the log file', () => {
  it('holds the lines, is rotated, and keeps five files', () => {
    const folder = path.join(makeFolder(), 'logs');
    const book = new LogBook();
    book.info('test', 'before the file');
    keepLogFile(book, folder);
    expect(readFileSync(path.join(folder, 'goldbench.log'), 'utf8')).toMatch(/Z info test: before the file\n/);
    for (let i = 0; i < 1700; i++) book.info('test', `${i} `.padEnd(7900, 'x'));
    book.info('test', 'the end');
    const files = readdirSync(folder).sort();
    expect(files).toEqual([
      'goldbench.1.log',
      'goldbench.2.log',
      'goldbench.3.log',
      'goldbench.4.log',
      'goldbench.log',
    ]);
    expect(readFileSync(path.join(folder, 'goldbench.log'), 'utf8')).toContain('the end');
    for (const file of files) expect(readFileSync(path.join(folder, file)).length).toBeLessThan(2.1 * 1024 ** 2);
    expect(existsSync(path.join(folder, 'goldbench.5.log'))).toBe(false);
  });
});
