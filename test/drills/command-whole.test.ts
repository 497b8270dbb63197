/**
 * Goal: `seaglass drill` waits for an alert where it is told of a Prometheus, and restarts a gateway as it is told to. Method: the built command
 * against a gateway that a script of a shell starts, as an operator's own would, and a real Prometheus with the shipped rules.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ruleFiles } from '../support/alert-rules';
import { startChild } from '../support/child';
import { startMain } from '../support/gateway-process';
import { describeWithProgram } from '../support/outside-program';
import { type Prometheus, startPrometheus } from '../support/prometheus';
import { freePorts } from '../support/weed';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const directory = mkdtempSync(join(tmpdir(), 'seaglass-restart-'));
const script = join(directory, 'gateway.sh');

/** Ends the gateway that is there, where one is; begins one, and leaves when it serves. */
const scriptOf = (port: number, console: number): string => `cd ${directory}
if [ "$1" != start ]; then
  kill "$(cat pid)"
  while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.1; done
fi
[ "$1" = stop ] && exit 0
'${process.execPath}' '${MAIN}' serve --drills --listen 127.0.0.1:${port} --console-listen 127.0.0.1:${console} --data ${directory}/data > log 2>&1 &
echo $! > pid
until grep -q 'is ready' log; do kill -0 "$(cat pid)" || exit 1; sleep 0.1; done
`;

async function sh(action: 'start' | 'stop'): Promise<void> {
  const child = startChild('sh', [script, action], { directory });
  await child.exited;
  if (child.exitCode !== 0)
    throw new Error(`${action}: ${child.output()} ${readFileSync(join(directory, 'log'), 'utf8')}`);
}

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('the command', () => {
  let console: string;
  let prometheus: Prometheus;

  beforeAll(async () => {
    const [port = 0, consolePort = 0] = await freePorts(2);
    console = `http://127.0.0.1:${consolePort}`;
    writeFileSync(script, scriptOf(port, consolePort));
    await sh('start');
    prometheus = await startPrometheus(`${console}/metrics`, { rules: ruleFiles, scrapeSeconds: 1 });
    await prometheus.scraped();
  }, 60_000);

  afterAll(async () => {
    await prometheus.stop();
    await sh('stop');
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const drill = async (...args: readonly string[]) => {
    const child = startMain(['drill', ...args, '--console', console, '--prometheus', prometheus.url]);
    await child.closed;
    return { code: child.exitCode, output: child.output() };
  };

  test('waits for the alert, and restarts the gateway in between', async () => {
    const lost = await drill('drop-value');
    expect(lost.output).toMatch(/^ +alert +SeaglassRecordsLost +\d+\.\d s$/m);
    expect([lost.code, lost.output]).toEqual([0, expect.stringMatching(/^PASS {2}drop-value, detected after/m)]);

    const before = readFileSync(join(directory, 'pid'), 'utf8');
    const calm = await drill('restart-with-tombstones', '--restart', `sh ${script} restart`, '--for', '5s');
    expect([calm.code, calm.output]).toEqual([0, expect.stringMatching(/^PASS {2}restart-with-tombstones$/m)]);
    expect(calm.output).toMatch(/nothing else paged/);
    expect(readFileSync(join(directory, 'pid'), 'utf8')).not.toBe(before);
  }, 120_000);
});
