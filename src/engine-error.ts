/**
 * What goes wrong behind the gateway, as a closed set of codes. The API layer turns each into a Kafka code in one total table
 * (`kafka/error-mapping.ts`). The message says what was expected, what came and where; it holds no record content.
 */
export type EngineErrorCode =
  | 'topic_not_found'
  | 'topic_exists'
  | 'partition_not_found'
  | 'not_leader'
  | 'offset_out_of_range'
  /** A phase's deadline passed; nothing is known about the effect. */
  | 'timeout'
  /** The engine cannot be reached, or its stream died. */
  | 'unavailable'
  /** The caller gave up. */
  | 'cancelled'
  | 'corrupt_batch'
  | 'invalid_record'
  | 'record_too_large'
  | 'out_of_order_sequence'
  | 'duplicate_sequence'
  | 'invalid_producer_epoch'
  | 'invalid_partitions'
  | 'invalid_config'
  | 'storage_error'
  /** The engine's answers contradict one another; nothing it said is passed on. */
  | 'contradiction'
  | 'invalid_request'
  | 'shutting_down'
  | 'internal';

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  #target: string | undefined;

  constructor(code: EngineErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** Address of the engine target that did not answer; undefined where another reason, or none, is known. */
  get target(): string | undefined {
    return this.#target;
  }

  /** Says that no answer came from the target at this address. Of an error that is no lack of an answer nothing is said. */
  from(address: string): this {
    if (this.code === 'unavailable' || this.code === 'timeout') this.#target ??= address;
    return this;
  }
}

/** True where no answer came: nothing was said of the request itself. */
export function isUnreachable(error: unknown): error is EngineError {
  return error instanceof EngineError && (error.code === 'unavailable' || error.code === 'timeout');
}
