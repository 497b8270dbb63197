// Ends a run with one line that a script can read: `N passed, N failed` and `, N skipped` where any were.
// A suite that could not run at all counts as one failure. The line is written when the process ends, because the
// summary of the default reporter comes after the last reporter.
module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.once('exit', () => process.stdout.write(`\n${line}\n`));
  }
};
