/**
 * One Kafka API as the gateway serves it. Version answers (ApiVersions), header versions, dispatch, span names and metric labels
 * all derive from the definitions; the one list of them is `api/index.ts`.
 */
import type { Reader } from '../../protocol/reader';
import type { Writer } from '../../protocol/writer';
import type { CallContext } from '../../telemetry/trace/operation';
import type { ErrorCode } from '../../protocol/error-code';
import type { ConnectionSession } from '../connection-session';
import type { Activity } from '../error-mapping';
import type { Throttle } from '../quotas/throttling';
import type { Services } from '../services';

/** What the generated codecs know of an API. */
export interface ApiFacts {
  readonly key: number;
  /** Kafka's name; also span name and metric label. */
  readonly name: string;
  readonly requestVersions: { readonly min: number; readonly max: number };
  /** The lowest version that ApiVersions lists; it may be lower than what is served. */
  readonly advertisedMin: number;
}

/** One request's surroundings. The signal aborts when the connection closes or the gateway stops. */
export interface RequestContext extends CallContext {
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Of its frame. */
  readonly requestBytes: number;
  readonly session: ConnectionSession;
  /** When the whole frame had arrived, on the clock's monotonic scale. */
  readonly arrivedMs: number;
  /** Aborts when the gateway stops: waits for something that may never come end at once, work in flight goes on. */
  readonly stopping: AbortSignal;
  /**
   * Where the API overlaps: resolves when the request before this one has begun its effects, undefined where there is none. The
   * handler waits for it, begins its own effects synchronously, and calls `effectsBegun`.
   */
  readonly effectsTurn: Promise<void> | undefined;
  effectsBegun(): void;
  /** The client is over a quota: the answer says so, and its connection is not read for so long. Of several the longest counts. */
  throttled(throttle: Throttle): void;
  /** Where it is there: what allowed the request to do with each resource what it did, by type and name. For the audit trail. */
  readonly allowances?: Map<string, string> | undefined;
  /** Runs once the answer has left for the socket, or never will (`written` is false): what it holds can be given back. */
  afterResponse(action: (written: boolean) => void): void;
}

export interface ApiDefinition<Request, Response> {
  readonly facts: ApiFacts;
  readonly read: (reader: Reader, version: number) => Request;
  readonly write: (writer: Writer, response: Response, version: number) => void;
  /** Throws only what `failure` can answer. */
  readonly handle: (request: Request, context: RequestContext, services: Services) => Promise<Response>;
  /** What its clients were doing when `handle` throws: it says which codes they retry. Absent: 'admin'. */
  readonly activity?: Activity;
  /** The answer that carries one error for the whole request, as Kafka's getErrorResponse does. */
  readonly failure: (request: Request, error: ErrorCode, context: RequestContext) => Response;
  /** Error codes of an answer (0 left out), for the span's kafka.error.name and outcome; absent: the API's answers carry none. */
  readonly errors?: (response: Response) => Iterable<number>;
  /** True where the request itself is wrong although Kafka answers it with a code for failures: its outcome is a client error. */
  readonly isWrong?: (request: Request) => boolean;
  /** True for a request whose answer is not sent (Produce with acks=0); where it holds an error, the connection is closed instead. */
  readonly unanswered?: (request: Request) => boolean;
  /** True where `handle` itself asks what the request's share of time costs, because that changes its answer. */
  readonly asksRequestQuota?: boolean;
  /**
   * True where the next request of the same connection and API may begin before this one is answered. Effects begin in the order
   * of the requests (`effectsTurn`), and answers keep it.
   */
  readonly overlaps?: boolean;
}

/** Keeps the types of one definition together and hides them from the list. */
export function defineApi<Request, Response>(definition: ApiDefinition<Request, Response>): AnyApi {
  return definition as AnyApi;
}

/** A definition whose types only its own functions know; dispatch passes their values along unseen. */
export type AnyApi = ApiDefinition<unknown, unknown>;
