/**
 * Client programs in other languages report one JSON line per check. `reportChecks` runs such a program once per suite and
 * makes each check a test.
 */
import { type Child, startChild } from '../support/child';

interface Outcome {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Program {
  readonly command: string;
  readonly parameters: readonly string[];
}

const PROGRAM_DEADLINE_MS = 240_000;

/** The names stand here and in the program: a check that was not run fails. */
export function reportChecks(names: readonly string[], program: () => Program): void {
  const outcomes = new Map<string, Outcome>();
  let output = '';

  beforeAll(async () => {
    const { command, parameters } = program();
    output = await run(command, parameters);
    for (const line of output.split('\n')) {
      const outcome = parse(line);
      if (outcome !== undefined) outcomes.set(outcome.check, outcome);
    }
  }, PROGRAM_DEADLINE_MS);

  test.each(names)('%s', (name) => {
    const outcome = outcomes.get(name) ?? { check: name, ok: false, detail: `not run:\n${output}` };
    expect(outcome).toMatchObject({ check: name, ok: true, detail: '' });
  });

  test('the program runs no check that is not listed', () => {
    expect([...outcomes.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });
}

function parse(line: string): Outcome | undefined {
  if (!line.startsWith('{"check"')) return undefined;
  return JSON.parse(line) as Outcome;
}

/** Both streams of a program that ends by itself; killed past the deadline, with what it said so far. */
export async function run(
  command: string,
  parameters: readonly string[],
  deadlineMs = 200_000,
  directory = __dirname,
): Promise<string> {
  const child: Child = startChild(command, parameters, { directory });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.signal('SIGKILL');
  }, deadlineMs);
  await child.closed;
  clearTimeout(timer);
  return late ? `${child.output()}\n${command}: not done after ${deadlineMs} ms` : child.output();
}
