/**
 * What became of records that a broker had acked and was not known to have written when its stream ended. The broker may go on, or have
 * ended with them: the log files tell. They are written in order, so where they go on behind such a record without it, it is lost. Where
 * they end before it for long although the broker answers, the broker is asked for the record itself. What cannot be found out is not told.
 */
import { EngineError } from '../../../engine-error';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset, TopicPartition } from '../../../types';
import type { MqPartition } from '../topics/mq-partition';
import { rangeTo } from '../topics/mq-partition';
import { type LookOptions, PartitionLooks } from './partition-looks';

export interface DoubtfulAcksOptions extends LookOptions {
  readonly telemetry: Pick<Telemetry, 'incidents' | 'operations'>;
  readonly logStartOf: (at: TopicPartition) => Offset;
}

export interface DoubtfulAck {
  readonly details: MqPartition;
  readonly at: TopicPartition;
  /** Whose stream ended. */
  readonly leader: string;
  /** Offsets below it were acked. */
  readonly end: Offset;
}

interface Doubt extends DoubtfulAck {
  readonly sinceMs: number;
  /** Since when filer and broker answer without a break, as far as is known. */
  heardSinceMs: number;
  lookedMs: number;
  /** Where the files ended at the first look that they ended before the acks: what was stored of them. */
  storedEnd: Offset | undefined;
}

const LOOKS_MAX = 16;
/** So long a broker that answers has to write what it holds, before it is asked for it. */
const PATIENCE_MS = 30_000;
/** What is not found out by then is not found out. */
const DOUBT_MS_MAX = 600_000;
const PARTITIONS_MAX = 1_000;
/** An incident of records that are gone for good is a moment's. */
const HOLD_MS = 60_000;

export class DoubtfulAcks {
  readonly #options: DoubtfulAcksOptions;
  readonly #doubts = new Map<MqPartition, Doubt>();
  readonly #looks: PartitionLooks<Doubt>;

  constructor(options: DoubtfulAcksOptions) {
    this.#options = options;
    const { clock } = options;
    this.#looks = new PartitionLooks({
      ...options,
      ...{ spanName: 'look for acked records', what: 'the acked records' },
      due: () => this.#due(),
      judge: async (each, context) => {
        each.lookedMs = clock.monotonicMs();
        await this.#judge(each, context);
      },
      judged: (each) => this.#giveUp(each),
      failed: (each) => {
        each.heardSinceMs = clock.monotonicMs();
        this.#giveUp(each);
      },
    });
  }

  add(ack: DoubtfulAck): void {
    if (this.#looks.closed || this.#doubts.size >= PARTITIONS_MAX) return;
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#doubts.get(ack.details);
    const end = known === undefined || known.end < ack.end ? ack.end : known.end;
    const doubt = { ...ack, end, sinceMs: nowMs, heardSinceMs: nowMs, lookedMs: Number.NEGATIVE_INFINITY };
    this.#doubts.set(ack.details, { ...doubt, storedEnd: known?.storedEnd });
    this.#looks.begin();
    // Now the files end where the broker stopped to write.
    void this.#looks.look();
  }

  close(): void {
    this.#looks.close();
    this.#doubts.clear();
  }

  #due(): readonly Doubt[] {
    return [...this.#doubts.values()].sort((one, other) => one.lookedMs - other.lookedMs).slice(0, LOOKS_MAX);
  }

  #giveUp(each: Doubt): void {
    if (this.#options.clock.monotonicMs() - each.sinceMs >= DOUBT_MS_MAX) this.#forget(each);
  }

  async #judge(each: Doubt, context: CallContext): Promise<void> {
    const { generationOf, logStartOf } = this.#options;
    const { flushed } = each.details.log;
    if ((await generationOf(each.at.topic, context)) !== each.details.partition.unixTimeNs) return this.#forget(each);
    await flushed.extend(context);
    const stored = await flushed.end(context);
    if (logStartOf(each.at) >= each.end) return this.#forget(each);
    if (stored < each.end) {
      each.storedEnd ??= stored;
      if (await this.#isStillHeld(each, context)) return;
    } else {
      // What is listed may have grown, or been taken away, since.
      await flushed.refresh(0, context);
      const [unit] = await flushed.read(lastOf(each), 1, context);
      if (unit === undefined) return;
      if (unit.baseOffset === lastOf(each) && !unit.isPlaceholder) return this.#forget(each);
    }
    this.#tell(each);
  }

  /** Also where it cannot be known yet. */
  async #isStillHeld({ details, at, leader, end, heardSinceMs }: Doubt, context: CallContext): Promise<boolean> {
    const { log } = details;
    // Throws where it does not answer.
    const told = await log.end.ask(leader, context);
    const { clock, telemetry } = this.#options;
    if (clock.monotonicMs() - heardSinceMs < PATIENCE_MS) return true;
    if (telemetry.incidents.isOpen('engine_not_flushing', leader)) return true;
    const range = rangeTo(toOffset(Math.max(told, end)), this.#options.logStartOf(at));
    try {
      return (await log.at({ leader, offset: toOffset(end - 1), range }, context)) !== undefined;
    } catch (error) {
      // Nothing brings it.
      if (error instanceof EngineError && error.code === 'contradiction') return false;
      throw error;
    }
  }

  #tell(each: Doubt): void {
    // Forgotten meanwhile, or acked further.
    if (this.#doubts.get(each.details) !== each) return;
    this.#forget(each);
    const { topic, partition } = each.at;
    const target = `${topic}-${String(partition)}`;
    const { storedEnd } = each;
    const lost =
      storedEnd === undefined
        ? `${target}@${String(lastOf(each))}, perhaps with others before it, is lost`
        : `${target}@${String(storedEnd)} to ${String(lastOf(each))} are lost`;
    const evidence = `has lost records: ${lost}, which broker ${each.leader} had acked and not written when it ended`;
    const consequence =
      'consumers find a gap there; producers were told that they are stored, and must send them again';
    const facts = { evidence, consequence, topic, holdMs: HOLD_MS };
    this.#options.telemetry.incidents.open('engine_lost_records', target, facts);
  }

  #forget(each: Doubt): void {
    if (this.#doubts.get(each.details) === each) this.#doubts.delete(each.details);
  }
}

const lastOf = ({ end }: Doubt): Offset => toOffset(end - 1);
