/**
 * What comes again and again, put together: one event an interval with a count. Bounded in number; past the bound all that is held is
 * told at once, so that nothing is lost. Of what clients wrote no more is held than a line shows.
 */
import type { Clock, Timer } from '../clock';
import { DETAIL_LENGTH_MAX } from './audit-kinds';
import type { Repeated } from './audit-line';
import type { AuditEvent } from './audit-trail';

export interface RepeatedEventsOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly heldMax: number;
  readonly tell: (event: AuditEvent, repeated: Repeated) => void;
}

/** One thing that is repeated; `count` those that were not told yet. */
export interface Repetition {
  event: AuditEvent;
  count: number;
  sinceMs: number;
}

export class RepeatedEvents {
  readonly #options: RepeatedEventsOptions;
  readonly #held = new Map<string, Repetition>();
  readonly #timer: Timer;

  constructor(options: RepeatedEventsOptions) {
    this.#options = options;
    this.#timer = options.clock.every(options.intervalMs, () => this.#tell());
  }

  /** Counts what is held by the key, and tells `event` of it where one is given. False where nothing is: then it is to be told, or held. */
  again(key: string, event?: AuditEvent): boolean {
    const held = this.#held.get(key);
    if (held === undefined) return false;
    if (held.count === 0) held.sinceMs = this.#options.clock.nowMs();
    held.count += 1;
    if (event !== undefined) held.event = shortened(event);
    return true;
  }

  /** From now on the key is held; `count` is 0 of an event that was told already, 1 of one that was not. */
  hold(key: string, event: AuditEvent, count: 0 | 1): void {
    if (this.#held.size >= this.#options.heldMax) this.#tell();
    this.#held.set(key, { event: shortened(event), count, sinceMs: this.#options.clock.nowMs() });
  }

  /** Tells the rest. */
  close(): void {
    this.#timer.cancel();
    this.#tell();
  }

  #tell(): void {
    for (const { event, count, sinceMs } of this.#held.values()) {
      if (count > 0) this.#options.tell(event, { count, sinceMs });
    }
    this.#held.clear();
  }
}

function shortened({ repeats: _, ...event }: AuditEvent): AuditEvent {
  const { actor, resource, detail } = event;
  const { principal, clientId } = actor;
  return {
    ...event,
    actor: { ...actor, principal: cut(principal), clientId: clientId === null ? null : cut(clientId) },
    resource: { ...resource, name: cut(resource.name) },
    ...(detail === undefined ? {} : { detail: cut(detail) }),
  };
}

/** Made anew, for a part of a text keeps the whole of it in memory. */
const cut = (text: string): string =>
  text.length <= DETAIL_LENGTH_MAX ? text : Buffer.from(text.slice(0, DETAIL_LENGTH_MAX)).toString();
