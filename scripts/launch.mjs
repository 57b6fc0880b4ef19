// What a machine needs for Electron to start: switches, environment, a display.
// In: a runtime of electron-runtime.mjs. Out: arguments and environment for the child process.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './cache.mjs';

/** True where no window can be shown. */
export const isHeadless = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;

/**
 * Switches and environment for an Electron child process.
 * @param {import('./electron-runtime.mjs').Runtime} runtime
 * @returns {{ args: string[], env: Record<string, string>, headless: boolean }}
 */
export function launchSetup(runtime) {
  const env = /** @type {Record<string, string>} */ ({ ...process.env });
  env.ELECTRON_EXEC_PATH = runtime.exe;
  env.ELECTRON_OVERRIDE_DIST_PATH = runtime.dist;
  env.ELECTRON_MAJOR_VER = String(Number.parseInt(runtime.version, 10)); // electron-vite would ask node_modules
  delete env.ELECTRON_RUN_AS_NODE;
  const args = [];
  if (process.platform === 'linux') {
    if (!sandboxWorks(runtime.dist)) args.push('--no-sandbox');
    env.DBUS_SESSION_BUS_ADDRESS ??= 'disabled:'; // without a bus, Chromium would complain at length
  }
  return { args, env, headless: isHeadless };
}

/** Chromium refuses its sandbox to root; others need a SUID helper or user namespaces. @param {string} dist */
function sandboxWorks(dist) {
  if (process.getuid?.() === 0) return false;
  const helper = fs.statSync(path.join(dist, 'chrome-sandbox'), { throwIfNoEntry: false });
  if (helper && helper.uid === 0 && helper.mode & 0o4000) return true;
  // Ubuntu 24.04 lets only programs with an AppArmor profile use what `unshare` may use.
  const restriction = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
  if (fs.existsSync(restriction) && fs.readFileSync(restriction, 'utf8').trim() === '1') return false;
  return spawnSync('unshare', ['--user', '--map-root-user', 'true'], { stdio: 'ignore' }).status === 0;
}

/**
 * Runs a command in the project folder, under Xvfb where there is no display, and passes signals on.
 * @param {string} command @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, display?: boolean }} [options] display: false where no window will be opened
 * @returns {Promise<number>} its exit code
 */
export function run(command, args, { env = process.env, display = true } = {}) {
  if (display && isHeadless) {
    if (spawnSync('xvfb-run', ['--help'], { stdio: 'ignore' }).error) {
      process.stderr.write('There is no display, and xvfb-run is not installed: run ./scripts/setup.sh\n');
      return Promise.resolve(1);
    }
    args = ['-a', '-s', '-screen 0 1600x1000x24 -noreset', command, ...args];
    command = 'xvfb-run';
  }
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: root, env });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => child.kill(signal));
    child.on('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
