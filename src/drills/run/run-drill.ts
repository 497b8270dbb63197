/**
 * One drill from beginning to end, from outside: makes its topic, begins it, keeps its clients busy, looks until it is seen everywhere,
 * ends it, looks whether what it caused is over, and tells the gateway what it came to.
 */
import type { Clock } from '../../clock';
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import { type DrillDeclaration, type DrillName, drillOf, type Expectation, refusalOf } from '../drill-list';
import { aftermath, describeRemnants, type Remnant } from './aftermath';
import { DrillClient } from './drill-client';
import { type AskedConsole, GatewayClient } from './gateway-client';
import { type Seen, Sightings } from './sightings';
import { trafficOf } from './traffic';
import { DRILL_CLIENT, pause } from './traffic-parts';

export interface RunOptions {
  readonly drill: DrillName;
  /** The gateway's console. */
  readonly console: AskedConsole;
  /** http://host:port; without it alerts are not asked for. */
  readonly prometheus?: string;
  /** Default: one of its own, made and removed. */
  readonly topic?: string;
  /** The longest it may take, ms. */
  readonly forMs: number;
  readonly delayMs?: number;
  /** Restarts the gateway at the same addresses; drills that need it are refused without. */
  readonly restart?: () => Promise<void>;
  readonly clock: Clock;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
  /** Told of each step, a line each. */
  readonly say: (line: string) => void;
}

export interface DrillOutcome {
  readonly drill: DrillName;
  readonly passed: boolean;
  /** Until all was seen, ms; undefined where it was not, or where nothing should be. */
  readonly detectMs: number | undefined;
  readonly seen: readonly Seen[];
  /** What else was told and should not have been. */
  readonly strangers: readonly string[];
  /** The incidents that it caused, and how each ends. */
  readonly remnants: readonly Remnant[];
}

const LOOK_MS = 200;
const RESTART_MS_MAX = 30_000;
const DRILL_TOPIC = 'seaglass-drill';

/** Rejects where the gateway cannot be reached or refuses the drill, and on the signal, once the drill is ended. */
export async function runDrill(options: RunOptions): Promise<DrillOutcome> {
  const { drill, clock, say } = options;
  const gateway = new GatewayClient(options.console, options.prometheus);
  const { bootstrap, enabled, engine } = await gateway.drills();
  if (!enabled || engine === undefined) throw new Error('the gateway was not started for drills: seaglass --drills');
  const refusal = refusalOf(drill, engine);
  if (refusal !== undefined) throw new Error(refusal);
  const declared: DrillDeclaration = drillOf(drill, engine);
  const topic = options.topic ?? DRILL_TOPIC;
  const traffic = trafficOf(declared.traffic, { bootstrap, topic, clock });
  if (declared.restarts === true && options.restart === undefined)
    throw new Error(`${drill} restarts the gateway: say how by --restart`);
  say(`${drill}: ${declared.what}`);
  await traffic.prepare();
  const before = { samples: await gateway.metrics(), alerts: await gateway.alerts() };
  const expected = declared.expects === 'calm' ? undefined : declared.expects;
  const sightings = new Sightings(expected, before, { alerts: gateway.asksPrometheus });
  const ended = new AbortController();
  const { forMs, delayMs } = options;
  await gateway.command({ do: 'start', drill, topic, forMs, ...(delayMs === undefined ? {} : { delayMs }) });
  if (declared.restarts === true) await restarted(gateway, options);
  const startedMs = clock.monotonicMs();
  const running = traffic.run(ended.signal);
  let remnants: readonly Remnant[] = [];
  try {
    await lookUntilSeen(sightings, gateway, options, startedMs);
    await gateway.command({ do: 'stop', drill });
    // Where the traffic is the trouble it ends with the drill; else it shows that all is well again.
    if (declared.faults.length === 0) ended.abort();
    const { clock: by, signal = new AbortController().signal } = options;
    remnants = await aftermath(gateway, causedBy(expected), { clock: by, signal });
  } finally {
    await gateway.command({ do: 'stop', drill });
    ended.abort();
    await running;
    if (options.topic === undefined) await removeTopics(bootstrap, traffic.topics ?? [topic], clock);
  }
  if (options.signal?.aborted === true) throw new Error(`${drill} was ended before its time`);
  const outcome = outcomeOf(drill, sightings, remnants);
  const { passed, detectMs } = outcome;
  await gateway.command({ do: 'result', drill, passed, ...(detectMs === undefined ? {} : { detectMs }) });
  for (const line of describe(outcome)) say(line);
  return outcome;
}

/** Resolves when the gateway answers again. */
async function restarted(gateway: GatewayClient, { restart, clock }: RunOptions): Promise<void> {
  await restart?.();
  const deadlineMs = clock.monotonicMs() + RESTART_MS_MAX;
  for (;;) {
    try {
      await gateway.drills();
      return;
    } catch (error) {
      if (clock.monotonicMs() > deadlineMs) throw error;
      await pause(clock, new AbortController().signal, LOOK_MS);
    }
  }
}

/** Returns when all was seen, or the time is over; where nothing may be seen it takes all of the time. */
async function lookUntilSeen(
  sightings: Sightings,
  gateway: GatewayClient,
  { clock, forMs, signal = new AbortController().signal }: Pick<RunOptions, 'clock' | 'forMs' | 'signal'>,
  startedMs: number,
): Promise<void> {
  const afterMs = (): number => clock.monotonicMs() - startedMs;
  const expectsNothing = sightings.seen.length === 0;
  while (afterMs() < forMs && !signal.aborted) {
    await sightings.look(gateway, afterMs);
    if (!expectsNothing && sightings.complete) return;
    await pause(clock, signal, LOOK_MS);
  }
}

async function removeTopics(bootstrap: string, topics: readonly string[], clock: Clock): Promise<void> {
  const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
  try {
    await client.deleteTopics(...topics);
  } finally {
    client.close();
  }
}

/** What it may open. */
const causedBy = (expected: Expectation | undefined): ReadonlySet<IncidentKind> =>
  new Set([...(expected?.incident === undefined ? [] : [expected.incident]), ...(expected?.alsoIncidents ?? [])]);

function outcomeOf(drill: DrillName, sightings: Sightings, remnants: readonly Remnant[]): DrillOutcome {
  const strangers = [...sightings.strangers];
  const { seen, complete, detectMs } = sightings;
  const isOver = remnants.every(({ end }) => end.how !== 'open');
  const passed = complete && strangers.length === 0 && isOver;
  return { drill, passed, detectMs: complete && seen.length > 0 ? detectMs : undefined, seen, strangers, remnants };
}

function describe({ drill, passed, detectMs, seen, strangers, remnants }: DrillOutcome): readonly string[] {
  const width = Math.max(0, ...seen.map(({ what }) => what.length));
  const rows = seen.map(
    ({ sight, what, afterMs }) =>
      `  ${sight.padEnd(8)}  ${what.padEnd(width)}  ${afterMs === undefined ? 'NOT SEEN' : seconds(afterMs)}`,
  );
  const others = strangers.length === 0 ? '  nothing else paged' : `  ALSO TOLD: ${strangers.join(', ')}`;
  const detected = detectMs === undefined ? '' : `, detected after ${seconds(detectMs)}`;
  return [...rows, others, ...describeRemnants(remnants), `${passed ? 'PASS' : 'FAIL'}  ${drill}${detected}`];
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
