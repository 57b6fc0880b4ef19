// Registers app:// with Electron; what it answers is pages.ts. In: handlers. Out: nothing.
import { type Session, protocol } from 'electron';
import { SCHEME } from './pages';

/** Once, before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export function serve(session: Session, answer: (request: Request) => Promise<Response>): void {
  session.protocol.handle(SCHEME, answer);
}
