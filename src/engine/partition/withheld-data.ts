/**
 * Data that the engine says it has and does not send. A stream brought nothing in its time, and a read beside it brought the records: open
 * until a stream of the partition brings records again. Or reads of what it says it has go unanswered, and no target that they need is told
 * to be in trouble: open until a read brings records again.
 */
import { UntoldFailures } from '../../telemetry/incidents/failed-requests';
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import type { Waiting } from '../../telemetry/incidents/waiting-requests';
import type { Operation } from '../../telemetry/trace/operation';
import type { Offset, TopicPartition } from '../../types';
import { counted } from '../channel/unanswered';
import type { EngineCore } from '../core';
import type { Dialect, LogUnit } from '../dialect';

/** Streams are not tried for a while after one stalled. */
const HOLD_MS = 60_000;
const AWAKE_SHARE_MIN = 0.5;
/** A read that was left sooner says nothing. */
const READ_MS_MIN = 400;
const UNREAD_MS_MIN = 4_000;
const UNREAD_READS_MIN = 2;
/** Unanswered reads that lie further apart are not one trouble. */
const UNREAD_GAP_MS_MAX = 10_000;
/** What answers nothing says so of itself. */
const MUTE: readonly IncidentKind[] = ['engine_unreachable', 'engine_silent'];
/** What says it better, being told of the target itself. */
const OF_TARGETS: readonly IncidentKind[] = [...MUTE, 'filer_failing', 'breaker_open'];
const REMEDY: Readonly<Record<Dialect['name'], string>> = {
  record_log:
    'Restart the node, or the gateway where the node runs inside it; keep the trace for the developers of Seaglass.',
  seaweedmq: 'Restart the broker that leads the partition; keep the trace for its developers.',
};

/** Reads one behind the other that brought nothing. */
interface Unread {
  readonly sinceMs: number;
  lastMs: number;
  reads: number;
}

export class WithheldData<U extends LogUnit> {
  readonly #core: EngineCore<U>;
  readonly #place: () => TopicPartition;
  #why: string | undefined;
  #isTold = false;
  #unread: Unread | undefined;
  #isUnreadTold = false;
  /** Who waited when it was last looked at; a request may give up before the verdict. */
  #waiting: Waiting | undefined;
  readonly #failures: UntoldFailures;
  #blamedMs = Number.NEGATIVE_INFINITY;

  constructor(core: EngineCore<U>, place: () => TopicPartition) {
    this.#core = core;
    this.#place = place;
    this.#failures = new UntoldFailures(core.telemetry.failedRequests);
  }

  /** A stream brought nothing in its time. Where the gateway itself slept meanwhile, that says nothing. */
  stalled(why: string): void {
    const { clock, settings, telemetry } = this.#core;
    const forMs = settings.firstMessageDeadlineMs;
    if (telemetry.eventLoop.awakeMs(clock.monotonicMs() - forMs) < forMs * AWAKE_SHARE_MIN) return;
    this.#why = why;
    this.#look();
  }

  /** A read had no answer: should its request fail, it is because of this partition. */
  blame(operation: Operation): void {
    const nowMs = this.#core.clock.monotonicMs();
    const isTold = this.#isTold || this.#isUnreadTold;
    // What failed long before is not due to what begins now.
    if (!isTold && nowMs - this.#blamedMs > UNREAD_GAP_MS_MAX) this.#failures.take(this.#name);
    this.#blamedMs = nowMs;
    operation.blame(this.#name);
  }

  /** A read of records that the engine says it has, begun then, ended by its deadline or was given up. */
  unread(offset: Offset, beganMs: number): void {
    const { clock, telemetry } = this.#core;
    const nowMs = clock.monotonicMs();
    if (nowMs - beganMs < READ_MS_MIN) return;
    const known = this.#unread;
    const isOne = known !== undefined && beganMs - known.lastMs <= UNREAD_GAP_MS_MAX;
    const unread = isOne ? known : { sinceMs: beganMs, lastMs: nowMs, reads: 0 };
    this.#unread = unread;
    unread.lastMs = nowMs;
    unread.reads += 1;
    if (!isOne) this.#waiting = undefined;
    this.#look();
    const forMs = nowMs - unread.sinceMs;
    if (unread.reads < UNREAD_READS_MIN || telemetry.eventLoop.awakeMs(unread.sinceMs) < UNREAD_MS_MIN) return;
    if (OF_TARGETS.some((kind) => telemetry.incidents.isOpen(kind))) return;
    const seconds = (forMs / 1_000).toFixed(1);
    const evidence = `has records from offset ${offset} on, as the engine says, and ${unread.reads} reads of them brought nothing in ${seconds} s`;
    this.#isUnreadTold = true;
    this.#tell(evidence);
  }

  /** Records came by a read beside the stream. */
  broughtElsewhere(): void {
    this.#unread = undefined;
    if (this.#isUnreadTold) this.#close('is read again');
    const why = this.#why;
    if (why === undefined) return;
    this.#why = undefined;
    // Also where that is over just now, which is why the read brought them.
    if (this.#core.telemetry.incidents.current().some(({ kind }) => MUTE.includes(kind))) return;
    const evidence = `has records that no stream brings: ${why}, and a read brought them`;
    this.#isTold = true;
    this.#look();
    this.#tell(evidence);
  }

  /** A stream brought records. */
  brought(): void {
    if (!this.#isTold && this.#why === undefined) return;
    this.#why = undefined;
    this.#isTold = false;
    this.#close('is sent its records by a stream again');
  }

  get #name(): string {
    const { topic, partition } = this.#place();
    return `${topic}-${partition}`;
  }

  #look(): void {
    this.#waiting = this.#core.telemetry.waiting.reading(this.#place()) ?? this.#waiting;
  }

  #tell(evidence: string): void {
    const { telemetry, dialect } = this.#core;
    const waiting = this.#waiting;
    const who = waiting === undefined ? '' : ` (${counted(waiting.clients, 'client')})`;
    telemetry.incidents.open('engine_withholds_data', this.#name, {
      evidence: `${evidence}${who}`,
      remedy: REMEDY[dialect.name],
      failed: this.#failures.take(this.#name),
      holdMs: HOLD_MS,
      ...(waiting === undefined ? {} : { hurt: waiting.hurt, traceId: waiting.traceId }),
    });
  }

  #close(evidence: string): void {
    this.#isUnreadTold = false;
    this.#waiting = undefined;
    const { incidents } = this.#core.telemetry;
    incidents.failed('engine_withholds_data', this.#name, this.#failures.take(this.#name));
    incidents.close('engine_withholds_data', this.#name, evidence);
  }
}
