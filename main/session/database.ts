// Opens the SQLite file of a session. In: a path. Out: a migrated connection that no other process shares, or a failure
// that names the file. A file that is not ours, newer than us, or damaged is never written to: who it is comes out of
// its header by plain reading, its soundness out of a read-only connection, and only then is it opened for writing.
import fs from 'node:fs';
import path from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { Failure, userFailure } from '../network/failure';
import { sqliteBinding } from './binding';
import { diskFailure, syncFolder, tellingDisk } from '../import/disk';
import { MIGRATIONS, type Migration } from './schema';

export type Database = BetterSqlite.Database;

/** 'GBCH' in the database header: this file is a Goldbench session. */
export const APPLICATION_ID = 0x47424348;
/** How long an opener waits for another process to let go of the file. */
const OPEN_TIMEOUT_MS = 250;

/**
 * Opens the session database `file`, making it where there is none.
 * @throws userFailure: not ours, newer, damaged, in use, not writable, disk full; unavailable: native part missing
 */
export function openDatabase(file: string, migrations: readonly Migration[] = MIGRATIONS): Database {
  return tellingDisk(file, () => {
    if (sizeOf(file) === 0) create(file, migrations);
    checkHeader(file, migrations.length);
    checkSoundness(file, migrations);
    return connect(file, migrations);
  });
}

/** 'sqlite 3.54.1': also the proof at start that the native part loads. */
export function sqliteVersion(): string {
  const database = new BetterSqlite(':memory:', { nativeBinding: sqliteBinding() });
  try {
    return database.prepare('SELECT sqlite_version()').pluck().get() as string;
  } finally {
    database.close();
  }
}

