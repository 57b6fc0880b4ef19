// Where the program lies and which native SQLite it loads. In: the runtime and its Node-API version. Out: paths.
// Works from the sources (tests), from out/main/*.js, and from a package (app.asar).
import fs from 'node:fs';
import path from 'node:path';
import { unavailable } from '../network/failure';

/** better-sqlite3 brings a binary of its own for this Node-API version and newer. */
const NAPI_OF_PREBUILD = 10;

/** The folder of our package.json: the first one above this file. In a package it is app.asar. */
export function findAppRoot(from = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (fs.existsSync(description) && isOurs(description)) return folder;
    if (folder === path.dirname(folder)) throw new Error(`no package.json of goldbench above ${from}`);
  }
}

const isOurs = (description: string): boolean =>
  (JSON.parse(fs.readFileSync(description, 'utf8')) as { name?: unknown }).name === 'goldbench';

/**
 * The native file to give to better-sqlite3, or undefined where its own binary loads.
 * GOLDBENCH_SQLITE_BINDING names another file: for developers who build SQLite themselves.
 * @throws unavailable where the file is needed and missing
 */
export function sqliteBinding(root = findAppRoot(), napi = Number(process.versions.napi)): string | undefined {
  const chosen = process.env.GOLDBENCH_SQLITE_BINDING;
  if (!chosen && napi >= NAPI_OF_PREBUILD) return undefined;
  const file = chosen || path.join(nativeFolder(root), 'better_sqlite3.node');
  if (!fs.existsSync(file))
    throw unavailable(
      'sqlite-not-built',
      'The native part of the session database (better_sqlite3.node) has not been built.',
      'Run ./scripts/setup.sh, which builds it.',
      { file: path.basename(file) },
    );
  return file;
}

/** A .node file cannot be loaded out of an asar archive: packaged, ours lie beside it in resources/native. */
function nativeFolder(root: string): string {
  const resources = (process as { resourcesPath?: string }).resourcesPath;
  const isPackaged = resources !== undefined && path.dirname(root) === resources;
  return isPackaged ? path.join(resources, 'native') : path.join(root, 'native', 'build', 'Release');
}
