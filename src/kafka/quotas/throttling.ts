/**
 * Requests whose client is over a quota: what the request is told to have cost, and what telemetry shows while the connection is muted
 * (KIP-219). The wait is an operation of its own, linked to the request that it follows; it is the client's time, and never a hang.
 */
import type { Clock } from '../../clock';
import type { Telemetry } from '../../telemetry/telemetry';
import type { AttributeValue, Operation } from '../../telemetry/trace/operation';

/** Quotas that throttle a connection, as labels name them. */
export const THROTTLING_QUOTAS = ['produce', 'fetch', 'request', 'controller_mutation'] as const;
export type ThrottlingQuota = (typeof THROTTLING_QUOTAS)[number];

/** The longest throttle of a request, and the quota that asks for it. */
export interface Throttle {
  readonly quota: ThrottlingQuota;
  /** More than 0. */
  readonly ms: number;
}

export interface ThrottledRequest {
  readonly throttle: Throttle;
  readonly api: string;
  readonly principal: string;
  readonly operation: Operation;
  /** What the spans of the client's requests say of it. */
  readonly client: Readonly<Record<string, AttributeValue>>;
}

/** One wait, from the decision until the connection is read again, or gone. */
export interface ThrottleUnderWay {
  readonly ms: number;
  end(outcome: 'ok' | 'cancelled'): void;
}

export class Throttling {
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  #underWay = 0;

  constructor(telemetry: Telemetry, clock: Clock) {
    this.#telemetry = telemetry;
    this.#clock = clock;
    telemetry.instruments.observe('seaglass_connections_muted', () => [[{}, this.#underWay]]);
  }

  begin({ throttle, api, principal, operation, client }: ThrottledRequest): ThrottleUnderWay {
    const { quota, ms } = throttle;
    const { operations, instruments } = this.#telemetry;
    operation.set('seaglass.throttle.ms', ms).set('seaglass.throttle.quota', quota);
    const wait = operations.root('throttle', {
      budgetMs: ms,
      shared: client,
      attributes: { 'seaglass.throttle.ms': ms, 'seaglass.throttle.quota': quota },
      links: [{ traceId: operation.traceId, spanId: operation.spanId }],
    });
    wait.idle();
    instruments.add('seaglass_throttled_requests_total', { quota, principal });
    this.#underWay++;
    const startMs = this.#clock.monotonicMs();
    return {
      ms,
      end: (outcome) => {
        if (wait.ended) return;
        wait.end(outcome);
        this.#underWay--;
        const seconds = (this.#clock.monotonicMs() - startMs) / 1_000;
        instruments.add('seaglass_throttle_seconds_total', { quota, principal }, seconds);
        instruments.add('seaglass_wait_seconds_total', { api, blame: 'client' }, seconds);
      },
    };
  }
}
