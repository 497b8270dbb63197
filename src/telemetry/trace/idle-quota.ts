/**
 * Idle polls and heartbeats are most of what clients ask and tell next to nothing: of each client and topic one a minute is kept. Where
 * there are more clients than it remembers, the one that came first is forgotten. What is busy around them takes none of their room.
 */
import { KeepQuota } from './keep-quota';

const PERIOD_MS = 60_000;
const CLIENTS_MAX = 4_096;
const TOPICS_PER_CLIENT_MAX = 256;

export class IdleQuota {
  /** By client and topic: when one was kept last. */
  readonly #clients = new Map<string, Map<string, number>>();
  readonly #room = new KeepQuota();

  /**
   * Whether one is due and there is room for it, `perSecond` in each: without room it stays due. `nowMs` is on the monotonic clock.
   */
  take(client: string, topic: string, nowMs: number, perSecond: number): boolean {
    let topics = this.#clients.get(client);
    if (topics === undefined) {
      if (this.#clients.size >= CLIENTS_MAX) forgetFirst(this.#clients);
      this.#clients.set(client, (topics = new Map<string, number>()));
    }
    const keptMs = topics.get(topic);
    if (keptMs !== undefined && nowMs - keptMs < PERIOD_MS) return false;
    if (!this.#room.take(nowMs, perSecond)) return false;
    if (keptMs === undefined && topics.size >= TOPICS_PER_CLIENT_MAX) forgetFirst(topics);
    topics.set(topic, nowMs);
    return true;
  }
}

function forgetFirst(map: Map<string, unknown>): void {
  const first = map.keys().next();
  if (first.done !== true) map.delete(first.value);
}
