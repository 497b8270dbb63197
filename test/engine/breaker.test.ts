/** A kind of call that fails is refused after a while, and only that kind; the incident and the metric say so. Method: a channel to a scripted broker, whose calls hang one by one. */
import { systemClock } from '../../src/clock';
import { Breaker } from '../../src/engine/channel/breaker';
import { EngineChannel } from '../../src/engine/channel/channel';
import { EngineTargets } from '../../src/engine/channel/engine-targets';
import { EngineError } from '../../src/engine-error';
import { withDeadline } from '../../src/waiting/deadline';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { SeaweedMessagingService } from '../../src/rpc/mq_broker';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { IncidentKind } from '../../src/telemetry/incidents/incident-kinds';
import { type Incident, sentence } from '../../src/telemetry/incidents/incidents';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { ManualClock } from '../support/manual-clock';
import { standStill } from '../support/stand-still';
import { asRequest } from './support';

const telemetry = createTelemetry();
const ATTEMPTS = 8;

let mq: ScriptedSeaweedMQ;
let channel: EngineChannel;
let targets: EngineTargets;
beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  mq.createTopic('t', 1);
});
afterEach(async () => {
  channel.close();
  targets.close();
  await mq.stop();
});
afterAll(() => telemetry.close());

function openChannel(callDeadlineMs: number): void {
  const settings = { ...DEFAULT_ENGINE_SETTINGS, callDeadlineMs };
  const { instruments } = telemetry;
  targets = new EngineTargets({ clock: systemClock, telemetry });
  const target = { role: 'broker', targets } as const;
  const options = { address: mq.address, settings, clock: systemClock, instruments, target, keepaliveMs: 60_000 };
  channel = new EngineChannel(options);
}

const topic = { namespace: 'kafka', name: 't' };
const lookUp = (signal?: AbortSignal) =>
  asRequest(
    telemetry,
    (context) => channel.unary(SeaweedMessagingService.lookupTopicBrokers, { topic }, context),
    signal,
  );
const list = () => asRequest(telemetry, (context) => channel.unary(SeaweedMessagingService.listTopics, {}, context));
const errorOf = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof EngineError ? error.message : 'served';
};

/** Resolves with the sentence of the incident once there is one that fits. */
function incident(kind: IncidentKind, fits: (incident: Incident) => boolean): Promise<string> {
  const { incidents } = telemetry;
  const found = [...incidents.current(), ...incidents.ended()].find((each) => each.kind === kind && fits(each));
  if (found !== undefined) return Promise.resolve(sentence(found));
  return new Promise((resolve) => {
    const stop = incidents.watch((each) => {
      if (each.kind !== kind || !fits(each)) return;
      stop();
      resolve(sentence(each));
    });
  });
}

test('a kind of call that is never answered is refused at once, and other kinds are served', async () => {
  openChannel(100);
  mq.switches.lookup = 'never';
  const errors: string[] = [];
  for (let count = 0; count < ATTEMPTS; count += 1) errors.push(await errorOf(lookUp()));
  expect(errors[0]).toContain('no answer within');
  expect(errors.at(-1)).toContain('refused');
  expect((await list()).topics).toEqual([topic]);
  const broken = { target: mq.address, role: 'broker' };
  expect(telemetry.instruments.value('seaglass_engine_breakers_open', broken)).toBe(1);
  const told = await incident('breaker_open', ({ endedMs }) => endedMs === undefined);
  expect(told).toContain(`broker ${mq.address} is asked for LookupTopicBrokers once a second only`);
  mq.switches.lookup = 'normal';
  while ((await errorOf(lookUp())) !== 'served') await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await incident('breaker_open', ({ endedMs }) => endedMs !== undefined)).toContain('serves such calls again');
  expect(telemetry.instruments.value('seaglass_engine_breakers_open', broken)).toBe(0);
});

test('where nobody makes such calls any more, metric and incident are over together', () => {
  const clock = new ManualClock();
  const told = createTelemetry({ clock });
  const watched = new EngineTargets({ clock, telemetry: told });
  const { breakers } = watched.of('b:1', 'broker', () => undefined);
  const [lookups, listings] = ['LookupTopicBrokers', 'ListTopics'].map(
    (name) => new Breaker(clock, { name, record: breakers }),
  );
  const state = () => [
    told.instruments.value('seaglass_engine_breakers_open', { target: 'b:1', role: 'broker' }),
    told.incidents.isOpen('breaker_open', 'b:1'),
  ];
  for (let times = 0; times < 5; times += 1) lookups?.failed();
  clock.advance(5_000);
  for (let times = 0; times < 5; times += 1) listings?.failed();
  clock.advance(4_000);
  expect(state()).toEqual([2, true]);
  clock.advance(4_000);
  expect(state()).toEqual([1, true]);
  expect(told.incidents.current()[0]?.evidence).toContain('is asked for ListTopics once a second only');
  clock.advance(4_000);
  expect(state()).toEqual([0, false]);
  listings?.failed();
  clock.advance(500);
  expect(state()).toEqual([1, true]);
  watched.close();
  told.close();
});

test('calls whose time ran out while the gateway itself stood still say nothing of the engine', async () => {
  openChannel(2_000);
  expect((await list()).topics).toEqual([topic]);
  mq.switches.lookup = 'never';
  const before = mq.calls.get('lookupTopicBrokers') ?? 0;
  const calls = Array.from({ length: 10 }, () => errorOf(lookUp()));
  while ((mq.calls.get('lookupTopicBrokers') ?? 0) < before + 10) await new Promise(setImmediate);
  standStill(2_200);
  for (const error of await Promise.all(calls)) expect(error).toContain('no answer within');
  mq.switches.lookup = 'normal';
  expect(channel.state()).toBe('READY');
  expect((await lookUp()).brokerPartitionAssignments).toHaveLength(1);
  expect(telemetry.instruments.value('seaglass_engine_breakers_open', { target: mq.address, role: 'broker' })).toBe(0);
});

test('calls that the deadline of a longer piece of work cuts off say nothing of the engine', async () => {
  openChannel(60_000);
  mq.switches.lookup = 'never';
  const limits = { clock: systemClock, deadlineMs: 50, what: 'a piece of work' };
  const cut = withDeadline(limits, new AbortController().signal, (signal) =>
    Promise.all(Array.from({ length: ATTEMPTS }, () => lookUp(signal))),
  );
  expect(await errorOf(cut)).toContain('a piece of work');
  mq.switches.lookup = 'normal';
  expect((await lookUp()).brokerPartitionAssignments).toHaveLength(1);
});
