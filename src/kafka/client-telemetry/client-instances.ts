/**
 * Clients that tell of themselves, each under the instance id that it was given (KIP-714). The rules of who may ask and push when are
 * those of Kafka's ClientMetricsManager. What a client says is kept until it says something newer, or nothing for three intervals.
 */
import type { Clock } from '../../clock';
import { ErrorCode } from '../../protocol/error-code';
import type { ConnectionSession } from '../connection-session';
import type { ClientSample } from './otlp-metrics';

/** Instances held; past it the one longest unheard goes. */
const INSTANCES_MAX = 1_000;
/** What all of them said, about; past it the one longest unheard loses its words. */
const SAID_BYTES_MAX = 32 * 1024 * 1024;
/** Of a sample, beside its texts. */
const SAMPLE_BYTES = 120;
const CHARACTER_BYTES = 2;
/** Instances that a connection may bring within an interval: a client has one, and asks for another where it was forgotten. */
const NEW_IDS_MAX = 4;
const SILENT_INTERVALS_MAX = 3;
/** What a client may send beside its own rhythm, as part of it: timers are not exact. */
const EARLY = 0.9;

export interface ClientInstance {
  /** 16 bytes as 22 characters of unpadded base64url, as Kafka prints it. */
  readonly id: string;
  /** As on the wire; empty where it names none. */
  readonly clientId: string;
  readonly clientAddress: string;
  /** Of the connection by which it was heard last. */
  readonly clientPort: number;
  /** The newest of what it said; empty before its first push, and where it was too much for all together. */
  readonly samples: readonly ClientSample[];
  /** When it pushed them, ms since the Unix epoch; undefined before its first push. */
  readonly pushedMs: number | undefined;
}

interface Held {
  readonly id: string;
  clientId: string;
  clientAddress: string;
  clientPort: number;
  samples: readonly ClientSample[];
  saidBytes: number;
  pushedMs: number | undefined;
  heardMs: number;
  askedMs: number;
  lastPushMs: number;
  terminating: boolean;
  lastError: ErrorCode;
}

export interface Caller {
  readonly clientId: string;
  readonly session: Pick<ConnectionSession, 'clientAddress' | 'clientPort'>;
}

export class ClientInstances {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** The one longest unheard first. */
  readonly #held = new Map<string, Held>();
  /** By connection: the instances that it has brought, and since when they are counted. */
  readonly #brought = new WeakMap<Caller['session'], { sinceMs: number; ids: number }>();
  #saidBytes = 0;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** A client asks what to push. THROTTLING_QUOTA_EXCEEDED where it asks again too soon, or its connection has brought too many instances. */
  asked(id: string, caller: Caller): ErrorCode {
    const instance = this.#touch(id, caller);
    if (instance === undefined) return ErrorCode.THROTTLING_QUOTA_EXCEEDED;
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

  /** A client is about to tell; `wrong` says what is wrong with the push itself. */
  mayPush(id: string, caller: Caller, push: { readonly terminating: boolean; readonly wrong: ErrorCode }): ErrorCode {
    const instance = this.#touch(id, caller);
    if (instance === undefined) return ErrorCode.THROTTLING_QUOTA_EXCEEDED;
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
    this.#said(instance, samples);
    instance.pushedMs = this.#clock.nowMs();
    for (const longestUnheard of this.#held.values()) {
      if (this.#saidBytes <= SAID_BYTES_MAX) return;
      this.#said(longestUnheard, []);
    }
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

  #said(instance: Held, samples: readonly ClientSample[]): void {
    const bytes = samples.reduce((sum, each) => sum + bytesOf(each), 0);
    this.#saidBytes += bytes - instance.saidBytes;
    instance.samples = samples;
    instance.saidBytes = bytes;
  }

  /** Undefined where it is a new one, and its connection has brought too many. */
  #touch(id: string, caller: Caller): Held | undefined {
    this.#forgetSilent();
    const instance = this.#held.get(id) ?? this.#bring(id, caller);
    if (instance === undefined) return undefined;
    instance.heardMs = this.#clock.monotonicMs();
    instance.clientId = caller.clientId;
    instance.clientAddress = caller.session.clientAddress;
    instance.clientPort = caller.session.clientPort;
    this.#held.delete(id);
    this.#held.set(id, instance);
    return instance;
  }

  #bring(id: string, { session }: Caller): Held | undefined {
    const nowMs = this.#clock.monotonicMs();
    let brought = this.#brought.get(session);
    if (brought === undefined || nowMs - brought.sinceMs >= this.#intervalMs) brought = { sinceMs: nowMs, ids: 0 };
    if (brought.ids >= NEW_IDS_MAX) return undefined;
    brought.ids++;
    this.#brought.set(session, brought);
    if (this.#held.size >= INSTANCES_MAX) {
      const [oldest] = this.#held.values();
      if (oldest !== undefined) this.#forget(oldest);
    }
    return {
      ...{ id, clientId: '', clientAddress: '', clientPort: 0 },
      ...{ samples: [], saidBytes: 0, pushedMs: undefined, heardMs: nowMs },
      ...{ askedMs: Number.NEGATIVE_INFINITY, lastPushMs: Number.NEGATIVE_INFINITY },
      ...{ terminating: false, lastError: ErrorCode.NONE },
    };
  }

  #forget(instance: Held): void {
    this.#said(instance, []);
    this.#held.delete(instance.id);
  }

  #forgetSilent(): void {
    const sinceMs = this.#clock.monotonicMs() - this.#intervalMs * SILENT_INTERVALS_MAX;
    for (const instance of this.#held.values()) {
      if (instance.heardMs >= sinceMs) return;
      this.#forget(instance);
    }
  }
}

/** About what it holds; the name of a metric is shared by its points. */
const bytesOf = ({ topic, partition, node, metric }: ClientSample): number =>
  SAMPLE_BYTES + (metric.length + topic.length + partition.length + node.length) * CHARACTER_BYTES;
