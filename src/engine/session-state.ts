/** Where a subscriber session stands, and why it ended. */
import type { LogUnit, SubscriberStream } from './dialect';
import type { EngineError } from './engine-error';

/** Each state with what exists only in it. */
export type SessionState<U extends LogUnit> =
  | { readonly kind: 'assigning' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'initSent'; readonly stream: SubscriberStream<U> }
  /** At the tail: nothing is known to be there that has not arrived. */
  | { readonly kind: 'idle'; readonly stream: SubscriberStream<U> }
  | { readonly kind: 'streaming'; readonly stream: SubscriberStream<U> }
  | { readonly kind: 'stalled'; readonly stream: SubscriberStream<U> | undefined }
  | { readonly kind: 'closing'; readonly stream: SubscriberStream<U> | undefined }
  | { readonly kind: 'closed'; readonly error: EngineError | undefined };

export type SessionStateKind = SessionState<LogUnit>['kind'];

/** Why a session ended, for its trace and the event counter. */
export type SessionEnd = 'aged' | 'evicted' | 'merged' | 'renewed' | 'trimmed' | 'stalled' | 'failed' | 'shutdown';
