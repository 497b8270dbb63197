/**
 * What clients say of themselves (KIP-714): the subscription that they are given, the pushes that come back, and the newest of what
 * each said, as a metric under its instance id. Clients ask and push by themselves; nothing of it holds up a request.
 */
import { crc32c } from '@node-rs/crc32';
import type { Clock } from '../../clock';
import { BatchError } from '../../protocol/batch-error';
import { int32At } from '../../protocol/bytes';
import { codecOf, decompress } from '../../protocol/compression/compression';
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import type { PushTelemetryRequest } from '../../protocol/generated/push-telemetry';
import { ProtocolError } from '../../protocol/protocol-error';
import type { Instruments } from '../../telemetry/metrics/instruments';
import { ZERO_TOPIC_ID } from '../../types';
import { type Caller, type ClientInstance, ClientInstances } from './client-instances';
import { readClientSamples } from './otlp-metrics';

export interface ClientTelemetrySettings {
  /** How often clients push, ms. 0: they are asked for nothing. */
  readonly intervalMs: number;
  /** What clients are asked for: prefixes of metric names, as in Kafka's client-metrics resource; `*` alone asks for all. */
  readonly metrics: readonly string[];
}

/** Kafka's telemetry.max.bytes: the most that a push may hold, compressed. */
export const PUSH_BYTES_MAX = 1_048_576;
const DECOMPRESSED_BYTES_MAX = 4 * PUSH_BYTES_MAX;
/** How often a client asks again where nothing is asked of it, ms: Kafka's default interval. */
const NOTHING_ASKED_MS = 300_000;
/** Kafka's Uuid.RESERVED: no client has one of them. */
const RESERVED_IDS: ReadonlySet<string> = new Set([ZERO_TOPIC_ID, 'AAAAAAAAAAAAAAAAAAAAAQ']);
/** Numbers that are looked at for the metric: more than it has series, of which some may be the same. */
const SHOWN_MAX = 10_000;

export class ClientTelemetry {
  readonly subscription: {
    readonly intervalMs: number;
    readonly metrics: readonly string[];
  };
  readonly #checksum: number;
  readonly #instances: ClientInstances;
  readonly #instruments: Instruments;

  constructor(
    settings: ClientTelemetrySettings,
    options: { readonly clock: Clock; readonly instruments: Instruments },
  ) {
    const asks = settings.intervalMs > 0;
    const intervalMs = asks ? settings.intervalMs : NOTHING_ASKED_MS;
    const metrics = asks ? settings.metrics : [];
    this.subscription = { intervalMs, metrics };
    this.#checksum = crc32c(`${metrics.join()} ${intervalMs}`);
    this.#instances = new ClientInstances(options.clock, intervalMs);
    this.#instruments = options.instruments;
    this.#instruments.observe('seaglass_client_metric', () => this.#series());
    this.#instruments.observe('seaglass_client_instances', () => [[{}, this.instances().length]]);
  }

  /**
   * What an instance's pushes name, 32 bits, signed; as in Kafka a checksum of the settings, and of the instance's id: a client that has outlived a
   * start of the gateway with other settings is told to ask again.
   */
  subscriptionId(instanceId: string): number {
    const id = Buffer.from(instanceId, 'base64url');
    return this.#checksum ^ int32At(id, 0) ^ int32At(id, 4) ^ int32At(id, 8) ^ int32At(id, 12);
  }

  /** A client asks for its subscription. */
  asked(instanceId: string, caller: Caller): ErrorCode {
    return this.#instances.asked(instanceId, caller);
  }

  /** A client tells. What cannot be read is refused as Kafka does and kept out. */
  push(request: PushTelemetryRequest, caller: Caller): ErrorCode {
    const errorCode = this.#take(request, caller);
    this.#instruments.add('seaglass_client_telemetry_pushes_total', { error: errorNameOf(errorCode) ?? 'NONE' });
    return errorCode;
  }

  /** Clients heard of within the last three intervals. */
  instances(): readonly ClientInstance[] {
    return this.#instances.all();
  }

  #take(request: PushTelemetryRequest, caller: Caller): ErrorCode {
    const { clientInstanceId, terminating } = request;
    if (RESERVED_IDS.has(clientInstanceId)) return ErrorCode.INVALID_REQUEST;
    const refused = this.#instances.mayPush(clientInstanceId, caller, { terminating, wrong: this.#wrong(request) });
    if (refused !== ErrorCode.NONE || request.metrics.byteLength === 0) return refused;
    try {
      const bytes = decompress(codecOf(request.compressionType), request.metrics, DECOMPRESSED_BYTES_MAX);
      this.#instances.pushed(clientInstanceId, readClientSamples(bytes));
      return ErrorCode.NONE;
    } catch (error) {
      if (error instanceof BatchError && error.code === 'record_too_large') return ErrorCode.TELEMETRY_TOO_LARGE;
      if (error instanceof BatchError || error instanceof ProtocolError) return ErrorCode.INVALID_RECORD;
      throw error;
    }
  }

  #wrong({ clientInstanceId, subscriptionId, compressionType, metrics }: PushTelemetryRequest): ErrorCode {
    if (subscriptionId !== this.subscriptionId(clientInstanceId)) return ErrorCode.UNKNOWN_SUBSCRIPTION_ID;
    if (compressionType < 0 || compressionType > 4) return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
    return metrics.byteLength > PUSH_BYTES_MAX ? ErrorCode.TELEMETRY_TOO_LARGE : ErrorCode.NONE;
  }

  *#series() {
    let shown = 0;
    for (const { id, clientId, samples } of this.instances()) {
      for (const { metric, topic, partition, node, value } of samples) {
        if (shown++ === SHOWN_MAX) return;
        const labels = { client_instance_id: id, client_id: clientId, metric, topic, partition, node };
        yield [labels, value] as const;
      }
    }
  }
}
