/** `seaglass explain`: why a request took as long as it did, by its trace, by a place in a log, or by client, group and topic. */
import type { CommandCall, ConsoleCommand } from '../console-command';
import { parseDuration } from '../duration';
import { UsageError } from '../usage-error';

const TRACE_ID = /^[0-9a-f]{32}$/i;
const NUMBER = /^\d{1,15}$/;
/** How many are shown where `--slowest` and `--last` are given no number. */
const ONE = '1';

async function run({ client, parameters, options, print }: CommandCall): Promise<number> {
  const query = { ...meant(parameters), ...filters(options) };
  if (Object.keys(query).length === 0)
    throw new UsageError(
      'say what to explain: a trace id, TOPIC PARTITION OFFSET, --client, --topic, --last or --slowest',
    );
  const format = options['json'] === true ? 'json' : 'text';
  const { status, text } = await client.ask('/api/explain', { ...query, format });
  if (status !== 200 && status !== 404) await client.text('/api/explain', { ...query, format });
  print(`${text.trimEnd()}\n`);
  return status === 200 ? 0 : 1;
}

/** A trace id, or where in a log: `orders 1 576`, `orders/1/576` or `orders-1@576`. */
function meant(parameters: readonly string[]): Readonly<Record<string, string>> {
  const [first, ...rest] = parameters;
  if (first === undefined) return {};
  if (rest.length === 0 && TRACE_ID.test(first)) return { trace: first.toLowerCase() };
  const place = rest.length === 0 ? placeOf(first) : [first, ...rest];
  const [topic = '', partition, offset] = place;
  for (const [name, value] of Object.entries({ partition, offset }))
    if (value !== undefined && !NUMBER.test(value))
      throw new UsageError(`${name} must be a whole number, not "${value}"; a trace id has 32 hex digits`);
  return { topic, ...(partition === undefined ? {} : { partition }), ...(offset === undefined ? {} : { offset }) };
}

function placeOf(text: string): readonly string[] {
  const match = /^(.+?)(?:\/|-)(\d+)(?:\/|@)(\d+)$/.exec(text);
  return match === null ? [text] : match.slice(1, 4);
}

function filters(options: CommandCall['options']): Readonly<Record<string, string>> {
  const query: Record<string, string> = {};
  for (const name of ['client', 'group', 'topic', 'api']) {
    const value = options[name];
    if (typeof value === 'string') query[name] = value;
  }
  const { since, slowest, last } = options;
  if (typeof since === 'string') query['since'] = String(parseDuration(since, '--since'));
  if (slowest !== undefined) query['slowest'] = '1';
  const limit = slowest ?? last;
  if (limit !== undefined) {
    const number = limit === true ? ONE : limit;
    if (!NUMBER.test(number)) throw new UsageError(`--slowest and --last take a number, not "${number}"`);
    query['limit'] = number;
  }
  return query;
}

export const explainCommand: ConsoleCommand = {
  name: 'explain',
  parameters: '[trace-or-topic] [partition] [offset]',
  summary:
    'why a request took so long: where its time went, what it asked and was given, who else waited, what was wrong',
  options: [
    { flags: '--client <id>', meaning: 'Of this client id.' },
    { flags: '--group <name>', meaning: 'Of this consumer group.' },
    { flags: '--topic <name>', meaning: 'That concern this topic.' },
    { flags: '--api <name>', meaning: 'Of this API: Fetch, Produce and so on.' },
    { flags: '--since <time>', meaning: 'That ended no longer ago: 30s, 10m, 2h.' },
    {
      flags: '--slowest [count]',
      meaning: 'The slowest ones, without the idleness that clients asked for; 1 by default.',
    },
    { flags: '--last [count]', meaning: 'The newest ones, 1 by default; what is in flight comes first.' },
    { flags: '--json', meaning: 'As JSON.' },
  ],
  examples: [
    'explain 4bf92f3577b34da6a3ce929d0e0e4736',
    'explain orders 1 576',
    'explain --client audit-svc --topic orders --slowest --since 10m',
    'explain --last 5',
  ],
  run,
};
