/** seaglass.v1.RecordLog over a node's topics. Every refusal is an Error in the answer. */
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ErrorCode } from '../../rpc/record_log';
import type * as rpc from '../../rpc/record_log';
import { int64Of } from '../../protocol/int64';
import type { Handover } from '../../handover';
import type { Clock } from '../../clock';
import type { RemovalTotals } from '../../telemetry/metrics/removal-metrics';
import type { DiskCheck } from '../disk/disk-check';
import { findMaxTimestamp, findOffsetByTime } from '../log/find-offset';
import { NodeError, onDisk, toWireError } from '../node-error';
import type { PartitionLog } from '../log/partition-log';
import type { Removals } from '../log/removals';
import { logStartOf } from '../topics/hosted-topic';
import type { HostedPartition, HostedTopic } from '../topics/hosted-topic';
import type { Topics } from '../topics/topics';
import type { OutgoingFrame, OutgoingRead } from './definition';
import { PublishStream } from './publish';
import { encodeRecordsField } from '../../grpc/records-codec';
import { SubscribeStream, subscriberFrames } from './subscribe';

export interface RecordLogWorld {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly dataDirectory: string;
  /** The log start moved, from the given offset on: files below it may go. */
  readonly onLogStartMoved: (partition: HostedPartition, from: number) => void;
  readonly removals: Removals;
  readonly handover: Handover | undefined;
  readonly describe: () => rpc.DescribeNodeResponse;
  readonly diskCheck: DiskCheck;
}

const READ_BYTES_MAX = 64 * 1024 * 1024;

export interface RecordLogHandlers {
  readonly implementation: UntypedServiceImplementation;
  /** Ends all subscriber streams with a reason. */
  endSubscribers(reason: NodeError): void;
  /** Once all that was appended is answered. */
  endPublishers(): void;
}

export function recordLogHandlers(world: RecordLogWorld): RecordLogHandlers {
  const { topics, handover } = world;
  const subscribers = new Set<SubscribeStream>();
  const publishers = new Set<PublishStream>();
  const frames = subscriberFrames();
  const implementation = {
    describeNode: unary<rpc.DescribeNodeRequest, rpc.DescribeNodeResponse>(() => world.describe()),
    listTopics: unary<rpc.ListTopicsRequest, rpc.ListTopicsResponse>(() => ({
      topics: topics.list().map(toWireTopic),
      ...toWireTotals(world.removals.totals),
    })),
    createTopic: topicCall<rpc.CreateTopicRequest>(({ name, partitionCount, configs, id }) =>
      topics.create(name, partitionCount, configs, id),
    ),
    deleteTopic: topicCall<rpc.DeleteTopicRequest>(({ name }) => topics.delete(name)),
    createPartitions: topicCall<rpc.CreatePartitionsRequest>(({ name, partitionCount }) =>
      topics.addPartitions(name, partitionCount),
    ),
    alterTopicConfigs: topicCall<rpc.AlterTopicConfigsRequest>(({ name, configs }) =>
      topics.alterConfigs(name, configs),
    ),
    publish: (call: ServerDuplexStream<rpc.PublishRequest, rpc.PublishResponse>) => {
      publishers.add(new PublishStream(call, { topics, handover, onEnd: (stream) => publishers.delete(stream) }));
    },
    subscribe: (call: ServerDuplexStream<rpc.SubscribeRequest, OutgoingFrame>) => {
      const { clock } = world;
      const onEnd = (stream: SubscribeStream): void => void subscribers.delete(stream);
      subscribers.add(new SubscribeStream(call, { topics, clock, frames, handover, onEnd }));
    },
    read: unary<rpc.ReadRequest, OutgoingRead>((request) => read(topics, request)),
    getPartitionRange: unary<rpc.GetPartitionRangeRequest, rpc.GetPartitionRangeResponse>(({ topicPartition }) =>
      rangeAnswer(() => logOf(topics, topicPartition)),
    ),
    findOffset: unary<rpc.FindOffsetRequest, rpc.FindOffsetResponse>((request) => findOffset(topics, request)),
    deleteRecords: unary<rpc.DeleteRecordsRequest, rpc.GetPartitionRangeResponse>(({ topicPartition, beforeOffset }) =>
      rangeAnswer(() => {
        const partition = topics.meant(topicPartition);
        const { log } = partition;
        const from = log.logStartOffset;
        log.moveLogStart(beforeOffset === -1n ? log.highWatermark : Number(beforeOffset));
        world.onLogStartMoved(partition, from);
        return log;
      }),
    ),
    describeLogDirs: unary<rpc.DescribeLogDirsRequest, rpc.DescribeLogDirsResponse>(() => logDirs(world)),
    checkDisk: unary<rpc.CheckDiskRequest, rpc.CheckDiskResponse>(({ bytes }) =>
      world.diskCheck.takes(Number(bytes)).then(
        () => ({ error: undefined }),
        (error: unknown) => ({ error: toWireError(error) }),
      ),
    ),
  };
  return {
    implementation,
    endPublishers: () => {
      for (const stream of [...publishers]) stream.end();
    },
    endSubscribers: (reason) => {
      for (const stream of [...subscribers]) stream.end(reason);
    },
  };
}

