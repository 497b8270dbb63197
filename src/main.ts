#!/usr/bin/env node
/** The `seaglass` command: hands the arguments to the command line and its exit code to the system. */
import { runCommandLine } from './cli/command-line';

void runCommandLine(process.argv.slice(2)).then((exitCode) => {
  // What was written must leave first: stdout may be a pipe.
  process.stdout.write('', () => process.exit(exitCode));
});
