/**
 * One drill from beginning to end, from outside: makes its topic, begins it, keeps its clients busy, looks until it is seen everywhere,
 * ends it, looks whether what it caused is over, and tells the gateway what it came to.
 */
import type { Clock } from '../../clock';
import {
  type DrillDeclaration,
  type DrillName,
  drillOf,
  isTopicless,
  refusalOf,
  topicRefusalOf,
  type Traffic,
} from '../drill-list';
import { causedBy, type Expectation } from '../expectation';
import { aftermath, describeRemnants, type Remnant } from './aftermath';
import { DrillClient } from './drill-client';
import { type AskedConsole, GatewayClient } from './gateway-client';
import { type Before, type Seen, Sightings } from './sightings';
import { isEvaluated, Strangers } from './strangers';
import { trafficOf } from './traffic';
import { DRILL_CLIENT, pause, type TrafficRun } from './traffic-parts';

export interface RunOptions {
  readonly drill: DrillName;
  /** The gateway's console. */
  readonly console: AskedConsole;
  /** http://host:port; without it alerts are not asked for. */
  readonly prometheus?: string;
  /** Of drills that take one. Default: one of its own, made and removed. */
  readonly topic?: string;
  /** Its clients may write records to that topic, which stay there. */
  readonly writes?: boolean;
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
  /** Whether any of its faults struck. */
  readonly struck: boolean;
  /** What else was told and should not have been. */
  readonly strangers: readonly string[];
  /** The incidents that it caused, and how each ends. */
  readonly remnants: readonly Remnant[];
}

const LOOK_MS = 200;
const RESTART_MS_MAX = 30_000;
const DRILL_TOPIC = 'seaglass-drill';

/** A drill that nothing refuses. */
interface Plan {
  readonly gateway: GatewayClient;
  readonly bootstrap: string;
  readonly declared: DrillDeclaration;
  readonly topic: string;
  /** Undefined where nothing may be seen. */
  readonly expected: Expectation | undefined;
  readonly traffic: TrafficRun;
}

/** Rejects where the gateway cannot be reached or refuses the drill, and on the signal, once the drill is ended. */
export async function runDrill(options: RunOptions): Promise<DrillOutcome> {
  const { drill, clock, say, signal } = options;
  const plan = await planOf(options);
  const { gateway, bootstrap, topic, traffic } = plan;
  const ended = new AbortController();
  let running: Promise<void> | undefined;
  const leave = async (): Promise<void> => {
    ended.abort();
    await gateway.command({ do: 'stop', drill });
    await running;
    if (options.topic === undefined) await removeTopics(bootstrap, traffic.topics ?? [topic], clock);
  };
  let outcome: DrillOutcome;
  try {
    await traffic.prepare();
    const before = await standing(gateway);
    const looked = {
      strangers: new Strangers(plan.expected, before, { restarts: plan.declared.restarts === true }),
      sightings: new Sightings(plan.expected, {
        ...{ before, asksAlerts: gateway.asksPrometheus, clock },
        topic: isTopicless(drill) ? undefined : topic,
      }),
    };
    await begin(plan, options);
    const startedMs = clock.monotonicMs();
    running = traffic.run(ended.signal);
    await lookUntilSeen(looked, gateway, options, startedMs);
    await gateway.command({ do: 'stop', drill });
    // Where the traffic is the trouble it ends with the drill; else it shows that all is well again.
    if (plan.declared.faults.length === 0) ended.abort();
    const remnants = await aftermath(gateway, {
      ...{ kinds: causedBy(plan.expected), look: await lookBehind(looked.strangers, gateway) },
      ...{ clock, signal: signal ?? new AbortController().signal },
    });
    outcome = outcomeOf(drill, looked, remnants);
  } catch (error) {
    // What failed first is told.
    await leave().catch(() => undefined);
    throw error;
  }
  await leave();
  if (signal?.aborted === true) throw new Error(`${drill} was ended before its time`);
  const { passed, detectMs } = outcome;
  await gateway.command({ do: 'result', drill, passed, ...(detectMs === undefined ? {} : { detectMs }) });
  for (const line of describe(outcome)) say(line);
  return outcome;
}

/** Throws where the drill cannot be run so; says what will be done. */
async function planOf(options: RunOptions): Promise<Plan> {
  const { drill, clock, say } = options;
  const gateway = new GatewayClient(options.console, options.prometheus);
  const { bootstrap, enabled, engine } = await gateway.drills();
  if (!enabled || engine === undefined) throw new Error('the gateway was not started for drills: seaglass --drills');
  const topicRefusal = options.topic === undefined ? undefined : topicRefusalOf(drill);
  const refusal = refusalOf(drill, engine) ?? topicRefusal;
  if (refusal !== undefined) throw new Error(refusal);
  const declared: DrillDeclaration = drillOf(drill, engine);
  if (declared.restarts === true && options.restart === undefined)
    throw new Error(`${drill} restarts the gateway: say how by --restart`);
  const topic = options.topic ?? DRILL_TOPIC;
  const readOnly = options.topic !== undefined && options.writes !== true;
  say(`${drill}: ${declared.what}`);
  if (options.topic !== undefined) say(`  ${whatItWrites(topic, readOnly, declared.traffic)}`);
  const expected = declared.expects === 'calm' ? undefined : declared.expects;
  const traffic = trafficOf(declared.traffic, { bootstrap, topic, clock, readOnly });
  return { gateway, bootstrap, declared, topic, expected, traffic };
}

