// Builds the app into out/ with electron-vite, unless out/ was made from the very files that lie here: `--force` builds
// always. In: main/, preload/, renderer/, resources/, package versions. Out: out/, with the hash of its sources in out/.sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, seconds, withLock } from './cache.mjs';

const SOURCES = [
  'main',
  'preload',
  'renderer',
  'resources',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
];
const stamp = path.join(root, 'out', '.sources');

/**
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<boolean>} whether it had to build
 * @throws Error when electron-vite fails; its own output has told why
 */
export async function buildApp({ force = false } = {}) {
  if (!force && isBuilt(sourceKey())) return false;
  // The lock keeps a second start from building into the same folder; it is named after this checkout.
  const name = `build-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
  return withLock(name, () => {
    const key = sourceKey();
    if (!force && isBuilt(key)) return false;
    fs.rmSync(path.join(root, 'out'), { recursive: true, force: true });
    const manifest = createRequire(path.join(root, 'package.json')).resolve('electron-vite/package.json');
    const cli = path.join(path.dirname(manifest), 'bin', 'electron-vite.js');
    const args = [cli, 'build', '--logLevel', 'warn'];
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error('the app could not be built');
    fs.writeFileSync(stamp, key);
    return true;
  });
}

/** @param {string} key */
const isBuilt = (key) => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key;

/** Names, sizes and times of all sources: quicker than their contents, and it notices deleted files too. */
function sourceKey() {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((name) => list(path.join(root, name)))) {
    const { size, mtimeMs } = fs.statSync(file);
    hash.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} place @returns {string[]} */
function list(place) {
  if (!fs.existsSync(place)) return [];
  if (fs.statSync(place).isFile()) return [place];
  return fs
    .readdirSync(place)
    .sort()
    .flatMap((name) => list(path.join(place, name)));
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) {
  const t0 = Date.now();
  try {
    const built = await buildApp({ force: process.argv.includes('--force') });
    console.log(`app: ${built ? 'built' : 'up to date'} (${seconds(t0)} s)`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
