/** A session that is closed at whatever moment of its life leaves neither a stream nor an operation open, and stays closed. */
import { AssertionError } from '../../src/assert';
import { createEngine } from '../../src/engine/create-engine';
import type { Dialect, Frame, LogUnit, SubscriberStream } from '../../src/engine/dialect';
import type { Engine } from '../../src/engine/engine';
import { assertMove, type SessionStateKind } from '../../src/engine/session/session-state';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toPartitionId, toTopicId } from '../../src/types';
import { codeOf, read, stableRange, waitFor } from './support';

const TOPIC = {
  name: 't',
  id: toTopicId('AQEBAQEBAQEBAQEBAQEBAQ'),
  partitionCount: 1,
  configs: new Map<string, string>(),
};
const RANGE = stableRange(0, 0);

/** Microtasks between the answer of the engine and the end: more than any continuation of opening is away. */
const HOPS = Array.from({ length: 24 }, (_, hops) => hops);

class Stream implements SubscriberStream<LogUnit> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  closed = 0;
  readonly init: SubscriberStream<LogUnit>['init'];

  readonly #frames: Frame<LogUnit>[];

  constructor(initialized: Promise<typeof RANGE>, frames: Frame<LogUnit>[] = []) {
    this.init = () => initialized;
    this.#frames = frames;
  }

  receive(): Promise<Frame<LogUnit>> {
    const frame = this.#frames.shift();
    return frame === undefined ? new Promise(() => undefined) : Promise.resolve(frame);
  }

  close(): void {
    this.closed += 1;
  }
}

function settable<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

function makeEngine(telemetry: RunningTelemetry, openSubscriber: () => Promise<Stream>): Engine {
  const topicPartition = { topic: TOPIC.name, partition: toPartitionId(0) };
  const dialect: Partial<Dialect> = {
    name: 'record_log',
    backlog: 'session',
    assign: () => Promise.resolve({ address: '', topicPartition, details: undefined }),
    openSubscriber,
    channelStates: () => new Map(),
    close: () => Promise.resolve(),
  };
  return createEngine({ kind: 'embedded', dialect: dialect as Dialect, telemetry });
}

/** Closes the engine side `hops` microtasks after the answer that a session's opening waits for. What is left open then, in words. */
async function leftOpen(answer: 'opened' | 'initialized', hops: number): Promise<string[]> {
  const telemetry = createTelemetry();
  const [initialized, opened, asked] = [settable<typeof RANGE>(), settable<Stream>(), settable<undefined>()];
  const stream = new Stream(initialized.promise);
  const engine = makeEngine(telemetry, () => {
    asked.resolve(undefined);
    return opened.promise;
  });
  const partition = engine.partition(TOPIC, toPartitionId(0));
  const reading = codeOf(read(telemetry, partition, 0));
  await asked.promise;
  if (answer === 'opened') initialized.resolve(RANGE);
  opened.resolve(stream);
  if (answer === 'initialized') {
    await new Promise((resolve) => setImmediate(resolve));
    initialized.resolve(RANGE);
  }
  for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
  await engine.close();
  await reading;
  await new Promise((resolve) => setImmediate(resolve));
  const left = telemetry.inflight().operations.map(({ path }) => path);
  telemetry.close();
  return stream.closed > 0 ? left : [...left, 'the stream'];
}

test.each(['opened', 'initialized'] as const)(
  'closed when its stream was %s, and up to a turn later',
  async (answer) => {
    const left = await Promise.all(HOPS.map(async (hops) => [hops, await leftOpen(answer, hops)]));
    expect(left).toEqual(HOPS.map((hops) => [hops, []]));
  },
);

/** What a session that waits at offset 0 went through until its stream was closed, in counts by state and cause. */
async function livedThrough(frames: Frame<LogUnit>[]) {
  const telemetry = createTelemetry();
  const gone = settable<undefined>();
  const stream = new Stream(Promise.resolve(RANGE), frames);
  const close = stream.close.bind(stream);
  stream.close = () => {
    close();
    gone.resolve(undefined);
  };
  const engine = makeEngine(telemetry, () => Promise.resolve(stream));
  const giveUp = new AbortController();
  const partition = engine.partition(TOPIC, toPartitionId(0));
  const waiting = codeOf(waitFor(telemetry, partition, 0, giveUp.signal));
  await gone.promise;
  await new Promise((resolve) => setImmediate(resolve));
  giveUp.abort();
  await waiting;
  const left = telemetry.inflight().operations.map(({ path }) => path);
  const count = (event: string): number => telemetry.instruments.value('seaglass_session_events_total', { event }) ?? 0;
  const counts = { idle: count('idle'), trimmed: count('trimmed'), closed: count('closed') };
  await engine.close();
  telemetry.close();
  return { ...counts, left };
}

test('a session that the log start passes in a heartbeat stays closed', async () => {
  const lived = await livedThrough([{ kind: 'heartbeat', state: stableRange(5, 5) }]);
  expect(lived).toEqual({ idle: 1, trimmed: 1, closed: 1, left: [] });
});

test('a session leaves its end no more, and gets there from everywhere', () => {
  const living: readonly SessionStateKind[] = ['assigning', 'opening', 'initSent', 'idle', 'streaming'];
  const ending: readonly SessionStateKind[] = ['stalled', 'closing', 'closed'];
  for (const state of living) for (const end of ['stalled', 'closing'] as const) assertMove(state, end);
  for (const end of ending) for (const state of living) expect(() => assertMove(end, state)).toThrow(AssertionError);
  expect(() => assertMove('closed', 'closing')).toThrow(AssertionError);
  expect(() => assertMove('initSent', 'streaming')).toThrow('expected a move from initSent other than to streaming');
});
