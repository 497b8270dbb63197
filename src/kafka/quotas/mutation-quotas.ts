/**
 * The quota on changes of partitions (KIP-599). It is strict for requests that know its error: what would come after it was used up is
 * refused. Older requests are throttled only.
 */
import { BoundedMeters, type QuotaUser } from './quota-meters';
import type { QuotaTable } from './quota-table';
import { TokenBucket } from './token-bucket';
import type { RateWindows } from './windowed-rate';

export interface Mutation extends QuotaUser {
  /** Made or deleted. */
  readonly partitions: number;
  readonly isStrict: boolean;
}

export class MutationQuotas {
  readonly #windows: RateWindows;
  readonly #meters = new BoundedMeters<TokenBucket>();
  #table: QuotaTable | undefined;

  constructor(windows: RateWindows) {
    this.#windows = windows;
  }

  get isActive(): boolean {
    return this.#table !== undefined;
  }

  become(table: QuotaTable): void {
    this.#table = table.isEmpty ? undefined : table;
    if (this.#table === undefined) this.#meters.clear();
  }

  /** How long the client must be throttled, ms; 0 where it is within its quota. What is strict and over it does not count. */
  record({ user, clientId, partitions, isStrict }: Mutation, nowMs: number): number {
    const found = this.#table?.find(user, clientId);
    if (found === undefined) return 0;
    const { limit, sharedBy } = found;
    const bucket = this.#meters.get(sharedBy, nowMs, () => new TokenBucket(this.#windows, limit, nowMs));
    const beforeMs = bucket.throttleMs(limit, nowMs);
    if (isStrict && beforeMs > 0) return beforeMs;
    bucket.take(partitions, limit, nowMs);
    return isStrict ? 0 : bucket.throttleMs(limit, nowMs);
  }
}
