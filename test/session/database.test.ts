// Opening session files: new, foreign, damaged, newer, older, locked, read-only, full. What is refused is left as it is.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAppRoot, sqliteBinding } from '../../main/session/binding';
import { APPLICATION_ID, openDatabase, sqliteVersion } from '../../main/session/database';
import { tellingDisk } from '../../main/import/disk';
import { MIGRATIONS, type Migration } from '../../main/session/schema';

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-database-'));
  file = path.join(folder, 'a.sqlite');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const raw = (name = file) => new BetterSqlite(name, { nativeBinding: sqliteBinding() });
const contents = () =>
  Object.fromEntries(
    fs.readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(fs.readFileSync(path.join(folder, name)))
        .digest('hex'),
    ]),
  );
/** The failure of opening, having checked that the folder is as it was, to the byte. */
function refused(migrations = MIGRATIONS): { kind?: string; code?: string; message?: string; remedy?: string } {
  const before = contents();
  let failure: unknown;
  try {
    openDatabase(file, migrations).close();
  } catch (error) {
    failure = error;
  }
  expect(contents()).toEqual(before);
  expect(failure).toBeDefined();
  return failure as object;
}

describe('a new session', () => {
  it('is ours, versioned, safe, and alone in its folder once closed', () => {
    const database = openDatabase(file);
    const pragma = (name: string) => database.pragma(name, { simple: true });
    expect(pragma('application_id')).toBe(APPLICATION_ID);
    expect(pragma('user_version')).toBe(MIGRATIONS.length);
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('busy_timeout')).toBe(5000);
    expect(pragma('trusted_schema')).toBe(0);
    expect(pragma('cell_size_check')).toBe(1);
    expect(pragma('integrity_check')).toBe('ok');
    database.close();
    expect(fs.readdirSync(folder)).toEqual(['a.sqlite']);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it('may take the place of an empty file', () => {
    fs.writeFileSync(file, '');
    openDatabase(file).close();
    expect(fs.statSync(file).size).toBeGreaterThan(0);
  });

  it('needs its folder', () => {
    file = path.join(folder, 'none', 'a.sqlite');
    expect(refused()).toMatchObject({ kind: 'user', code: 'folder-missing' });
  });

  it('in a folder that cannot be written is a sentence', () => {
    asNobody(() => expect(refused()).toMatchObject({ kind: 'user', code: 'not-writable' }));
  });
});

describe('what is refused stays as it is', () => {
  it('text', () => {
    fs.writeFileSync(file, 'Dear diary, '.repeat(100));
    expect(refused()).toMatchObject({
      kind: 'user',
      code: 'not-a-session',
      message: expect.stringContaining('a.sqlite'),
    });
  });

  it('a file shorter than a header', () => {
    fs.writeFileSync(file, 'SQLite format 3\0');
    expect(refused()).toMatchObject({ code: 'not-a-session' });
  });

  it.each(['delete', 'wal'])('a database of another program, journal mode %s', (mode) => {
    const other = raw();
    other.pragma(`journal_mode = ${mode}`);
    other.exec('CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES (1)');
    other.close();
    expect(refused()).toMatchObject({ code: 'not-a-session', message: expect.stringContaining('another program') });
  });

  it('a session of a newer program', () => {
    openDatabase(file).close();
    const newer = raw();
    newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    expect(refused()).toMatchObject({
      kind: 'user',
      code: 'session-newer',
      remedy: expect.stringContaining('newer program'),
    });
  });

  it('a session with a damaged page', () => {
    makeSession();
    const bytes = fs.readFileSync(file);
    bytes.fill(0x5a, 3 * 4096, 6 * 4096);
    fs.writeFileSync(file, bytes);
    expect(refused()).toMatchObject({
      kind: 'user',
      code: 'session-damaged',
      message: 'The session a.sqlite is damaged.',
    });
  });

  it('a session whose columns have lost their names', () => {
    makeSession();
    const text = fs.readFileSync(file, 'latin1').replaceAll('file_bytes', 'fyle_bytes');
    fs.writeFileSync(file, text, 'latin1');
    expect(refused()).toMatchObject({ kind: 'user', code: 'session-damaged' });
  });

  it('a session that was cut short', () => {
    makeSession();
    fs.truncateSync(file, 3 * 4096 + 100);
    expect(refused()).toMatchObject({ kind: 'user', code: 'session-damaged' });
  });

  it('a folder', () => {
    fs.mkdirSync(file);
    expect(() => openDatabase(file)).toThrow(expect.objectContaining({ kind: 'user', code: 'is-a-folder' }));
  });

  it('a session in a folder that cannot be written', () => {
    makeSession();
    asNobody(() => expect(refused()).toMatchObject({ kind: 'user', code: 'not-writable' }));
  });

  it('a session that is open elsewhere', () => {
    const first = openDatabase(file);
    const start = performance.now();
    expect(() => openDatabase(file)).toThrow(expect.objectContaining({ kind: 'user', code: 'session-in-use' }));
    expect(performance.now() - start).toBeLessThan(5000);
    first.exec("INSERT INTO network VALUES (1, 'x', 'x', 1, 1, 'x', '{}')"); // the first is not disturbed
    first.close();
    openDatabase(file).close();
  });
});

describe('migrations', () => {
  const NOW = MIGRATIONS.length;
  const next: Migration = (database) => database.exec('ALTER TABLE network ADD COLUMN note TEXT');
  const failing: Migration = (database) => {
    database.exec('ALTER TABLE network ADD COLUMN extra TEXT');
    throw new Error('on purpose');
  };
  const columns = () => {
    const database = raw();
    const names = (database.pragma('table_info(network)') as { name: string }[]).map(({ name }) => name);
    const version = database.pragma('user_version', { simple: true });
    database.close();
    return { names, version };
  };

  it('bring an older file forward and keep a copy of it as it was', () => {
    makeSession();
    const database = openDatabase(file, [...MIGRATIONS, next]);
    expect(database.pragma('user_version', { simple: true })).toBe(NOW + 1);
    expect(database.prepare('SELECT count(*) FROM network WHERE note IS NULL').pluck().get()).toBe(200);
    database.close();
    const copy = openDatabase(`${file}.before-${NOW + 1}`);
    expect(copy.prepare('SELECT count(*) FROM network').pluck().get()).toBe(200);
    expect(copy.pragma('user_version', { simple: true })).toBe(NOW);
    copy.close();
    expect(fs.readdirSync(folder).sort()).toEqual(['a.sqlite', `a.sqlite.before-${NOW + 1}`]);
  });

  it('stop at the first that fails: the version before stays and opens', () => {
    makeSession();
    expect(() => openDatabase(file, [...MIGRATIONS, next, failing])).toThrow(
      expect.objectContaining({
        kind: 'bug',
        code: 'session-migration',
        message: expect.stringContaining(`format ${NOW + 2}: on purpose`),
      }),
    );
    expect(columns()).toMatchObject({ version: NOW + 1, names: expect.arrayContaining(['note']) });
    expect(columns().names).not.toContain('extra');
    openDatabase(file, [...MIGRATIONS, next]).close();
  });

  it('refuse a step that leaves a row without the row it names', () => {
    makeSession();
    const orphan: Migration = (database) =>
      database.exec(
        "INSERT INTO run (network, kernels, state, started_at, command, program) VALUES (999, 'r', 'done', '', '', '')",
      );
    expect(() => openDatabase(file, [...MIGRATIONS, orphan])).toThrow(/missing row/);
    expect(columns().version).toBe(NOW);
  });

  it('a failing first step leaves no file behind', () => {
    expect(() => openDatabase(file, [failing])).toThrow();
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

it('a full disk is a sentence, and what was stored stays', () => {
  makeSession();
  const database = openDatabase(file);
  const pages = database.pragma('page_count', { simple: true }) as number;
  database.pragma(`max_page_count = ${pages + 2}`);
  const insert = database.prepare("INSERT INTO network VALUES (NULL, ?, '', 1, 1, '', ?)");
  expect(() =>
    tellingDisk(file, () => {
      for (let i = 0; i < 100; i++) insert.run(`more ${i}`, 'x'.repeat(1000));
    }),
  ).toThrow(expect.objectContaining({ kind: 'user', code: 'disk-full' }));
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
});

describe('the native part', () => {
  it('loads, and says its version', () => expect(sqliteVersion()).toMatch(/^3\.\d+\.\d+$/));

  it('is found from wherever the code runs', () => {
    const root = findAppRoot();
    expect(findAppRoot(path.join(root, 'out', 'main', 'chunks'))).toBe(root);
    expect(() => findAppRoot(folder)).toThrow(/no package.json/);
    expect(sqliteBinding(root, 10)).toBe(process.env.GOLDBENCH_SQLITE_BINDING); // undefined unless a developer set it
  });

  it('when missing is unavailable, with the remedy', () => {
    const chosen = process.env.GOLDBENCH_SQLITE_BINDING;
    delete process.env.GOLDBENCH_SQLITE_BINDING;
    try {
      expect(() => sqliteBinding(folder, 9)).toThrow(
        expect.objectContaining({ kind: 'unavailable', remedy: expect.stringContaining('./scripts/setup.sh') }),
      );
    } finally {
      if (chosen !== undefined) process.env.GOLDBENCH_SQLITE_BINDING = chosen;
    }
  });
});

/** A session of several pages. */
function makeSession(): void {
  const database = openDatabase(file);
  const insert = database.prepare("INSERT INTO network VALUES (NULL, ?, '', 1, 1, '', ?)");
  database.transaction(() => {
    for (let i = 0; i < 200; i++) insert.run(`sha ${i}`, 'x'.repeat(500));
  })();
  database.close();
}

/** The folder read-only, as another user where the tests run as root (whom no permission stops). */
function asNobody(work: () => void): void {
  const isRoot = process.geteuid!() === 0;
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  if (isRoot) for (const each of [folder, ...files]) fs.chownSync(each, 65534, 65534);
  for (const each of files) fs.chmodSync(each, 0o444);
  fs.chmodSync(folder, 0o555);
  if (isRoot) process.seteuid!(65534);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid!(0);
    fs.chmodSync(folder, 0o755);
  }
}
