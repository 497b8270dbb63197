/** How many connections a second an address may open (KIP-612). */
import type { StoredQuota } from './quota-entity';
import { QUOTA_KEYS } from './quota-keys';
import { BoundedMeters } from './quota-meters';
import { type RateWindows, throttleMs, WindowedRate } from './windowed-rate';

export class AddressQuotas {
  readonly #windows: RateWindows;
  readonly #meters = new BoundedMeters<WindowedRate>();
  /** By address; null is the default. Undefined where there is none. */
  #limits: ReadonlyMap<string | null, number> | undefined;

  constructor(windows: RateWindows) {
    this.#windows = windows;
  }

  become(stored: readonly StoredQuota[]): void {
    const limits = new Map<string | null, number>();
    for (const { entity, values } of stored) {
      const limit = values.get(QUOTA_KEYS.connectionCreationRate);
      const address = entity.get('ip');
      if (address !== undefined && limit !== undefined) limits.set(address, limit);
    }
    this.#limits = limits.size === 0 ? undefined : limits;
    if (this.#limits === undefined) this.#meters.clear();
  }

  /**
   * A connection came from the address: 0 where it may be served, else for how long, at most a window, it is kept unserved before it is
   * closed. Then it does not count as one.
   */
  connected(address: string, nowMs: number): number {
    if (this.#limits === undefined) return 0;
    const limit = this.#limits.get(address) ?? this.#limits.get(null);
    if (limit === undefined) return 0;
    const meter = this.#meters.get(address, nowMs, () => new WindowedRate(this.#windows));
    meter.record(1, nowMs);
    const ms = Math.min(throttleMs(meter, limit, nowMs), this.#windows.windowMs);
    if (ms > 0) meter.record(-1, nowMs);
    return ms;
  }
}
