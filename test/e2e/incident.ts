/**
 * Goal: a schema registry's topic read as the registry read it when the gateway this one descends from answered it with empty values: a
 * NOOP record, values of 511 and 111 bytes, the offsets 0, 1, 1, 1, 2, 2, 3, 3. Every answer is the record at the offset asked, byte for
 * byte; the end of the log is an empty answer after max.wait, or the record that is appended meanwhile; and the trace of every fetch says
 * which session, or which other source, served it. Method: a whole gateway that exports every trace to an OTLP receiver, asked by raw
 * fetches, by an incremental fetch session as the Java consumer keeps it, and by kafkajs seeking.
 */
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { readRecords, type PlainRecord } from '../engine/batches';
import { FETCH, fetchRequest, type KafkaClient } from '../support/kafka-client';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { createTopic, type WholeGateway } from './support';
import { expectWithin } from '../support/measured';

export interface Incident {
  /** A gateway of its own, with these flags and variables among others. */
  readonly start: (options: {
    readonly receiver: OtlpReceiver;
    readonly flags: Readonly<Record<string, string>>;
    readonly environment: Readonly<Record<string, string>>;
  }) => Promise<WholeGateway>;
  /** How long the offsets are asked again and again: the engine may flush meanwhile. */
  readonly againForMs: number;
}

const ASKED = [0, 1, 1, 1, 2, 2, 3, 3] as const;
const END = 3;
const TAIL_WAIT_MS = 400;
const TIMEOUT_MS = 180_000;
/** All that a read can be served from. */
const SOURCES = ['retained', 'reuse', 'fresh', 'log', 'stateless'];
/** The last one that names topics. */
const FETCH_VERSION = 12;

const key = (text: string): Buffer => Buffer.from(text);
const noop: PlainRecord = { key: key('{"keytype":"NOOP","magic":0}'), value: null };
const schema = (version: number, bytes: number): PlainRecord => ({
  key: key(`{"keytype":"SCHEMA","subject":"orders-value","version":${version},"magic":1}`),
  value: randomBytes(bytes),
});

