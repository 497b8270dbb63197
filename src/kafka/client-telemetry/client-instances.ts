/**
 * Clients that tell of themselves, each under the instance id that it was given (KIP-714). The rules of who may ask and push when are
 * those of Kafka's ClientMetricsManager. What a client says is kept until it says something newer, or nothing for three intervals.
 */
import type { Clock } from '../../clock';
import { ErrorCode } from '../../protocol/error-code';
import type { ClientSample } from './otlp-metrics';

/** Instances held; past it the one longest unheard goes. */
const INSTANCES_MAX = 1_000;
const SILENT_INTERVALS_MAX = 3;
/** What a client may send beside its own rhythm, as part of it: timers are not exact. */
const EARLY = 0.9;

export interface ClientInstance {
  /** 16 bytes as 22 characters of unpadded base64url, as Kafka prints it. */
  readonly id: string;
  readonly clientId: string;
  readonly clientAddress: string;
  /** The newest of what it said; empty before its first push. */
  readonly samples: readonly ClientSample[];
  /** When it pushed them, ms since the Unix epoch; undefined before its first push. */
  readonly pushedMs: number | undefined;
}

interface Held {
  readonly id: string;
  clientId: string;
  clientAddress: string;
  samples: readonly ClientSample[];
  pushedMs: number | undefined;
  heardMs: number;
  askedMs: number;
  lastPushMs: number;
  terminating: boolean;
  lastError: ErrorCode;
}

export interface Caller {
  readonly clientId: string;
  readonly clientAddress: string;
}

export class ClientInstances {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** The one longest unheard first. */
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** A client asks what to push. THROTTLING_QUOTA_EXCEEDED where it asks again too soon. */
  asked(id: string, caller: Caller): ErrorCode {
    const instance = this.#touch(id, caller);
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = nowMs - Math.max(instance.askedMs, instance.lastPushMs);
    const mayAskAgain =
      instance.lastError === ErrorCode.UNKNOWN_SUBSCRIPTION_ID ||
      instance.lastError === ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
    if (sinceMs < this.#intervalMs * EARLY && !mayAskAgain) return this.#refuse(instance, 'THROTTLING_QUOTA_EXCEEDED');
    instance.askedMs = nowMs;
    instance.lastError = ErrorCode.NONE;
    return ErrorCode.NONE;
  }

  /** A client is about to tell; `check` says what is wrong with the push itself. */
  mayPush(id: string, caller: Caller, push: { readonly terminating: boolean; readonly wrong: ErrorCode }): ErrorCode {
    const instance = this.#touch(id, caller);
    if (instance.terminating) return this.#refuse(instance, 'INVALID_REQUEST');
    const nowMs = this.#clock.monotonicMs();
    const onTime = instance.askedMs > instance.lastPushMs || nowMs - instance.lastPushMs >= this.#intervalMs * EARLY;
    if (!onTime && !push.terminating) return this.#refuse(instance, 'THROTTLING_QUOTA_EXCEEDED');
    instance.lastPushMs = nowMs;
    instance.terminating = push.terminating;
    instance.lastError = push.wrong;
    return push.wrong;
  }

  pushed(id: string, samples: readonly ClientSample[]): void {
    const instance = this.#held.get(id);
    if (instance === undefined) return;
    instance.samples = samples;
    instance.pushedMs = this.#clock.nowMs();
  }

  /** Those that were heard of lately, the newest last. */
  all(): readonly ClientInstance[] {
    this.#forgetSilent();
    return [...this.#held.values()];
  }

  #refuse(instance: Held, error: 'THROTTLING_QUOTA_EXCEEDED' | 'INVALID_REQUEST'): ErrorCode {
    instance.lastError = ErrorCode[error];
    return instance.lastError;
  }

  #touch(id: string, { clientId, clientAddress }: Caller): Held {
    this.#forgetSilent();
    const nowMs = this.#clock.monotonicMs();
    const known = this.#held.get(id);
    const instance: Held = known ?? {
      id,
      clientId,
      clientAddress,
      samples: [],
      pushedMs: undefined,
      heardMs: nowMs,
      askedMs: Number.NEGATIVE_INFINITY,
      lastPushMs: Number.NEGATIVE_INFINITY,
      terminating: false,
      lastError: ErrorCode.NONE,
    };
    if (known === undefined && this.#held.size >= INSTANCES_MAX) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    instance.heardMs = nowMs;
    instance.clientId = clientId;
    instance.clientAddress = clientAddress;
    this.#held.delete(id);
    this.#held.set(id, instance);
    return instance;
  }

  #forgetSilent(): void {
    const sinceMs = this.#clock.monotonicMs() - this.#intervalMs * SILENT_INTERVALS_MAX;
    for (const instance of this.#held.values()) {
      if (instance.heardMs >= sinceMs) return;
      this.#held.delete(instance.id);
    }
  }
}