const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** A new session is made aside and put in place whole, so that a session file never exists half-made. */
function create(file: string, migrations: readonly Migration[]): void {
  const folder = path.dirname(file);
  if (!fs.existsSync(folder))
    throw userFailure('folder-missing', `The folder ${folder} does not exist.`, 'Make it first, or choose another.');
  const aside = `${file}.new-${process.pid}`;
  fs.rmSync(aside, { force: true });
  try {
    fs.closeSync(fs.openSync(aside, 'wx', 0o600));
    const database = new BetterSqlite(aside, { nativeBinding: sqliteBinding() });
    try {
      database.pragma(`application_id = ${APPLICATION_ID}`);
      migrate(database, aside, migrations);
    } finally {
      database.close();
    }
    if (fs.existsSync(file))
      fs.renameSync(aside, file); // an empty file: nothing in it to lose
    else putInPlace(aside, file);
    syncFolder(folder);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** link() refuses to replace a file that somebody else made meanwhile; rename() does where links are unknown (FAT). */
function putInPlace(aside: string, file: string): void {
  try {
    fs.linkSync(aside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && !fs.existsSync(file)) fs.renameSync(aside, file);
  }
}

/** Who made this file (offsets: sqlite.org/fileformat2.html, section 1.3)? */
function checkHeader(file: string, newest: number): void {
  const header = Buffer.alloc(100);
  const handle = fs.openSync(file, 'r');
  let length: number;
  try {
    length = fs.readSync(handle, header, 0, header.length, 0);
  } finally {
    fs.closeSync(handle);
  }
  const isSqlite = length === header.length && header.toString('latin1', 0, 16) === 'SQLite format 3\0';
  if (!isSqlite || header.readUInt32BE(68) !== APPLICATION_ID)
    throw userFailure(
      'not-a-session',
      `${path.basename(file)} is not a Goldbench session${isSqlite ? ', but a database of another program' : ''}.`,
      'It was left as it is. Choose a session (.sqlite), or a name that is not taken yet.',
      { file: path.basename(file) },
    );
  checkVersion(file, header.readUInt32BE(60), newest);
}

function checkVersion(file: string, version: number, newest: number): void {
  if (version > newest)
    throw userFailure(
      'session-newer',
      `The session ${path.basename(file)} was written by a newer Goldbench (format ${version}; this one knows ${newest}).`,
      'It was left as it is. Open it with the newer program.',
      { file: path.basename(file) },
    );
}

function checkSoundness(file: string, migrations: readonly Migration[]): void {
  const isClean = !fs.existsSync(`${file}-wal`);
  try {
    const database = new BetterSqlite(file, {
      readonly: true,
      timeout: OPEN_TIMEOUT_MS,
      nativeBinding: sqliteBinding(),
    });
    try {
      checkVersion(file, userVersion(database), migrations.length); // the header may lag behind the write-ahead log
      const verdict = database.pragma('quick_check(1)', { simple: true });
      if (verdict !== 'ok') throw corrupt(String(verdict));
      checkColumns(database, migrations);
    } finally {
      database.close();
    }
  } catch (error) {
    // A read-only connection leaves its helper files behind; beside a file that we refuse they would be litter.
    const { code = '', message } = error as { code?: string; message: string };
    const isBusy = /^SQLITE_(BUSY|LOCKED)/.test(code);
    if (isClean && !isBusy) for (const ending of ['-wal', '-shm']) fs.rmSync(file + ending, { force: true });
    throw code === 'SQLITE_ERROR' ? corrupt(message) : error; // the statements are right: the file is not
  }
}

const corrupt = (message: string): Error => Object.assign(new Error(message), { code: 'SQLITE_CORRUPT' });

/** The tables must be those of the file's version: damage to their names passes SQLite's own checks. */
function checkColumns(database: Database, migrations: readonly Migration[]): void {
  const fresh = new BetterSqlite(':memory:', { nativeBinding: sqliteBinding() });
  try {
    for (const migrate of migrations.slice(0, userVersion(database))) migrate(fresh);
    const [columns, wanted] = [columnsOf(database), columnsOf(fresh)];
    const lacking = [...wanted].find((column) => !columns.has(column));
    if (lacking !== undefined) throw corrupt(`there is no column ${lacking}`);
  } finally {
    fresh.close();
  }
}

const columnsOf = (database: Database): Set<string> =>
  new Set(
    database
      .prepare(
        `SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`,
      )
      .pluck()
      .all() as string[],
  );

function connect(file: string, migrations: readonly Migration[]): Database {
  const database = new BetterSqlite(file, { timeout: OPEN_TIMEOUT_MS, nativeBinding: sqliteBinding() });
  try {
    database.pragma('trusted_schema = OFF'); // functions in a doctored schema must not run
    database.pragma('cell_size_check = ON');
    database.pragma('synchronous = FULL'); // a run that was reported as done survives a power failure
    // One session, one process: held until close, given back by the system when the process dies.
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.exec('BEGIN IMMEDIATE; COMMIT');
    migrate(database, file, migrations);
    database.pragma('foreign_keys = ON');
    database.pragma('busy_timeout = 5000');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const userVersion = (database: Database): number => database.pragma('user_version', { simple: true }) as number;

/** Brings a database to the newest version, a step a transaction; a step that fails leaves the version before it. */
function migrate(database: Database, file: string, migrations: readonly Migration[]): void {
  const from = userVersion(database);
  if (from === migrations.length) return;
  database.pragma('foreign_keys = OFF'); // a step may rebuild a table that others name (sqlite.org/lang_altertable.html, 7)
  if (from > 0) keepCopy(database, `${file}.before-${migrations.length}`);
  for (let version = from + 1; version <= migrations.length; version++) {
    try {
      database.transaction(() => {
        migrations[version - 1]!(database);
        if ((database.pragma('foreign_key_check') as unknown[]).length > 0)
          throw new Error('a row names a missing row');
        database.pragma(`user_version = ${version}`);
      })();
    } catch (error) {
      throw migrationFailure(error, file, version);
    }
  }
  database.pragma('wal_checkpoint(TRUNCATE)'); // so that the header, too, tells the version
}

function migrationFailure(error: unknown, file: string, version: number): unknown {
  const told = diskFailure(error, file);
  if (told !== error) return told;
  const name = path.basename(file);
  return new Failure(
    'bug',
    'session-migration',
    `The session ${name} could not be brought to format ${version}: ${(error as Error).message}.`,
    `It is still in format ${version - 1}. Open it with the Goldbench that wrote it, and please report this.`,
    { file: name },
    error,
  );
}

/** The whole database as it was, in one file, made aside and renamed. */
function keepCopy(database: Database, copy: string): void {
  const aside = `${copy}.new`;
  fs.rmSync(aside, { force: true });
  database.prepare('VACUUM INTO ?').run(aside);
  const handle = fs.openSync(aside, 'r+');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(aside, copy);
  syncFolder(path.dirname(copy));
}
