/**
 * What the clients that share a quota have used lately. Meters are made when something is first recorded for who has a quota, and
 * dropped when an hour passed without use, or where there are too many, the one used longest ago.
 */
import type { QuotaTable } from './quota-table';
import { type RateWindows, throttleMs, WindowedRate } from './windowed-rate';

/** As Kafka's inactive sensors. */
const IDLE_MS_MAX = 3_600_000;
const METERS_MAX = 10_000;
/** How exactly the order of use is kept. */
const USED_STEP_MS = 1_000;

interface Used<Meter> {
  readonly meter: Meter;
  usedMs: number;
}

/** Meters by who shares them, bounded in number and in age; the one used longest ago first. */
export class BoundedMeters<Meter> {
  readonly #meters = new Map<string, Used<Meter>>();
  readonly #max: number;

  constructor(max = METERS_MAX) {
    this.#max = max;
  }

  get size(): number {
    return this.#meters.size;
  }

  get(key: string, nowMs: number, make: () => Meter): Meter {
    const known = this.#meters.get(key);
    if (known === undefined) return this.#add(key, nowMs, make());
    if (nowMs - known.usedMs >= USED_STEP_MS) {
      known.usedMs = nowMs;
      this.#meters.delete(key);
      this.#meters.set(key, known);
    }
    return known.meter;
  }

  clear(): void {
    this.#meters.clear();
  }

  #add(key: string, nowMs: number, meter: Meter): Meter {
    for (const [oldest, { usedMs }] of this.#meters) {
      if (nowMs - usedMs < IDLE_MS_MAX && this.#meters.size < this.#max) break;
      this.#meters.delete(oldest);
    }
    this.#meters.set(key, { meter, usedMs: nowMs });
    return meter;
  }
}

export interface RateQuotaOptions {
  readonly windows: RateWindows;
  /** The longest throttle, ms; a rate of bytes has none. */
  readonly throttleMsMax?: number;
}

/** Quotas of one kind that are rates: bytes produced, bytes fetched, shares of time. */
export class RateQuotas {
  readonly #options: RateQuotaOptions;
  readonly #meters = new BoundedMeters<WindowedRate>();
  #table: QuotaTable | undefined;

  constructor(options: RateQuotaOptions) {
    this.#options = options;
  }

  /** Whether anybody has one: where not, nothing is measured. */
  get isActive(): boolean {
    return this.#table !== undefined;
  }

  /** Quotas that hold from now on; what was used stays known. */
  become(table: QuotaTable): void {
    this.#table = table.isEmpty ? undefined : table;
    if (this.#table === undefined) this.#meters.clear();
  }

  /** How long the client must be throttled after this use, ms; 0 where it is within its quota or has none. */
  record(who: QuotaUser, value: number, nowMs: number): number {
    const found = this.#table?.find(who.user, who.clientId);
    if (found === undefined) return 0;
    const meter = this.#meterOf(found.sharedBy, nowMs);
    meter.record(value, nowMs);
    return Math.min(throttleMs(meter, found.limit, nowMs), this.#options.throttleMsMax ?? Infinity);
  }

  /** Counts for the next request; a negative value takes back what was recorded. */
  recordQuietly(who: QuotaUser, value: number, nowMs: number): void {
    const found = this.#table?.find(who.user, who.clientId);
    if (found !== undefined) this.#meterOf(found.sharedBy, nowMs).record(value, nowMs);
  }

  /** More than this at once would always be throttled, whatever came before; Infinity without a quota. */
  valueMax(who: QuotaUser): number {
    const found = this.#table?.find(who.user, who.clientId);
    if (found === undefined) return Infinity;
    const { samples, windowMs } = this.#options.windows;
    return (found.limit * (samples - 1) * windowMs) / 1_000;
  }

  #meterOf(key: string, nowMs: number): WindowedRate {
    return this.#meters.get(key, nowMs, () => new WindowedRate(this.#options.windows));
  }
}

/** Who uses: the principal's name, and the client id, empty where there is none. */
export interface QuotaUser {
  readonly user: string;
  readonly clientId: string;
}
