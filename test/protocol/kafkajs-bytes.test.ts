/**
 * Goal: our bytes are those that others write. Method: kafkajs's own encoders and decoders (2.2.4), which share no code with ours, on the other
 * side of each message.
 */
import { initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import {
  createFetchRequest,
  createFetchResponse,
  createPartitionData,
  readFetchRequest,
  writeFetchRequest,
  writeFetchResponse,
} from '../../src/protocol/generated/fetch';
import { readJoinGroupRequest, writeJoinGroupRequest } from '../../src/protocol/generated/join-group';
import {
  createMetadataResponse,
  createMetadataResponsePartition,
  createMetadataResponseTopic,
  readMetadataRequest,
  writeMetadataResponse,
} from '../../src/protocol/generated/metadata';
import { readProduceRequest, writeProduceRequest } from '../../src/protocol/generated/produce';
import { readRequestHeader } from '../../src/protocol/header';
import { FrameSplitter } from '../../src/protocol/frame';
import { Reader } from '../../src/protocol/reader';

import { validateBatches } from '../support/validate-batches';
import { Writer } from '../../src/protocol/writer';
import { toLeaderEpoch, toOffset, toPartitionId } from '../../src/types';
import { readRecords } from '../support/read-records';
import { expectEnd } from '../support/client-headers';

interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  encode(): Promise<{ buffer: Buffer }>;
}
/* eslint-disable @typescript-eslint/no-require-imports */
const request = (path: string): ((options: object) => KafkajsRequest) =>
  require(`kafkajs/src/protocol/requests/${path}/request`) as never;
const response = (path: string): { decode(bytes: Buffer): Promise<unknown> } =>
  require(`kafkajs/src/protocol/requests/${path}/response`) as never;
const frameOf = require('kafkajs/src/protocol/request') as (options: object) => Promise<{ buffer: Buffer }>;
/* eslint-enable @typescript-eslint/no-require-imports */

beforeAll(initCompression);

const written = (write: (writer: Writer) => void): Buffer => {
  const writer = new Writer();
  write(writer);
  return Buffer.concat(writer.finish());
};

test('a frame and its header are read as kafkajs writes them', async () => {
  const frame = await frameOf({
    correlationId: 77,
    clientId: 'häns',
    request: request('metadata/v6')({ topics: ['a', 'b'] }),
  });
  const [body] = new FrameSplitter(1000).push(frame.buffer);
  const reader = new Reader(body ?? Buffer.alloc(0));
  expect(readRequestHeader(reader)).toEqual({ apiKey: 3, apiVersion: 6, correlationId: 77, clientId: 'häns' });
  expect(readMetadataRequest(reader, 6)).toMatchObject({
    allowAutoTopicCreation: true,
    topics: [{ name: 'a' }, { name: 'b' }],
  });
  expectEnd(reader);
});

test('Fetch v11 has the same bytes', async () => {
  const partitions = [{ partition: 3, currentLeaderEpoch: 4, fetchOffset: '8589934597', maxBytes: 65536 }];
  const theirs = await request('fetch/v11')({
    replicaId: -1,
    maxWaitTime: 500,
    minBytes: 1,
    maxBytes: 1 << 20,
    topics: [{ topic: 'tö', partitions }],
    rackId: 'r',
    isolationLevel: 1,
    sessionId: 9,
    sessionEpoch: 2,
  }).encode();
  const value = readFetchRequest(new Reader(theirs.buffer), 11);
  expect(value).toMatchObject({ maxWaitMs: 500, isolationLevel: 1, sessionId: 9, rackId: 'r' });
  expect(value.topics[0]?.partitions[0]).toMatchObject({
    partition: 3,
    currentLeaderEpoch: 4,
    fetchOffset: 8589934597,
    partitionMaxBytes: 65536,
  });
  expect(written((writer) => writeFetchRequest(writer, createFetchRequest(value), 11))).toEqual(theirs.buffer);
});

