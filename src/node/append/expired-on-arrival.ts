/**
 * Records whose times are older than retention.ms when they arrive go at the next retention run: seconds after they were acked, where a
 * producer takes their times from its data. The log says so, once per topic and hour.
 */
import type { Clock } from '../../clock';
import type { Logger } from '../../telemetry/log/log';
import type { PartitionLog } from '../log/partition-log';
import { isPastRetention } from '../log/retention';

const SILENT_MS = 60 * 60 * 1000;

export class ExpiredOnArrival {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** When the last line was written, by topic, on the monotonic scale. */
  readonly #saidMs = new Map<string, number>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** After an append. A segment goes by its newest record: newer ones in it keep what is older. */
  appended({ topic, partition, settings, active }: PartitionLog): void {
    const newestMs = Number(active.index.maxTimestampMs);
    if (newestMs < 0 || !isPastRetention(settings, newestMs, this.#clock.nowMs())) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - (this.#saidMs.get(topic) ?? -Infinity) < SILENT_MS) return;
    this.#saidMs.set(topic, nowMs);
    const message = 'records older than retention.ms were appended: the next retention run removes them';
    this.#logger.write('warn', 'records.expired_on_arrival', message, {
      topic,
      partition,
      newest_timestamp: new Date(newestMs).toISOString(),
      newest_timestamp_ms: newestMs,
      'retention.ms': settings.retentionMs,
    });
  }

  /** The topic is gone. */
  forget(topic: string): void {
    this.#saidMs.delete(topic);
  }
}
