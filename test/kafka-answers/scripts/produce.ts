/** Produce: where batches land, how often they are refused, and with which words for whom. */
import {
  createPartitionProduceData,
  createProduceRequest,
  createTopicProduceData,
  type ProduceRequest,
} from '../../../src/protocol/generated/produce';
import { createInitProducerIdRequest } from '../../../src/protocol/generated/init-producer-id';
import { encodeBatch, type BatchOptions, type EncodableRecord } from '../../../src/protocol/encode-batch';
import { crcOf } from '../../../src/protocol/patch-batch';
import { BatchPosition } from '../../../src/protocol/record-batch';
import { toOffset, toPartitionId, toTopicId } from '../../../src/types';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../../src/protocol/generated/fetch';
import { FETCH, INIT_PRODUCER_ID, PRODUCE } from '../codecs';
import type { Script } from '../script';

export const record = (value: string | null, timestamp = 1_000, key: string | null = null): EncodableRecord => ({
  timestamp,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
});
export const batch = (values: readonly string[], options: BatchOptions = {}): Uint8Array =>
  encodeBatch(
    values.map((value, index) => record(value, 1_000 + index)),
    options,
  );

export function produceTo(
  script: Script,
  topic: string,
  ...partitions: readonly (readonly [number, Uint8Array | null])[]
): ProduceRequest {
  const partitionData = partitions.map(([index, records]) =>
    createPartitionProduceData({ index: toPartitionId(index), records }),
  );
  const topicData = [createTopicProduceData({ name: topic, topicId: script.idOf(topic), partitionData })];
  return createProduceRequest({ acks: -1, timeoutMs: 30_000, topicData });
}

/** Puts batches where later questions need them, one request each. Throws where one is refused. */
export async function write(
  script: Script,
  topic: string,
  partition: number,
  ...batches: readonly Uint8Array[]
): Promise<void> {
  for (const records of batches) {
    const answer = await script.untold(PRODUCE, produceTo(script, topic, [partition, records]));
    const code = answer?.responses[0]?.partitionResponses[0]?.errorCode;
    if (code !== 0) throw new Error(`expected ${topic} to take a batch, got error ${code}`);
  }
}

export async function produceScript(script: Script): Promise<void> {
  await script.topic('log', 2);
  await script.topic('stamped', 1, { 'message.timestamp.type': 'LogAppendTime' });
  await script.topic('keyed', 1, { 'cleanup.policy': 'compact' });
  await script.topic('small', 1, { 'max.message.bytes': '100' });
  await script.topic('punctual', 1, { 'message.timestamp.before.max.ms': '1000' });
  const one = (records: Uint8Array | null, topic = 'log', partition = 0) =>
    produceTo(script, topic, [partition, records]);
  await script.askInAll(PRODUCE, 'a batch', one(batch(['a', 'b'])));
  await script.askInAll(PRODUCE, 'a batch that gets the log’s time', one(batch(['a']), 'stamped'));
  await script.ask(PRODUCE, 'only the leader’s ack', { ...one(batch(['a'])), acks: 1 });
  for (const version of [3, 8, 12]) await script.ask(PRODUCE, 'acks of 2', { ...one(batch(['a'])), acks: 2 }, version);
  await script.ask(PRODUCE, 'acks of -2', { ...one(batch(['a'])), acks: -2 });
  for (const version of [3, 12, 13]) {
    await script.ask(PRODUCE, 'a topic that is not there', one(batch(['a']), 'not-there'), version);
    await script.ask(PRODUCE, 'a partition that is not there', one(batch(['a']), 'log', 9), version);
  }
  await script.ask(PRODUCE, 'partition -1', one(batch(['a']), 'log', -1));
  const elsewhere = one(batch(['a']));
  const nobodys = elsewhere.topicData.map((each) => ({ ...each, topicId: toTopicId('AAAAAAAAAAAAAAAAAAAAAQ') }));
  await script.ask(PRODUCE, 'an id that nobody has', { ...elsewhere, topicData: nobodys });
  await script.ask(PRODUCE, 'two partitions', produceTo(script, 'log', [0, batch(['a'])], [1, batch(['a'])]));
  await script.ask(
    PRODUCE,
    'one partition right, the other not there',
    produceTo(script, 'log', [0, batch(['a'])], [7, batch(['a'])]),
  );
  await script.ask(PRODUCE, 'one partition twice', produceTo(script, 'log', [1, batch(['a'])], [1, batch(['b'])]));
  const twice = produceTo(script, 'log', [1, batch(['a'])]);
  const again = produceTo(script, 'log', [0, batch(['b'])], [1, batch(['c', 'd'])]);
  const topicData = [...twice.topicData, ...again.topicData];
  await script.ask(PRODUCE, 'one topic twice', { ...twice, topicData });
  await script.ask(PRODUCE, 'no topics', { ...one(null), topicData: [] });
  await refusedBatches(script, one);
  await behindTheBatch(script);
  await idempotent(script, one);
}

