/**
 * Readers that were told of a record that cannot be read, and ask for it again. Kafka answers that at once each time, and its Java client waits
 * for nothing before it asks again (librdkafka: half a second), so it asks hundreds of times a second. Whoever asks again here is answered as at
 * the end of a log: when its wait is over, or there is something else for it.
 */
import type { Clock } from '../../clock';
import { ErrorCode } from '../../protocol/error-code';
import type { ConnectionSession } from '../connection-session';
import { type FetchTarget, targetKey } from './fetch-target';

/** However long the client would wait: it is to find the record soon once that is mended. */
export const REFUSED_WAIT_MS_MAX = 1_000;
/** Who asks again later may wait for nothing in between by itself. */
const KEPT_MS = 5_000;
/** Partitions of a connection; those of more are answered at once. */
const KEPT_MAX = 100;

/** A slot, as far as it matters here. */
interface Refusable {
  readonly target: FetchTarget;
  readonly errorCode: ErrorCode;
}

interface Told {
  readonly offset: number;
  /** Monotonic. */
  readonly atMs: number;
}

export class ToldRefusals {
  readonly #clock: Clock;
  /** By partition; it goes with its connection. */
  readonly #told = new WeakMap<ConnectionSession, Map<string, Told>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the answer tells of its slots. */
  answered(session: ConnectionSession, slots: readonly Refusable[]): void {
    const refused = slots.filter(isRefused);
    if (refused.length === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const kept = [...(this.#told.get(session) ?? [])].filter(([, { atMs }]) => nowMs - atMs < KEPT_MS);
    const told = new Map(kept);
    for (const { target } of refused) {
      const key = keyOf(target);
      if (told.size < KEPT_MAX || told.has(key)) told.set(key, { offset: target.fetchOffset, atMs: nowMs });
    }
    this.#told.set(session, told);
  }

  /** Whether the connection was told the same of the same offset a moment ago. */
  isAgain(session: ConnectionSession, slot: Refusable): boolean {
    if (!isRefused(slot)) return false;
    const told = this.#told.get(session)?.get(keyOf(slot.target));
    return told?.offset === slot.target.fetchOffset && this.#clock.monotonicMs() - told.atMs < KEPT_MS;
  }
}

const isRefused = ({ errorCode }: Refusable): boolean => errorCode === ErrorCode.KAFKA_STORAGE_ERROR;

const keyOf = ({ topic, topicId, partition }: FetchTarget): string => targetKey(topic, topicId, partition);
