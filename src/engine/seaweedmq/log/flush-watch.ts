/**
 * Whether brokers write what they ack. A broker acks out of its memory and writes to the filer every few seconds; one that cannot, because
 * the disk is full or the filer takes nothing, goes on acking and says nothing. So of partitions whose acks through this gateway are older than
 * some seconds the end of the log files is asked for, a few at a time, and a broker that is too late is told, as long as it is. One that
 * began anew ended the streams that were open; of acks on a stream that was closed before, the record itself says whether it did.
 */
import { runPhase } from '../../../waiting/phase';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset, TopicPartition } from '../../../types';
import type { MqPartition } from '../topics/mq-partition';
import type { DoubtfulAcks } from './doubtful-acks';
import { isHeld } from './acked-records';
import { FlushDelays } from './flush-delays';
import { type LookOptions, PartitionLooks } from './partition-looks';
import { type AckMark, UnstoredAcks } from './unstored-acks';

export interface FlushWatchOptions extends LookOptions {
  readonly telemetry: Pick<Telemetry, 'incidents' | 'eventLoop' | 'operations'>;
  /** How often brokers mean to write. */
  readonly intervalMs: number;
  /** Told of what was acked and is not known to be stored where a stream ends. */
  readonly doubts: Pick<DoubtfulAcks, 'add'>;
}

/** What a publisher's stream tells. */
export interface StreamAcks {
  /** The broker acked the offsets below `end`. */
  acked(end: Offset): void;
  /** What the broker has in memory is in doubt: it ended the stream, or began anew. */
  lost(): void;
  /** The stream was closed, and tells of neither from now on. */
  closed(): void;
}

interface Waiting {
  readonly details: MqPartition;
  readonly at: TopicPartition;
  readonly leader: string;
  readonly acks: UnstoredAcks;
  /** Offsets below it were acked on a stream that is closed; 0 where none is. */
  unseenEnd: Offset;
  lookedMs: number;
  /** When it could not be asked last: neither could its broker write, as far as is known. */
  unheardMs: number;
  isLate: boolean;
}

/** A broker writes every five seconds: that much later it is worth a question. */
const ASKED_MS_MIN = 10_000;
const LOOKS_MAX = 4;
/** Of the looks, those at what is late already: it is told to be over soon, and others are found. */
const LATE_LOOKS_MAX = 3;
/** So many late partitions of a broker say enough. */
const LATE_PER_BROKER_MAX = 4;
const PARTITIONS_MAX = 10_000;
const NONE = toOffset(0);

export class FlushWatch {
  readonly #options: FlushWatchOptions;
  readonly #delays: FlushDelays;
  readonly #waiting = new Map<MqPartition, Waiting>();
  readonly #looks: PartitionLooks<Waiting>;

