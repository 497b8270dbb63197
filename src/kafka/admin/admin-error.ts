/** What one topic or resource of an administration request is refused with: a code and the words for the person who asked. */
import { EngineError } from '../../engine-error';
import { ErrorCode } from '../../protocol/error-code';
import { InvalidSetting } from '../../topic-settings/refusal';
import { errorCodeOf } from '../error-mapping';
import type { Activity } from '../error-mapping';

export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: ErrorCode;
  /** Null where Kafka answers the code alone. */
  readonly clientMessage: string | null;

  constructor(code: ErrorCode, clientMessage: string | null) {
    super(clientMessage ?? `error ${code}`);
    this.code = code;
    this.clientMessage = clientMessage;
  }
}

export interface Refusal {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
}

export const NO_ERROR: Refusal = { errorCode: ErrorCode.NONE, errorMessage: null };

/** The answer to whatever was thrown while one topic or resource was worked on. */
export function refusalOf(error: unknown, activity: Activity = 'admin'): Refusal {
  if (error instanceof AdminError) return { errorCode: error.code, errorMessage: error.clientMessage };
  if (error instanceof InvalidSetting) return { errorCode: ErrorCode.INVALID_CONFIG, errorMessage: error.message };
  const errorMessage = error instanceof EngineError ? error.message : null;
  return { errorCode: errorCodeOf(error, activity), errorMessage };
}
