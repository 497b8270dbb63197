/** How a produce refuses a partition: the error, which of its records are to blame, and whether the answer tells where the log begins. */
import { EngineError, type EngineErrorCode } from '../../engine-error';
import { ErrorCode } from '../../protocol/error-code';
import type { RecordError } from './record-errors';

/** Why nothing of a partition's records was appended. */
export class ProduceRefusal extends Error {
  override readonly name = 'ProduceRefusal';
  readonly errorCode: ErrorCode;
  /** Records that are to blame, by their place in the batch (KIP-467). */
  readonly records: readonly RecordError[];

  constructor(errorCode: ErrorCode, message: string, records: readonly RecordError[] = []) {
    super(message);
    this.errorCode = errorCode;
    this.records = records;
  }
}

/** Refused by its form, before the log that it is for is looked at: Kafka's ProduceRequest.validateRecords. */
export class FormRefusal extends ProduceRefusal {}

export const tooLarge = (bytes: number, bytesMax: number): ProduceRefusal =>
  new ProduceRefusal(
    ErrorCode.MESSAGE_TOO_LARGE,
    `The record batch size is ${bytes} bytes which exceeds the maximum configured value of ${bytesMax}.`,
  );

/** What Kafka's ReplicaManager answers without the log start, though the log refused it. */
const WITHOUT_LOG_START: ReadonlySet<ErrorCode> = new Set([ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.CORRUPT_MESSAGE]);
/** What an engine refuses because of the records and their producer, not because of its own state. */
const OF_THE_RECORDS: ReadonlySet<EngineErrorCode> = new Set([
  'invalid_record',
  'out_of_order_sequence',
  'duplicate_sequence',
  'invalid_producer_epoch',
]);

/** Whether Kafka's answer to the same refusal carries where the log begins. */
export function tellsLogStart(error: unknown): boolean {
  if (error instanceof EngineError) return OF_THE_RECORDS.has(error.code);
  return error instanceof ProduceRefusal && !(error instanceof FormRefusal) && !WITHOUT_LOG_START.has(error.errorCode);
}
