// Ends a run with one line that a script can read: `N passed, N failed` and `, N skipped` where any were.
// A suite that could not run at all counts as one failure. The line is written when the process ends, because the
// summary of the default reporter comes after the last reporter.
// Where SEAGLASS_TEST_FAILED names a file, the paths of failed suites are written there, a line each. With SEAGLASS_TEST_WRITE=1 the
// durations by which sequencer.cjs orders suites are written anew, for the suites that were run.
const { writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const durations = require('./durations.json');

const SHORT_SECONDS = 5;

function writeDurations(testResults) {
  const seconds = { ...durations };
  for (const { testFilePath, perfStats } of testResults) {
    seconds[relative(join(__dirname, '..'), testFilePath)] = Math.round((perfStats.end - perfStats.start) / 1_000);
  }
  const long = Object.entries(seconds).filter((entry) => entry[1] >= SHORT_SECONDS);
  const sorted = Object.fromEntries(long.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])));
  writeFileSync(join(__dirname, 'durations.json'), `${JSON.stringify(sorted, null, 2)}\n`);
}

module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    const list = process.env.SEAGLASS_TEST_FAILED;
    if (list !== undefined) {
      const suites = results.testResults.filter((suite) => suite.numFailingTests > 0 || Boolean(suite.testExecError));
      writeFileSync(list, suites.map(({ testFilePath }) => `${testFilePath}\n`).join(''));
    }
    if (process.env.SEAGLASS_TEST_WRITE === '1') writeDurations(results.testResults);
    process.once('exit', () => process.stdout.write(`\n${line}\n`));
  }
};
