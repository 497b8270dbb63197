/** What the demo shows, one act behind the other: calm, a hang, a lost value; and behind each where to look, with commands that work. */
import { relative } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../clock';
import type { DrillName } from '../../drills/drill-list';
import { runDrill } from '../../drills/run/run-drill';
import { pause } from '../../drills/run/traffic-parts';
import { ConsoleClient } from '../console-client';
import { CONSUMER, PRODUCER, startDemoClients } from './demo-clients';

export interface DemoPlace {
  /** host:port for Kafka clients. */
  readonly bootstrap: string;
  /** http://host:port */
  readonly console: string;
  /** How long it stays behind the drills, ms. */
  readonly stayMs: number;
  readonly clock: Clock;
  /** Told of each step, a line each. */
  readonly say: (line: string) => void;
}

const CALM_TOPIC = 'orders';
const LOST_TOPIC = 'payments';
const CALM_MS = 1_500;
const DRILL_MS_MAX = 30_000;
const FIRST_LOOK_MS = 100;
/** The phase that the hang is in. */
const HANGS_IN = 'stream.recv';
const SLOWEST_LOOKED_AT = '20';

const INCIDENTS = z.object({
  current: z.array(z.object({ kind: z.string(), target: z.string(), sentence: z.string() })),
});
const EXPLANATIONS = z.object({
  explanations: z.array(
    z.object({
      traceId: z.string(),
      open: z.boolean(),
      reason: z.string().optional(),
      spent: z.array(z.object({ phase: z.string() })),
    }),
  ),
});
const VERDICTS = z.object({
  verdicts: z.array(z.object({ topic: z.string(), partition: z.number(), offset: z.number(), traceId: z.string() })),
});
const INFLIGHT = z.object({ operations: z.array(z.object({ phase: z.string(), overdueMs: z.number() })) });

/** Resolves when its time is over, or soon after the signal; rejects where a drill was not seen, or the gateway is gone. */
export async function walk(place: DemoPlace, signal: AbortSignal): Promise<void> {
  const { say, bootstrap, console, clock, stayMs } = place;
  say(`Seaglass demo: a gateway, an embedded node, a producer and a consumer. ctrl-C ends it.
  console    ${console}
  bootstrap  ${bootstrap}

1. Calm: ${PRODUCER} writes to ${CALM_TOPIC}, ${CONSUMER} reads it.`);
  const clients = await startDemoClients({ bootstrap, topic: CALM_TOPIC, clock }, signal);
  await pause(clock, signal, CALM_MS);
  say(`  ${clients.written()} records written, ${clients.read()} read\n`);
  if (!signal.aborted) await hang(place, signal);
  if (!signal.aborted) await lostValue(place, signal);
  say(
    `Look around: ${console} in a browser. The demo ends by itself in ${Math.ceil(stayMs / 1_000)} s; ctrl-C ends it now.`,
  );
  await pause(clock, signal, stayMs);
}

async function hang(place: DemoPlace, signal: AbortSignal): Promise<void> {
  const { say } = place;
  say('2. A hang. While it lasts:');
  const over = new AbortController();
  // Where the console is gone, the drill says so.
  const live = sayWhoWaits(place, AbortSignal.any([signal, over.signal])).catch(() => undefined);
  await drill(place, { name: 'hang-recv', topic: CALM_TOPIC, signal }).finally(() => over.abort());
  await live;
  const client = new ConsoleClient({ url: place.console });
  const query = { topic: CALM_TOPIC, slowest: '1', limit: SLOWEST_LOOKED_AT, format: 'json' };
  const { explanations } = EXPLANATIONS.parse(await client.json('/api/explain', query));
  // What is still in flight may end as nothing to keep, and which reader waited, the demo's own or the drill's, is chance.
  const hung = explanations.find(
    ({ open, reason, spent }) => !open && reason !== undefined && spent[0]?.phase === HANGS_IN,
  );
  await whereToLook(place, CALM_TOPIC, [`explain ${hung?.traceId ?? `--topic ${CALM_TOPIC} --slowest`}`]);
}

async function lostValue(place: DemoPlace, signal: AbortSignal): Promise<void> {
  place.say('3. A lost value.');
  await drill(place, { name: 'drop-value', topic: LOST_TOPIC, signal });
  const client = new ConsoleClient({ url: place.console });
  const { verdicts } = VERDICTS.parse(await client.json('/api/verdicts', { topic: LOST_TOPIC }));
  const commands = verdicts
    .slice(0, 1)
    .flatMap(({ topic, partition, offset, traceId }) => [
      `journey ${topic} ${partition} ${offset}`,
      `explain ${traceId}`,
    ]);
  await whereToLook(place, LOST_TOPIC, commands);
}

interface DemoDrill {
  readonly name: DrillName;
  readonly topic: string;
  readonly signal: AbortSignal;
}

/** Rejects where it was not seen as it has to be, and on the signal. */
async function drill({ console, clock, say }: DemoPlace, { name, topic, signal }: DemoDrill): Promise<void> {
  const indented = (line: string): void => say(`  ${line}`);
  const { passed } = await runDrill({
    ...{ drill: name, topic, writes: true, clock, signal, forMs: DRILL_MS_MAX, say: indented },
    console: new ConsoleClient({ url: console }),
  });
  if (!passed) throw new Error(`the drill ${name} was not seen in time: is this machine very busy?`);
}

/** One line, as soon as a fetch waits past its budget. */
async function sayWhoWaits({ console, clock, say }: DemoPlace, signal: AbortSignal): Promise<void> {
  const client = new ConsoleClient({ url: console });
  while (!signal.aborted) {
    const { operations } = INFLIGHT.parse(await client.json('/debug/inflight', { format: 'json' }));
    const late = operations.find(({ phase, overdueMs }) => phase === HANGS_IN && overdueMs > 0);
    if (late !== undefined) {
      say(`    now       a fetch waits in ${late.phase} past its time: ${console}/debug/inflight`);
      return;
    }
    await pause(clock, signal, FIRST_LOOK_MS);
  }
}

async function whereToLook({ console, say }: DemoPlace, topic: string, commands: readonly string[]): Promise<void> {
  const client = new ConsoleClient({ url: console });
  const { current } = INCIDENTS.parse(await client.json('/api/incidents'));
  const sentence = current.find(({ target }) => target === `${topic}-0`)?.sentence;
  const lines = [
    ...(sentence === undefined ? [] : ['What Seaglass says of it:', `  ${sentence}`]),
    'Where to look:',
    `  ${console}                in a browser: the incident, the topic, the clients`,
    `  ${console}/api/incidents  the same as JSON`,
    ...commands.map((command) => `  ${program()} ${command} --console ${console}`),
  ];
  say(`${lines.map((line) => `  ${line}`).join('\n')}\n`);
}

/** This very program, as it can be called from where the demo was. */
const program = (): string => `node ${relative(process.cwd(), process.argv[1] ?? 'dist/main.js')}`;