function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
  };
}

function topicCall<Request>(change: (request: Request) => HostedTopic | Promise<HostedTopic>) {
  return unary<Request, rpc.TopicResponse>(async (request) => {
    try {
      return { error: undefined, topic: toWireTopic(await change(request)) };
    } catch (error) {
      return { error: toWireError(error), topic: undefined };
    }
  });
}

function logOf(topics: Topics, topicPartition: rpc.TopicPartition | undefined): PartitionLog {
  return topics.meant(topicPartition).log;
}

function read(topics: Topics, { topicPartition, offset, bytesMax }: rpc.ReadRequest): OutgoingRead {
  try {
    const log = logOf(topics, topicPartition);
    const { chunks, summaries } = log.read({ offset: Number(offset) }, Math.min(Number(bytesMax), READ_BYTES_MAX));
    const { logStartOffset, highWatermark, generation } = log;
    return { written: encodeRecordsField({ chunks, summaries, logStartOffset, highWatermark, generation }) };
  } catch (error) {
    return { error: toWireError(error) };
  }
}

function rangeAnswer(find: () => PartitionLog): rpc.GetPartitionRangeResponse {
  try {
    const { logStartOffset, highWatermark } = find();
    return { error: undefined, logStartOffset: BigInt(logStartOffset), highWatermark: BigInt(highWatermark) };
  } catch (error) {
    return { error: toWireError(error), logStartOffset: -1n, highWatermark: -1n };
  }
}

function findOffset(topics: Topics, { topicPartition, target }: rpc.FindOffsetRequest): rpc.FindOffsetResponse {
  try {
    const log = logOf(topics, topicPartition);
    if (target === undefined) throw new NodeError(ErrorCode.INVALID_REQUEST, 'expected timestamp_ms or max_timestamp');
    const found =
      target.$case === 'maxTimestamp' ? findMaxTimestamp(log) : findOffsetByTime(log, int64Of(target.timestampMs));
    return {
      error: undefined,
      found: found !== undefined,
      offset: BigInt(found?.offset ?? -1),
      timestampMs: BigInt(found?.timestampMs ?? -1),
    };
  } catch (error) {
    return { error: toWireError(error), found: false, offset: -1n, timestampMs: -1n };
  }
}

function logDirs({ topics, dataDirectory }: RecordLogWorld): rpc.DescribeLogDirsResponse {
  try {
    const { totalBytes, usableBytes } = onDisk('ask the size of', dataDirectory, () =>
      topics.storage.disk.space(dataDirectory),
    );
    const partitions = topics.partitions().map(({ log }) => ({
      topicPartition: { topic: log.topic, partition: log.partition },
      sizeBytes: BigInt(log.sizeBytes),
    }));
    const sizes = { totalBytes: BigInt(totalBytes), usableBytes: BigInt(usableBytes) };
    return { error: undefined, directory: dataDirectory, ...sizes, partitions };
  } catch (error) {
    return { error: toWireError(error), directory: dataDirectory, totalBytes: -1n, usableBytes: -1n, partitions: [] };
  }
}

function toWireTopic(topic: HostedTopic): rpc.Topic {
  const { name, id, partitionCount, configs, createdAtMs } = topic;
  return {
    name,
    id: Buffer.from(id, 'hex'),
    partitionCount,
    configs,
    createdAtMs: BigInt(createdAtMs),
    logStartOffset: BigInt(logStartOf(topic)),
  };
}

function toWireTotals({ instanceId, byCause }: RemovalTotals): Omit<rpc.ListTopicsResponse, 'topics'> {
  const removed = [...byCause].map(([cause, { records, bytes }]) => ({
    cause,
    records: BigInt(records),
    bytes: BigInt(bytes),
  }));
  return { instanceId, removed };
}
