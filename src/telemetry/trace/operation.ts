/**
 * The contract of operations: light in-flight records of work, one per phase, always counted and timed. When a root ends, the
 * keep rule turns its tree into OpenTelemetry spans or drops it as a whole. Everything above `telemetry` sees only this file and
 * `operations.ts` (the declarations); the machinery is in `tracer.ts`.
 */
import type { OperationName } from './operations';

/** How an operation ended. An error is never folded into an empty answer. */
export type Outcome =
  'ok' | 'data' | 'idle_timeout' | 'deadline' | 'engine_error' | 'client_error' | 'cancelled' | 'error';

/** Those that somebody on call looks for: their series are there at 0 before the first of them. */
export const FAILED_OUTCOMES: readonly Outcome[] = ['deadline', 'engine_error', 'error'];

export type AttributeValue = string | number | boolean;

/** Why a trace is kept whatever its duration. */
const KEEP_FLAGS = [
  'empty_value',
  'unexpected_null',
  'wrong_value',
  'mismatch',
  'contradiction',
  'offset_gap',
  'stuck_offset',
  'client_sampled',
] as const;
export type KeepFlag = (typeof KEEP_FLAGS)[number];

/** Why a trace was kept: what is wrong with it, who asked for it, or that there is little else. */
export const KEEP_REASONS = [
  ...KEEP_FLAGS,
  'all',
  'stalled',
  'error',
  'overrun',
  'targeted',
  'slowest',
  'first',
  'rate',
  'idle',
] as const;
export type KeepReason = (typeof KEEP_REASONS)[number];

/** Another span that this one points at (W3C trace context ids, lower-case hex). */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

/** Links that are asked for when the span is exported: by then it is known which of them lead somewhere. */
export type LateLinks = () => readonly SpanLink[];

export interface ChildOptions {
  /** The legitimate wait in ms; overdue = age − budget. Defaults to the declaration's. */
  readonly budgetMs?: number;
  /** Span name where it holds more than the operation's own (`poll orders`). */
  readonly spanName?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface RootOptions extends ChildOptions {
  /** Attributes that many roots have in common, made once; must not change. */
  readonly shared?: Readonly<Record<string, AttributeValue>>;
  /** The client's trace context; a sampled one keeps the trace. */
  readonly remoteParent?: SpanLink & { readonly sampled: boolean };
  readonly links?: readonly SpanLink[];
}

/** One piece of work in flight. Owned by whoever started it, who ends it exactly once; ending twice is ignored. */
export interface Operation {
  readonly name: OperationName;
  /** 32 hex digits, made when the root starts. */
  readonly traceId: string;
  /** 16 hex digits, made up front, so that stall spans can name their parent before it is exported. */
  readonly spanId: string;
  readonly ended: boolean;
  /** True once the trace is certain to be exported (flagged, client-sampled, SEAGLASS_TRACE=all …). */
  readonly kept: boolean;
  child(name: OperationName, options?: ChildOptions): Operation;
  set(key: string, value: AttributeValue | undefined): this;
  /** An attribute that is asked for when somebody looks while the operation is open: a stall, /debug/inflight. Its span is without it. */
  live(key: string, read: () => AttributeValue | undefined): this;
  /** What of the time since its trace began was the gateway's own, ms: no wait for the engine, the client, or something to happen. */
  ownMs(): number;
  /** Changes the legitimate wait, for instance once it is known whether data is there. */
  setBudget(budgetMs: number): this;
  /** A named moment in the operation (a session's state transition). */
  event(name: string): this;
  /** At most 32 are kept. */
  link(link: SpanLink | LateLinks): this;
  /** Runs once it is known whether the operation will be there to look at: at once where its trace is certain to be exported. */
  whenDecided(action: (shown: boolean) => void): void;
  /** The engine target at this address did not answer, or not as asked, or it is `blameOf` an incident: should the request fail, that is why. */
  blame(target: string): this;
  /** Keeps the whole trace. */
  flag(reason: KeepFlag): this;
  /** Nothing came of it, as is normal: an idle poll, a heartbeat. Of such traces few are kept. */
  idle(): this;
  /** `error` is needed for outcomes that are failures: its `type` is low-cardinality and becomes error.type. */
  end(outcome?: Outcome, error?: { readonly type: string; readonly message: string }): void;
}

/** What every call below dispatch carries: who waits, and how long it may. */
export interface CallContext {
  readonly operation: Operation;
  readonly signal: AbortSignal;
}

/** Starts roots. One per process (or per test). */
export interface OperationSource {
  root(name: OperationName, options?: RootOptions): Operation;
}
