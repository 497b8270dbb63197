/** `seaglass trace`: has a running gateway keep every trace of a client, topic or group for a while; without a name it lists what is kept. */
import { z } from 'zod';
import { ConsoleClient, ConsoleError, saidIn } from './console-client';

export interface TraceFlags {
  readonly client?: string;
  readonly topic?: string;
  readonly group?: string;
  /** ms */
  readonly for: number;
  /** Ends one by its id. */
  readonly stop?: string;
  readonly console: string;
  readonly token?: string;
}

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

/** Resolves with the exit code. Throws ConsoleError where the console is not reached or refuses. */
export async function trace(flags: TraceFlags): Promise<number> {
  const { client, topic, group, stop } = flags;
  const names = Object.values({ client, topic, group }).some((name) => name !== undefined);
  const command =
    stop === undefined
      ? { do: 'start', ...defined({ client, topic, group }), forMs: flags.for }
      : { do: 'stop', id: stop };
  const { targets } = ANSWER.parse(await ask(flags, stop !== undefined || names ? command : undefined));
  const lines = targets.map((target) => {
    const named = Object.entries(defined({ client: target.client, topic: target.topic, group: target.group }));
    const until = new Date(target.untilMs).toISOString();
    return `${target.id}  ${named.map((pair) => pair.join(' ')).join(', ')}  until ${until}  ${target.traces} traces`;
  });
  process.stdout.write(`${lines.join('\n') || 'nothing is traced beside the keep rule'}\n`);
  return 0;
}

async function ask({ console: url, token }: TraceFlags, command: object | undefined): Promise<unknown> {
  const { status, text } = await new ConsoleClient({ url, token }).ask('/api/trace-targets', {}, command);
  if (status < 300) return JSON.parse(text) as unknown;
  throw new ConsoleError(`the console at ${url} refused: ${saidIn(text)}`, { status });
}

const defined = (names: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(names).filter((pair): pair is [string, string] => pair[1] !== undefined));
