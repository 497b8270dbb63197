/** A session that is closed at whatever moment of its opening leaves neither a stream nor an operation open. */
import { createEngine } from '../../src/engine/create-engine';
import type { Dialect, LogUnit, SubscriberStream } from '../../src/engine/dialect';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId, toTopicId } from '../../src/types';
import { asRequest, codeOf } from './support';

const TOPIC = {
  name: 't',
  id: toTopicId('AQEBAQEBAQEBAQEBAQEBAQ'),
  partitionCount: 1,
  configs: new Map<string, string>(),
};
const RANGE = { logStartOffset: toOffset(0), highWatermark: toOffset(0) };

/** Microtasks between the answer of the engine and the end: more than any continuation of opening is away. */
const HOPS = Array.from({ length: 24 }, (_, hops) => hops);

class Stream implements SubscriberStream<LogUnit> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  closed = 0;
  readonly init: SubscriberStream<LogUnit>['init'];

  constructor(initialized: Promise<typeof RANGE>) {
    this.init = () => initialized;
  }

  receive(): Promise<never> {
    return new Promise(() => undefined);
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

/** Closes the engine side `hops` microtasks after the answer that a session's opening waits for. What is left open then, in words. */
async function leftOpen(answer: 'opened' | 'initialized', hops: number): Promise<string[]> {
  const telemetry = createTelemetry();
  const [initialized, opened, asked] = [settable<typeof RANGE>(), settable<Stream>(), settable<undefined>()];
  const stream = new Stream(initialized.promise);
  const topicPartition = { topic: TOPIC.name, partition: toPartitionId(0) };
  const dialect: Partial<Dialect> = {
    name: 'record_log',
    backlog: 'session',
    assign: () => Promise.resolve({ address: '', topicPartition, details: undefined }),
    openSubscriber: () => {
      asked.resolve(undefined);
      return opened.promise;
    },
    channelStates: () => new Map(),
    close: () => Promise.resolve(),
  };
  const engine = createEngine({ kind: 'embedded', dialect: dialect as Dialect, telemetry });
  const partition = engine.partition(TOPIC, toPartitionId(0));
  const request = { offset: toOffset(0), bytesMax: 1 };
  const reading = codeOf(asRequest(telemetry, (context) => partition.read(request, context)));
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
