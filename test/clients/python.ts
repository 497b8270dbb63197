/** The Python of the client suites: SEAGLASS_TEST_PYTHON, with the packages of python/requirements.txt, or the one on PATH. */
import { execFileSync } from 'node:child_process';
import { findProgram } from '../support/outside-program';
import type { Need } from './engines';

const found = findProgram('python3', 'SEAGLASS_TEST_PYTHON');

export const python = found ?? 'python3';

/** The need of a package, told by modules of it that can be imported. */
export function pythonNeed(name: string, ...modules: readonly string[]): Need {
  return { what: `Python with ${name} (SEAGLASS_TEST_PYTHON)`, found: found !== undefined && canImport(modules) };
}

function canImport(modules: readonly string[]): boolean {
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
    return true;
  } catch {
    // No such module in this Python: the suite says what is missing.
    return false;
  }
}