type One = (records: Uint8Array | null, topic?: string, partition?: number) => ProduceRequest;

async function refusedBatches(script: Script, one: One): Promise<void> {
  const good = batch(['a', 'b']);
  const refused: [string, Uint8Array | null, string?][] = [
    ['records of no bytes', Buffer.alloc(0)],
    ['a byte of the value changed', changed(good, good.byteLength - 3, 0x7a)],
    ['a checksum that is wrong', changed(good, BatchPosition.crc, 0)],
    ['a batch that is cut off', good.subarray(0, -1)],
    ['a batch with a byte behind it', Buffer.concat([good, Buffer.from([0])])],
    ['two batches', Buffer.concat([good, good])],
    ['a magic of 1', changed(good, BatchPosition.magic, 1)],
    ['a magic of 3', changed(good, BatchPosition.magic, 3)],
    ['a count that is too high', rechecked(good, BatchPosition.recordCount + 3, 3)],
    ['a count that is too low', rechecked(good, BatchPosition.recordCount + 3, 1)],
    ['a count of 0', rechecked(good, BatchPosition.recordCount + 3, 0)],
    ['a last offset that does not follow from the count', rechecked(good, BatchPosition.lastOffsetDelta + 3, 5)],
    ['a base offset of 7', encodeBatch([record('a')], { baseOffset: toOffset(7) })],
    ['a leader epoch of 3', changed(good, BatchPosition.partitionLeaderEpoch + 3, 3)],
    ['a codec that is none', rechecked(good, BatchPosition.attributes + 1, 6)],
    ['a codec that its bytes are not of', rechecked(good, BatchPosition.attributes + 1, 1)],
    ['a transactional batch without a producer', rechecked(good, BatchPosition.attributes + 1, 0x10)],
    ['a control batch', rechecked(good, BatchPosition.attributes + 1, 0x20)],
    ['the attribute of the log’s time', rechecked(good, BatchPosition.attributes + 1, 0x08)],
    ['a batch that is too large', encodeBatch([record('v'.repeat(200))]), 'small'],
    ['a compressed batch that is small enough', encodeBatch([record('v'.repeat(200))], { codec: 'gzip' }), 'small'],
    ['a time without a date (-1)', encodeBatch([record('a', -1)])],
    ['a time of -2', encodeBatch([record('a', -2)])],
    [
      'a time too far ahead',
      encodeBatch([record('a', Date.now() + 7_200_000), record('b', 5), record('c', Date.now() + 7_200_000)]),
    ],
    ['a time too far back', encodeBatch([record('a', 5)]), 'punctual'],
    ['a record without a key for a compacted topic', encodeBatch([record('a', 5, 'k'), record('b')]), 'keyed'],
    ['a tombstone', encodeBatch([record(null, 5, 'k')]), 'keyed'],
  ];
  // Each has a partition of its own, so that one that is taken moves no other.
  await script.topic('refused', refused.length);
  for (const [index, [what, records, topic]] of refused.entries()) {
    await script.ask(PRODUCE, what, topic === undefined ? one(records, 'refused', index) : one(records, topic));
  }
  for (const version of [3, 6, 7]) {
    await script.ask(PRODUCE, 'a batch in zstd', one(batch(['a'], { codec: 'zstd' })), version);
  }
  await script.ask(
    PRODUCE,
    'a wrong time in a version without words',
    one(encodeBatch([record('a', 5)]), 'punctual'),
    7,
  );
  await script.ask(PRODUCE, 'a transactional id without transactional batches', {
    ...one(good),
    transactionalId: 'tx',
  });
  await script.ask(
    PRODUCE,
    'a transactional batch without its id',
    one(encodeBatch([record('a')], { transactional: true, producerId: 7n, producerEpoch: 0, baseSequence: 0 })),
  );
}

