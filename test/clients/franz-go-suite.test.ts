/**
 * Goal: franz-go's own test suite passes. Method: its tests of the client package, of the version that go/go.mod names, as .ci/programs
 * compiles them, against the gateway as users run it, on the embedded node. What they need and is not served stands in
 * franz-go-exceptions.ts. The client's own deadlines are short for a busy machine: what fails is asked once more, alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from '../support/child';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { findProgram } from '../support/outside-program';
import { describeWith } from './engines';
import { FAIL, SKIP } from './franz-go-exceptions';

process.env['SEAGLASS_TEST_GO_SUITE'] ??= join(__dirname, '..', '.cache', 'go', 'franz-go.test');
const program = findProgram('franz-go.test', 'SEAGLASS_TEST_GO_SUITE');
const need = {
  what: 'franz-go.test, as .ci/programs builds it (SEAGLASS_TEST_GO_SUITE)',
  found: program !== undefined,
};

type Outcome = 'PASS' | 'FAIL' | 'SKIP';
const OUTCOME = /^--- (PASS|FAIL|SKIP): (\S+)/;
const SUITE_MINUTES = 8;
const FAILURE_DEADLINE_MS = 120_000;

describeWith('franz-go’s own tests', [need], () => {
  let gateway: GatewayProcess;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'franz-go-'));
    gateway = await startGatewayProcess({ flags: ['--groups-initial-rebalance-delay-ms', '0'] });
  }, 180_000);

  afterAll(async () => {
    await gateway.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 180_000);

  function start(parameters: readonly string[], onOutput?: (text: Buffer) => void): Child {
    return startChild(program ?? 'franz-go.test', parameters, {
      directory,
      environment: {
        KGO_SEEDS: gateway.bootstrap,
        KGO_TEST_RF: '1',
        KGO_TEST_RECORDS: '5000',
        KGO_TEST_MAX_TOPIC_PARTS: '7',
        KGO_LOG_LEVEL: 'none',
      },
      ...(onOutput === undefined ? {} : { onOutput }),
    });
  }

  /** Runs tests; resolves with the outcome of each that came to an end, and what was printed. */
  async function run(parameters: readonly string[]): Promise<{ outcomes: Map<string, Outcome>; output: string }> {
    let output = '';
    const child = start(['-test.v', '-test.timeout', `${SUITE_MINUTES}m`, ...parameters], (text) => {
      output += text.toString();
    });
    await child.closed;
    const outcomes = new Map<string, Outcome>();
    for (const line of output.split('\n')) {
      const [, outcome, name] = OUTCOME.exec(line) ?? [];
      if (outcome !== undefined && name !== undefined) outcomes.set(name, outcome as Outcome);
    }
    return { outcomes, output };
  }

  async function names(): Promise<string[]> {
    const { output } = await run(['-test.list', '.']);
    return output.split('\n').filter((line) => line.startsWith('Test'));
  }

  test(
    'all pass that do not need what is not served, and no other is skipped',
    async () => {
      const asked = (await names()).filter((name) => FAIL[name] === undefined);
      const { outcomes, output } = await run(['-test.skip', only(Object.keys(FAIL))]);
      const failed = asked.filter((name) => !['PASS', 'SKIP'].includes(outcomes.get(name) ?? ''));
      if (failed.length > 0) {
        process.stderr.write(`asked once more: ${failed.join(', ')}\n${linesOf(output, failed)}\n`);
        for (const [name, outcome] of (await run(['-test.run', only(failed)])).outcomes) outcomes.set(name, outcome);
      }
      expect(asked.map((name) => [name, outcomes.get(name) ?? 'no outcome'])).toEqual(
        asked.map((name) => [name, SKIP[name] === undefined ? 'PASS' : 'SKIP']),
      );
    },
    2 * SUITE_MINUTES * 60_000,
  );

  test.each(Object.entries(FAIL))(
    '%s fails for want of what it needs',
    async (name, { shows }) => {
      expect(await names()).toContain(name);
      // It is not waited for: a test that was refused what it needs may wait for it for ever.
      const child = start(['-test.v', '-test.run', only([name])]);
      await child.printed(shows, FAILURE_DEADLINE_MS).finally(() => child.kill());
    },
    FAILURE_DEADLINE_MS + 30_000,
  );
});

const only = (tests: readonly string[]): string => `^(${tests.join('|')})$`;

/** What the failed tests printed, as far as it stands by their names. */
function linesOf(output: string, tests: readonly string[]): string {
  const lines = output.split('\n');
  return lines
    .flatMap((line, index) =>
      tests.some((name) => line.includes(`FAIL: ${name} `)) ? lines.slice(index - 10, index + 2) : [],
    )
    .join('\n');
}
