/** `seaglass set`: the log level and which traces are kept, changed in a gateway that runs. Without a name it shows how they stand. */
import { z } from 'zod';
import type { CommandCall, ConsoleCommand } from '../console-command';
import { parseDuration } from '../duration';
import { UsageError } from '../usage-error';

/** What people type, and the setting's name. */
const NAMES: Readonly<Record<string, string>> = { 'log-level': 'log.level', 'log.level': 'log.level', trace: 'trace' };

const ANSWER = z.object({
  settings: z.array(
    z.object({ key: z.string(), value: z.string(), initial: z.string(), untilMs: z.number().optional() }),
  ),
});

async function run({ client, parameters, options, print }: CommandCall): Promise<number> {
  const [name, value] = parameters;
  const answer =
    name === undefined
      ? await client.json('/api/runtime')
      : await client.json('/api/runtime', {}, change(name, value, options['for']));
  for (const { key, value: now, initial, untilMs } of ANSWER.parse(answer).settings) {
    const started = now === initial ? '' : `  (started with ${initial})`;
    const until = untilMs === undefined ? '' : `  until ${new Date(untilMs).toISOString()}`;
    print(`${key.padEnd(10)} ${now}${started}${until}\n`);
  }
  return 0;
}

function change(name: string, value: string | undefined, time: string | true | undefined): object {
  const key = NAMES[name];
  if (key === undefined) throw new UsageError(`${name} cannot be changed while it runs; log-level and trace can`);
  if (value === undefined) throw new UsageError(`${name} needs a value`);
  return { key, value, ...(typeof time === 'string' ? { forMs: parseDuration(time, '--for') } : {}) };
}

export const setCommand: ConsoleCommand = {
  name: 'set',
  parameters: '[name] [value]',
  summary: 'change the log level or which traces are kept, while the gateway runs',
  options: [{ flags: '--for <time>', meaning: 'After this (30s, 10m, 2h) the value of the start comes back.' }],
  examples: ['set log-level debug --for 10m', 'set trace all', 'set'],
  run,
};
