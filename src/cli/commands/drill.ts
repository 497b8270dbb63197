/** `seaglass drill NAME`: makes a gateway that was started for it fail in one way, and says whether that was seen. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../clock';
import { DRILL_NAMES, type DrillName, drillOf, isDrill, topicRefusalOf } from '../../drills/drill-list';
import { runDrill } from '../../drills/run/run-drill';
import type { CommandCall, ConsoleCommand } from '../console-command';
import { parseDuration } from '../duration';
import { listenForStop } from '../stop-signal';
import { UsageError } from '../usage-error';

const FOR = '60s';
const EXIT_NOT_SEEN = 1;

async function run({ client, parameters, options, print }: CommandCall): Promise<number> {
  const { drill, delayMs } = askedDrill(parameters[0] ?? '');
  const { topic, write, prometheus, restart, for: time = FOR } = options;
  const forMs = parseDuration(String(time), '--for');
  const topicRefusal = topic === undefined ? undefined : topicRefusalOf(drill);
  if (topicRefusal !== undefined) throw new UsageError(topicRefusal);
  if (write === true && topic === undefined)
    throw new UsageError('--write is of --topic: a topic of its own is written');
  if (drillOf(drill).restarts === true && restart === undefined)
    throw new UsageError(`${drill} restarts the gateway: say how by --restart`);
  // Timers keep no process alive, and for a while there may be nothing else.
  const alive = new MessageChannel();
  alive.port1.ref();
  const stop = listenForStop();
  const stopped = new AbortController();
  void stop.received.then(() => stopped.abort());
  const outcome = await runDrill({
    ...{ drill, console: client, forMs, clock: systemClock, signal: stopped.signal, writes: write === true },
    say: (line) => print(`${line}\n`),
    ...(typeof restart === 'string' ? { restart: () => runCommand(restart) } : {}),
    ...(typeof topic === 'string' ? { topic } : {}),
    ...(typeof prometheus === 'string' ? { prometheus } : {}),
    ...(delayMs === undefined ? {} : { delayMs }),
  }).finally(() => {
    stop.dispose();
    alive.port1.close();
  });
  return outcome.passed ? 0 : EXIT_NOT_SEEN;
}

/** Resolves once the command of the shell has ended well. */
async function runCommand(command: string): Promise<void> {
  const child = spawn(command, { shell: true, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the restart failed: ${command}`);
}

/** A name, and its delay where one is given: `init-delay=35s`. Throws UsageError. */
function askedDrill(text: string): { readonly drill: DrillName; readonly delayMs: number | undefined } {
  const [name = '', delay] = text.split('=', 2);
  if (!isDrill(name)) throw new UsageError(`there is no drill "${name}": expected one of ${DRILL_NAMES.join(', ')}`);
  const takesDelay = drillOf(name).faults.some(({ delayMs }) => delayMs !== undefined);
  if (delay !== undefined && !takesDelay) throw new UsageError(`${name} has no delay`);
  return { drill: name, delayMs: delay === undefined ? undefined : parseDuration(delay, name) };
}

export const drillCommand: ConsoleCommand = {
  name: 'drill',
  parameters: '<name>',
  summary: 'make a gateway started with --drills fail in one way, and check that it is seen',
  options: [
    { flags: '--for <time>', meaning: `The longest it may take; ${FOR} by default.` },
    {
      flags: '--topic <name>',
      meaning:
        'Only this topic, which is there, fails, and it is only read; without it one of its own, made and removed.',
    },
    { flags: '--write', meaning: 'Its own clients write to that topic, too, and what they write stays there.' },
    { flags: '--restart <command>', meaning: 'Restarts the gateway at its addresses; of drills that need it.' },
    { flags: '--prometheus <url>', meaning: 'Where to look whether the alert fires, and no other.' },
  ],
  examples: ['drill hang-recv', 'drill init-delay=35s --topic orders --for 60s'],
  run,
};
