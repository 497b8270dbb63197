/** `seaglass trace`: has a running gateway keep every trace of a client, topic or group for a while; without a name it lists what is kept. */
import { z } from 'zod';

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
const REFUSAL = z.object({ error: z.string() });
const ANSWER_MS_MAX = 10_000;

/** Resolves with the exit code. Throws Error, for people, where the console is not reached or refuses. */
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
  const headers = {
    accept: 'application/json',
    ...(command === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetch(new URL('/api/trace-targets', url), {
      method: command === undefined ? 'GET' : 'POST',
      headers,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(command === undefined ? {} : { body: JSON.stringify(command) }),
    });
  } catch (error) {
    throw new Error(`the gateway's console at ${url} does not answer; give another by --console`, { cause: error });
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as unknown;
  const refusal = REFUSAL.safeParse(response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {});
  throw new Error(`the console at ${url} refused: ${refusal.success ? refusal.data.error : text.trim()}`);
}

const defined = (names: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(names).filter((pair): pair is [string, string] => pair[1] !== undefined));
