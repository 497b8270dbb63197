/**
 * Waits that are an incident of their own once they are long: appends that nobody acks, and answers that a client does not take. The
 * hang watch brings them; each is looked at again until it ends. Where producers wait less than that, the engine side says of a publish
 * stream that it acked nothing. A target that is known to be silent explains its waits itself.
 */
import type { Clock } from '../../clock';
import type { EventLoopWatch } from '../event-loop/event-loop-watch';
import { LightOperation } from '../trace/light-operation';
import type { Operation } from '../trace/operation';
import type { IncidentKind } from './incident-kinds';
import type { Incidents } from './incidents';
import { requestInWords, rootOf, targetOf, waitInWords } from './waiting-requests';

type StallKind = Extract<IncidentKind, 'publisher_not_acked' | 'client_not_reading'>;

/** A wait that is past its budget by so much. */
const OVERDUE_MS_MIN = 2_000;
const WATCHED_MAX = 1_000;
/** A partition that acked nothing, and to which nobody appended for so long, is no trouble any more. */
const UNACKED_HOLD_MS = 60_000;

/** Attribute of `response.write`: what of the answer the client has not taken. */
export const UNREAD_BYTES = 'seaglass.response.unread_bytes';

/** A publish stream that was left because it acked nothing for so long. */
export interface UnackedStream {
  readonly target: string;
  readonly partition: string;
  readonly silentMs: number;
  /** Whoever gave up last. */
  readonly operation: Operation | undefined;
}

interface Watched {
  readonly kind: StallKind;
  readonly target: string;
  readonly operation: LightOperation;
  /** Bytes that were unread at the last look, and since when no fewer. */
  unread: number;
  sameSinceMs: number;
  isTold: boolean;
}

export class StallIncidents {
  readonly #incidents: Incidents;
  readonly #clock: Clock;
  /** What the gateway slept through is not held against anybody. */
  readonly #eventLoop: Pick<EventLoopWatch, 'awakeMs'>;
  readonly #watched = new Map<LightOperation, Watched>();
  /** By partition: those whose streams were left, and that acked nothing since. */
  readonly #unacked = new Map<string, { readonly target: string; readonly untilMs: number }>();

  constructor(incidents: Incidents, clock: Clock, eventLoop: Pick<EventLoopWatch, 'awakeMs'>) {
    this.#incidents = incidents;
    this.#clock = clock;
    this.#eventLoop = eventLoop;
  }

  /** Whoever waits, and however short: it is told until the partition acks again. */
  unacked({ target, partition, silentMs, operation }: UnackedStream): void {
    this.#unacked.set(partition, { target, untilMs: this.#clock.monotonicMs() + UNACKED_HOLD_MS });
    if (this.#isExplained(target)) return;
    this.#incidents.open('publisher_not_acked', target, {
      evidence: `has acked nothing of what was sent to ${partition} for ${(silentMs / 1_000).toFixed(1)} s`,
      ...(operation instanceof LightOperation ? { hurt: requestInWords(operation) } : {}),
      ...(operation === undefined ? {} : { traceId: operation.traceId }),
    });
  }

  /** An append of a partition whose stream was left is acked. */
  acked(partition: string): void {
    const known = this.#unacked.get(partition);
    if (known === undefined) return;
    this.#unacked.delete(partition);
    this.#closeIfOver('publisher_not_acked', known.target, 'acks again');
  }

  /** An operation is overdue. */
  stalled(operation: LightOperation, nowMs: number): void {
    const phase = operation.prepared.phase.name;
    if (phase !== 'publish.ack' && phase !== 'response.write') return;
    if (this.#watched.has(operation) || this.#watched.size >= WATCHED_MAX) return;
    const kind = phase === 'publish.ack' ? 'publisher_not_acked' : 'client_not_reading';
    const unread = unreadOf(operation);
    const target = kind === 'publisher_not_acked' ? brokerOf(operation) : clientOf(operation);
    this.#watched.set(operation, { kind, target, operation, unread, sameSinceMs: nowMs, isTold: false });
  }

  /** Looks at them again; called with every sweep of the hang watch. */
  look(nowMs: number): void {
    for (const [partition, { target, untilMs }] of this.#unacked) {
      if (this.#isExplained(target)) this.#incidents.supersede('publisher_not_acked', target);
      else if (this.#clock.monotonicMs() < untilMs) continue;
      this.#unacked.delete(partition);
      this.#closeIfOver('publisher_not_acked', target, 'waits for no ack any more');
    }
    for (const each of this.#watched.values()) {
      if (each.operation.ended) this.#leave(each);
      else this.#judge(each, nowMs);
    }
  }

  #judge(each: Watched, nowMs: number): void {
    const { operation, kind, target } = each;
    if (kind === 'client_not_reading') {
      const unread = unreadOf(operation);
      // Slow is not stopped.
      if (unread !== each.unread) {
        each.unread = unread;
        each.sameSinceMs = nowMs;
      }
      if (this.#eventLoop.awakeMs(each.sameSinceMs) < OVERDUE_MS_MIN) return;
    }
    if (this.#eventLoop.awakeMs(operation.startMs) - operation.budgetMs < OVERDUE_MS_MIN) return;
    if (kind === 'publisher_not_acked' && this.#isExplained(target)) {
      if (each.isTold) this.#incidents.supersede(kind, target);
      each.isTold = false;
      return;
    }
    each.isTold = true;
    this.#incidents.open(kind, target, {
      evidence: this.#evidence(each, ((nowMs - operation.startMs) / 1_000).toFixed(1)),
      hurt: waitInWords(operation, nowMs),
      traceId: operation.traceId,
    });
  }

  #isExplained(target: string): boolean {
    return this.#incidents.isOpen('engine_silent', target) || this.#incidents.isOpen('engine_unreachable', target);
  }

  #evidence({ kind, target, unread }: Watched, seconds: string): string {
    const same = [...this.#watched.values()].filter((each) => each.kind === kind && each.target === target).length;
    if (kind === 'client_not_reading')
      return `has taken nothing of an answer for ${seconds} s: ${String(unread)} bytes are unread`;
    return `has acked nothing of ${String(same)} ${same === 1 ? 'append' : 'appends'} for ${seconds} s`;
  }

  #leave(ended: Watched): void {
    this.#watched.delete(ended.operation);
    const { kind, target, isTold } = ended;
    if (isTold)
      this.#closeIfOver(kind, target, kind === 'publisher_not_acked' ? 'waits for no ack any more' : 'waits no more');
  }

  #closeIfOver(kind: StallKind, target: string, evidence: string): void {
    for (const each of this.#watched.values())
      if (each.kind === kind && each.target === target && each.isTold && !each.operation.ended) return;
    if (kind === 'publisher_not_acked') for (const each of this.#unacked.values()) if (each.target === target) return;
    this.#incidents.close(kind, target, evidence);
  }
}

function unreadOf(operation: LightOperation): number {
  return Number(operation.attributes()[UNREAD_BYTES] ?? 0);
}

/** The broker, or the partition where no broker is known. */
function brokerOf(operation: LightOperation): string {
  const send = operation.parent;
  const topic = send?.attribute('messaging.destination.name');
  const partition = send?.attribute('messaging.destination.partition.id');
  return targetOf((key) => operation.attribute(key)) ?? `${String(topic)}-${String(partition)}`;
}

function clientOf(operation: LightOperation): string {
  const root = rootOf(operation);
  const client = root.attribute('messaging.client.id');
  return String(client === undefined || client === '' ? root.attribute('client.address') : client);
}
