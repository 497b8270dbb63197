/** One request under way: the context that its API is served with, its exchange with the connection, and its outcome. */
import type { RequestContext } from '../kafka/api/define-api';
import type { Throttle, ThrottleUnderWay } from '../kafka/quotas/throttling';
import type { ConnectionSession } from '../kafka/connection-session';
import type { RequestHeader } from '../protocol/header';
import type { Operation, Outcome } from '../telemetry/trace/operation';
import { NEVER } from '../waiting/never';
import type { ConnectionEnd } from './close-cause';
import { shownBytesOf } from './frame-key';

/** The connection as requests see it. */
export interface Caller {
  readonly session: ConnectionSession;
  /** Aborts when the connection closes. */
  readonly signal: AbortSignal;
  /** Aborts when the gateway stops. */
  readonly stopping: AbortSignal;
}

/** One request from its frame to its answer's last byte; owned by the connection, which ends it exactly once. */
export interface Exchange {
  readonly operation: Operation;
  /** The answer's frame in chunks; undefined where none is sent. Rejects with ProtocolError where the connection must close. */
  readonly answer: Promise<Uint8Array[] | undefined>;
  /** What went wrong, once `answer` has resolved. */
  readonly error: { readonly type: string; readonly message: string } | undefined;
  /** For how long its connection is to be muted, once `answer` has resolved; undefined where it is not. */
  readonly muted: ThrottleUnderWay | undefined;
  /** Resolves when the request has begun its effects, or has none; undefined where its API does not overlap. */
  readonly begun: Promise<void> | undefined;
  /** How the connection ends behind the answer, once `answer` has resolved; undefined where it goes on. */
  readonly closes: ConnectionEnd | undefined;
  /** How many bytes of the answer may be shown to whoever looks at connections. */
  readonly shownBytes: number;
  /** The answer has left, or never will. */
  end(outcome: 'written' | 'cancelled' | 'deadline'): void;
}

export interface RunOptions {
  readonly header: RequestHeader;
  readonly caller: Caller;
  readonly operation: Operation;
  /** On the clock's monotonic scale. */
  readonly arrivedMs: number;
  readonly requestBytes: number;
  readonly overlaps: boolean;
  readonly effectsTurn: Promise<void> | undefined;
}

export class RequestRun implements Exchange, RequestContext {
  readonly header: RequestHeader;
  readonly operation: Operation;
  readonly signal: AbortSignal;
  readonly stopping: AbortSignal;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly session: ConnectionSession;
  readonly arrivedMs: number;
  readonly requestBytes: number;
  readonly effectsTurn: Promise<void> | undefined;
  readonly begun: Promise<void> | undefined;
  /** Set by dispatch where the API is audited. */
  allowances: Map<string, string> | undefined = undefined;
  /** The longest that was asked for. */
  throttle: Throttle | undefined = undefined;
  /** Set by whoever makes the answer. */
  muted: ThrottleUnderWay | undefined = undefined;
  /** Set once, by dispatch, before the connection sees the run. */
  answer: Promise<Uint8Array[] | undefined> = Promise.resolve(undefined);
  closes: ConnectionEnd | undefined = undefined;
  shownBytes: number;
  #error: { readonly type: string; readonly message: string } | undefined;
  #outcome: Outcome = 'ok';
  #afterwards: ((written: boolean) => void)[] | undefined;
  #resolveBegun: (() => void) | undefined;

  constructor({ header, caller, operation, arrivedMs, requestBytes, overlaps, effectsTurn }: RunOptions) {
    this.header = header;
    this.shownBytes = shownBytesOf(header.apiKey);
    this.operation = operation;
    // What was produced is appended although its producer has left: with acks=0 it leaves as soon as it has sent.
    this.signal = overlaps ? NEVER : caller.signal;
    this.stopping = caller.stopping;
    this.apiVersion = header.apiVersion;
    this.correlationId = header.correlationId;
    this.clientId = header.clientId;
    this.session = caller.session;
    this.arrivedMs = arrivedMs;
    this.requestBytes = requestBytes;
    this.effectsTurn = effectsTurn;
    this.begun = overlaps ? new Promise((resolve) => (this.#resolveBegun = resolve)) : undefined;
  }

  get error(): { readonly type: string; readonly message: string } | undefined {
    return this.#error;
  }

  afterResponse(action: (written: boolean) => void): void {
    (this.#afterwards ??= []).push(action);
  }

  throttled(throttle: Throttle): void {
    if (throttle.ms > (this.throttle?.ms ?? 0)) this.throttle = throttle;
  }

  effectsBegun(): void {
    this.#resolveBegun?.();
  }

  /** Says what the request failed with; the last word counts. */
  failed(outcome: Outcome, type: string, message: string): void {
    this.#outcome = outcome;
    this.#error = { type, message };
  }

  end(outcome: 'written' | 'cancelled' | 'deadline'): void {
    if (this.operation.ended) return;
    if (outcome !== 'written') this.#outcome = outcome;
    this.operation.end(this.#outcome, this.#error);
    if (this.#afterwards !== undefined) for (const action of this.#afterwards) action(outcome === 'written');
  }
}
