/**
 * An API as dispatch serves it: a frame in, chunks out. APIs that are decoded and handled here are made by `decodedApis`; one that
 * only passes bytes on implements this interface itself.
 */
import type { ApiFacts } from '../kafka/api/define-api';
import type { ErrorCode } from '../protocol/error-code';
import type { Reader } from '../protocol/reader';
import type { RequestRun } from './request-run';

export interface ServedApi {
  readonly facts: ApiFacts;
  /** Whether the next request of the same connection may begin before this one is answered. */
  readonly overlaps: boolean;
  /**
   * Serves one request. `body` stands behind the request's header. Resolves with the answer's whole frame in chunks, undefined where
   * none is sent. Throws ProtocolError before it returns where the bytes are no request; what goes wrong later is an answer.
   */
  serve(body: Reader, run: RequestRun): Promise<Uint8Array[] | undefined>;
  /** Answers the request with one error and does nothing of it. Throws ProtocolError. Absent: such a request costs its connection. */
  readonly refuse?: (body: Reader, run: RequestRun, error: ErrorCode) => Promise<Uint8Array[] | undefined>;
  /** The answer to a version that is not served; absent where such a request costs its connection. */
  readonly refuseVersion?: (run: RequestRun) => Promise<Uint8Array[]>;
}
