/**
 * Goal: the arrows of the architecture hold. Method: dependency-cruiser with the rules beside this file; each rule is a claim.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './sources';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

interface Cruise {
  readonly summary: { readonly violations: readonly Violation[]; readonly totalCruised: number };
}

/** dependency-cruiser is an ES module, which this suite cannot load in its own process. */
function cruise(): Cruise {
  const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const rules = join('test', 'tidy', 'dependency-rules.cjs');
  const args = [program, '--config', rules, '--output-type', 'json', 'src'];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const;
  try {
    return JSON.parse(execFileSync(process.execPath, args, options)) as Cruise;
  } catch (error) {
    // Its exit code is the number of violations; the report is on stdout all the same.
    const { stdout } = error as { stdout?: string };
    if (stdout === undefined || stdout === '') throw error;
    return JSON.parse(stdout) as Cruise;
  }
}

test('every import follows the arrows', () => {
  const { summary } = cruise();
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  expect(summary.totalCruised).toBeGreaterThan(20);
}, 120_000);
