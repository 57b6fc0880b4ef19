// Builds native/ with cmake-js against the node-api-headers package: no Node or Electron headers, no download.
// In: native/, the better-sqlite3 package, a C++ compiler, cmake. Out: native/build/Release/better_sqlite3.node, a
// Node-API 9 build for runtimes (Node 20, Electron <= 34) on which better-sqlite3's own Node-API 10 binary cannot load.
// Finished binaries are cached under a hash of everything that goes into them.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { cacheRoot, root, seconds, withLock, workFolder } from './cache.mjs';

const require = createRequire(path.join(root, 'package.json'));
const native = path.join(root, 'native');
const out = path.join(native, 'build', 'Release');
const BINARIES = ['better_sqlite3.node'];

/** Node-API version from which better-sqlite3's own binary loads. */
const NAPI_OF_PREBUILD = 10;
/** True where the Node that runs this script needs the build. */
export const nodeNeedsBuild = Number(process.versions.napi) < NAPI_OF_PREBUILD;

/**
 * Makes sure the binaries are in native/build/Release and match the sources. Quick when they do.
 * @param {{ force?: boolean }} [options] force: compile even if cached
 * @returns {Promise<'present' | 'cached' | 'built'>}
 * @throws Error, a sentence, when the compiler or cmake is missing or fails
 */
export async function buildNative({ force = false } = {}) {
  const key = contentKey();
  if (!force && isPlaced(key)) return 'present';
  return withLock('native', () => {
    if (!force && isPlaced(key)) return 'present';
    const kept = path.join(cacheRoot, 'native', key);
    const cached = !force && BINARIES.every((name) => fs.existsSync(path.join(kept, name)));
    if (!cached) compile(kept);
    place(kept, key);
    return cached ? 'cached' : 'built';
  });
}

/** Hash of all that decides what the binaries are: our sources, package versions, platform and compiler. */
function contentKey() {
  const versions = ['better-sqlite3', 'node-api-headers', 'node-addon-api', 'cmake-js'].map(
    (name) => `${name}@${require(`${name}/package.json`).version}`,
  );
  const hash = createHash('sha256').update([process.platform, process.arch, compilerName(), ...versions].join('|'));
  for (const file of sources(native)) hash.update(path.relative(native, file)).update(fs.readFileSync(file));
  return hash.digest('hex').slice(0, 20);
}

function compilerName() {
  const result = spawnSync(process.env.CXX || 'c++', ['-dumpfullversion', '-dumpmachine'], { encoding: 'utf8' });
  return result.stdout?.trim() || 'unknown'; // MSVC has no such switch; its build is then keyed by the rest
}

/** @param {string} folder @returns {string[]} */
function sources(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'build')
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? sources(file) : [file];
    })
    .sort();
}

/** @param {string} key */
function isPlaced(key) {
  const stamp = path.join(out, '.key');
  const isCurrent = fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key;
  return isCurrent && BINARIES.every((name) => fs.existsSync(path.join(out, name)));
}

/** Copies by rename, since a running app may have the old file mapped. @param {string} from @param {string} key */
function place(from, key) {
  fs.mkdirSync(out, { recursive: true });
  for (const name of BINARIES) {
    const aside = path.join(out, `${name}.${process.pid}`);
    fs.copyFileSync(path.join(from, name), aside);
    fs.renameSync(aside, path.join(out, name));
  }
  fs.writeFileSync(path.join(out, '.key'), key);
}

/** Compiles in a folder of its own (CMake refuses a build folder that was moved) and keeps the result in `kept`. */
function compile(/** @type {string} */ kept) {
  const work = workFolder(kept);
  const defines = [`SQLITE_PKG=${path.dirname(require.resolve('better-sqlite3/package.json')).replaceAll('\\', '/')}`];
  if (hasCommand('ccache')) defines.push('CMAKE_C_COMPILER_LAUNCHER=ccache', 'CMAKE_CXX_COMPILER_LAUNCHER=ccache');
  const cli = [require.resolve('cmake-js/bin/cmake-js'), 'compile', '-d', native, '--out', work];
  const args = [...cli, '-p', String(os.availableParallelism()), ...defines.map((define) => `--CD${define}`)];
  try {
    const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
    if (run.status !== 0) {
      process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}`);
      throw new Error('the native build failed: it needs a C++20 compiler, cmake 3.20 or newer, and make or ninja');
    }
    const result = path.join(work, 'result');
    fs.mkdirSync(result);
    for (const name of BINARIES) fs.renameSync(path.join(work, 'Release', name), path.join(result, name));
    fs.rmSync(kept, { recursive: true, force: true });
    fs.renameSync(result, kept);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} name */
function hasCommand(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // absent: the build is only slower
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) {
  const t0 = Date.now();
  if (nodeNeedsBuild || process.argv.includes('--force')) {
    const how = await buildNative({ force: process.argv.includes('--force') });
    console.log(`native: ${how} (${seconds(t0)} s)`);
  } else console.log('native: not needed on this Node, better-sqlite3 brings its own');
}
