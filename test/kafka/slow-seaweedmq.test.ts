/**
 * Goal: whatever call of SeaweedMQ is never answered, a client's request ends within its own wait and two seconds, with data or a code
 * that it retries; answers that come late bring the right records. Method: a whole gateway on a scripted SeaweedMQ, switch by switch.
 */
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { isRetriable } from '../support/retriable';

import type { Fetched, FetchOptions, KafkaClient } from '../support/kafka-client';
import type { Behaviour, ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { onSeaweedMq } from './engines';
import { readRecords } from '../support/read-records';
import { expectWithin } from '../support/measured';

const LATE: Behaviour = { lateMs: 300 };
const WAIT_MS = 100;
/** Two seconds, and half a second for a busy machine. */
const PAST_WAIT_MS_MAX = 2_500;

const batch = (...texts: readonly string[]): Uint8Array =>
  encodeBatch(texts.map((text) => ({ timestamp: Date.now(), key: null, value: Buffer.from(text) })));
const textsOf = ({ records }: Fetched): string[] =>
  [...readRecords(records)].map(({ value }) => Buffer.from(value ?? []).toString());

async function ending<T>(waitMs: number, request: Promise<T>): Promise<T> {
  const begun = performance.now();
  const answer = await request;
  expectWithin('a request, past its own wait', performance.now() - begun - waitMs, PAST_WAIT_MS_MAX);
  return answer;
}

/** A gateway, its SeaweedMQ and a client of its own for each test: most of their time is spent waiting, so they run side by side. */
class Bench {
  readonly #running: Awaited<ReturnType<typeof onSeaweedMq>>;
  readonly mq: ScriptedSeaweedMQ;
  readonly client: KafkaClient;
  readonly topic: string;

  private constructor(running: Awaited<ReturnType<typeof onSeaweedMq>>, client: KafkaClient, topic: string) {
    this.#running = running;
    this.mq = running.mq;
    this.client = client;
    this.topic = topic;
  }

  static async run(appendDeadlineMs: number, work: (bench: Bench) => Promise<void>): Promise<void> {
    const running = await onSeaweedMq({ ...DEFAULT_ENGINE_SETTINGS, appendDeadlineMs });
    try {
      const { gateway } = running;
      await work(new Bench(running, await gateway.client(), await gateway.topic()));
    } finally {
      await running.close();
    }
  }

  another(clientId: string): Promise<KafkaClient> {
    return this.#running.gateway.client(clientId);
  }

  store(...texts: readonly string[]): void {
    this.mq.append(this.topic, 0, ...texts.map((text) => ({ key: Buffer.from('k'), value: Buffer.from(text) })));
  }

  /** Some calls are made only where another brings nothing. */
  hinder(call: keyof ScriptedSeaweedMQ['switches'], behaviour: Behaviour): void {
    this.mq.switches.fetchBlind = call === 'unflushed';
    Object.assign(this.mq.switches, { [call]: behaviour });
  }

  /** As a client that retries what may be retried: all records from `offset` to `end`, in order. */
  async consume(offset: number, end: number, options: FetchOptions = {}): Promise<string[]> {
    const texts: string[] = [];
    while (offset + texts.length < end) {
      const fetched = await this.client.fetch(this.topic, offset + texts.length, options);
      const { errorCode } = fetched.partition;
      expect(errorCode === ErrorCode.NONE || isRetriable(errorCode)).toBe(true);
      texts.push(...textsOf(fetched));
    }
    return texts;
  }

  /** Another writer's record, once the fetch that is given waits by a stream. */
  async storedWhileWaiting(fetching: Promise<Fetched>, text: string): Promise<Fetched> {
    const waits = () =>
      this.mq.subscribers.open > 0 &&
      this.#running.gateway.telemetry.inflight().operations.some(({ phase }) => phase === 'long_poll');
    while (!waits()) await new Promise((resolve) => setImmediate(resolve));
    this.store(text);
    return fetching;
  }
}

const READ_CALLS = ['lookup', 'range', 'fetch', 'unflushed', 'filer'] as const;
const APPEND_CALLS = ['lookup', 'range', 'publishInit', 'publishAck'] as const;
const TAIL_CALLS = ['subscribe', 'receive'] as const;

describe('a call that is never answered', () => {
  /** A stream whose acks are missing is given up by then, and what is sent next goes by another. */
  const APPEND_DEADLINE_MS = 2_000;

  test.concurrent.each(READ_CALLS)(
    '%s: a fetch ends in time, and brings what is there once the engine answers',
    (call) =>
      Bench.run(APPEND_DEADLINE_MS, async (bench) => {
        const { client, mq, topic } = bench;
        bench.store('v0', 'v1', 'v2');
        bench.hinder(call, 'never');
        const fetched = await ending(WAIT_MS, client.fetch(topic, 0, { maxWaitMs: WAIT_MS }));
        const { errorCode } = fetched.partition;
        if (errorCode === ErrorCode.NONE) expect(textsOf(fetched)).toEqual(['v0', 'v1', 'v2']);
        else expect(isRetriable(errorCode)).toBe(true);
        mq.switches[call] = 'normal';
        expect(await bench.consume(0, 3)).toEqual(['v0', 'v1', 'v2']);
      }),
  );

  test.concurrent.each(APPEND_CALLS)('%s: a produce ends in time, and the next one is appended', (call) =>
    Bench.run(APPEND_DEADLINE_MS, async (bench) => {
      const { client, mq, topic } = bench;
      bench.hinder(call, 'never');
      const { errorCode } = await ending(WAIT_MS, client.produce(topic, batch('v'), { timeoutMs: WAIT_MS }));
      expect(isRetriable(errorCode)).toBe(true);
      mq.switches[call] = 'normal';
      let produced = await client.produce(topic, batch('w'));
      while (isRetriable(produced.errorCode)) produced = await client.produce(topic, batch('w'));
      expect(produced.errorCode).toBe(ErrorCode.NONE);
      expect(await bench.consume(produced.baseOffset, produced.baseOffset + 1)).toEqual(['w']);
    }),
  );

  test.concurrent.each(TAIL_CALLS)(
    '%s: a fetch that waits ends in time, and one that waits longer has the record',
    (call) =>
      Bench.run(APPEND_DEADLINE_MS, async (bench) => {
        const { client, topic } = bench;
        bench.hinder(call, 'never');
        const idle = await ending(WAIT_MS, client.fetch(topic, 0, { maxWaitMs: WAIT_MS }));
        expect([idle.partition.errorCode, textsOf(idle)]).toEqual([ErrorCode.NONE, []]);
        const maxWaitMs = 60_000;
        const fetching = ending(maxWaitMs, client.fetch(topic, 0, { maxWaitMs }));
        expect(textsOf(await bench.storedWhileWaiting(fetching, 'v0'))).toEqual(['v0']);
      }),
  );
});

describe('a call that is answered late', () => {
  const APPEND_DEADLINE_MS = 60_000;

  test.concurrent.each(READ_CALLS)('%s: a fetch brings the right records', (call) =>
    Bench.run(APPEND_DEADLINE_MS, async (bench) => {
      bench.hinder(call, LATE);
      bench.store('v0', 'v1', 'v2');
      bench.mq.flush(bench.topic, 0);
      bench.store('v3', 'v4');
      const texts = await bench.consume(0, 5, { maxWaitMs: 5_000, partitionMaxBytes: 1 });
      expect(texts).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
    }),
  );

  test.concurrent.each(APPEND_CALLS)(
    '%s: produces under way together are each answered with their own offset',
    (call) =>
      Bench.run(APPEND_DEADLINE_MS, async (bench) => {
        bench.hinder(call, LATE);
        const clients = await Promise.all(['a', 'b', 'c'].map((name) => bench.another(name)));
        const produced = await Promise.all(
          clients.map((each) => each.produce(bench.topic, batch(each.clientId, `${each.clientId}+`))),
        );
        expect(produced.map(({ errorCode }) => errorCode)).toEqual(clients.map(() => ErrorCode.NONE));
        for (const [index, { baseOffset }] of produced.entries()) {
          const name = clients[index]?.clientId ?? '';
          expect((await bench.consume(baseOffset, 6)).slice(0, 2)).toEqual([name, `${name}+`]);
        }
      }),
  );

  test.concurrent.each(TAIL_CALLS)('%s: fetches that wait bring each record at its offset', (call) =>
    Bench.run(APPEND_DEADLINE_MS, async (bench) => {
      bench.hinder(call, LATE);
      for (let offset = 0; offset < 4; offset++) {
        const fetching = bench.client.fetch(bench.topic, offset, { maxWaitMs: 60_000 });
        const fetched = await bench.storedWhileWaiting(fetching, `v${offset}`);
        expect([...readRecords(fetched.records)].map((record) => record.offset)).toEqual([offset]);
        expect(textsOf(fetched)).toEqual([`v${offset}`]);
      }
      expect(await bench.consume(0, 4)).toEqual(['v0', 'v1', 'v2', 'v3']);
    }),
  );
});
