/**
 * What the engine side does when its engine falls silent: every phase has a deadline, its name is in flight while it hangs, and the
 * answer is data by another way or an error. Against a scripted record log and a peer that accepts TCP and says nothing.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine, Partition } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import type { EngineSettings } from '../../src/engine/settings';
import type { Census } from '../../src/rpc/record_log';
import { createTelemetry } from '../../src/telemetry/create-telemetry';

import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import type { Logger } from '../../src/telemetry/log/log';
import { toOffset, toPartitionId, toTopicId } from '../../src/types';
import { LeapingClock } from '../support/leaping-clock';
import { startScriptedRecordLog } from '../support/scripted-record-log';
import type { ScriptedRecordLog } from '../support/scripted-record-log';
import { appendOf, makeBatch, value } from './batches';
import { asRequest, codeOf, read, recordAt, waitFor } from './support';
import { MemorySink } from '../support/memory-sink';

const CENSUS: Census = { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 1n };
const SHORT: Partial<EngineSettings> = {
  connectDeadlineMs: 400,
  lookupDeadlineMs: 400,
  createDeadlineMs: 400,
  firstMessageDeadlineMs: 400,
  callDeadlineMs: 400,
  appendDeadlineMs: 400,
};
const TOPIC = { name: 't', id: toTopicId('AQEBAQEBAQEBAQEBAQEBAQ'), partitionCount: 1, configs: new Map() };

let script: ScriptedRecordLog;
let telemetry: RunningTelemetry;
let lines: Readonly<Record<string, unknown>>[];
let sink: MemorySink;
let engine: Engine;
let partition: Partition;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  script = await startScriptedRecordLog();
  lines = [];
  sink = new MemorySink();
  const write: Logger['write'] = (_level, event, _message, attributes) => void lines.push({ event, ...attributes });
  telemetry = createTelemetry({ sink, log: { write, enabled: () => true } });
  engine = engineAt(script.address);
  partition = engine.partition(TOPIC, toPartitionId(0));
});

afterEach(async () => {
  await engine.close();
  script.stop();
  for (const close of closing.splice(0)) close();
  const left = telemetry.inflight().operations.map(({ path }) => path);
  telemetry.close();
  expect(left).toEqual([]);
});

function engineAt(address: string, settings: Partial<EngineSettings> = SHORT, clock: Clock = systemClock): Engine {
  const all = { ...DEFAULT_ENGINE_SETTINGS, ...settings };
  const { instruments } = telemetry;
  const dialect = createRecordLogDialect({ address, ackMeaning: '', settings: all, clock, instruments });
  return createEngine({ kind: 'embedded', dialect, telemetry, settings: all, clock });
}

function store(text: string): void {
  script.append(makeBatch([value(text)]), CENSUS);
}

/** The paths of what is in flight in requests, outermost first; sessions' own traces left out. */
function inflight(): string[] {
  return telemetry
    .inflight()
    .operations.map(({ path }) => path)
    .filter((path) => path.startsWith('test>'));
}

test('an init that is never answered is named while it hangs, and ends with the deadline', async () => {
  script.switches.init = false;
  const called = script.called('init');
  const reading = codeOf(read(telemetry, partition, 0));
  await called;
  expect(inflight()).toEqual(['test>subscriber.init']);
  expect(await reading).toBe('timeout');
  script.switches.init = true;
  store('after');
  expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('after');
});

test('while inits are not answered readers are given what there is by reads, and that no stream brings it is told', async () => {
  store('zero');
  script.switches.init = false;
  expect(await codeOf(read(telemetry, partition, 0))).toBe('timeout');
  expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('zero');
  expect(script.calls('init')).toBe(1);
  expect(telemetry.incidents.current()).toMatchObject([
    { kind: 'engine_withholds_data', target: 't-0', evidence: expect.stringContaining('subscriber.init') as string },
  ]);
});

