/**
 * Whether what a producer sent to one partition may be appended, by Kafka's ProduceRequest.validateRecords, its LogValidator and the
 * topic's settings. It is one batch, and one bad record refuses it.
 */
import type { Topic } from '../../engine/engine';
import { BatchError, type BatchErrorCode } from '../../protocol/batch-error';
import { ErrorCode } from '../../protocol/error-code';
import {
  attributesAt,
  baseOffsetAt,
  codecOfAttributes,
  hasMessageAt,
  isControl,
  isTransactional,
  timestampTypeOf,
  wholeBatchBytes,
} from '../../protocol/record-batch';
import { validateBatch, type ValidatedBatch } from '../../protocol/validate-batch';
import type { TopicConfig } from '../../topic-settings/topic-config';
import type { Services } from '../services';
import { effectiveTopicConfig } from '../effective-topic-config';
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
const NO_TIME = -1;

export interface CheckOptions {
  readonly apiVersion: number;
  readonly services: Services;
  /** Given the records of a valid batch, decompressed. */
  readonly inspect: (section: Uint8Array) => void;
}

/** Of the bytes only the batch at their start is valid then: what stands behind it is no batch. Throws ProduceRefusal. */
export function checkBatch(
  records: Uint8Array | null,
  topic: Topic,
  { apiVersion, services, inspect }: CheckOptions,
): ValidatedBatch {
  if (records === null) throw noBatch();
  const config = effectiveTopicConfig(topic, services.settings);
  const decompressedBytesMax = Math.min(services.settings.decompressedBytesMax, config.maxDecompressedMessageBytes);
  const batch = validated(records, { config, apiVersion }, { decompressedBytesMax, inspect });
  checkByTopic(records, batch, config, services.clock.nowMs());
  return batch;
}

interface FormRules {
  readonly config: TopicConfig;
  readonly apiVersion: number;
}

function validated(
  records: Uint8Array,
  { config, apiVersion }: FormRules,
  options: Parameters<typeof validateBatch>[2],
): ValidatedBatch {
  try {
    const bytes = checkForm(records, apiVersion);
    checkBaseOffset(records);
    // A batch that is too large is not worth a CRC.
    if (bytes > config.maxMessageBytes) throw tooLarge(bytes, config.maxMessageBytes);
    return validateBatch(records, 0, options);
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

/** Checks what can be refused before the log is looked at, in Kafka's order. Returns the size of the one batch. */
function checkForm(records: Uint8Array, apiVersion: number): number {
  const bytes = wholeBatchBytes(records, 0);
  if (bytes === undefined) throw noBatch();
  if (apiVersion < ZSTD_SINCE && codecOfAttributes(attributesAt(records, 0)) === 'zstd') {
    throw new FormRefusal(
      ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      `zstd needs Produce of version ${ZSTD_SINCE} or later.`,
    );
  }
  if (hasMessageAt(records, bytes)) {
    const message = 'Produce requests must have exactly one record batch for each partition.';
    throw new FormRefusal(ErrorCode.INVALID_RECORD, message);
  }
  return bytes;
}

/** The log gives a batch its offset; a producer counts from 0. */
function checkBaseOffset(records: Uint8Array): void {
  const baseOffset = baseOffsetAt(records, 0);
  if (baseOffset === 0) return;
  throw new ProduceRefusal(
    ErrorCode.INVALID_RECORD,
    `The base offset of a batch should be 0, but it is ${baseOffset}.`,
  );
}

function checkByTopic(records: Uint8Array, batch: ValidatedBatch, config: TopicConfig, nowMs: number): void {
  const { header } = batch;
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
  if (batch.nullKeys > 0 && config.compacts) {
    const message = 'Compacted topic cannot accept message without key.';
    throw new ProduceRefusal(ErrorCode.INVALID_RECORD, message, keylessRecords(records, batch, message));
  }
  checkTimestampType(records, batch, config);
  if (!config.logAppendTime) checkTimes(records, batch, config, nowMs);
}

/** That times are the log's is for the log to say. On a CreateTime topic a time that is said so is taken for the producer's own. */
function checkTimestampType(records: Uint8Array, batch: ValidatedBatch, { logAppendTime }: TopicConfig): void {
  const { attributes, maxTimestamp } = batch.header;
  if (timestampTypeOf(attributes) === 'create_time') return;
  if (!logAppendTime && maxTimestamp !== NO_TIME) return;
  const message = 'A producer must not set the timestamp type to LogAppendTime.';
  throw new ProduceRefusal(ErrorCode.INVALID_TIMESTAMP, message, everyRecord(records, batch, message));
}

function checkTimes(records: Uint8Array, batch: ValidatedBatch, config: TopicConfig, nowMs: number): void {
  const { timestampBeforeMsMax, timestampAfterMsMax } = config;
  const earliest = BigInt(nowMs) - timestampBeforeMsMax;
  const latest = BigInt(nowMs) + timestampAfterMsMax;
  if (batch.minTimestamp >= earliest && batch.maxTimestamp <= latest) return;
  // A record without a time of its own is never out of range.
  if (batch.minTimestamp === NO_TIME && batch.maxTimestamp === NO_TIME) return;
  const found = untimelyRecords(records, batch, { earliest, latest });
  if (found.length === 0) return;
  throw new ProduceRefusal(
    ErrorCode.INVALID_TIMESTAMP,
    'One or more records have been rejected due to invalid timestamp.',
    found,
  );
}
