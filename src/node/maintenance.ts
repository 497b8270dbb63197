/**
 * What a node does by itself, at the times and by the rules of Kafka's log manager and cleaner: retention of the topics that are not
 * compacted, first after a delay and then at long intervals; compaction, and retention behind it, of those that are. DeleteRecords has
 * the files of its partition freed at once. A partition whose disk fails is logged and tried again at the next run.
 */
import { reasonOf } from './node-error';
import type { Timer } from '../clock';
import { compact } from './log/compaction';
import type { NodeContext } from './node-settings';
import { applyRetention, freeBelowLogStart } from './log/retention';
import type { HostedPartition } from './topics/hosted-topic';
import type { Topics } from './topics/topics';

/** Kafka's producer.id.expiration.ms. */
const PRODUCER_EXPIRATION_MS = 24 * 60 * 60 * 1000;

export class Maintenance {
  readonly #context: NodeContext;
  readonly #topics: Topics;
  readonly #cleanerTimer: Timer;
  #retentionTimer: Timer;
  #cleaning: Promise<void> | undefined;
  /** Its segments are being replaced: nobody else removes any. */
  #compacting: HostedPartition | undefined;
  #stopped = false;

  constructor(context: NodeContext, topics: Topics) {
    this.#context = context;
    this.#topics = topics;
    const { clock, initialTaskDelayMs, retentionCheckIntervalMs, cleanerBackoffMs } = context;
    this.#retentionTimer = clock.after(initialTaskDelayMs, () => {
      this.#retain();
      this.#retentionTimer = clock.every(retentionCheckIntervalMs, () => this.#retain());
    });
    this.#cleanerTimer = clock.every(cleanerBackoffMs, () => {
      this.#cleaning ??= this.#clean().finally(() => {
        this.#cleaning = undefined;
      });
    });
  }

  /** DeleteRecords moved the log start from `from`. Whoever asked is answered first; what it moved past then goes. */
  logStartMoved(partition: HostedPartition, from: number): void {
    const { log } = partition;
    const to = log.logStartOffset;
    if (to === from) return;
    const move = { from, to, records: log.recordsBetween(from, to) };
    this.#context.afterTurn(() =>
      this.#guarded(partition, () => {
        if (partition !== this.#compacting && !log.deleted && !this.#stopped) freeBelowLogStart(partition, move);
        else log.removed({ cause: 'delete_records', ...move, bytes: 0 });
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retentionTimer.cancel();
    this.#cleanerTimer.cancel();
    await this.#cleaning;
  }

  #retain(): void {
    const nowMs = this.#context.clock.nowMs();
    for (const partition of this.#topics.partitions()) {
      const { log } = partition;
      log.producers.expire(nowMs - PRODUCER_EXPIRATION_MS);
      if (log.settings.compacts || partition === this.#compacting) continue;
      this.#guarded(partition, () => void applyRetention(partition, nowMs));
    }
  }

  async #clean(): Promise<void> {
    for (const partition of this.#topics.partitions()) {
      if (this.#stopped) return;
      const { log } = partition;
      if (log.settings.compacts && !log.deleted) await this.#cleanPartition(partition);
    }
  }

  async #cleanPartition(partition: HostedPartition): Promise<void> {
    const { log } = partition;
    this.#compacting = partition;
    try {
      await compact(log, { isStopped: () => this.#stopped, afterTurn: this.#context.afterTurn });
    } catch (error) {
      this.#logFailure(partition, error);
    } finally {
      this.#compacting = undefined;
    }
    if (this.#stopped || log.deleted) return;
    this.#guarded(partition, () => void applyRetention(partition, this.#context.clock.nowMs()));
  }

  #guarded(partition: HostedPartition, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logFailure(partition, error);
    }
  }

  #logFailure({ log: { topic, partition } }: HostedPartition, error: unknown): void {
    this.#context.logger.write('error', 'node.maintenance_failed', reasonOf(error), { topic, partition });
  }
}
