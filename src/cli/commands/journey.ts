/** `seaglass journey`: what became of one record: who produced it, how it is stored, to whom it was delivered, what was found wrong. */
import type { CommandCall, ConsoleCommand } from '../console-command';
import { UsageError } from '../usage-error';

const WHOLE = /^\d{1,15}$/;

async function run({ client, parameters, options, print }: CommandCall): Promise<number> {
  const [topic = '', partition = '', offset = ''] = parameters;
  for (const [name, value] of Object.entries({ partition, offset }))
    if (!WHOLE.test(value)) throw new UsageError(`${name} must be a whole number, not "${value}"`);
  const format = options['json'] === true ? 'json' : 'text';
  print(`${(await client.text('/api/journey', { topic, partition, offset, format })).trimEnd()}\n`);
  return 0;
}

export const journeyCommand: ConsoleCommand = {
  name: 'journey',
  parameters: '<topic> <partition> <offset>',
  summary: 'what became of one record: who produced it, how it is stored, to whom it was delivered, what was wrong',
  options: [{ flags: '--json', meaning: 'As JSON.' }],
  examples: ['journey orders 1 576'],
  run,
};
