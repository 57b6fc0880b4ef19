// The per-user cache that survives a checkout: where it is, and how two processes share it.
// In: GOLDBENCH_CACHE, XDG_CACHE_HOME. Out: cacheRoot, withLock(), workFolder().
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The checkout (or copy) these scripts belong to. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Folder for everything that is made once per machine: the carried Electron, the native builds. */
export const cacheRoot = path.resolve(
  process.env.GOLDBENCH_CACHE ||
    path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'goldbench'),
);

const STALE_MS = 20 * 60e3; // longer than the slowest step (a 196 MB download on a slow line)
const POLL_MS = 250;

/**
 * Runs `work` while no other process on this cache runs work of the same name. A lock whose owner died is taken over.
 * Should two waiters take over the same dead lock at once, both work; that is slow but harmless, because every
 * result is made aside and put in place by one rename.
 * @template T
 * @param {string} name a file name
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  fs.mkdirSync(cacheRoot, { recursive: true });
  const lock = path.join(cacheRoot, `${name}.lock`);
  const mine = `${lock}.${process.pid}`;
  fs.writeFileSync(mine, `${process.pid} ${os.hostname()}`);
  try {
    // link() is atomic and fails where the name exists, so the lock never exists without its owner's name in it
    while (!tryLink(mine, lock)) {
      if (isDead(lock)) fs.rmSync(lock, { force: true });
      else await sleep(POLL_MS);
    }
    try {
      return await work();
    } finally {
      fs.rmSync(lock, { force: true });
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/** @param {string} from @param {string} to */
function tryLink(from, to) {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} lock */
function isDead(lock) {
  try {
    if (Date.now() - fs.statSync(lock).mtimeMs > STALE_MS) return true;
    const [pid, host] = fs.readFileSync(lock, 'utf8').trim().split(' ');
    return host === os.hostname() && !isAlive(Number(pid));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return false; // released meanwhile: try again
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'; // alive, another user's
  }
}

/**
 * An empty folder beside `target`, in which to make it before it is renamed into place.
 * Folders that processes left when they were killed are removed; they can be hundreds of megabytes.
 * @param {string} target
 */
export function workFolder(target) {
  const parent = path.dirname(target);
  const prefix = `${path.basename(target)}.`;
  fs.mkdirSync(parent, { recursive: true });
  for (const name of fs.readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (pid === process.pid || (pid > 0 && !isAlive(pid))) fs.rmSync(path.join(parent, name), { recursive: true });
  }
  const work = `${target}.${process.pid}`;
  fs.mkdirSync(work);
  return work;
}

/** Seconds since `t0` (from Date.now()), one decimal. @param {number} t0 */
export const seconds = (t0) => ((Date.now() - t0) / 1000).toFixed(1);
