/**
 * What a failure behind the gateway means to a Kafka client: one total table, by what the client was doing. Failures that pass
 * are given codes that the client's library retries by itself: a Java consumer takes any other code of a fetch for a bug, and a
 * producer gives the record back to its application.
 */
import { EngineError, type EngineErrorCode } from '../engine-error';
import { ErrorCode } from '../protocol/error-code';
import type { Outcome } from '../telemetry/trace/operation';

/** `log`: ListOffsets, OffsetForLeaderEpoch, DeleteRecords and the like; `admin`: topics and settings; `coordinator`: groups and their offsets. */
export type Activity = 'fetch' | 'produce' | 'log' | 'admin' | 'coordinator';

type Row = Readonly<Record<Activity, ErrorCode>>;

/** The same code whatever the client was doing. */
const always = (code: ErrorCode): Row => ({ fetch: code, produce: code, log: code, admin: code, coordinator: code });

const ENGINE_ERRORS: Readonly<Record<EngineErrorCode, Row>> = {
  topic_not_found: always(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
  topic_exists: always(ErrorCode.TOPIC_ALREADY_EXISTS),
  partition_not_found: always(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
  not_leader: {
    ...always(ErrorCode.NOT_LEADER_OR_FOLLOWER),
    admin: ErrorCode.NOT_CONTROLLER,
    coordinator: ErrorCode.COORDINATOR_NOT_AVAILABLE,
  },
  offset_out_of_range: always(ErrorCode.OFFSET_OUT_OF_RANGE),
  timeout: {
    fetch: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    produce: ErrorCode.REQUEST_TIMED_OUT,
    log: ErrorCode.REQUEST_TIMED_OUT,
    admin: ErrorCode.REQUEST_TIMED_OUT,
    coordinator: ErrorCode.COORDINATOR_NOT_AVAILABLE,
  },
  unavailable: {
    fetch: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    produce: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    log: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    admin: ErrorCode.REQUEST_TIMED_OUT,
    coordinator: ErrorCode.COORDINATOR_NOT_AVAILABLE,
  },
  // The gateway stops: of the codes that Kafka gives then, the one that sarama's JoinGroup retries too.
  cancelled: {
    fetch: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    produce: ErrorCode.REQUEST_TIMED_OUT,
    log: ErrorCode.REQUEST_TIMED_OUT,
    admin: ErrorCode.REQUEST_TIMED_OUT,
    coordinator: ErrorCode.NOT_COORDINATOR,
  },
  corrupt_batch: { ...always(ErrorCode.CORRUPT_MESSAGE), fetch: ErrorCode.KAFKA_STORAGE_ERROR },
  invalid_record: { ...always(ErrorCode.INVALID_RECORD), fetch: ErrorCode.KAFKA_STORAGE_ERROR },
  record_too_large: {
    ...always(ErrorCode.MESSAGE_TOO_LARGE),
    fetch: ErrorCode.KAFKA_STORAGE_ERROR,
    coordinator: ErrorCode.UNKNOWN_SERVER_ERROR,
  },
  out_of_order_sequence: always(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
  duplicate_sequence: always(ErrorCode.DUPLICATE_SEQUENCE_NUMBER),
  invalid_producer_epoch: always(ErrorCode.INVALID_PRODUCER_EPOCH),
  invalid_partitions: always(ErrorCode.INVALID_PARTITIONS),
  invalid_config: always(ErrorCode.INVALID_CONFIG),
  storage_error: { ...always(ErrorCode.KAFKA_STORAGE_ERROR), coordinator: ErrorCode.COORDINATOR_NOT_AVAILABLE },
  // Retriable everywhere: the next answer may be consistent, and no record is passed on until one is.
  contradiction: {
    ...always(ErrorCode.KAFKA_STORAGE_ERROR),
    admin: ErrorCode.REQUEST_TIMED_OUT,
    coordinator: ErrorCode.COORDINATOR_NOT_AVAILABLE,
  },
  invalid_request: always(ErrorCode.INVALID_REQUEST),
  shutting_down: {
    fetch: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    produce: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    log: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    admin: ErrorCode.REQUEST_TIMED_OUT,
    coordinator: ErrorCode.NOT_COORDINATOR,
  },
  // A filer passes its own store's failures on under a status that says nothing; clients of a group give up on any code but a retriable one.
  internal: { ...always(ErrorCode.UNKNOWN_SERVER_ERROR), coordinator: ErrorCode.COORDINATOR_NOT_AVAILABLE },
};

/** The code of anything thrown below a handler; what is no EngineError is UNKNOWN_SERVER_ERROR. */
export function errorCodeOf(error: unknown, activity: Activity): ErrorCode {
  return error instanceof EngineError ? ENGINE_ERRORS[error.code][activity] : ErrorCode.UNKNOWN_SERVER_ERROR;
}

/** Codes that say that serving the request failed. */
const FAILURES: ReadonlySet<number> = new Set<number>([
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.BROKER_NOT_AVAILABLE,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.NETWORK_EXCEPTION,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.NOT_CONTROLLER,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.LISTENER_NOT_FOUND,
  ErrorCode.OFFSET_NOT_AVAILABLE,
]);

/** How a request ended that was answered with an error code; a code that says of no failure says that the request was wrong. */
export function outcomeOfCode(code: number): Outcome {
  if (code === ErrorCode.REQUEST_TIMED_OUT) return 'deadline';
  return FAILURES.has(code) ? 'engine_error' : 'client_error';
}
