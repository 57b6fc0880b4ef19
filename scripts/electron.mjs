// Starts Electron: node scripts/electron.mjs [--print-path | --dev | --as-node] [arguments]
//   (nothing)     electron with the arguments, "." unless given
//   --print-path  only gets an Electron and prints its path
//   --dev         electron-vite dev: the app with hot reload
//   --as-node     Electron as a plain Node, e.g. to run tests on its Node version
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './cache.mjs';
import { resolveElectron } from './electron-runtime.mjs';
import { isHeadless, launchSetup, run } from './launch.mjs';

const MODES = ['--print-path', '--dev', '--as-node'];
const argv = process.argv.slice(2);
const mode = MODES.includes(argv[0] ?? '') ? argv.shift() : undefined;

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`electron: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const runtime = await resolveElectron();
  if (mode === '--print-path') {
    console.log(runtime.exe);
    return 0;
  }
  const { args, env } = launchSetup(runtime);
  if (mode === '--as-node')
    return run(runtime.exe, argv, { env: { ...env, ELECTRON_RUN_AS_NODE: '1' }, display: false });
  if (runtime.source === 'registry')
    process.stderr.write(
      `Electron ${runtime.version} from a registry package: for development and tests, never for releases.\n`,
    );
  if (isHeadless) process.stderr.write('There is no display: the window opens under Xvfb, where nobody sees it.\n');
  if (mode === '--dev') {
    const electronVite = createRequire(path.join(root, 'package.json')).resolve('electron-vite/package.json');
    const cli = path.join(path.dirname(electronVite), 'bin', 'electron-vite.js');
    return run(process.execPath, [cli, 'dev', ...(args.includes('--no-sandbox') ? ['--noSandbox'] : []), ...argv], {
      env,
    });
  }
  return run(runtime.exe, [...args, ...(argv.length > 0 ? argv : ['.'])], { env });
}