async function begin({ gateway, declared, topic }: Plan, options: RunOptions): Promise<void> {
  const { drill, forMs, delayMs } = options;
  const held = topicRefusalOf(drill) === undefined ? { topic } : {};
  await gateway.command({ do: 'start', drill, forMs, ...held, ...(delayMs === undefined ? {} : { delayMs }) });
  if (declared.restarts === true) await restarted(gateway, options);
}

/** Said of a topic that is somebody's. */
function whatItWrites(topic: string, readOnly: boolean, traffic: Traffic): string {
  if (!readOnly) return `WRITES RECORDS to ${topic}, and they stay there`;
  return traffic === 'produce'
    ? `writes nothing to ${topic}: only producers of yours show it, or its own with --write`
    : `writes nothing to ${topic}: it reads what is there, or with --write what it writes`;
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

async function standing(gateway: GatewayClient): Promise<Before> {
  const [samples, alerts, incidents, state] = await Promise.all([
    gateway.metrics(),
    gateway.alerts(),
    gateway.incidents(),
    gateway.state(),
  ]);
  return { samples, alerts, incidents: incidents.all, state };
}

interface Looked {
  readonly sightings: Sightings;
  readonly strangers: Strangers;
}

/** Returns when all was seen, or the time is over; where nothing may be seen it takes all of the time. */
async function lookUntilSeen(
  { sightings, strangers }: Looked,
  gateway: GatewayClient,
  { clock, forMs, signal = new AbortController().signal }: Pick<RunOptions, 'clock' | 'forMs' | 'signal'>,
  startedMs: number,
): Promise<void> {
  const afterMs = (): number => clock.monotonicMs() - startedMs;
  const expectsNothing = sightings.seen.length === 0;
  while (afterMs() < forMs && !signal.aborted) {
    const [samples, alerts] = await Promise.all([gateway.metrics(), gateway.alerts()]);
    strangers.look(samples, alerts);
    await sightings.look(gateway, { samples, alerts }, afterMs);
    if (!expectsNothing && sightings.complete) return;
    await pause(clock, signal, LOOK_MS);
  }
}

/** Looks for strangers once more each time; true where Prometheus has weighed what was there when the drill ended. */
async function lookBehind(strangers: Strangers, gateway: GatewayClient): Promise<() => Promise<boolean>> {
  const since = await gateway.evaluated();
  return async () => {
    const [samples, alerts, now] = await Promise.all([gateway.metrics(), gateway.alerts(), gateway.evaluated()]);
    strangers.look(samples, alerts);
    return isEvaluated(since, now) && !strangers.weighed(alerts);
  };
}

async function removeTopics(bootstrap: string, topics: readonly string[], clock: Clock): Promise<void> {
  const client = await DrillClient.connect(bootstrap, DRILL_CLIENT, clock);
  try {
    await client.deleteTopics(...topics);
  } finally {
    client.close();
  }
}

function outcomeOf(
  drill: DrillName,
  { sightings, strangers: told }: Looked,
  remnants: readonly Remnant[],
): DrillOutcome {
  const strangers = [...told.found];
  const { seen, struck, complete, detectMs } = sightings;
  const isOver = remnants.every(({ end }) => end.how !== 'open');
  const passed = complete && strangers.length === 0 && isOver;
  const seenMs = complete && seen.length > 0 ? detectMs : undefined;
  return { drill, passed, detectMs: seenMs, seen, struck, strangers, remnants };
}

function describe(outcome: DrillOutcome): readonly string[] {
  const { drill, passed, detectMs, seen, struck, strangers, remnants } = outcome;
  const width = Math.max(0, ...seen.map(({ what }) => what.length));
  const rows = seen.map(
    ({ sight, what, afterMs }) =>
      `  ${sight.padEnd(8)}  ${what.padEnd(width)}  ${afterMs === undefined ? 'NOT SEEN' : seconds(afterMs)}`,
  );
  const others = strangers.length === 0 ? '  nothing else paged' : `  ALSO TOLD: ${strangers.join(', ')}`;
  const detected = detectMs === undefined ? '' : `, detected after ${seconds(detectMs)}`;
  const missed = seen.some(({ afterMs }) => afterMs === undefined) && !struck ? [STRUCK_NOTHING] : [];
  return [
    ...rows,
    ...missed,
    others,
    ...describeRemnants(remnants),
    `${passed ? 'PASS' : 'FAIL'}  ${drill}${detected}`,
  ];
}

const STRUCK_NOTHING = '  its faults struck nothing: no request came to where they strike';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
