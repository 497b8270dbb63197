/**
 * Goal: an answer tells where a partition's log begins and ends as Kafka does, whether it brings records of it or not, and never a
 * number that nobody heard. Method: raw requests to whole gateways on the embedded node and on a scripted SeaweedMQ. A second gateway
 * on the same storage is the writer that the first one does not hear of.
 */
import { systemClock } from '../../src/clock';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createFetchPartition,
  createFetchRequest,
  createFetchTopic,
  type FetchRequest,
  type PartitionData,
} from '../../src/protocol/generated/fetch';
import { toLeaderEpoch, toOffset, toPartitionId } from '../../src/types';
import { deleteRecords } from '../e2e/support';
import { openRecordLogEngine, startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, type KafkaClient } from '../support/kafka-client';
import { startScriptedRecordLog } from '../support/scripted-record-log';
import { ENGINES, type RunningGateway } from './engines';

const PARTITIONS = [0, 1, 2] as const;
const record = (text: string) => ({ timestamp: Date.now(), key: null, value: Buffer.from(text) });
const nine = (): Uint8Array => encodeBatch(Array.from({ length: 9 }, (_, index) => record(`v${index}`)));

let passedMs = 0;
const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + passedMs };

/** Version 11 has no way to leave a partition out. */
async function fetched(
  by: KafkaClient,
  topic: string,
  offsets: readonly number[],
  fields: Partial<FetchRequest> = {},
  version = 11,
): Promise<readonly PartitionData[]> {
  const partitions = offsets.map((offset, partition) =>
    createFetchPartition({
      partition: toPartitionId(partition),
      fetchOffset: toOffset(offset),
      partitionMaxBytes: 1024 * 1024,
      lastFetchedEpoch: toLeaderEpoch(version >= 12 ? 0 : -1),
    }),
  );
  const topics = [createFetchTopic({ topic, partitions })];
  const request = createFetchRequest({ maxWaitMs: 0, minBytes: 1, maxBytes: 1, topics, ...fields });
  return (await by.call(FETCH, request, version)).responses.flatMap((each) => each.partitions);
}

const chunksOf = ({ records }: PartitionData): number => (records ?? []).length;
const ends = (highWatermark: number, logStartOffset: number, errorCode: ErrorCode = ErrorCode.NONE) => ({
  errorCode,
  highWatermark,
  lastStableOffset: highWatermark,
  logStartOffset,
});

