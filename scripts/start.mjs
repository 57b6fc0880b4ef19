// `npm start`: builds if needed and opens the window; where there is no display, runs the demo in the terminal instead.
// Arguments go to the app.
import { buildApp } from './build.mjs';
import { isHeadless, run } from './launch.mjs';

const argv = process.argv.slice(2);
try {
  await buildApp();
  if (isHeadless) {
    process.stderr.write('There is no display here, so no window is opened; running `goldbench demo` instead.\n');
    process.exitCode = await run(process.execPath, ['bin/goldbench.cjs', 'demo'], { display: false });
  } else {
    process.exitCode = await run(process.execPath, ['scripts/electron.mjs', '.', ...argv]);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
