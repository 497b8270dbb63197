/**
 * Whether what a producer sent to one partition may be appended, by Kafka's LogValidator and the topic's settings. All or nothing: one
 * bad batch or record refuses the whole partition's part of the request.
 */
import type { Topic } from '../../engine/engine';
import { BatchError, type BatchErrorCode } from '../../protocol/batch-error';
import { ErrorCode } from '../../protocol/error-code';
import { BATCHES_REMEMBERED } from '../../protocol/producer-sequence';
import {
  batchBytesAt,
  codecOfAttributes,
  isControl,
  isTransactional,
  timestampTypeOf,
  wholeBatchBytes,
} from '../../protocol/record-batch';
import { validateBatches, type ValidatedBatch } from '../../protocol/validate-batch';
import type { Services } from '../services';
import { effectiveTopicConfig, type TopicConfig } from '../topic-settings/effective';
import { FormRefusal, ProduceRefusal, tooLarge } from './produce-refusal';
import { everyRecord, keylessRecords, untimelyRecords } from './record-errors';

const BATCH_ERRORS: Readonly<Record<BatchErrorCode, ErrorCode>> = {
  corrupt_batch: ErrorCode.CORRUPT_MESSAGE,
  unsupported_magic: ErrorCode.INVALID_RECORD,
  invalid_record: ErrorCode.INVALID_RECORD,
  unsupported_compression: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  record_too_large: ErrorCode.MESSAGE_TOO_LARGE,
};

/** zstd came with version 7; an older client could not read it back (KIP-110). */
const ZSTD_SINCE = 7;

export interface CheckOptions {
  readonly apiVersion: number;
  readonly services: Services;
  /** Given the records of each valid batch, decompressed. */
  readonly inspect: (section: Uint8Array) => void;
}

/** Throws ProduceRefusal. */
export function checkBatches(
  records: Uint8Array | null,
  topic: Topic,
  { apiVersion, services, inspect }: CheckOptions,
): readonly ValidatedBatch[] {
  if (records === null) throw noBatch();
  const config = effectiveTopicConfig(topic, services.settings);
  const decompressedBytesMax = Math.min(services.settings.decompressedBytesMax, config.maxDecompressedMessageBytes);
  const batches = validated(records, config, { decompressedBytesMax, inspect });
  const nowMs = services.clock.nowMs();
  checkCount(batches);
  for (const batch of batches) checkBatch(records, batch, { config, apiVersion, nowMs });
  return batches;
}

function validated(
  records: Uint8Array,
  config: TopicConfig,
  options: Parameters<typeof validateBatches>[1],
): readonly ValidatedBatch[] {
  try {
    if (wholeBatchBytes(records, 0) === undefined) throw noBatch();
    checkSize(records, config);
    return validateBatches(records, options);
  } catch (error) {
    if (error instanceof BatchError) {
      const Refusal = error.code === 'unsupported_magic' ? FormRefusal : ProduceRefusal;
      throw new Refusal(BATCH_ERRORS[error.code], error.message);
    }
    throw error;
  }
}

/** As Kafka has it, one that is cut off is none. */
const noBatch = (): ProduceRefusal =>
  new FormRefusal(ErrorCode.INVALID_RECORD, 'Produce requests must have a whole record batch for each partition.');

/** A partition's part is mostly one batch, and a batch that is too large is not worth a CRC. */
function checkSize(records: Uint8Array, { maxMessageBytes }: TopicConfig): void {
  const first = batchBytesAt(records, 0);
  if (first > maxMessageBytes) throw tooLarge(first, maxMessageBytes);
}

/** Kafka takes one batch. Of an idempotent producer no more than its retry can be told by. */
function checkCount(batches: readonly ValidatedBatch[]): void {
  const count = batches.reduce((sum, { header }) => sum + (header.producerId < 0n ? 0 : 1), 0);
  if (count <= BATCHES_REMEMBERED) return;
  throw new ProduceRefusal(
    ErrorCode.INVALID_RECORD,
    `Expected at most ${BATCHES_REMEMBERED} batches of an idempotent producer for each partition, got ${count}.`,
  );
}

interface BatchRules {
  readonly config: TopicConfig;
  readonly apiVersion: number;
  readonly nowMs: number;
}

function checkBatch(records: Uint8Array, batch: ValidatedBatch, { config, apiVersion, nowMs }: BatchRules): void {
  const { header } = batch;
  if (header.bytes > config.maxMessageBytes) throw tooLarge(header.bytes, config.maxMessageBytes);
  if (isControl(header.attributes)) {
    throw new ProduceRefusal(ErrorCode.INVALID_RECORD, 'Clients are not allowed to write control records.');
  }
  if (isTransactional(header.attributes)) {
    throw new ProduceRefusal(ErrorCode.INVALID_TXN_STATE, 'Transactions are not served: expected a batch without one.');
  }
  if (header.producerId >= 0n && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    throw new ProduceRefusal(
      ErrorCode.INVALID_RECORD,
      `Expected a sequence and an epoch of 0 or more from an idempotent producer, got ${header.baseSequence} and ${header.producerEpoch}.`,
    );
  }
  if (codecOfAttributes(header.attributes) === 'zstd' && apiVersion < ZSTD_SINCE) {
    throw new FormRefusal(
      ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      `zstd needs Produce of version ${ZSTD_SINCE} or later.`,
    );
  }
  if (batch.nullKeys > 0 && config.cleanupPolicy.compact) {
    const message = 'Compacted topic cannot accept message without key.';
    throw new ProduceRefusal(ErrorCode.INVALID_RECORD, message, keylessRecords(records, batch, message));
  }
  checkTimestampType(records, batch, config);
  if (config.timestampType === 'CreateTime') checkTimes(records, batch, config, nowMs);
}

/** That times are the log's is for the log to say. On a CreateTime topic a time that is said so is taken for the producer's own. */
function checkTimestampType(records: Uint8Array, batch: ValidatedBatch, { timestampType }: TopicConfig): void {
  const { attributes, maxTimestamp } = batch.header;
  if (timestampTypeOf(attributes) === 'create_time') return;
  if (timestampType === 'CreateTime' && maxTimestamp !== -1) return;
  const message = 'A producer must not set the timestamp type to LogAppendTime.';
  throw new ProduceRefusal(ErrorCode.INVALID_TIMESTAMP, message, everyRecord(records, batch, message));
}

function checkTimes(records: Uint8Array, batch: ValidatedBatch, config: TopicConfig, nowMs: number): void {
  const { timestampBeforeMsMax, timestampAfterMsMax } = config;
  const earliest = nowMs - timestampBeforeMsMax;
  const latest = nowMs + timestampAfterMsMax;
  // A record without a time of its own is never out of range.
  const tooEarly = batch.minTimestamp < earliest && batch.maxTimestamp >= 0;
  if (!tooEarly && batch.maxTimestamp <= latest) return;
  const found = untimelyRecords(records, batch, { earliest, latest });
  if (found.length === 0) return;
  throw new ProduceRefusal(
    ErrorCode.INVALID_TIMESTAMP,
    'One or more records have been rejected due to invalid timestamp.',
    found,
  );
}
