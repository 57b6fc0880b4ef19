// Finds an Electron to run, in this order:
//   1. the one the user names: ELECTRON_EXEC_PATH (executable) or ELECTRON_OVERRIDE_DIST_PATH (folder);
//   2. the official binary of the electron package, if it is there or can be downloaded in bounded time;
//   3. on linux-x64, the one carried by a registry package (carried-electron.mjs).
// GOLDBENCH_ELECTRON_OFFICIAL=0 skips 2; =1 allows nothing else than 2.
// Out: the executable, with the native build that it needs in place.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildNative } from './build-native.mjs';
import { cacheRoot, root, withLock } from './cache.mjs';
import { carriedElectron, electronVersion } from './carried-electron.mjs';
import { unzip } from './unzip.mjs';

export { launchSetup } from './launch.mjs';

/** @typedef {{ exe: string, dist: string, version: string, source: 'environment' | 'official' | 'registry' }} Runtime */

const RETRY_MS = 6 * 3600e3; // a failed download is not tried again for six hours
const PROBE_MS = 2500;
const DOWNLOAD_MS = 240e3;
const FIRST_WITH_NAPI_10 = 35; // Electron major from which better-sqlite3's own binary loads

/**
 * @returns {Promise<Runtime>}
 * @throws Error, a sentence, when there is none
 */
export async function resolveElectron() {
  const runtime = fromEnvironment() ?? (await official()) ?? (await carried());
  await buildNative({ sqlite: Number.parseInt(runtime.version, 10) < FIRST_WITH_NAPI_10 });
  return runtime;
}

/** @returns {Runtime | undefined} */
function fromEnvironment() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const name = process.platform === 'win32' ? 'electron.exe' : 'electron';
  const exe = process.env.ELECTRON_EXEC_PATH || (folder && path.join(folder, name));
  if (!exe) return undefined;
  if (!fs.existsSync(exe)) throw new Error(`there is no Electron at ${exe}, which the environment names`);
  return { exe, dist: path.dirname(exe), version: electronVersion(exe), source: 'environment' };
}

/** @returns {Promise<Runtime>} */
async function carried() {
  return { ...(await carriedElectron()), source: 'registry' };
}

/** @returns {Promise<Runtime | undefined>} */
async function official() {
  const wish = process.env.GOLDBENCH_ELECTRON_OFFICIAL;
  if (wish === '0') return undefined;
  const require = createRequire(path.join(root, 'package.json'));
  const home = path.dirname(require.resolve('electron/package.json'));
  const version = require('electron/package.json').version;
  const present = installed(home, version);
  if (present) return present;
  const stamp = path.join(cacheRoot, 'official-electron-failed');
  const failedLately = fs.existsSync(stamp) && Date.now() - fs.statSync(stamp).mtimeMs < RETRY_MS;
  if (failedLately && wish !== '1') return undefined;
  try {
    return await withLock('official-electron', async () => {
      if (!installed(home, version)) await download(home, version);
      return installed(home, version);
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (wish === '1') throw new Error(`the official Electron ${version} cannot be had: ${why}`, { cause: error });
    fs.mkdirSync(cacheRoot, { recursive: true });
    fs.writeFileSync(stamp, `${why}\n`);
    process.stderr.write(`electron: the official ${version} cannot be had (${why}), taking another\n`);
    return undefined;
  }
}

/** @param {string} home @param {string} version @returns {Runtime | undefined} */
function installed(home, version) {
  const dist = path.join(home, 'dist');
  const exe = path.join(dist, executableName());
  const stamp = path.join(dist, 'version');
  const isCurrent = fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8').trim().replace(/^v/, '') === version;
  return isCurrent && fs.existsSync(exe) ? { exe, dist, version, source: 'official' } : undefined;
}

function executableName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

/**
 * What electron's install.js does, in a form that runs on Node 20 too (that script needs 22.12).
 * @electron/get checks the zip against the checksums in the electron package.
 * @param {string} home folder of the electron package @param {string} version
 */
async function download(home, version) {
  await reach(new URL(process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror || 'https://github.com/'));
  process.stderr.write(`electron: downloading the official ${version}\n`);
  const require = createRequire(path.join(home, 'package.json'));
  const { downloadArtifact } = await import(pathToFileURL(require.resolve('@electron/get')).href);
  const { platform, arch } = process;
  const checksums = require(path.join(home, 'checksums.json'));
  const zip = await inTime(downloadArtifact({ version, artifactName: 'electron', platform, arch, checksums }));
  const aside = path.join(home, `dist.${process.pid}`);
  try {
    await unzip(zip, aside);
    fs.rmSync(path.join(home, 'dist'), { recursive: true, force: true });
    fs.renameSync(aside, path.join(home, 'dist'));
    fs.writeFileSync(path.join(home, 'path.txt'), executableName());
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

/** A quick look whether the host answers at all, before a download with long time limits. @param {URL} url */
function reach(url) {
  if (process.env.ELECTRON_GET_USE_PROXY) return Promise.resolve(); // only the proxy can tell
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: url.hostname, port, timeout: PROBE_MS });
    const end = (/** @type {string} */ why) => {
      socket.destroy();
      if (why) reject(new Error(`${url.hostname}: ${why}`));
      else resolve(undefined);
    };
    socket.once('connect', () => end(''));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (/** @type {NodeJS.ErrnoException} */ error) => end(error.code ?? error.message));
  });
}

/** @template T @param {Promise<T>} work @returns {Promise<T>} */
async function inTime(work) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished in ${DOWNLOAD_MS / 1000} s`)), DOWNLOAD_MS);
  });
  try {
    return /** @type {T} */ (await Promise.race([work, limit]));
  } finally {
    clearTimeout(timer);
  }
}
