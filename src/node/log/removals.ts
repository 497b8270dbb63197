/**
 * The node's account of what it removed: a line for each removal, and totals by cause since it began. Gateways learn the totals with
 * every list of topics; the gateway that the node is a thread of is told at once.
 */
import type { Logger } from '../../telemetry/log/log';
import { writeRemoval } from '../../telemetry/metrics/removal';
import type { Removal } from '../../telemetry/metrics/removal';
import type { Removed, RemovalTotals, TopicLogStart } from '../../telemetry/metrics/removal-metrics';

/** What a gateway in the same process is told at each removal. */
export interface RemovalNotice {
  readonly totals: RemovalTotals;
  /** Where the topic's log begins now; its log start is undefined where the topic is gone. */
  readonly topic: Omit<TopicLogStart, 'logStartOffset'> & { readonly logStartOffset: number | undefined };
}

export class Removals {
  readonly instanceId: string;
  readonly #logger: Logger;
  readonly #told: ((notice: RemovalNotice) => void) | undefined;
  readonly #byCause = new Map<string, Removed>();

  constructor(instanceId: string, logger: Logger, told?: (notice: RemovalNotice) => void) {
    this.instanceId = instanceId;
    this.#logger = logger;
    this.#told = told;
  }

  get totals(): RemovalTotals {
    return { instanceId: this.instanceId, byCause: this.#byCause };
  }

  add(removal: Removal, topic: RemovalNotice['topic']): void {
    writeRemoval(this.#logger, removal);
    const before = this.#byCause.get(removal.cause) ?? { records: 0, bytes: 0 };
    const records = before.records + (removal.records ?? 0);
    this.#byCause.set(removal.cause, { records, bytes: before.bytes + (removal.bytes ?? 0) });
    this.#told?.({ totals: this.totals, topic });
  }
}
