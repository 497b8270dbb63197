/**
 * The policy `interval`: what was answered is synced every so often, everything that needs it at once, and one round at a time. A sync
 * that fails leaves nobody knowing which of the answered records are on the disk: as in Kafka nothing more is appended there until the
 * next start has looked.
 */
import type { Timer } from '../../clock';
import type { FilerStore } from '../filer/filer-store';
import { reasonOf, storageError } from '../node-error';
import type { NodeContext } from '../node-settings';
import type { HostedPartition } from '../topics/hosted-topic';

export interface IntervalSyncOptions {
  readonly context: Pick<NodeContext, 'clock' | 'fsyncIntervalMs' | 'logger'>;
  readonly partitions: () => Iterable<HostedPartition>;
  readonly filer: Pick<FilerStore, 'unsyncedWrites' | 'syncNow'>;
}

export class IntervalSync {
  readonly #options: IntervalSyncOptions;
  readonly #timer: Timer;
  #running: Promise<void> | undefined;

  constructor(options: IntervalSyncOptions) {
    this.#options = options;
    const { clock, fsyncIntervalMs } = options.context;
    this.#timer = clock.every(fsyncIntervalMs, () => this.#begin());
  }

  /** No round begins after it; resolves when the one that is under way has ended. */
  stop(): Promise<void> {
    this.#timer.cancel();
    return this.settled();
  }

  /** Resolves when the round that is under way has ended. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #begin(): void {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
  }

  async #round(): Promise<void> {
    const { partitions, filer } = this.#options;
    const syncs: Promise<void>[] = [];
    for (const partition of partitions()) {
      if (partition.appender.unsyncedWrites) syncs.push(this.#syncPartition(partition));
    }
    if (filer.unsyncedWrites) syncs.push(filer.syncNow().catch((error: unknown) => this.#failed('filer', error)));
    await Promise.all(syncs);
  }

  async #syncPartition({ log, appender }: HostedPartition): Promise<void> {
    const { active } = log;
    appender.unsyncedWrites = false;
    try {
      await active.syncLater();
    } catch (error) {
      if (active.retired || log.deleted) return;
      this.#failed(log.directory, error);
      await appender.fail(storageError('sync', active.file('log'), error));
    }
  }

  #failed(what: string, error: unknown): void {
    this.#options.context.logger.write('error', 'node.sync_failed', reasonOf(error), { what });
  }
}
