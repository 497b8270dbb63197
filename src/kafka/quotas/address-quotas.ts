/**
 * How many connections a second an address may open (KIP-612). Whose quota names a host has it for the host's address, which is looked up
 * once: as in Kafka another address of the host counts when the gateway starts again.
 */
import type { Logger } from '../../telemetry/log/log';
import { addressOf, type Resolve } from './host-address';
import type { StoredQuota } from './quota-entity';
import { QUOTA_KEYS } from './quota-keys';
import { BoundedMeters } from './quota-meters';
import { type RateWindows, throttleMs, WindowedRate } from './windowed-rate';

export interface AddressQuotasOptions {
  readonly windows: RateWindows;
  readonly resolve: Resolve;
  readonly log: Logger;
}

export class AddressQuotas {
  readonly #options: AddressQuotasOptions;
  readonly #meters = new BoundedMeters<WindowedRate>();
  /** By address or name as it was set; null is the default. */
  #set: ReadonlyMap<string | null, number> = new Map();
  /** By name. */
  readonly #resolved = new Map<string, string>();
  /** By address; null is the default. Undefined where there is none. */
  #limits: ReadonlyMap<string | null, number> | undefined;
  #isResolving = false;

  constructor(options: AddressQuotasOptions) {
    this.#options = options;
  }

  become(stored: readonly StoredQuota[]): void {
    const set = new Map<string | null, number>();
    for (const { entity, values } of stored) {
      const limit = values.get(QUOTA_KEYS.connectionCreationRate);
      const host = entity.get('ip');
      if (host !== undefined && limit !== undefined) set.set(host, limit);
    }
    this.#set = set;
    for (const name of this.#resolved.keys()) if (!set.has(name)) this.#resolved.delete(name);
    this.#apply();
    if (!this.#isResolving) void this.#resolveNames();
  }

  /**
   * A connection came from the address: 0 where it may be served, else for how long, at most a window, it is kept unserved before it is
   * closed. Then it does not count as one.
   */
  connected(address: string, nowMs: number): number {
    if (this.#limits === undefined) return 0;
    const limit = this.#limits.get(address) ?? this.#limits.get(null);
    if (limit === undefined) return 0;
    const { windows } = this.#options;
    const meter = this.#meters.get(address, nowMs, () => new WindowedRate(windows));
    meter.record(1, nowMs);
    const ms = Math.min(throttleMs(meter, limit, nowMs), windows.windowMs);
    if (ms > 0) meter.record(-1, nowMs);
    return ms;
  }

  #apply(): void {
    const limits = new Map<string | null, number>();
    for (const [host, limit] of this.#set) {
      const address = host === null ? null : this.#knownAddressOf(host);
      if (address !== undefined) limits.set(address, limit);
    }
    this.#limits = limits.size === 0 ? undefined : limits;
    if (this.#limits === undefined) this.#meters.clear();
  }

  readonly #knownAddressOf = (host: string): string | undefined => addressOf(host) ?? this.#resolved.get(host);

  /** One name behind the other; one that leads nowhere is told, and looked up again when quotas change. */
  async #resolveNames(): Promise<void> {
    this.#isResolving = true;
    const failed = new Set<string>();
    for (let name = this.#unknownName(failed); name !== undefined; name = this.#unknownName(failed)) {
      const address = await this.#options.resolve(name);
      if (address === undefined) {
        failed.add(name);
        const message = `${name}, which has a quota of connections, leads to no address: nobody is held to it`;
        this.#options.log.write('warn', 'quota.unknown_host', message);
      } else {
        this.#resolved.set(name, address);
        this.#apply();
      }
    }
    this.#isResolving = false;
  }

  #unknownName(failed: ReadonlySet<string>): string | undefined {
    for (const host of this.#set.keys()) {
      if (host !== null && !failed.has(host) && this.#knownAddressOf(host) === undefined) return host;
    }
    return undefined;
  }
}
