/**
 * Goal: fetches by topic id, and the sessions they are part of, are refused, kept and given up as Kafka does it (KIP-516, KIP-227).
 * Method: raw requests to a whole gateway on the embedded node that has room for two sessions; time passes when the test says so.
 */
import { systemClock, type Clock } from '../../src/clock';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createFetchPartition,
  createFetchRequest,
  createFetchTopic,
  createForgottenTopic,
  type FetchRequest,
  type FetchResponse,
} from '../../src/protocol/generated/fetch';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { toOffset, toPartitionId, toTopicId, ZERO_TOPIC_ID, type TopicId } from '../../src/types';
import { deleteTopic } from '../e2e/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, METADATA, type KafkaClient } from '../support/kafka-client';

const SESSIONS_MAX = 2;
/** Kafka's min.incremental.fetch.session.eviction.ms. */
const EVICTION_AGE_MS = 120_000;
const NOBODYS = toTopicId('AAAAAAAAAAAAAAAAAAAABw');
/** The last version that names topics by name. */
const BY_NAME = 12;

let passedMs = 0;
const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + passedMs };

let gateway: TestGateway;
let client: KafkaClient;

// Each test finds all sessions free.
beforeEach(async () => {
  gateway = await startTestGateway({ clock, settings: { fetchSessionsMax: SESSIONS_MAX } });
  client = await gateway.client();
});
afterEach(() => gateway.close());

async function idOf(name: string): Promise<TopicId> {
  const request = createMetadataRequest({ topics: [createMetadataRequestTopic({ name })] });
  return (await client.call(METADATA, request)).topics[0]?.topicId ?? ZERO_TOPIC_ID;
}

async function newTopic(partitions = 1): Promise<{ readonly topic: string; readonly topicId: TopicId }> {
  const topic = await gateway.topic({ partitions });
  return { topic, topicId: await idOf(topic) };
}

const produce = (topic: string, partition = 0) =>
  client.produce(topic, encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]), { partition });

/** Partitions of a topic, from offset 0. */
const asked = (topic: { readonly topicId: TopicId } | { readonly topic: string }, ...partitions: readonly number[]) =>
  createFetchTopic({
    ...topic,
    partitions: partitions.map((partition) =>
      createFetchPartition({
        partition: toPartitionId(partition),
        fetchOffset: toOffset(0),
        partitionMaxBytes: 1024 * 1024,
      }),
    ),
  });
const byId = ({ topicId }: { readonly topicId: TopicId }) => ({ topicId });
const ask = (fields: Partial<FetchRequest>, version?: number): Promise<FetchResponse> =>
  client.call(FETCH, createFetchRequest({ maxWaitMs: 0, minBytes: 1, maxBytes: 1024 * 1024, ...fields }), version);
