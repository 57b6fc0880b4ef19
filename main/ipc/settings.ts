// What the program remembers between visits, as JSON in the user's folder. In: a file. Out: checked values.
// A damaged file, or one of a later version, is kept aside under another name and the defaults are used: it says so.
// Checked by hand, not by a schema library: this runs before the first paint.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { type FailureRecord, recordFailure, userFailure } from '../network/failure';

export type Theme = 'system' | 'dark' | 'light';
export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface SettingsValues {
  readonly theme: Theme;
  readonly recent: readonly string[]; // session files, newest first
  readonly lastSession: string | null;
  readonly bounds: Bounds | null;
  readonly maximized: boolean;
}

const VERSION = 1;
const MOST_RECENT = 10;
const DEFAULTS: SettingsValues = { theme: 'system', recent: [], lastSession: null, bounds: null, maximized: false };

export class Settings {
  private constructor(
    private readonly file: string,
    private current: SettingsValues,
    /** What went wrong while reading; null when nothing did. */
    readonly notice: FailureRecord | null,
  ) {}

  static open(file: string): Settings {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return new Settings(file, DEFAULTS, absent ? null : notice(file, null, error));
    }
    try {
      return new Settings(file, parse(text), null);
    } catch (error) {
      return new Settings(file, DEFAULTS, notice(file, putAside(file), error));
    }
  }

  get values(): SettingsValues {
    return this.current;
  }

  /** Takes the change and writes the file: aside first, then by rename, so that it is never half a file. */
  update(change: Partial<SettingsValues>): void {
    this.current = { ...this.current, ...change };
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeWhole(this.file, JSON.stringify({ version: VERSION, ...this.current }, null, 2) + '\n');
  }

  /** Notes a session as the one last used. */
  remember(session: string): void {
    const recent = [session, ...this.current.recent.filter((file) => file !== session)].slice(0, MOST_RECENT);
    this.update({ recent, lastSession: session });
  }
}

function writeWhole(file: string, text: string): void {
  const aside = `${file}.${process.pid}.part`;
  const descriptor = openSync(aside, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(aside, file);
}

/** Renames the unreadable file; its new name, or null where even that fails (then it is overwritten by no one but us). */
function putAside(file: string): string | null {
  const kept = `${file}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  try {
    renameSync(file, kept);
    return path.basename(kept);
  } catch {
    return null; // a read-only folder: the defaults serve, and `notice` says the file could not be kept aside
  }
}

function notice(file: string, kept: string | null, error: unknown): FailureRecord {
  const name = path.basename(file);
  const where = kept ? `The old file is kept as ${kept}.` : 'The old file could not be moved.';
  const why = error instanceof Error ? error.message : String(error);
  return recordFailure(
    userFailure(
      'settings-damaged',
      `The settings in ${name} could not be read (${why}), so the defaults are used.`,
      where,
      { file: name },
    ),
  );
}

function parse(text: string): SettingsValues {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('it is not an object');
  const { version, theme, recent, lastSession, bounds, maximized } = json as Record<string, unknown>;
  if (version !== VERSION) throw new TypeError(`it is of version ${String(version)}, not ${VERSION}`);
  return {
    theme: need(isTheme(theme), 'theme', theme as Theme),
    recent: need(Array.isArray(recent) && recent.every(isPath), 'recent', (recent as string[])?.slice(0, MOST_RECENT)),
    lastSession: need(lastSession === null || isPath(lastSession), 'lastSession', lastSession as string | null),
    bounds: need(bounds === null || isBounds(bounds), 'bounds', bounds as Bounds | null),
    maximized: need(typeof maximized === 'boolean', 'maximized', maximized as boolean),
  };
}

function need<T>(holds: boolean, key: string, value: T): T {
  if (!holds) throw new TypeError(`its entry ${key} is not understood`);
  return value;
}

const isTheme = (value: unknown): boolean => value === 'system' || value === 'dark' || value === 'light';
const isPath = (value: unknown): boolean =>
  typeof value === 'string' && path.isAbsolute(value) && !value.includes('\0');
const isBounds = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ['x', 'y', 'width', 'height'].every((key) => Number.isSafeInteger((value as Record<string, unknown>)[key]));
