/** PushTelemetry: a client tells of itself (KIP-714). */
import {
  createPushTelemetryResponse,
  pushTelemetryApi,
  readPushTelemetryRequest,
  writePushTelemetryResponse,
} from '../../protocol/generated/push-telemetry';
import type { PushTelemetryRequest, PushTelemetryResponse } from '../../protocol/generated/push-telemetry';
import { defineApi } from './define-api';

export const pushTelemetry = defineApi<PushTelemetryRequest, PushTelemetryResponse>({
  facts: pushTelemetryApi,
  read: readPushTelemetryRequest,
  write: writePushTelemetryResponse,
  handle: (request, { clientId, session }, { clientTelemetry }) => {
    const errorCode = clientTelemetry.push(request, { clientId: clientId ?? '', session });
    return Promise.resolve(createPushTelemetryResponse({ errorCode }));
  },
  failure: (_, errorCode) => createPushTelemetryResponse({ errorCode }),
  errors: (response) => [response.errorCode],
});
