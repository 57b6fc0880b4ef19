// `npm test`: builds, then runs vitest, under Xvfb where there is no display and the run may open windows.
//   --full        sets GOLDBENCH_TEST=full: every proof, not only the seeded part
//   --bench       lets the benchmarks run, which otherwise stay out; a word chooses some: `npm run bench -- layers`
//   --no-display  for runs without windows
// Other arguments go to vitest. Ends with the line `N passed, N failed`; the exit code is 0 only if nothing failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildApp } from './build.mjs';
import { buildNative } from './build-native.mjs';
import { run } from './launch.mjs';

const OWN = ['--full', '--bench', '--no-display'];
const argv = process.argv.slice(2);
const vitestArgs = argv.filter((argument) => !OWN.includes(argument));
process.exitCode = await main();

/** @returns {Promise<number>} the exit code */
async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-test-'));
  const file = path.join(folder, 'tally.json');
  try {
    const code = await runVitest(file);
    return report(readTally(file), code);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} tallyFile @returns {Promise<number>} */
async function runVitest(tallyFile) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, GOLDBENCH_TALLY: tallyFile };
  if (argv.includes('--full')) env.GOLDBENCH_TEST = 'full';
  if (argv.includes('--bench')) env.GOLDBENCH_BENCH = '1';
  try {
    await buildNative();
    await buildApp();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=./scripts/tally.mjs'];
  if (argv.includes('--bench')) vitest.push('--disable-console-intercept=true'); // JSON lines stay lines of their own
  return run(process.execPath, [...vitest, ...vitestArgs], { env, display: !argv.includes('--no-display') });
}

/** @param {string} file @returns {import('./tally.mjs').Tally} */
function readTally(file) {
  // no tally: the run itself broke before its end, which is one failure
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { passed: 0, failed: 1, skipped: 0 };
}

/** @param {import('./tally.mjs').Tally} tally @param {number} code vitest's exit code @returns {number} */
function report({ passed, failed, skipped }, code) {
  if (code !== 0 && failed === 0) failed = 1;
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && code === 0 ? 0 : 1;
}