test('a peer that accepts TCP and never speaks HTTP/2 is named while it hangs, and is left at the deadline', async () => {
  const sockets = new Set<Socket>();
  const mute = createServer((socket) => sockets.add(socket));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const connected = once(mute, 'connection');
  closing.push(
    () => mute.close(),
    () => sockets.forEach((socket) => socket.destroy()),
  );
  const hung = engineAt(`127.0.0.1:${(mute.address() as AddressInfo).port}`);
  const reading = codeOf(read(telemetry, hung.partition(TOPIC, toPartitionId(0)), 0));
  await connected;
  expect(inflight()).toContain('test>engine.connect');
  const connect = telemetry.inflight().operations.find(({ phase }) => phase === 'engine.connect');
  expect(connect?.attributes['seaglass.engine.channel_state']).toMatch(/IDLE|CONNECTING/);
  expect(await reading).toBe('timeout');
  await hung.close();
});

test('a session that brings nothing although the engine has data is answered around, and replaced', async () => {
  store('zero');
  script.switches.records = false;
  const called = script.called('init');
  const reading = recordAt(telemetry, partition, 0);
  await called;
  const first = await reading;
  expect(first.value?.toString()).toBe('zero');
  expect(script.calls('read')).toBe(1);
  // The line leads to the trace of the session, which is kept.
  const line = lines.find(({ event }) => event === 'session.stalled');
  const session = sink.spans.find(({ spanId }) => spanId === line?.['span_id']);
  expect(session).toMatchObject({ name: 'subscriber session t', traceId: line?.['trace_id'] });
  store('one');
  script.switches.records = true;
  expect((await recordAt(telemetry, partition, 1)).value?.toString()).toBe('one');
});

test('readers who give up before a session’s time is over come again, and what they waited in all counts', async () => {
  store('zero');
  script.switches.records = false;
  const request = { offset: toOffset(0), isolation: 'read_uncommitted', bytesMax: 1 } as const;
  const leaving = (): Promise<string> =>
    codeOf(asRequest(telemetry, (context) => partition.read(request, context), AbortSignal.timeout(250)));
  const ends: string[] = [];
  while (ends.length < 5 && ends.at(-1) !== 'resolved') ends.push(await leaving());
  expect([ends[0], ends.at(-1)]).toEqual(['cancelled', 'resolved']);
  expect(lines.filter(({ event }) => event === 'session.stalled')).toHaveLength(1);
});

test('a session whose heartbeats stop is recycled, and who waits on it is woken', async () => {
  await engine.close();
  engine = engineAt(script.address, { ...SHORT, heartbeatIntervalMs: 100 });
  partition = engine.partition(TOPIC, toPartitionId(0));
  expect((await read(telemetry, partition, 0)).chunks).toEqual([]);
  script.switches.heartbeats = false;
  script.switches.records = false;
  await waitFor(telemetry, partition, 0);
  store('zero');
  expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('zero');
});

test('a hello that never comes and an ack that never comes are named, and end with their deadlines', async () => {
  const append = () => asRequest(telemetry, (context) => partition.append(appendOf([value('x')]), context));
  script.switches.hello = false;
  const greeted = script.called('hello');
  const first = codeOf(append());
  await greeted;
  expect(inflight()).toEqual(['test>publisher.create']);
  expect(await first).toBe('timeout');

  script.switches.hello = true;
  script.switches.acks = false;
  const appended = script.called('append');
  const second = codeOf(append());
  await appended;
  expect(inflight()).toEqual(['test>publish.ack']);
  expect(await second).toBe('timeout');

  script.switches.acks = true;
  expect((await append()).baseOffset).toBe(1);
});

