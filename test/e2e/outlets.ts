/** Everything that leaves a gateway beside its answers, for finding out that something is in none of it. */
import type { GatewayProcess } from '../support/gateway-process';
import type { OtlpReceiver } from '../support/otlp-receiver';
import { exportTo, get } from './support';

/** The OTEL_* variables that send traces, metrics and logs to the receiver, all of them soon. */
export function exportAllTo(receiver: OtlpReceiver): Record<string, string> {
  return {
    ...exportTo(receiver),
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
  };
}

/** Everything that a reader of telemetry could see now. */
export async function outlets(
  gateway: GatewayProcess,
  receiver: OtlpReceiver,
): Promise<Record<string, string | Buffer>> {
  const openMetrics = await fetch(`${gateway.console}/metrics`, {
    headers: { accept: 'application/openmetrics-text' },
  });
  return {
    'spans, pushed metrics and logs': Buffer.concat(receiver.raw),
    'the log': gateway.child.output(),
    OpenMetrics: await openMetrics.text(),
    metrics: (await get(`${gateway.console}/metrics`)).text,
    'in flight': (await get(`${gateway.console}/debug/inflight`)).text,
    'in flight, as text': (await get(`${gateway.console}/debug/inflight?format=text`)).text,
  };
}