describe.each(ENGINES)('on %s', (_kind, start) => {
  let running: RunningGateway;
  let gateway: TestGateway;
  let client: KafkaClient;
  beforeAll(async () => {
    running = await start(clock);
    gateway = running.gateway;
    client = await gateway.client();
  });
  afterAll(() => running.close());

  /** Three partitions of nine records; the last one's log begins at 2. */
  async function threeOfNine(): Promise<string> {
    const topic = await gateway.topic({ partitions: PARTITIONS.length, configs: { 'retention.ms': '-1' } });
    for (const partition of PARTITIONS) await client.produce(topic, nine(), { partition });
    expect(await deleteRecords(client, { topic, partition: 2, before: 2 })).toMatchObject({ lowWatermark: 2 });
    return topic;
  }

  test('partitions that the answer has no room for tell where their logs begin and end', async () => {
    const topic = await threeOfNine();
    const answered = await fetched(client, topic, [0, 0, 2]);
    expect(answered.map(chunksOf)).toEqual([1, 0, 0]);
    expect(answered).toMatchObject([ends(9, 0), ends(9, 0), ends(9, 2)]);
  });

  test('so they do at a gateway that never heard of them', async () => {
    const topic = await threeOfNine();
    const stranger = await (await running.another()).client();
    expect(await fetched(stranger, topic, [0, 0, 2])).toMatchObject([ends(9, 0), ends(9, 0), ends(9, 2)]);
  });

  test('what others wrote and deleted is told some seconds later, and at once where the reader knows of it', async () => {
    const topic = await threeOfNine();
    const other = await (await running.another()).client();
    expect(await fetched(client, topic, [0, 0, 2])).toMatchObject([ends(9, 0), ends(9, 0), ends(9, 2)]);
    for (const partition of [1, 2]) await other.produce(topic, nine(), { partition });
    expect(await fetched(client, topic, [0, 0, 18])).toMatchObject([{}, {}, ends(18, 2)]);
    await deleteRecords(other, { topic, partition: 2, before: 11 });
    passedMs += 10_000;
    expect(await fetched(client, topic, [0, 0, 18])).toMatchObject([ends(9, 0), ends(18, 0), ends(18, 11)]);
  });

  test('an offset outside the log is said even where the answer has no room', async () => {
    const topic = await threeOfNine();
    const { OFFSET_OUT_OF_RANGE } = ErrorCode;
    const answered = await fetched(client, topic, [0, 10, 1]);
    expect(answered.map(chunksOf)).toEqual([1, 0, 0]);
    expect(answered).toMatchObject([ends(9, 0), ends(-1, -1, OFFSET_OUT_OF_RANGE), ends(-1, -1, OFFSET_OUT_OF_RANGE)]);
  });

  test('an answer that tells where a reader’s epoch ended tells the log’s ends too, with room and without', async () => {
    const topic = await threeOfNine();
    const diverging = { ...ends(9, 2), divergingEpoch: { epoch: 0, endOffset: 9 } };
    expect(await fetched(client, topic, [9, 9, 12], {}, 12)).toMatchObject([ends(9, 0), ends(9, 0), diverging]);
    expect(await fetched(client, topic, [0, 9, 12], {}, 12)).toMatchObject([ends(9, 0), ends(9, 0), diverging]);
  });

  test('while slow readers hold all the memory for answers, the logs’ ends are told', async () => {
    const topic = await threeOfNine();
    const { responseBudget, settings } = gateway.services;
    responseBudget.adjust(0, settings.responseBytesBudget);
    try {
      const answered = await fetched(client, topic, [0, 0, 2], { maxBytes: 50 * 1024 * 1024 });
      expect(answered.map(chunksOf)).toEqual([1, 0, 0]);
      expect(answered).toMatchObject([ends(9, 0), ends(9, 0), ends(9, 2)]);
    } finally {
      responseBudget.adjust(settings.responseBytesBudget, 0);
    }
  });

  test('what a long poll brings nothing of tells the log start that was moved meanwhile', async () => {
    const topic = await threeOfNine();
    const reader = await gateway.client();
    const polled = fetched(reader, topic, [9, 9, 9], { maxWaitMs: 20_000, maxBytes: 1024 * 1024 });
    expect(await fetched(client, topic, [9, 9, 9])).toMatchObject([ends(9, 0), ends(9, 0), ends(9, 2)]);
    await deleteRecords(client, { topic, partition: 1, before: 9 });
    await client.produce(topic, nine(), { partition: 0 });
    expect(await polled).toMatchObject([ends(18, 0), ends(9, 9), ends(9, 2)]);
  });

  test('a session hears of a log start that moved where the answer has no room', async () => {
    const topic = await threeOfNine();
    const names = PARTITIONS.map((partition) =>
      createFetchPartition({ partition: toPartitionId(partition), fetchOffset: toOffset(2), partitionMaxBytes: 1_024 }),
    );
    const topics = [createFetchTopic({ topic, partitions: names })];
    const ask = (fields: Partial<FetchRequest>) =>
      client.call(FETCH, createFetchRequest({ maxWaitMs: 0, minBytes: 1, maxBytes: 1, ...fields }), 12);
    const { sessionId } = await ask({ topics, sessionEpoch: 0 });
    await deleteRecords(client, { topic, partition: 2, before: 1 });
    const told = async (sessionEpoch: number) =>
      (await ask({ sessionId, sessionEpoch })).responses.flatMap(({ partitions }) =>
        partitions.map(({ partitionIndex, logStartOffset }) => [partitionIndex, logStartOffset]),
      );
    expect(await told(1)).toEqual([[0, 0]]);
    await client.produce(topic, nine(), { partition: 0 });
    await deleteRecords(client, { topic, partition: 0, before: 1 });
    expect(await told(2)).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test('a produce that the log refuses tells where the log begins, one that is refused by its form does not', async () => {
    const topic = await threeOfNine();
    const stranger = await (await running.another()).client();
    const late = encodeBatch([{ ...record('a'), timestamp: Date.now() + 7_200_000 }]);
    const ofProducer = (baseSequence: number, producerEpoch = 0) =>
      encodeBatch([record('a')], { producerId: 5n, producerEpoch, baseSequence });
    const good = ofProducer(0, 1);
    const produce = (batch: Uint8Array) => stranger.produce(topic, batch, { partition: 2 });
    const refused = (errorCode: ErrorCode, logStartOffset: number) => ({ errorCode, logStartOffset, baseOffset: -1 });
    expect(await produce(late)).toMatchObject(refused(ErrorCode.INVALID_TIMESTAMP, 2));
    expect(await produce(encodeBatch([record('a')], { control: true }))).toMatchObject(
      refused(ErrorCode.INVALID_RECORD, 2),
    );
    expect(await produce(good)).toMatchObject({ errorCode: 0, logStartOffset: 2 });
    expect(await produce(ofProducer(7, 1))).toMatchObject(refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 2));
    expect(await produce(ofProducer(1, 0))).toMatchObject(refused(ErrorCode.INVALID_PRODUCER_EPOCH, 2));
    // As Kafka: these are refused before the log is looked at, or without a word about it.
    expect(await produce(good.subarray(0, 65))).toMatchObject(refused(ErrorCode.INVALID_RECORD, -1));
    const flipped = Buffer.from(ofProducer(1, 1));
    flipped.writeUInt8((flipped[65] ?? 0) ^ 1, 65);
    expect(await produce(flipped)).toMatchObject(refused(ErrorCode.CORRUPT_MESSAGE, -1));
    expect(await produce(encodeBatch([record('x'.repeat(1_100_000))]))).toMatchObject(
      refused(ErrorCode.MESSAGE_TOO_LARGE, -1),
    );
  });
});

test('a partition that the engine says nothing of is refused for now, and the records of another do not wait for it', async () => {
  const log = await startScriptedRecordLog();
  const gateway = await startTestGateway({
    engine: (telemetry) => openRecordLogEngine(log.address, telemetry, { settings: { callDeadlineMs: 600_000 } }),
  });
  try {
    const topic = await gateway.topic({ partitions: 2 });
    log.append(encodeBatch([record('v')]), { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 1n });
    log.switches.range = false;
    // The client's patience is over long before the engine's deadline is.
    const [first, second] = await fetched(await gateway.client(), topic, [0, 0]);
    expect(first).toMatchObject(ends(1, 0));
    expect(second).toMatchObject(ends(-1, -1, ErrorCode.NOT_LEADER_OR_FOLLOWER));
  } finally {
    await gateway.close();
    await gateway.engine.close();
    log.stop();
  }
});
