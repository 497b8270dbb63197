/** GetTelemetrySubscriptions: what a client is to tell of itself, and under which instance id (KIP-714). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createGetTelemetrySubscriptionsResponse,
  getTelemetrySubscriptionsApi,
  readGetTelemetrySubscriptionsRequest,
  writeGetTelemetrySubscriptionsResponse,
} from '../../protocol/generated/get-telemetry-subscriptions';
import type {
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponse,
} from '../../protocol/generated/get-telemetry-subscriptions';
import { ZERO_TOPIC_ID } from '../../types';
import { PUSH_BYTES_MAX } from '../client-telemetry/client-telemetry';
import { defineApi } from './define-api';

/** The ids of zstd, lz4, gzip and snappy, in the order in which Kafka prefers them. */
const COMPRESSION_TYPES = [4, 3, 1, 2];

export const getTelemetrySubscriptions = defineApi<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse>(
  {
    facts: getTelemetrySubscriptionsApi,
    read: readGetTelemetrySubscriptionsRequest,
    write: writeGetTelemetrySubscriptionsResponse,
    handle: (request, { clientId, session }, { clientTelemetry, random }) => {
      const given = request.clientInstanceId;
      const clientInstanceId = given === ZERO_TOPIC_ID ? random.bytes(16).toString('base64url') : given;
      const errorCode = clientTelemetry.asked(clientInstanceId, { clientId: clientId ?? '', session });
      if (errorCode !== ErrorCode.NONE) return Promise.resolve(createGetTelemetrySubscriptionsResponse({ errorCode }));
      const { intervalMs, metrics } = clientTelemetry.subscription;
      return Promise.resolve(
        createGetTelemetrySubscriptionsResponse({
          clientInstanceId,
          subscriptionId: clientTelemetry.subscriptionId(clientInstanceId),
          acceptedCompressionTypes: COMPRESSION_TYPES,
          pushIntervalMs: intervalMs,
          telemetryMaxBytes: PUSH_BYTES_MAX,
          // Sums since the client's start: what was missed does not matter.
          deltaTemporality: false,
          requestedMetrics: metrics,
        }),
      );
    },
    failure: (_, errorCode) => createGetTelemetrySubscriptionsResponse({ errorCode }),
    errors: (response) => [response.errorCode],
  },
);
