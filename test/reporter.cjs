// Ends a run with one line that a script can read: `N passed, N failed` and `, N skipped` where any were.
// A suite that could not run at all counts as one failure. The line is written when the process ends, because the
// summary of the default reporter comes after the last reporter.
// Where SEAGLASS_TEST_FAILED names a file, the paths of failed suites are written there, a line each.
const { writeFileSync } = require('node:fs');

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
    process.once('exit', () => process.stdout.write(`\n${line}\n`));
  }
};
