/** gRPC's status of a failed call as an EngineError. The ServiceError stays the cause, so that an adapter can read its engine's words. */
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { EngineError } from '../engine-error';
import type { EngineErrorCode } from '../engine-error';

export function statusName(code: number): string {
  return status[code] ?? `CODE_${code}`;
}

/** gRPC's name for how a call failed, whoever ended it; undefined where it was never made. */
export function statusNameOf(error: unknown): string | undefined {
  if (isServiceError(error)) return statusName(error.code);
  if (!(error instanceof EngineError)) return undefined;
  if (error.code === 'timeout') return statusName(status.DEADLINE_EXCEEDED);
  return error.code === 'cancelled' ? statusName(status.CANCELLED) : undefined;
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number';
}

/** `what` names the call and its peer: `seaglass.v1.RecordLog/Read at unix:/…`. */
export function fromServiceError(error: unknown, what: string): EngineError {
  if (error instanceof EngineError) return error;
  if (!isServiceError(error)) return new EngineError('internal', `${what}: ${String(error)}`, error);
  return new EngineError(codeOf(error.code), `${what}: ${statusName(error.code)}: ${error.details}`, error);
}

/** A reset stream or a lost connection arrives as any of UNAVAILABLE, INTERNAL, CANCELLED and ABORTED: the peer is gone. */
function codeOf(code: number): EngineErrorCode {
  switch (code) {
    case status.DEADLINE_EXCEEDED:
      return 'timeout';
    case status.UNAVAILABLE:
    case status.CANCELLED:
    case status.INTERNAL:
    case status.ABORTED:
    case status.RESOURCE_EXHAUSTED:
      return 'unavailable';
    default:
      return 'internal';
  }
}