/** Bytes behind a batch; and what was stored where that was taken. */
async function behindTheBatch(script: Script): Promise<void> {
  const good = batch(['a', 'b']);
  const head = (bytes: number, messageBytes: number, magic: number): Buffer => {
    const message = Buffer.alloc(bytes);
    message.writeInt32BE(messageBytes, BatchPosition.batchLength);
    if (bytes > BatchPosition.magic) message[BatchPosition.magic] = magic;
    return message;
  };
  const tails: [string, Uint8Array][] = [
    ['a head without a size', head(12, 0, 0)],
    ['a head that ends before its magic', head(16, 100, 0)],
    ['half a batch', good.subarray(0, 40)],
    ['a batch of a wrong checksum', changed(good, BatchPosition.crc, 0)],
    ['half a message of magic 1', head(40, 100, 1)],
    ['a message of magic 0', head(26, 14, 0)],
    ['a batch that is shorter than its head', head(40, 28, 2)],
    ['half a batch that is shorter than its head', head(20, 28, 2)],
    ['a head of magic 3', head(17, 100, 3)],
    ['a head of magic -1', head(17, 100, -1)],
  ];
  await script.topic('behind', tails.length);
  await script.topic('behind-compressed', tails.length, { 'compression.type': 'gzip' });
  for (const [index, [what, tail]] of tails.entries()) {
    const records = Buffer.concat([good, tail]);
    await script.ask(PRODUCE, `behind the batch: ${what}`, produceTo(script, 'behind', [index, records]));
    await script.untold(PRODUCE, produceTo(script, 'behind-compressed', [index, records]));
  }
  for (const topic of ['behind', 'behind-compressed']) {
    const partitions = tails.map((_tail, index) =>
      createFetchPartition({ partition: toPartitionId(index), partitionMaxBytes: 1 << 20 }),
    );
    const topics = [createFetchTopic({ topic, topicId: script.idOf(topic), partitions })];
    await script.ask(FETCH, `what was stored of ${topic}`, createFetchRequest({ maxBytes: 1 << 20, topics }));
  }
}

async function idempotent(script: Script, one: One): Promise<void> {
  await script.topic('exactly', 2);
  const producerId =
    (await script.ask(INIT_PRODUCER_ID, 'a producer', createInitProducerIdRequest({ transactionTimeoutMs: -1 })))
      ?.producerId ?? -1n;
  const sequenced = (baseSequence: number, count = 2, producerEpoch = 0, id = producerId) =>
    batch(
      Array.from({ length: count }, (_, index) => `s${baseSequence + index}`),
      { producerId: id, producerEpoch, baseSequence },
    );
  const steps: [string, Uint8Array][] = [
    ['its first batch', sequenced(0)],
    ['its second', sequenced(2)],
    ['its second again', sequenced(2)],
    ['its first again', sequenced(0)],
    ['a part of its second', sequenced(3, 1)],
    ['a gap', sequenced(9)],
    ['a batch that begins inside the last', sequenced(3, 2)],
    ['a newer epoch that begins at 5', sequenced(5, 1, 1)],
    ['a newer epoch', sequenced(0, 1, 1)],
    ['the older epoch', sequenced(4, 1, 0)],
    ['a sequence of -1', sequenced(-1, 1, 1)],
    ['an epoch of -1', sequenced(1, 1, -1)],
    ['somebody who begins at 5', sequenced(5, 1, 0, producerId + 4_000n)],
  ];
  for (const [what, records] of steps) await script.ask(PRODUCE, `idempotent: ${what}`, one(records, 'exactly'));
  for (let at = 1; at < 7; at++) await script.untold(PRODUCE, one(sequenced(at, 1, 1), 'exactly'));
  await script.ask(PRODUCE, 'idempotent: the seventh batch before the last again', one(sequenced(0, 1, 1), 'exactly'));
  await script.ask(PRODUCE, 'idempotent: the fifth before the last again', one(sequenced(2, 1, 1), 'exactly'));
  await script.ask(
    PRODUCE,
    'idempotent: where the sequence wraps around, its end',
    one(sequenced(0x7fffffff, 1, 0, producerId + 5_000n), 'exactly'),
  );
  await script.ask(
    PRODUCE,
    'idempotent: where the sequence wraps around, its start',
    one(sequenced(0, 1, 0, producerId + 5_000n), 'exactly'),
  );
}

function changed(bytes: Uint8Array, position: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[position] = value;
  return copy;
}

/** A changed batch whose checksum is right. */
function rechecked(bytes: Uint8Array, position: number, value: number): Buffer {
  const copy = changed(bytes, position, value);
  copy.writeUInt32BE(crcOf(copy, 0, copy.byteLength), BatchPosition.crc);
  return copy;
}
