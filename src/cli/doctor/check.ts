/** One thing that the doctor looks at. */

/** `warn`: it works, and will hurt. `skip`: there is nothing to look at. */
export type CheckState = 'ok' | 'warn' | 'fail' | 'skip';

export interface CheckResult {
  readonly name: string;
  readonly state: CheckState;
  /** What was found, in one line. */
  readonly found: string;
  /** What to do; of what is not ok. */
  readonly fix?: string;
}

export const passed = (name: string, found: string): CheckResult => ({ name, state: 'ok', found });
export const skipped = (name: string, found: string): CheckResult => ({ name, state: 'skip', found });
export const warned = (name: string, found: string, fix: string): CheckResult => ({ name, state: 'warn', found, fix });
export const failed = (name: string, found: string, fix: string): CheckResult => ({ name, state: 'fail', found, fix });

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Two lines at most: what was found, and the fix. */
export function checkLines({ name, state, found, fix }: CheckResult): string {
  const label = state === 'fail' ? 'FAIL' : state;
  const line = `${label.padEnd(5)} ${name.padEnd(22)} ${found}`;
  return fix === undefined ? `${line}\n` : `${line}\n${' '.repeat(6)}${'fix:'.padEnd(22)} ${fix}\n`;
}
