// How the program begins beside another of itself, and how it ends. In: Electron's app, and what must be ended.
// Out: one program per user folder; paths from argv, from a second start and from the desktop all reach one function;
// an end within five seconds that leaves nothing running and the session whole.
import type { App } from 'electron';
import path from 'node:path';
import { useOf } from '../ipc/grants';
import type { Log } from '../ipc/log';

const END_WITHIN_MS = 5000;

/** The paths among the arguments that we could open, absolute; switches and the program's own entry are passed over. */
export function listPaths(argv: readonly string[], folder: string): string[] {
  return argv
    .slice(1)
    .filter((word) => !word.startsWith('-') && ['network', 'session'].includes(useOf(word) ?? ''))
    .map((word) => path.resolve(folder, word));
}

/** False when another instance runs: it has been handed our arguments, and we should end. */
export function beFirst(
  app: Pick<App, 'requestSingleInstanceLock' | 'on'>,
  onPaths: (paths: string[]) => void,
): boolean {
  // Chromium reorders the argv it hands over, so ours goes along as data.
  const handed = { argv: process.argv, folder: process.cwd() };
  if (!app.requestSingleInstanceLock(handed)) return false;
  app.on('second-instance', (_event, _argv, _folder, data) => onPaths(pathsOf(data)));
  app.on('open-file', (event, file) => {
    event.preventDefault();
    onPaths(listPaths(['', file], '/'));
  });
  return true;
}

/** What a second instance hands over comes from outside: anything but words is nothing. */
function pathsOf(data: unknown): string[] {
  const { argv, folder } = (data ?? {}) as { argv?: unknown; folder?: unknown };
  if (!Array.isArray(argv) || typeof folder !== 'string' || !path.isAbsolute(folder)) return [];
  return listPaths(
    argv.filter((word): word is string => typeof word === 'string'),
    folder,
  );
}

export interface Ending {
  running(): number;
  /** Asked at most once. Left out where nobody could answer (tests). */
  confirm?(running: number): Promise<boolean>;
  /** Cancels jobs, ends the engine, closes the session with a checkpoint. */
  finish(): Promise<void>;
  readonly log: Log;
}

/** Takes over the end of the program. Returns the way to quit from inside. */
export function endWell(app: Pick<App, 'on' | 'quit' | 'exit'>, { running, confirm, finish, log }: Ending): () => void {
  let state: 'working' | 'asking' | 'ending' = 'working';
  const end = async (): Promise<void> => {
    state = 'ending';
    const timer = setTimeout(() => {
      log.error('app', `Not everything ended within ${END_WITHIN_MS} ms.`);
      app.exit(1);
    }, END_WITHIN_MS);
    await finish().catch((error: unknown) => log.error('app', 'Ending failed', error));
    clearTimeout(timer);
    app.exit(0);
  };
  const ask = async (): Promise<void> => {
    state = 'asking';
    const isSure = await confirm!(running()).catch(() => true); // no dialog possible: the user wanted to quit
    if (isSure) await end();
    else state = 'working';
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (state !== 'working') return;
    void (confirm && running() > 0 ? ask() : end());
  });
  return () => app.quit();
}
