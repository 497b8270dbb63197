/** How a produce refuses a partition: the error, and which of its records are to blame. */
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

export const tooLarge = (bytes: number, bytesMax: number): ProduceRefusal =>
  new ProduceRefusal(
    ErrorCode.MESSAGE_TOO_LARGE,
    `The record batch size is ${bytes} bytes which exceeds the maximum configured value of ${bytesMax}.`,
  );
