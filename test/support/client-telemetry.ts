/** A client that tells of itself (KIP-714): Kafka's requests, and MetricsData written by protobuf's own writer. */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import * as subscriptions from '../../src/protocol/generated/get-telemetry-subscriptions';
import * as pushes from '../../src/protocol/generated/push-telemetry';
import type { Codec } from './kafka-client';

export const SUBSCRIPTIONS: Codec<
  subscriptions.GetTelemetrySubscriptionsRequest,
  subscriptions.GetTelemetrySubscriptionsResponse
> = {
  facts: subscriptions.getTelemetrySubscriptionsApi,
  write: subscriptions.writeGetTelemetrySubscriptionsRequest,
  read: subscriptions.readGetTelemetrySubscriptionsResponse,
};
export const PUSH: Codec<pushes.PushTelemetryRequest, pushes.PushTelemetryResponse> = {
  facts: pushes.pushTelemetryApi,
  write: pushes.writePushTelemetryRequest,
  read: pushes.readPushTelemetryResponse,
};

interface Point {
  readonly name: string;
  readonly value: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

const message = (write: (writer: BinaryWriter) => unknown): Uint8Array => {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
};
const field = (writer: BinaryWriter, number: number, bytes: Uint8Array) => writer.tag(number, 2).bytes(bytes);

/** MetricsData of gauges. */
export function metricsData(points: readonly Point[]): Uint8Array {
  const pointOf = ({ value, attributes = {} }: Point) =>
    message((writer) => {
      for (const [key, text] of Object.entries(attributes)) {
        const any = message((inner) => inner.tag(1, 2).string(text));
        field(
          writer,
          7,
          message((inner) => field(inner.tag(1, 2).string(key), 2, any)),
        );
      }
      writer.tag(4, 1).double(value);
    });
  return dataOf(
    points.map((point) =>
      gaugeOf(
        point.name,
        message((gauge) => field(gauge, 1, pointOf(point))),
      ),
    ),
  );
}

/** A Metric whose gauge has these bytes. */
export const gaugeOf = (name: string, gauge: Uint8Array): Uint8Array =>
  message((writer) => field(writer.tag(1, 2).string(name), 5, gauge));

/** MetricsData of one resource with one scope. */
export function dataOf(metrics: readonly Uint8Array[]): Uint8Array {
  const scope = message((writer) => metrics.forEach((metric) => field(writer, 2, metric)));
  const resource = message((writer) => field(writer, 2, scope));
  return message((writer) => field(writer, 1, resource));
}
