/**
 * What is wrong with a record batch:
 *
 * - corrupt_batch: it ends early, its size is impossible or its CRC-32C does not match; what arrived is not what was sent.
 * - unsupported_magic: a message format before Kafka 0.11.
 * - invalid_record: the CRC holds, yet counts, lengths or offsets contradict one another, or the records do not decompress.
 * - unsupported_compression: a codec that Kafka does not know.
 * - record_too_large: decompressed it is larger than allowed.
 */
export type BatchErrorCode =
  'corrupt_batch' | 'unsupported_magic' | 'invalid_record' | 'unsupported_compression' | 'record_too_large';

/** Thrown by everything that reads batches. Says what was expected, what came and where; holds no record content. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
  readonly code: BatchErrorCode;

  constructor(code: BatchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