export function incident(name: string, options: Incident): void {
  describe(`the schema registry's incident, on ${name}`, () => {
    let receiver: OtlpReceiver;
    let gateway: WholeGateway;
    let lastTopic = 0;
    /** Correlation ids of the raw fetches, by client id. */
    const fetches: { readonly clientId: string; readonly correlationId: number; readonly offset: number }[] = [];

    beforeAll(async () => {
      receiver = await OtlpReceiver.start();
      gateway = await options.start({
        receiver,
        flags: { 'groups.initial-rebalance-delay-ms': '0' },
        environment: { SEAGLASS_TRACE: 'all', OTEL_BSP_MAX_QUEUE_SIZE: '100000' },
      });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await gateway.close();
      await receiver.close();
    }, TIMEOUT_MS);

    /** Its topic with the first three records, and what appends the fourth. */
    async function schemas(client: KafkaClient) {
      const topic = lastTopic++ === 0 ? '_schemas' : `_schemas_${lastTopic}`;
      for (let code = -1; code !== ErrorCode.NONE && code !== ErrorCode.TOPIC_ALREADY_EXISTS;) {
        code = await createTopic(client, topic, { 'cleanup.policy': 'compact' });
      }
      const records = [noop, schema(1, 511), schema(2, 111), schema(3, 511)];
      const append = async (offset: number): Promise<void> => {
        const record = records[offset];
        if (record === undefined) throw new Error(`no record ${offset}`);
        const sent = encodeBatch([{ timestamp: Date.now(), ...record }]);
        const giveUpMs = performance.now() + 10_000;
        for (;;) {
          const { errorCode, baseOffset } = await client.produce(topic, sent);
          if (errorCode === ErrorCode.NONE) return expect(Number(baseOffset)).toBe(offset);
          if (performance.now() > giveUpMs) throw new Error(`produce: error ${errorCode}`);
        }
      };
      for (let offset = 0; offset < END; offset++) await append(offset);
      return { topic, records, append: () => append(END) };
    }

    /** One fetch on its way; its answer is the records at and after the offset, whose bytes were checked. */
    function ask(client: KafkaClient, topic: string, offset: number, bytesMax = 1, maxWaitMs = 5_000) {
      const request = fetchRequest(topic, offset, { maxWaitMs, partitionMaxBytes: bytesMax });
      const correlationId = client.send(FETCH, request, FETCH_VERSION);
      fetches.push({ clientId: client.clientId, correlationId, offset });
      return client.answer(FETCH, correlationId, FETCH_VERSION).then((response) => {
        const partition = response.responses[0]?.partitions[0];
        expect([response.errorCode, partition?.errorCode]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
        return readRecords(partition?.records ?? []).filter((record) => record.offset >= offset);
      });
    }

    const expectRecord = async (answer: ReturnType<typeof ask>, offset: number, records: readonly PlainRecord[]) =>
      expect((await answer)[0]).toEqual({ offset, ...records[offset] });

    test(
      'asked 0, 1, 1, 1, 2, 2, 3 the end answers empty at max.wait, and 3 again once it is appended the record',
      async () => {
        const client = await gateway.client('registry raw');
        const { topic, records, append } = await schemas(client);
        for (const offset of ASKED.slice(0, 6)) await expectRecord(ask(client, topic, offset), offset, records);
        const startedMs = performance.now();
        expect(await ask(client, topic, END, 1, TAIL_WAIT_MS)).toEqual([]);
        expect(performance.now() - startedMs).toBeGreaterThan(TAIL_WAIT_MS - 50);
        expectWithin('an empty answer at the end', performance.now() - startedMs, TAIL_WAIT_MS + 2_000);
        await append();
        await expectRecord(ask(client, topic, END), END, records);
      },
      TIMEOUT_MS,
    );

    test(
      'a fetch that waits at the end is woken by the record, and every offset is right again and again',
      async () => {
        const client = await gateway.client('registry writer');
        const reader = await gateway.client('registry reader');
        const { topic, records, append } = await schemas(client);
        for (const offset of ASKED.slice(0, 6)) await expectRecord(ask(reader, topic, offset), offset, records);
        const waiting = ask(reader, topic, END, 1, 20_000);
        // The wait stands once what another asks behind it is answered.
        expect(await ask(client, topic, END, 1, 50)).toEqual([]);
        await append();
        await expectRecord(waiting, END, records);
        const untilMs = performance.now() + options.againForMs;
        do {
          for (const bytesMax of [1, 1_048_576]) {
            for (const offset of ASKED) await expectRecord(ask(reader, topic, offset, bytesMax), offset, records);
          }
          expect(await ask(reader, topic, END + 1, 1, TAIL_WAIT_MS)).toEqual([]);
        } while (performance.now() < untilMs);
      },
      TIMEOUT_MS,
    );

    test(
      'an incremental fetch session that seeks is answered the same',
      async () => {
        const client = await gateway.client('registry session');
        const { topic, records, append } = await schemas(client);
        let session = { sessionId: 0, sessionEpoch: 0 };
        const next = async (offset: number, maxWaitMs: number): Promise<PlainRecord | undefined> => {
          const request = { ...fetchRequest(topic, offset, { maxWaitMs, partitionMaxBytes: 1 }), ...session };
          const correlationId = client.send(FETCH, request, FETCH_VERSION);
          fetches.push({ clientId: client.clientId, correlationId, offset });
          const answer = await client.answer(FETCH, correlationId, FETCH_VERSION);
          expect(answer.errorCode).toBe(ErrorCode.NONE);
          session = { sessionId: answer.sessionId, sessionEpoch: session.sessionEpoch + 1 };
          return readRecords(answer.responses[0]?.partitions[0]?.records ?? []).find((each) => each.offset >= offset);
        };
        for (const offset of ASKED.slice(0, 6)) {
          expect(await next(offset, 5_000)).toEqual({ offset, ...records[offset] });
        }
        expect(session.sessionId).not.toBe(0);
        expect(await next(END, TAIL_WAIT_MS)).toBeUndefined();
        await append();
        expect(await next(END, 5_000)).toEqual({ offset: END, ...records[END] });
      },
      TIMEOUT_MS,
    );

    test(
      'kafkajs, seeking from one to the next, gets the record of each',
      async () => {
        const { topic, records, append } = await schemas(await gateway.client('registry admin'));
        const got = await seekingReader({ port: gateway.port, topic, append });
        expect(got).toEqual(ASKED.map((offset) => ({ offset, ...records[offset] })));
      },
      TIMEOUT_MS,
    );

    test(
      'the trace of every one of these fetches says which session or which other source served it',
      async () => {
        // What waits to be exported leaves before the gateway is closed, the sessions' own traces among it.
        await gateway.close();
        const roots = receiver.spans.filter(({ kind, name: span }) => kind === 2 && span.startsWith('Fetch'));
        const byRequest = new Map(roots.map((root) => [requestOf(root), root]));
        const sessions = sessionSpans(receiver.spans);
        const served = new Map<string, number>();
        for (const { clientId, correlationId, offset } of fetches) {
          const root = byRequest.get(`${clientId} ${correlationId}`);
          expect([clientId, correlationId, root?.name.split(' ')[0]]).toEqual([clientId, correlationId, 'Fetch']);
          for (const poll of pollsOf(receiver, root)) {
            const source = sourceOf(poll, sessions);
            expect([source, poll.attributes['kafka.offset']]).toEqual([source, offset]);
            served.set(source, (served.get(source) ?? 0) + 1);
          }
        }
        const ofKafkajs = roots.filter(({ attributes }) => attributes['messaging.client.id'] === 'registry kafkajs');
        expect(ofKafkajs.length).toBeGreaterThan(0);
        for (const root of ofKafkajs) for (const poll of pollsOf(receiver, root)) sourceOf(poll, sessions);
        expect(fetches.length).toBeGreaterThan(30);
        process.stdout.write(`${name}: ${fetches.length} fetches, reads by source ${JSON.stringify([...served])}\n`);
      },
      TIMEOUT_MS,
    );
  });
}

const requestOf = ({ attributes }: ReceivedSpan): string =>
  `${String(attributes['messaging.client.id'])} ${String(attributes['kafka.correlation_id'])}`;

/** The reads of one fetch; there is at least one. */
function pollsOf(receiver: OtlpReceiver, root: ReceivedSpan | undefined): readonly ReceivedSpan[] {
  const polls = receiver.trace(root?.traceId ?? '').filter(({ name }) => name.startsWith('poll '));
  expect(polls.length).toBeGreaterThan(0);
  return polls;
}

function sessionSpans(spans: readonly ReceivedSpan[]): ReadonlySet<string> {
  const own = spans.filter(({ name }) => name.startsWith('subscriber session '));
  return new Set(own.map(({ attributes }) => String(attributes['seaglass.session.id'])));
}

/** The read's source; where that is a session, its own trace was exported too. */
function sourceOf(poll: ReceivedSpan, sessions: ReadonlySet<string>): string {
  const mode = String(poll.attributes['seaglass.session.mode']);
  expect(SOURCES).toContain(mode);
  const id = poll.attributes['seaglass.session.id'];
  if (mode === 'reuse' || mode === 'fresh') expect([id, sessions.has(String(id))]).toEqual([id, true]);
  return mode;
}

interface Seeking {
  readonly port: number;
  readonly topic: string;
  /** Called once the end was sought. */
  readonly append: () => Promise<void>;
}

/** What a kafkajs consumer is handed that seeks to the next offset of the incident at each record. */
async function seekingReader({ port, topic, append }: Seeking): Promise<readonly (PlainRecord & { offset: number })[]> {
  const client = new Kafka({
    clientId: 'registry kafkajs',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50 },
  });
  const consumer = client.consumer({ groupId: `reader of ${topic}`, maxWaitTimeInMs: 200 });
  const got: (PlainRecord & { offset: number })[] = [];
  let appended: Promise<void> | undefined;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const run = consumer.run({
        eachMessage: async ({ message, partition }) => {
          if (got.length === ASKED.length) return;
          got.push({ offset: Number(message.offset), key: message.key, value: message.value });
          const next = ASKED[got.length];
          if (next === undefined) return resolve();
          consumer.seek({ topic, partition, offset: String(next) });
          if (next === END && appended === undefined) (appended = append()).catch(reject);
        },
      });
      run.catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  await appended;
  return got;
}
