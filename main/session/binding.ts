// Which native SQLite the program loads. In: the runtime and its Node-API version. Out: a path.
import fs from 'node:fs';
import path from 'node:path';
import { findAppRoot, nativeFolder } from '../golden/native/place';
import { unavailable } from '../network/failure';

export { findAppRoot };

/** better-sqlite3 brings a binary of its own for this Node-API version and newer. */
const NAPI_OF_PREBUILD = 10;

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
