#!/usr/bin/env node
/** The `seaglass` command: hands the arguments to the command line and its exit code to the system. */
import { setFlagsFromString } from 'node:v8';
import { runCommandLine } from './cli/command-line';

// Buffers pass through by the gigabyte over a heap of some 30 MB. By their bytes V8 begins to mark that heap in small steps, which it
// then takes at every further buffer: half of all work. Marked in one go, seldom, it takes 5 to 30 ms.
setFlagsFromString('--no-incremental-marking');

void runCommandLine(process.argv.slice(2)).then((exitCode) => {
  // What was written must leave first: stdout may be a pipe.
  process.stdout.write('', () => process.exit(exitCode));
});
