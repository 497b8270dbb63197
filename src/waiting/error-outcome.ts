/** How an operation ended that failed: whose fault it was, or that nobody waited for it. The one table of it below Kafka's codes. */
import type { Outcome } from '../telemetry/trace/operation';
import { EngineError, type EngineErrorCode } from '../engine-error';

const OUTCOMES: Readonly<Record<EngineErrorCode, Outcome>> = {
  topic_not_found: 'client_error',
  topic_exists: 'client_error',
  partition_not_found: 'client_error',
  not_leader: 'engine_error',
  offset_out_of_range: 'client_error',
  timeout: 'deadline',
  unavailable: 'engine_error',
  cancelled: 'cancelled',
  // What a client sends is checked before it comes here: this was damaged on its way, or where it is kept.
  corrupt_batch: 'engine_error',
  invalid_record: 'client_error',
  record_too_large: 'client_error',
  out_of_order_sequence: 'client_error',
  duplicate_sequence: 'client_error',
  invalid_producer_epoch: 'client_error',
  invalid_partitions: 'client_error',
  invalid_config: 'client_error',
  storage_error: 'engine_error',
  contradiction: 'engine_error',
  invalid_request: 'client_error',
  shutting_down: 'engine_error',
  internal: 'engine_error',
};

/** Of anything thrown; 'error' for what is no EngineError, which is a fault of the gateway itself. */
export function outcomeOf(error: unknown): Outcome {
  return error instanceof EngineError ? OUTCOMES[error.code] : 'error';
}
