/**
 * What a node does by itself: retention, and compaction, of one partition after the other, every so often and whenever a log start
 * was moved. One run at a time; a partition whose disk fails is logged and tried again at the next run.
 */
import { reasonOf } from './node-error';
import type { Timer } from '../clock';
import { compact } from './compaction';
import type { NodeContext } from './node-settings';
import { applyRetention } from './retention';
import type { Partition, Topics } from './topics';

/** Kafka's producer.id.expiration.ms. */
const PRODUCER_EXPIRATION_MS = 24 * 60 * 60 * 1000;

export class Maintenance {
  private readonly context: NodeContext;
  private readonly topics: Topics;
  private readonly timer: Timer;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(context: NodeContext, topics: Topics) {
    this.context = context;
    this.topics = topics;
    this.timer = context.clock.every(context.maintenanceIntervalMs, () => void this.run());
  }

  /** Resolves after a run that began now or later. */
  run(): Promise<void> {
    if (this.running !== undefined) {
      this.again = true;
      return this.running;
    }
    this.running = this.runAll().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer.cancel();
    await this.running;
  }

  private async runAll(): Promise<void> {
    // Whoever asked for the run is answered first.
    await Promise.resolve();
    do {
      this.again = false;
      for (const partition of this.topics.partitions()) {
        if (this.stopped) return;
        await this.maintain(partition);
      }
    } while (this.isWantedAgain());
  }

  private isWantedAgain(): boolean {
    return this.again;
  }

  private async maintain(partition: Partition): Promise<void> {
    const { log } = partition;
    if (log.deleted) return;
    try {
      applyRetention(partition, this.context.clock.nowMs());
      log.producers.expire(this.context.clock.nowMs() - PRODUCER_EXPIRATION_MS);
      if (log.settings.compacts)
        await compact(log, { isStopped: () => this.stopped, afterTurn: this.context.afterTurn });
    } catch (error) {
      const reason = reasonOf(error);
      const { topic, partition: index } = log;
      this.context.logger.write('error', 'node.maintenance_failed', reason, { topic, partition: index });
    }
  }
}