const open = (...topics: FetchRequest['topics']) => ask({ sessionId: 0, sessionEpoch: 0, topics });
/** Topic id, partition and error of each answer, in their order. */
const told = ({ responses }: FetchResponse) =>
  responses.flatMap(({ topicId, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => [topicId, partitionIndex, errorCode]),
  );

test('an id that is no topic’s is that topic’s error, and the others are served', async () => {
  const known = await newTopic();
  await produce(known.topic);
  const topics = [asked({ topicId: NOBODYS }, 0, 1), asked(byId(known), 0), asked({ topicId: ZERO_TOPIC_ID }, 0)];
  const answer = await ask({ sessionEpoch: -1, topics });
  expect(answer.errorCode).toBe(ErrorCode.NONE);
  expect(told(answer)).toEqual([
    [NOBODYS, 0, ErrorCode.UNKNOWN_TOPIC_ID],
    [NOBODYS, 1, ErrorCode.UNKNOWN_TOPIC_ID],
    [known.topicId, 0, ErrorCode.NONE],
    [ZERO_TOPIC_ID, 0, ErrorCode.UNKNOWN_TOPIC_ID],
  ]);
  expect(answer.responses[1]?.partitions[0]?.highWatermark).toBe(1);
});

test('a session of ids tells what changed, and forgets by id', async () => {
  const one = await newTopic(2);
  const { errorCode, sessionId } = await open(asked(byId(one), 0, 1));
  expect(errorCode).toBe(ErrorCode.NONE);
  expect(sessionId).toBeGreaterThan(0);
  expect(told(await ask({ sessionId, sessionEpoch: 1 }))).toEqual([]);
  await produce(one.topic, 0);
  await produce(one.topic, 1);
  const forgottenTopicsData = [createForgottenTopic({ topicId: one.topicId, partitions: [toPartitionId(0)] })];
  expect(told(await ask({ sessionId, sessionEpoch: 2, forgottenTopicsData }))).toEqual([[one.topicId, 1, 0]]);
});

test('a topic that is deleted is UNKNOWN_TOPIC_ID in its session each time, also when its name is used again', async () => {
  const { topic, topicId } = await newTopic();
  const kept = await newTopic();
  const { sessionId } = await open(asked({ topicId }, 0), asked(byId(kept), 0));
  expect(await deleteTopic(client, topic)).toBe(ErrorCode.NONE);
  const gone = [[topicId, 0, ErrorCode.UNKNOWN_TOPIC_ID]];
  expect(told(await ask({ sessionId, sessionEpoch: 1 }))).toEqual(gone);
  const again = await client.call(
    METADATA,
    createMetadataRequest({ topics: [createMetadataRequestTopic({ name: topic })], allowAutoTopicCreation: true }),
  );
  expect(again.topics[0]).toMatchObject({ errorCode: ErrorCode.NONE, name: topic });
  expect(await idOf(topic)).not.toBe(topicId);
  expect(told(await ask({ sessionId, sessionEpoch: 2 }))).toEqual(gone);
});

test('a session of ids is not continued by names, nor one of names by ids; either goes on as it began', async () => {
  const one = await newTopic();
  const names = await ask({ topics: [asked({ topic: one.topic }, 0)], sessionEpoch: 0 }, BY_NAME);
  const ids = await open(asked(byId(one), 0));
  for (const [{ sessionId }, own, other] of [
    [names, BY_NAME, undefined],
    [ids, undefined, BY_NAME],
  ] as const) {
    expect(await ask({ sessionId, sessionEpoch: 1 }, other)).toMatchObject({
      errorCode: ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
      sessionId: 0,
      responses: [],
    });
    expect(await ask({ sessionId, sessionEpoch: 1 }, own)).toMatchObject({ errorCode: ErrorCode.NONE, sessionId });
  }
});

test('an epoch that was used, or is not yet the session’s, is refused; the session stays', async () => {
  const one = await newTopic();
  const { sessionId } = await open(asked(byId(one), 0));
  for (const [sessionEpoch, errorCode] of [
    [2, ErrorCode.INVALID_FETCH_SESSION_EPOCH],
    [1, ErrorCode.NONE],
    [1, ErrorCode.INVALID_FETCH_SESSION_EPOCH],
    [2, ErrorCode.NONE],
  ] as const) {
    expect((await ask({ sessionId, sessionEpoch })).errorCode).toBe(errorCode);
  }
});

describe('sessions have slots', () => {
  const refused = { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] };

  test('who finds none is served without; the one unused for two minutes gives way, and no other', async () => {
    const one = await newTopic();
    const first = await open(asked(byId(one), 0));
    const second = await open(asked(byId(one), 0));
    const without = await open(asked(byId(one), 0));
    expect(without).toMatchObject({ errorCode: ErrorCode.NONE, sessionId: 0 });
    expect(told(without)).toEqual([[one.topicId, 0, ErrorCode.NONE]]);
    passedMs += EVICTION_AGE_MS - 10_000;
    expect((await ask({ sessionId: first.sessionId, sessionEpoch: 1 })).errorCode).toBe(ErrorCode.NONE);
    expect((await open(asked(byId(one), 0))).sessionId).toBe(0);
    passedMs += 10_001;
    const third = await open(asked(byId(one), 0));
    expect(third.sessionId).toBeGreaterThan(0);
    expect(await ask({ sessionId: second.sessionId, sessionEpoch: 1 })).toMatchObject(refused);
    expect((await ask({ sessionId: first.sessionId, sessionEpoch: 2 })).errorCode).toBe(ErrorCode.NONE);
    expect((await ask({ sessionId: third.sessionId, sessionEpoch: 1 })).errorCode).toBe(ErrorCode.NONE);
  });

  test('a slot is free once its session was ended, begun anew or left without partitions', async () => {
    const one = await newTopic();
    const topics = [asked(byId(one), 0)];
    const kept = await open(...topics);
    let { sessionId } = await open(...topics);
    const forgottenTopicsData = [createForgottenTopic({ topicId: one.topicId, partitions: [toPartitionId(0)] })];
    for (const ending of [
      { sessionEpoch: -1, topics },
      { sessionEpoch: 1, forgottenTopicsData },
    ]) {
      expect(await ask({ sessionId, ...ending })).toMatchObject({ errorCode: ErrorCode.NONE, sessionId: 0 });
      expect(await ask({ sessionId, sessionEpoch: 1 })).toMatchObject(refused);
      ({ sessionId } = await open(...topics));
      expect(sessionId).toBeGreaterThan(0);
    }
    const anew = await ask({ sessionId, sessionEpoch: 0, topics });
    expect(anew.sessionId).toBeGreaterThan(0);
    expect(anew.sessionId).not.toBe(sessionId);
    expect(await ask({ sessionId, sessionEpoch: 1 })).toMatchObject(refused);
    expect((await ask({ sessionId: kept.sessionId, sessionEpoch: 1 })).errorCode).toBe(ErrorCode.NONE);
  });
});
