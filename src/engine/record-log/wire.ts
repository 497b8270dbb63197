/** The record log's messages as the engine side's values: checked numbers, named errors, batches cut out of their frame without a copy. */
import { toOffset, toPartitionId, toTopicId } from '../../types';
import type { Census, Offset, PartitionId, TopicPartition } from '../../types';
import { ErrorCode } from '../../rpc/record_log';
import type { Verdict } from '../../audit/verdict';
import type { Handover } from '../../handover';
import type {
  Census as WireCensus,
  Error as WireError,
  Handover as WireHandover,
  ListTopicsResponse,
  Records,
  Topic as WireTopic,
  TopicPartition as WireTopicPartition,
  TopicResponse,
} from '../../rpc/record_log';
import type { RemovalTotals, TopicLogStart } from '../../telemetry/metrics/removal-metrics';
import type { LogState, LogUnit } from '../dialect';
import type { Lease } from '../lease';
import type { PartitionRange, Topic } from '../engine';
import { EngineError } from '../../engine-error';
import type { EngineErrorCode } from '../../engine-error';

/** One Kafka record batch, as stored. */
export interface BatchUnit extends LogUnit {
  readonly data: Uint8Array;
  /** Once it was held against its proof (judge-batches.ts). */
  verdict: Exclude<Verdict, 'unknown'> | undefined;
}

const ERROR_CODES: Readonly<Record<number, EngineErrorCode>> = {
  [ErrorCode.TOPIC_NOT_FOUND]: 'topic_not_found',
  [ErrorCode.TOPIC_EXISTS]: 'topic_exists',
  [ErrorCode.PARTITION_NOT_FOUND]: 'partition_not_found',
  [ErrorCode.OFFSET_OUT_OF_RANGE]: 'offset_out_of_range',
  [ErrorCode.CORRUPT_BATCH]: 'corrupt_batch',
  [ErrorCode.INVALID_RECORD]: 'invalid_record',
  [ErrorCode.RECORD_TOO_LARGE]: 'record_too_large',
  [ErrorCode.OUT_OF_ORDER_SEQUENCE]: 'out_of_order_sequence',
  [ErrorCode.DUPLICATE_SEQUENCE]: 'duplicate_sequence',
  [ErrorCode.INVALID_PRODUCER_EPOCH]: 'invalid_producer_epoch',
  [ErrorCode.INVALID_PARTITIONS]: 'invalid_partitions',
  [ErrorCode.INVALID_CONFIG]: 'invalid_config',
  [ErrorCode.STORAGE_ERROR]: 'storage_error',
  [ErrorCode.INVALID_REQUEST]: 'invalid_request',
  [ErrorCode.SHUTTING_DOWN]: 'shutting_down',
};

/** The refusal in an answer; undefined where there is none. */
export function errorOf(error: WireError | undefined, what: string): EngineError | undefined {
  if (error === undefined || error.code === ErrorCode.ERROR_NONE) return undefined;
  return new EngineError(ERROR_CODES[error.code] ?? 'internal', `${what}: ${error.message}`);
}

export function throwRefusal(error: WireError | undefined, what: string): void {
  const refusal = errorOf(error, what);
  if (refusal !== undefined) throw refusal;
}

export function toNumber(value: bigint, field: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new EngineError('contradiction', `${field} is no safe integer: ${value}`);
  return number;
}

export function offsetOf(value: bigint, field: string): Offset {
  return toOffset(toNumber(value, field));
}

/** The record log has no transactions: all of it is stable. */
export function rangeOf(answer: { readonly logStartOffset: bigint; readonly highWatermark: bigint }): PartitionRange {
  const highWatermark = offsetOf(answer.highWatermark, 'high watermark');
  return {
    logStartOffset: offsetOf(answer.logStartOffset, 'log start'),
    lastStableOffset: highWatermark,
    highWatermark,
  };
}

export function stateOf(answer: Parameters<typeof rangeOf>[0] & { readonly generation: bigint }): LogState {
  return { generation: toNumber(answer.generation, 'generation'), ...rangeOf(answer) };
}

/** What the node is asked about: the topic by its id, too, for another one may have its name by now. */
export interface NodePartition extends TopicPartition {
  /** 16 bytes. */
  readonly topicId: Uint8Array;
}

export function nodePartition({ name, id }: Topic, partition: PartitionId): NodePartition {
  return { topic: name, partition, topicId: Buffer.from(id, 'base64url') };
}

/** What init says of it. */
export function wireHandover(handover: Handover | undefined, stream: number): WireHandover | undefined {
  return handover === undefined ? undefined : { key: handover.key, stream: BigInt(stream) };
}

export function partitionOf({ topic, partition }: WireTopicPartition): TopicPartition {
  return { topic, partition: toPartitionId(partition) };
}

export function toldLogStart({ id, name, logStartOffset }: WireTopic): TopicLogStart {
  return { id: Buffer.from(id).toString('hex'), name, logStartOffset: toNumber(logStartOffset, 'log start') };
}

export function totalsOf({ instanceId, removed }: ListTopicsResponse): RemovalTotals {
  const byCause = new Map(
    removed.map(({ cause, records, bytes }) => [
      cause,
      { records: toNumber(records, 'records removed'), bytes: toNumber(bytes, 'bytes removed') },
    ]),
  );
  return { instanceId, byCause };
}

export function topicOf(answer: TopicResponse, what: string): Topic {
  throwRefusal(answer.error, what);
  if (answer.topic === undefined)
    throw new EngineError('contradiction', `${what}: neither topic nor error in the answer`);
  return toTopic(answer.topic);
}

export function toTopic(topic: WireTopic): Topic {
  return {
    name: topic.name,
    id: toTopicId(Buffer.from(topic.id).toString('base64url')),
    partitionCount: topic.partitionCount,
    configs: new Map(Object.entries(topic.configs)),
  };
}

export function censusOf(census: WireCensus | undefined, what: string): Census {
  if (census === undefined) throw new EngineError('contradiction', `${what}: a batch came without its census`);
  const { records, nulls, empties, controls } = census;
  return { records, nulls, empties, controls, valueBytes: toNumber(census.valueBytes, 'value bytes') };
}

export function wireCensus(census: Census): WireCensus {
  const { records, nulls, empties, controls, valueBytes } = census;
  return { records, nulls, empties, controls, valueBytes: BigInt(valueBytes) };
}

/** The batches of a frame, each of which holds the lease. The sizes must fill the bytes exactly: a frame that lies is refused whole. */
export function unitsOf(records: Records, what: string, lease?: Lease): BatchUnit[] {
  const units: BatchUnit[] = [];
  let position = 0;
  for (const info of records.infos) {
    const end = position + info.size;
    if (info.size <= 0 || end > records.batches.byteLength) break;
    units.push({
      baseOffset: offsetOf(info.baseOffset, 'base offset'),
      lastOffset: offsetOf(info.lastOffset, 'last offset'),
      bytes: info.size,
      census: censusOf(info.census, what),
      data: records.batches.subarray(position, end),
      verdict: undefined,
      lease,
    });
    position = end;
  }
  if (position !== records.batches.byteLength || units.length !== records.infos.length) {
    const described = `${units.length} of ${records.infos.length} batches described fill ${position} bytes`;
    throw new EngineError('contradiction', `${what}: ${described}, ${records.batches.byteLength} came`);
  }
  return units;
}
