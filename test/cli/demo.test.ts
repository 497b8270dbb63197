/**
 * Goal: the first five minutes go well: the demo shows both drills, what it says to look at is there, and it leaves nothing behind. Method:
 * the built command in child processes; one is looked at and ended by ctrl-C, one ends by itself, one is ended amidst a drill.
 */
import { existsSync } from 'node:fs';
import { type Child } from '../support/child';
import { startMain } from '../support/gateway-process';

/** What follows the program in a line of its own: the command and its parameters, as they can be called. */
const commandsIn = (output: string): readonly (readonly string[])[] =>
  [...output.matchAll(/^ +node \S*main\.js (.+)$/gm)].map(([, command = '']) => command.split(' '));

const dataOf = (child: Child): string => /^The data in (\S+) is removed\.$/m.exec(child.output())?.[1] ?? '';

async function outputOf(command: readonly string[]): Promise<string> {
  const child = startMain(command);
  await child.closed;
  return child.output();
}

test('the demo shows a hang and a lost value, says where to look, and ends by itself or by ctrl-C', async () => {
  const [looked, short, cut] = [
    startMain(['demo', '--stay', '60s']),
    startMain(['demo', '--stay', '1ms']),
    startMain(['demo']),
  ];
  const all = [looked, short, cut];
  try {
    await cut.printed(/^2\. A hang/m);
    cut.signal('SIGINT');
    await looked.printed(/^Look around: .*$/m);
    const shown = looked.output();
    expect(shown).toMatch(/^ +now +a fetch waits in stream\.recv .*\/debug\/inflight$/m);
    expect(shown).toMatch(/^ +PASS +hang-recv/m);
    expect(shown).toMatch(/^ +PASS +drop-value/m);

    const commands = commandsIn(shown);
    expect(commands.map(([name]) => name)).toEqual(['explain', 'journey', 'explain']);
    const [hang, lost, refused] = await Promise.all(commands.map(outputOf));
    expect(hang).toMatch(/^ +Where the time went: .* in stream\.recv .* for orders-0/m);
    const [, at = ''] = /^(payments-0@\d+)$[^]*^ +Verdicts$\n +lost/m.exec(lost ?? '') ?? [];
    expect(at).not.toBe('');
    expect(refused).toContain(`the value of ${at} is not what was produced`);
    const [, incidents = ''] = /^ +(http\S+\/api\/incidents) /m.exec(shown) ?? [];
    const told = await (await fetch(incidents)).text();
    // The hang is over by then, the loss is not.
    for (const kind of ['engine_withholds_data', 'engine_lost_records']) expect(told).toContain(`"kind":"${kind}"`);

    looked.signal('SIGINT');
    await Promise.all(all.map(({ closed }) => closed));
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const left = all.map(dataOf);
    expect(left.filter((directory) => directory.includes('seaglass-demo-'))).toHaveLength(all.length);
    expect(left.filter((directory) => existsSync(directory))).toEqual([]);
  } finally {
    for (const child of all) await child.stop();
  }
}, 180_000);
