/**
 * What became of records that a broker had acked and was not known to have written when its stream ended. The broker may go on, or have
 * ended with them: the log files tell. They are written in order, so where they go on behind such a record without it, it is lost. Where
 * they end before it for long although the broker answers, the broker is asked for the record itself. What cannot be found out is not told.
 */
import type { Telemetry } from '../../../telemetry/telemetry';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { Offset } from '../../../types';
import { type AckedRecords, firstLost, isHeld, lastOf } from './acked-records';
import { type LookOptions, PartitionLooks } from './partition-looks';

export interface DoubtfulAcksOptions extends LookOptions {
  readonly telemetry: Pick<Telemetry, 'incidents' | 'operations'>;
}

interface Doubt extends AckedRecords {
  readonly sinceMs: number;
  /** Since when filer and broker answer without a break, as far as is known. */
  heardSinceMs: number;
  lookedMs: number;
  /** Where the files ended at the first look that they ended before the acks: so much of them is stored at least. */
  storedEnd: Offset | undefined;
}

const LOOKS_MAX = 16;
/** So long a broker that answers has to write what it holds, before it is asked for it. */
const PATIENCE_MS = 30_000;
/** What is not found out by then is not found out. */
const DOUBT_MS_MAX = 600_000;
const DOUBTS_MAX = 1_000;
/** An incident of records that are gone for good is a moment's. */
const HOLD_MS = 60_000;

export class DoubtfulAcks {
  readonly #options: DoubtfulAcksOptions;
  readonly #doubts = new Set<Doubt>();
  readonly #looks: PartitionLooks<Doubt>;

  constructor(options: DoubtfulAcksOptions) {
    this.#options = options;
    const { clock } = options;
    this.#looks = new PartitionLooks({
      ...options,
      ...{ spanName: 'look for acked records', what: 'the acked records' },
      count: () => this.#doubts.size,
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

  add({ details, at, leader, end }: AckedRecords): void {
    if (this.#looks.closed || this.#doubts.size >= DOUBTS_MAX) return;
    if ([...this.#doubts].some((each) => each.details === details && each.end === end)) return;
    const nowMs = this.#options.clock.monotonicMs();
    const times = { sinceMs: nowMs, heardSinceMs: nowMs, lookedMs: Number.NEGATIVE_INFINITY };
    this.#doubts.add({ details, at, leader, end, ...times, storedEnd: undefined });
    this.#looks.begin();
    // Now the files end where the broker stopped to write.
    void this.#looks.look();
  }

  close(): void {
    this.#looks.close();
    this.#doubts.clear();
  }

  #due(): readonly Doubt[] {
    return [...this.#doubts].sort((one, other) => one.lookedMs - other.lookedMs).slice(0, LOOKS_MAX);
  }

  #giveUp(each: Doubt): void {
    if (this.#options.clock.monotonicMs() - each.sinceMs >= DOUBT_MS_MAX) this.#doubts.delete(each);
  }

  async #judge(each: Doubt, context: CallContext): Promise<void> {
    const { generationOf, logStartOf } = this.#options;
    const { flushed } = each.details.log;
    if ((await generationOf(each.at.topic, context)) !== each.details.partition.unixTimeNs)
      return void this.#doubts.delete(each);
    await flushed.extend(context);
    const stored = await flushed.end(context);
    if (logStartOf(each.at) >= each.end) return void this.#doubts.delete(each);
    if (stored < each.end) {
      each.storedEnd ??= stored;
      if (await this.#isStillHeld(each, context)) return;
    } else {
      // What is listed may have grown, or been taken away, since.
      await flushed.refresh(0, context);
      const [unit] = await flushed.read(lastOf(each), 1, context);
      if (unit === undefined) return;
      if (unit.baseOffset === lastOf(each) && !unit.isPlaceholder) return void this.#doubts.delete(each);
    }
    await this.#tell(each, context);
  }

  /** Also where it cannot be known yet. */
  async #isStillHeld(each: Doubt, context: CallContext): Promise<boolean> {
    const { clock, telemetry, logStartOf } = this.#options;
    const { details, at, leader, heardSinceMs } = each;
    // Throws where it does not answer.
    const told = await details.log.end.ask(leader, context);
    if (clock.monotonicMs() - heardSinceMs < PATIENCE_MS) return true;
    if (telemetry.incidents.isOpen('engine_not_flushing', leader)) return true;
    return isHeld(each, { told, logStart: logStartOf(at) }, context);
  }

  async #tell(each: Doubt, context: CallContext): Promise<void> {
    const { telemetry, logStartOf } = this.#options;
    const from = await firstLost(each, each.storedEnd ?? logStartOf(each.at), context);
    if (!this.#doubts.delete(each)) return;
    for (const other of this.#doubts)
      if (other.details === each.details && other.end > from && other.end < each.end) this.#doubts.delete(other);
    const { topic, partition } = each.at;
    const target = `${topic}-${String(partition)}`;
    const lost = `${target}@${String(from)} to ${String(lastOf(each))} are lost`;
    const evidence = `has lost records: ${lost}, which broker ${each.leader} had acked and not written when it ended`;
    const consequence =
      'consumers find a gap there; producers were told that they are stored, and must send them again';
    telemetry.incidents.open('engine_lost_records', target, { evidence, consequence, topic, holdMs: HOLD_MS });
  }
}
