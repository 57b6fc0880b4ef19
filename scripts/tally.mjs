// A vitest reporter that writes how many tests passed, failed and were skipped to the file named by GOLDBENCH_TALLY.
// A test file that could not be loaded, a hook that threw, and an error outside of any test count as one failure each.
import fs from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

export default class TallyReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Tally} */
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') tally.passed++;
        else if (state === 'skipped') tally.skipped++;
        else tally.failed++; // a test that is still pending at the end has not passed
      }
      // Errors outside of tests: a hook that threw, a file that could not be loaded.
      for (const group of [module, ...module.children.allSuites()]) if (group.errors().length > 0) tally.failed++;
    }
    const file = process.env.GOLDBENCH_TALLY;
    if (!file) throw new Error('GOLDBENCH_TALLY must name the file for the tally');
    fs.writeFileSync(file, JSON.stringify(tally));
  }
}
