/**
 * Programs that suites need and the project does not bring: found by an environment variable that names one, or on PATH.
 * A missing one skips its suites loudly, and fails them where SEAGLASS_TEST_REQUIRE=1.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program's path, or undefined. `variable` (for instance SEAGLASS_TEST_WEED) wins over PATH. */
export function findProgram(name: string, variable: string): string | undefined {
  const named = process.env[variable];
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** `describe`, or a skipped one that says what is missing; throws where nothing may be missing. */
export function describeWithProgram(name: string, variable: string): jest.Describe {
  return describeWhere(
    findProgram(name, variable) !== undefined,
    `${name} is missing: set ${variable} or put it on PATH`,
  );
}

/** `describe` where it is possible; otherwise a skipped one that says why not, or an error where nothing may be missing. */
export function describeWhere(possible: boolean, text: string): jest.Describe {
  if (possible) return describe;
  if (process.env['SEAGLASS_TEST_REQUIRE'] === '1') throw new Error(text);
  process.stderr.write(`SKIPPED: ${text}\n`);
  return describe.skip;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
