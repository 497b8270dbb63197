/** Where a subscriber session stands, where it may go from there, and why it ended. */
import { assert } from '../../assert';
import type { LogUnit, SubscriberStream } from '../dialect';
import type { EngineError } from '../../engine-error';

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

/** A session that has begun to end goes one way. */
const ENDS: readonly SessionStateKind[] = ['stalled', 'closing'];
const MOVES: Readonly<Record<SessionStateKind, readonly SessionStateKind[]>> = {
  assigning: ['opening', ...ENDS],
  opening: ['initSent', ...ENDS],
  initSent: ['idle', ...ENDS],
  idle: ['idle', 'streaming', ...ENDS],
  streaming: ['streaming', 'idle', ...ENDS],
  stalled: ['closing'],
  closing: ['closed'],
  closed: [],
};

/** Asserts that a session may go from one state to the other. */
export function assertMove(from: SessionStateKind, to: SessionStateKind): void {
  if (!MOVES[from].includes(to)) assert(false, `a move from ${from} other than to ${to}`);
}

/** Why a session ended, for its trace and the event counter. `rewritten`: its log was compacted, and what it held may be gone. */
const SESSION_ENDS = [
  'aged',
  'evicted',
  'merged',
  'renewed',
  'rewritten',
  'trimmed',
  'stalled',
  'failed',
  'shutdown',
] as const;
export type SessionEnd = (typeof SESSION_ENDS)[number];

/** All that the event counter counts. */
export const SESSION_EVENTS: ReadonlySet<SessionStateKind | SessionEnd> = new Set([
  ...(Object.keys(MOVES) as SessionStateKind[]),
  ...SESSION_ENDS,
]);
