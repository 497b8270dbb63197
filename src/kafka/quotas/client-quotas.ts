/**
 * Client quotas in force (KIP-13, KIP-124, KIP-546, KIP-599, KIP-612): what is stored becomes one table for each kind, and each kind
 * measures for itself. Where no quota of a kind is set, asking costs one comparison.
 */
import type { Clock } from '../../clock';
import type { Logger } from '../../telemetry/log/log';
import type { Operation } from '../../telemetry/trace/operation';
import type { ConnectionSession } from '../connection-session';
import { AddressQuotas } from './address-quotas';
import { type Resolve, resolveHost } from './host-address';
import { MutationQuotas } from './mutation-quotas';
import type { StoredQuota } from './quota-entity';
import { QUOTA_KEYS } from './quota-keys';
import { RateQuotas } from './quota-meters';
import { QuotaTable } from './quota-table';
import type { RateWindows } from './windowed-rate';

/** Kafka's quota.window.num and quota.window.size.seconds; those of controller.quota.* for changes of partitions. */
export interface QuotaSettings {
  readonly windowNum: number;
  readonly windowSizeSeconds: number;
  readonly controllerWindowNum: number;
  readonly controllerWindowSizeSeconds: number;
}

export const DEFAULT_QUOTA_SETTINGS: QuotaSettings = {
  windowNum: 11,
  windowSizeSeconds: 1,
  controllerWindowNum: 11,
  controllerWindowSizeSeconds: 1,
};

/** What is asked of a request whose time is charged. */
interface TimedRequest {
  readonly operation: Operation;
  readonly session: ConnectionSession;
  readonly clientId: string | null;
}

export interface ClientQuotasOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Of hosts that have quotas; the system's unless given. */
  readonly resolve?: Resolve;
}

export const windowsOf = ({ windowNum, windowSizeSeconds }: QuotaSettings): RateWindows => ({
  samples: windowNum,
  windowMs: windowSizeSeconds * 1_000,
});

export class ClientQuotas {
  /** Bytes of produce requests a second. */
  readonly produce: RateQuotas;
  /** Bytes of fetch answers a second. */
  readonly fetch: RateQuotas;
  /** Of the gateway's time, in percent; a throttle is one window at most. */
  readonly request: RateQuotas;
  /** Partitions made and deleted a second. */
  readonly mutation: MutationQuotas;
  /** Connections a second, by address. */
  readonly address: AddressQuotas;
  readonly #clock: Clock;

  constructor(settings: QuotaSettings, { clock, log, resolve = resolveHost }: ClientQuotasOptions) {
    const windows = windowsOf(settings);
    this.#clock = clock;
    this.produce = new RateQuotas({ windows });
    this.fetch = new RateQuotas({ windows });
    this.request = new RateQuotas({ windows, throttleMsMax: windows.windowMs });
    this.mutation = new MutationQuotas({
      samples: settings.controllerWindowNum,
      windowMs: settings.controllerWindowSizeSeconds * 1_000,
    });
    this.address = new AddressQuotas({ windows, resolve, log });
  }

  /** Whole milliseconds, as quotas are measured in. */
  nowMs(): number {
    return Math.floor(this.#clock.monotonicMs());
  }

  /** What the request took of the gateway's time so far counts for its client. How long that is throttled, ms; 0 where it is not. */
  chargeTime({ operation, session, clientId }: TimedRequest): number {
    if (!this.request.isActive) return 0;
    const percent = operation.ownMs() / 10;
    return this.request.record({ user: session.principal, clientId: clientId ?? '' }, percent, this.nowMs());
  }

  /** These hold from now on. */
  become(stored: Iterable<StoredQuota>): void {
    const all = [...stored];
    const tableOf = (key: string): QuotaTable =>
      new QuotaTable(
        all.flatMap(({ entity, values }) => {
          const limit = values.get(key);
          return limit === undefined ? [] : [[entity, limit] as const];
        }),
      );
    this.produce.become(tableOf(QUOTA_KEYS.producerByteRate));
    this.fetch.become(tableOf(QUOTA_KEYS.consumerByteRate));
    this.request.become(tableOf(QUOTA_KEYS.requestPercentage));
    this.mutation.become(tableOf(QUOTA_KEYS.controllerMutationRate));
    this.address.become(all);
  }
}
