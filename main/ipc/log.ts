// The log as every room sees it: lines with a level and an origin, the last ones kept for the window. In: text. Out:
// lines to whoever listens (the file, the window). The user's home folder is written ~, so that a log can be shared.
import { homedir } from 'node:os';
import type { LogLine } from '../../preload/contract/views';

/** What rooms are given to write to. */
export interface Log {
  debug(from: string, text: string): void;
  info(from: string, text: string): void;
  warn(from: string, text: string): void;
  error(from: string, text: string, error?: unknown): void;
}

const MOST_LINES = 2000;
const MOST_CHARACTERS = 8000; // of one line: a stack fits, a model does not

export class LogBook implements Log {
  private readonly ring: LogLine[] = [];
  private readonly listeners = new Set<(line: LogLine) => void>();

  constructor(private readonly home = homedir()) {}

  debug = (from: string, text: string): void => this.write('debug', from, text);
  info = (from: string, text: string): void => this.write('info', from, text);
  warn = (from: string, text: string): void => this.write('warn', from, text);
  error = (from: string, text: string, error?: unknown): void =>
    this.write('error', from, error === undefined ? text : `${text}\n${stackOf(error)}`);

  /** The last lines, oldest first. */
  lines(): readonly LogLine[] {
    return [...this.ring];
  }

  onLine(listener: (line: LogLine) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private write(level: LogLine['level'], from: string, text: string): void {
    const shareable = this.home.length > 1 ? text.replaceAll(this.home, '~') : text;
    const line = { at: new Date().toISOString(), level, from, text: shareable.slice(0, MOST_CHARACTERS) };
    this.ring.push(line);
    if (this.ring.length > MOST_LINES) this.ring.shift();
    for (const listener of this.listeners) listener(line);
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