test('a Fetch v11 answer is read by kafkajs, records included', async () => {
  const batch = encodeBatch(
    [
      {
        timestamp: 1_700_000_000_000,
        key: Buffer.from('k'),
        value: Buffer.from('v'),
        headers: [{ key: 'h', value: Buffer.from('x') }],
      },
    ],
    { baseOffset: toOffset(41), partitionLeaderEpoch: toLeaderEpoch(1) },
  );
  const partition = createPartitionData({
    partitionIndex: toPartitionId(2),
    highWatermark: toOffset(42),
    logStartOffset: toOffset(0),
    records: [batch],
  });
  const answer = createFetchResponse({
    sessionId: 5,
    responses: [{ topic: 't', topicId: '' as never, partitions: [partition] }],
  });
  const decoded = await response('fetch/v11').decode(written((writer) => writeFetchResponse(writer, answer, 11)));
  expect(decoded).toMatchObject({
    sessionId: 5,
    responses: [
      {
        topicName: 't',
        partitions: [
          {
            partition: 2,
            errorCode: 0,
            highWatermark: '42',
            messages: [
              {
                offset: '41',
                timestamp: '1700000000000',
                key: Buffer.from('k'),
                value: Buffer.from('v'),
                headers: { h: Buffer.from('x') },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('Produce v7 and its batch are those of kafkajs', async () => {
  const messages = [
    { key: 'k', value: Buffer.from('one'), timestamp: 1000, headers: { a: ['1', '2'], b: 'x' } },
    { key: null, value: null, timestamp: 1500, headers: {} },
    { key: '', value: '', timestamp: 1200, headers: {} },
  ];
  const theirs = await request('produce/v7')({
    acks: -1,
    timeout: 3000,
    topicData: [{ topic: 't', partitions: [{ partition: 1, messages, firstSequence: 0 }] }],
  }).encode();
  const value = readProduceRequest(new Reader(theirs.buffer), 7);
  const body = value.topicData[0]?.partitionData[0]?.records ?? Buffer.alloc(0);
  expect(validateBatches(body)[0]?.census).toEqual({ records: 3, nulls: 1, empties: 1, controls: 0, valueBytes: 3 });
  const records = [...readRecords(body)];
  expect(
    records.map((record) => [record.offset, record.timestamp, record.key?.toString(), record.value?.toString()]),
  ).toEqual([
    [0, 1000, 'k', 'one'],
    [1, 1500, undefined, undefined],
    [2, 1200, '', ''],
  ]);
  expect(records[0]?.headers.map(({ key, value: header }) => `${key.toString()}=${String(header)}`)).toEqual([
    'a=1',
    'a=2',
    'b=x',
  ]);
  const ours = encodeBatch(records, { partitionLeaderEpoch: toLeaderEpoch(0), producerEpoch: 0, baseSequence: 0 });
  expect(Buffer.from(ours)).toEqual(Buffer.from(body));
  expect(written((writer) => writeProduceRequest(writer, value, 7))).toEqual(theirs.buffer);
});

test('JoinGroup v5 has the same bytes', async () => {
  const theirs = await request('joinGroup/v5')({
    groupId: 'g',
    sessionTimeout: 1,
    rebalanceTimeout: 2,
    memberId: 'm',
    groupInstanceId: null,
    protocolType: 'consumer',
    groupProtocols: [{ name: 'range', metadata: Buffer.from([0, 1, 2]) }],
  }).encode();
  const value = readJoinGroupRequest(new Reader(theirs.buffer), 5);
  expect(value).toMatchObject({
    groupId: 'g',
    groupInstanceId: null,
    protocols: [{ name: 'range', metadata: Buffer.from([0, 1, 2]) }],
  });
  expect(written((writer) => writeJoinGroupRequest(writer, value, 5))).toEqual(theirs.buffer);
});

test('a Metadata v6 answer is read by kafkajs', async () => {
  const answer = createMetadataResponse({
    brokers: [{ nodeId: 1, host: 'localhost', port: 9092, rack: null }],
    clusterId: 'c',
    controllerId: 1,
    topics: [
      createMetadataResponseTopic({
        name: 't',
        partitions: [
          createMetadataResponsePartition({
            partitionIndex: toPartitionId(0),
            leaderId: 1,
            replicaNodes: [1],
            isrNodes: [1],
          }),
        ],
      }),
    ],
  });
  expect(
    await response('metadata/v6').decode(written((writer) => writeMetadataResponse(writer, answer, 6))),
  ).toMatchObject({
    brokers: [{ nodeId: 1, host: 'localhost', port: 9092, rack: null }],
    clusterId: 'c',
    controllerId: 1,
    topicMetadata: [
      {
        topic: 't',
        topicErrorCode: 0,
        isInternal: false,
        partitionMetadata: [{ partitionId: 0, leader: 1, replicas: [1], isr: [1], offlineReplicas: [] }],
      },
    ],
  });
});
