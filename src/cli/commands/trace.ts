/** `seaglass trace`: has a running gateway keep every trace of a client, topic or group for a while; without a name it lists what is kept. */
import { z } from 'zod';
import type { CommandCall, ConsoleCommand } from '../console-command';
import { parseDuration } from '../duration';

const FOR = '5m';

const ANSWER = z.object({
  targets: z.array(
    z.object({
      id: z.string(),
      client: z.string().optional(),
      topic: z.string().optional(),
      group: z.string().optional(),
      untilMs: z.number(),
      traces: z.number(),
    }),
  ),
});

async function run({ client: console, options, print }: CommandCall): Promise<number> {
  const { client, topic, group, stop, for: time = FOR } = options;
  const names = defined({ client, topic, group });
  const command =
    stop === undefined
      ? { do: 'start', ...names, forMs: parseDuration(String(time), '--for') }
      : { do: 'stop', id: stop };
  const isCommand = stop !== undefined || Object.keys(names).length > 0;
  const answer = await console.json('/api/trace-targets', {}, isCommand ? command : undefined);
  const lines = ANSWER.parse(answer).targets.map((target) => {
    const named = Object.entries(defined({ client: target.client, topic: target.topic, group: target.group }));
    const until = new Date(target.untilMs).toISOString();
    return `${target.id}  ${named.map((pair) => pair.join(' ')).join(', ')}  until ${until}  ${target.traces} traces`;
  });
  print(`${lines.join('\n') || 'nothing is traced beside the keep rule'}\n`);
  return 0;
}

function defined(names: Readonly<Record<string, string | true | undefined>>): Record<string, string> {
  const isText = (pair: [string, unknown]): pair is [string, string] => typeof pair[1] === 'string';
  return Object.fromEntries(Object.entries(names).filter(isText));
}

export const traceCommand: ConsoleCommand = {
  name: 'trace',
  summary: 'have a running gateway keep every trace of a client, topic or group for a while; without one: list them',
  options: [
    { flags: '--client <id>', meaning: 'The client id.' },
    { flags: '--topic <name>', meaning: 'The topic.' },
    { flags: '--group <name>', meaning: 'The consumer group.' },
    { flags: '--for <time>', meaning: `How long: 30s, 10m, 1h; ${FOR} by default.` },
    { flags: '--stop <id>', meaning: 'Ends the one of this id.' },
  ],
  examples: ['trace --client audit-svc', 'trace --topic orders --group audit --for 10m', 'trace --stop t1', 'trace'],
  run,
};