test('a stream that acks nothing is left by who gives up sooner than the deadline of appends', async () => {
  const clock = new LeapingClock();
  await engine.close();
  telemetry.close();
  telemetry = createTelemetry({ clock });
  engine = engineAt(script.address, { ...SHORT, appendDeadlineMs: 30_000 }, clock);
  partition = engine.partition(TOPIC, toPartitionId(0));
  const append = (signal?: AbortSignal) =>
    asRequest(telemetry, (context) => partition.append(appendOf([value('x')]), context), signal);
  const giveUpAfter = async (waitMs: number) => {
    const producer = new AbortController();
    const appended = script.called('append');
    const appending = codeOf(append(producer.signal));
    await appended;
    clock.leap(waitMs);
    producer.abort();
    expect(await appending).toBe('cancelled');
  };
  await append();
  script.switches.acks = false;
  const isLeft = (): boolean => telemetry.incidents.isOpen('publisher_not_acked');
  await giveUpAfter(1_000);
  expect(isLeft()).toBe(false);
  await giveUpAfter(2_000);
  // What the process itself slept through meanwhile does not count.
  for (let leaps = 0; leaps < 30 && !isLeft(); leaps++) clock.leap(100);
  expect(isLeft()).toBe(true);
  script.switches.acks = true;
  expect((await append()).baseOffset).toBe(3);
  expect(script.calls('hello')).toBe(2);
});

test('topics that are never listed end with the deadline', async () => {
  script.switches.listTopics = false;
  const called = script.called('listTopics');
  const listing = codeOf(asRequest(telemetry, (context) => engine.topics(context)));
  await called;
  expect(inflight()).toEqual(['test>catalog.call']);
  expect(await listing).toBe('timeout');
});

test('after five silent calls the next is refused at once, and the engine is used again when it answers', async () => {
  script.switches.range = false;
  const range = () => codeOf(asRequest(telemetry, (context) => partition.range(context)));
  for (let time = 0; time < 5; time += 1) expect(await range()).toBe('timeout');
  const calls = script.calls('range');
  expect(await range()).toBe('unavailable');
  expect(script.calls('range')).toBe(calls);
  script.switches.range = true;
  let outcome = 'unavailable';
  const startedMs = performance.now();
  while (outcome !== 'resolved' && performance.now() - startedMs < 10_000) {
    outcome = await range();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(outcome).toBe('resolved');
});

test('streams that die in the middle fail what waits, and the next read and append get new ones', async () => {
  store('zero');
  expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('zero');
  await asRequest(telemetry, (context) => partition.append(appendOf([value('1')]), context));
  const woken = waitFor(telemetry, partition, 2);
  await read(telemetry, partition, 2);
  script.kill();
  await woken;
  const appended = await asRequest(telemetry, (context) => partition.append(appendOf([value('2')]), context)).catch(
    () => asRequest(telemetry, (context) => partition.append(appendOf([value('2')]), context)),
  );
  expect((await recordAt(telemetry, partition, appended.baseOffset)).value?.toString()).toBe('2');
});

test('concurrent reads of one offset share one session', async () => {
  for (const text of ['a', 'b', 'c']) store(text);
  const records = await Promise.all(Array.from({ length: 20 }, () => recordAt(telemetry, partition, 1)));
  expect(new Set(records.map((record) => record.value?.toString()))).toEqual(new Set(['b']));
  expect(script.calls('init')).toBe(1);
});

test('two readers of one batch that is too large to be kept both get it from sessions: that the other took it is no stall', async () => {
  await engine.close();
  engine = engineAt(script.address, { ...SHORT, retainedBytesPerPartitionMax: 1 });
  partition = engine.partition(TOPIC, toPartitionId(0));
  script.switches.records = false;
  const called = script.called('init');
  store('large');
  const reading = Promise.all([recordAt(telemetry, partition, 0), recordAt(telemetry, partition, 0)]);
  await called;
  while (inflight().filter((path) => path.endsWith('stream.recv')).length < 2) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  script.switches.records = true;
  store('behind');
  expect((await reading).map((record) => record.value?.toString())).toEqual(['large', 'large']);
  expect(script.calls('read')).toBe(0);
});
