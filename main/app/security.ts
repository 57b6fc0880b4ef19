// The walls round the page. In: the session and every web contents Electron makes. Out: nothing gets in or out but our
// own scheme: no navigation, no window, no permission, no download, no network.
import type { App, Session, WebContents } from 'electron';
import type { Log } from '../ipc/log';
import { ORIGIN } from './pages';

export interface Walls {
  /** Origin of the dev server while developing, e.g. http://localhost:5173. */
  readonly dev: string | null;
  readonly log: Log;
}

/** Host names lead nowhere, even for what no request filter sees. Before the app is ready; not while developing. */
export function cutNetwork(app: Pick<App, 'commandLine'>): void {
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('disable-background-networking');
  app.commandLine.appendSwitch('disable-component-update');
  app.commandLine.appendSwitch('disable-domain-reliability');
  app.commandLine.appendSwitch('no-pings');
}

/** Is this address ours to load? data: and blob: carry their own bytes; the page's policy says where they may be used. */
export function isAllowedRequest(address: string, dev: string | null): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.protocol === 'app:') return isOwn(address);
  if (url.protocol === 'data:' || url.protocol === 'devtools:') return true;
  if (url.protocol === 'blob:') return isOwn(url.pathname);
  if (!dev) return false;
  return url.origin === dev || `${url.protocol}//${url.host}` === dev.replace(/^http/, 'ws');
}

export function lockSession(session: Session, { dev, log }: Walls): void {
  const isGranted = (permission: string, address: string): boolean =>
    permission === 'clipboard-sanitized-write' && isOwn(address);
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(isGranted(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => isGranted(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => {
    event.preventDefault();
    log.warn('security', 'A download was refused: files are saved through main.');
  });
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    const isAllowed = isAllowedRequest(url, dev);
    if (!isAllowed) log.warn('security', `A request was blocked: ${url.slice(0, 200)}`);
    answer({ cancel: !isAllowed });
  });
}

/** For every contents that comes to be, ours or not. */
export function lockContents(contents: WebContents, log: Log): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
  contents.on('will-attach-webview', (event) => event.preventDefault());
  const stayHome = (event: { preventDefault(): void; readonly url: string }): void => {
    if (isOwn(event.url)) return;
    event.preventDefault();
    log.warn('security', `A navigation was refused: ${event.url.slice(0, 200)}`);
  };
  contents.on('will-navigate', stayHome);
  contents.on('will-frame-navigate', stayHome);
  contents.on('will-redirect', stayHome);
}

/** By scheme and host: URL.origin is 'null' for schemes Node does not know. */
function isOwn(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return `${url.protocol}//${url.host}` === ORIGIN && !url.username && !url.password;
}
