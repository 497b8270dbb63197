/** One fetch session: its partitions in the order they are served, and what its client was last told of each. */
import { ErrorCode } from '../../protocol/error-code';
import type { PartitionData } from '../../protocol/generated/fetch';
import { targetKey, type FetchTarget } from './fetch-target';

const EPOCH_MAX = 0x7fffffff;
const UNKNOWN = -1;

/** A target and what is told of it. */
export interface Answered {
  readonly target: FetchTarget;
  readonly data: PartitionData;
}

interface Cached {
  target: FetchTarget;
  highWatermark: number;
  logStartOffset: number;
}

export class FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  /** The epoch its next request must have. */
  epoch = 1;
  usedMs: number;
  readonly #partitions = new Map<string, Cached>();

  constructor(id: number, usesTopicIds: boolean, nowMs: number) {
    this.id = id;
    this.usesTopicIds = usesTopicIds;
    this.usedMs = nowMs;
  }

  get size(): number {
    return this.#partitions.size;
  }

  targets(): readonly FetchTarget[] {
    const targets: FetchTarget[] = [];
    for (const cached of this.#partitions.values()) targets.push(cached.target);
    return targets;
  }

  /** Adds a partition, or changes what is asked of it; its place stays. */
  set(target: FetchTarget): void {
    const key = targetKey(target.topic, target.topicId, target.partition);
    const known = this.#partitions.get(key);
    if (known === undefined) this.#partitions.set(key, { target, highWatermark: UNKNOWN, logStartOffset: UNKNOWN });
    else known.target = target;
  }

  forget(key: string): void {
    this.#partitions.delete(key);
  }

  used(nowMs: number): void {
    this.usedMs = nowMs;
    this.epoch = this.epoch === EPOCH_MAX ? 1 : this.epoch + 1;
  }

  /** What a full answer told the client. */
  remember(results: readonly Answered[]): void {
    for (const { target, data } of results) {
      const cached = this.#partitions.get(targetKey(target.topic, target.topicId, target.partition));
      if (cached !== undefined) changed(cached, data);
    }
  }

  /** Those that `select` would choose; notes nothing. */
  peek(results: readonly Answered[]): readonly Answered[] {
    return results.filter(({ target, data }) => {
      const cached = this.#partitions.get(targetKey(target.topic, target.topicId, target.partition));
      return cached !== undefined && isNews(cached, data);
    });
  }

  /** The partitions that have something new. Those with records go to the end, so that the others come first next time (KIP-74). */
  select(results: readonly Answered[]): readonly Answered[] {
    const selected: Answered[] = [];
    for (const result of results) {
      const { target, data } = result;
      const key = targetKey(target.topic, target.topicId, target.partition);
      const cached = this.#partitions.get(key);
      if (cached === undefined || !changed(cached, data)) continue;
      selected.push(result);
      if (!hasRecords(data)) continue;
      this.#partitions.delete(key);
      this.#partitions.set(key, cached);
    }
    return selected;
  }
}

const hasRecords = (data: PartitionData): boolean => data.records !== null && data.records.length > 0;

/** Whether the client must be told; notes that it was. After an error it is told again whatever the offsets are. */
function changed(cached: Cached, data: PartitionData): boolean {
  const isNew = isNews(cached, data);
  cached.highWatermark = data.errorCode === ErrorCode.NONE ? data.highWatermark : UNKNOWN;
  cached.logStartOffset = data.logStartOffset;
  return isNew;
}

function isNews(cached: Cached, data: PartitionData): boolean {
  const moved = cached.highWatermark !== data.highWatermark || cached.logStartOffset !== data.logStartOffset;
  const failed = data.errorCode !== ErrorCode.NONE;
  return failed || moved || hasRecords(data) || data.divergingEpoch.endOffset !== UNKNOWN;
}