  constructor(options: FlushWatchOptions) {
    this.#options = options;
    this.#delays = new FlushDelays(options.intervalMs);
    const { clock } = options;
    this.#looks = new PartitionLooks({
      ...options,
      ...{ spanName: 'look at stored log', what: 'the stored log' },
      count: () => this.#waiting.size,
      due: () => this.#due(clock.monotonicMs()),
      judge: (each, context) => this.#judge(each, context),
      judged: (each, operation) => {
        if (!each.isLate) operation.idle();
      },
      // What cannot be asked is no verdict: it is told as what it is elsewhere, and once it is over a broker has its time to write.
      failed: (each) => (each.unheardMs = clock.monotonicMs()),
    });
  }

  /** For a stream to the partition's leader. */
  of(details: MqPartition, leader: string, at: TopicPartition): StreamAcks {
    return {
      acked: (end) => this.#at(details, leader, at)?.acks.acked(end, this.#options.clock.monotonicMs()),
      lost: () => this.#doubt(this.#waiting.get(details)),
      closed: () => {
        const known = this.#waiting.get(details);
        if (known?.leader === leader) known.unseenEnd = known.acks.newest?.end ?? known.unseenEnd;
      },
    };
  }

  close(): void {
    this.#looks.close();
    this.#waiting.clear();
  }

  #at(details: MqPartition, leader: string, at: TopicPartition): Waiting | undefined {
    const known = this.#waiting.get(details);
    if (known?.leader === leader) return known;
    this.#doubt(known, 'leads the partition no more');
    if (this.#looks.closed || this.#waiting.size >= PARTITIONS_MAX) return undefined;
    this.#looks.begin();
    const never = { lookedMs: Number.NEGATIVE_INFINITY, unheardMs: Number.NEGATIVE_INFINITY };
    const made = { details, at, leader, acks: new UnstoredAcks(), unseenEnd: NONE, ...never, isLate: false };
    this.#waiting.set(details, made);
    return made;
  }

  #due(nowMs: number): readonly Waiting[] {
    const old = [...this.#waiting.values()]
      .filter(({ acks }) => nowMs - (acks.oldest?.atMs ?? nowMs) >= ASKED_MS_MIN)
      .sort((one, other) => one.lookedMs - other.lookedMs);
    const late = old.filter(({ isLate }) => isLate);
    const lateOf = (leader: string): number => late.filter((each) => each.leader === leader).length;
    const others = old.filter(({ isLate, leader }) => !isLate && lateOf(leader) < LATE_PER_BROKER_MAX);
    return [...late.slice(0, LATE_LOOKS_MAX), ...others].slice(0, LOOKS_MAX);
  }

  async #judge(each: Waiting, context: CallContext): Promise<void> {
    const { flushed } = each.details.log;
    const lookedMs = this.#options.clock.monotonicMs();
    await flushed.extend(context);
    const end = await flushed.end(context);
    // What was deleted is not waited for.
    const settled = toOffset(Math.max(end, this.#options.logStartOf(each.at)));
    const reached = each.acks.stored(settled);
    if (reached !== undefined && each.unseenEnd === 0)
      this.#delays.seen(each.leader, Math.max(each.lookedMs - reached.atMs, 0));
    each.lookedMs = lookedMs;
    if (each.unseenEnd <= settled) this.#doubtUnseen(each);
    const { oldest } = each.acks;
    if (oldest === undefined) return this.#forget(each, 'has written what it acked');
    if (this.#waitedMs(each, oldest, lookedMs) < this.#delays.patienceMs(each.leader)) return this.#inTime(each);
    if (!(await this.#isThere(each, oldest, context))) return this.#doubt(each, 'has nothing more to write');
    // Forgotten meanwhile.
    if (this.#waiting.get(each.details) !== each) return;
    each.isLate = true;
    this.#tell(each, oldest, end);
  }

  /** The gateway may have slept, and its machine with it. */
  #waitedMs({ isLate, unheardMs }: Waiting, { atMs }: AckMark, nowMs: number): number {
    const sinceMs = isLate ? atMs : Math.max(atMs, unheardMs);
    return this.#options.telemetry.eventLoop.awakeMs(sinceMs, nowMs);
  }

  /** The topic is the one that was written to, and its broker says that it has the records, and brings those that are in doubt. */
  async #isThere(each: Waiting, { end }: AckMark, context: CallContext): Promise<boolean> {
    const { clock, deadlineMs, generationOf, logStartOf } = this.#options;
    const { details, at, leader, unseenEnd } = each;
    if ((await generationOf(at.topic, context)) !== details.partition.unixTimeNs) return false;
    const phase = { clock, name: 'range.info', deadlineMs, what: `range of ${at.topic} at ${leader}` } as const;
    const told = await runPhase(context, phase, (inner) => details.log.end.ask(leader, inner));
    if (told < end) return false;
    return unseenEnd === 0 || isHeld({ ...each, end: unseenEnd }, { told, logStart: logStartOf(at) }, context);
  }

  #tell({ at, leader, acks }: Waiting, oldest: AckMark, end: Offset): void {
    const { clock, telemetry } = this.#options;
    const seconds = ((clock.monotonicMs() - oldest.atMs) / 1_000).toFixed(1);
    const acked = `${at.topic}-${String(at.partition)} is acked up to offset ${String((acks.newest ?? oldest).end - 1)}`;
    const stored = end === 0 ? 'nothing of it is stored' : `stored up to ${String(end - 1)}`;
    const others = this.#late(leader).length - 1;
    const more = others === 0 ? '' : ` (${String(others)} more ${others === 1 ? 'partition' : 'partitions'} alike)`;
    const evidence = `does not write what it acks: ${acked} and ${stored}, for ${seconds} s${more}`;
    telemetry.incidents.open('engine_not_flushing', leader, { evidence });
  }

  /** What it acked is looked for from now on, and not waited for. */
  #doubt(each: Waiting | undefined, why = 'ended before it had written what it acked'): void {
    if (each === undefined) return;
    this.#doubtUnseen(each);
    const newest = each.acks.newest;
    if (newest !== undefined) this.#options.doubts.add({ ...each, end: newest.end });
    this.#forget(each, why);
  }

  #doubtUnseen(each: Waiting): void {
    if (each.unseenEnd > 0) this.#options.doubts.add({ ...each, end: each.unseenEnd });
    each.unseenEnd = NONE;
  }

  #forget(each: Waiting | undefined, why: string): void {
    if (each === undefined) return;
    if (this.#waiting.get(each.details) === each) this.#waiting.delete(each.details);
    this.#inTime(each, why);
  }

  #inTime(each: Waiting, why = 'has written what it acked in time again'): void {
    if (!each.isLate) return;
    each.isLate = false;
    if (this.#late(each.leader).length > 0) return;
    this.#options.telemetry.incidents.close('engine_not_flushing', each.leader, why);
  }

  #late(leader: string): readonly Waiting[] {
    return [...this.#waiting.values()].filter((each) => each.isLate && each.leader === leader);
  }
}
