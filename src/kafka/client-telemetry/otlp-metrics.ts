/**
 * Reads what clients push of themselves: OpenTelemetry's MetricsData (opentelemetry.proto.metrics.v1), of which Kafka's clients send
 * gauges and sums (KIP-714). It is hostile input: names and counts are bounded, everything else is skipped.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ProtocolError } from '../../protocol/protocol-error';

/** One number of a metric. */
export interface ClientSample {
  /** As the client names it: `org.apache.kafka.consumer.fetch.manager.fetch.latency.avg`. */
  readonly metric: string;
  /** Of its attributes those that say what it is about; empty where it is about the whole client. */
  readonly topic: string;
  readonly partition: string;
  readonly node: string;
  readonly value: number;
}

/** Numbers taken of one push. */
export const SAMPLES_MAX = 1_000;
const METRIC_NAME = /^[A-Za-z][\w.-]{0,127}$/;

/** Throws ProtocolError for bytes that are no MetricsData. Samples past the bound, and those without a usable name, are left out. */
export function readClientSamples(bytes: Uint8Array): readonly ClientSample[] {
  const samples: ClientSample[] = [];
  try {
    eachMessage(bytes, RESOURCE_METRICS, (resource) =>
      eachMessage(resource, SCOPE_METRICS, (scope) =>
        eachMessage(scope, METRICS, (metric) => readMetric(metric, samples)),
      ),
    );
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError({ expected: 'OpenTelemetry metrics', got: String(error), position: 0 });
  }
  return samples;
}

/** Field numbers of the messages. */
const RESOURCE_METRICS = 1;
const SCOPE_METRICS = 2;
const METRICS = 2;
const METRIC = { name: 1, gauge: 5, sum: 7 } as const;
const DATA_POINTS = 1;
const POINT = { double: 4, integer: 6, attributes: 7 } as const;
const ATTRIBUTE = { key: 1, value: 2 } as const;
const ANY_VALUE = { text: 1, integer: 3 } as const;

function readMetric(bytes: Uint8Array, samples: ClientSample[]): void {
  let metric = '';
  const points: Uint8Array[] = [];
  eachField(bytes, (reader, field, type) => {
    if (field === METRIC.name && type === WireType.LengthDelimited) metric = reader.string();
    else if ((field === METRIC.gauge || field === METRIC.sum) && type === WireType.LengthDelimited)
      eachMessage(reader.bytes(), DATA_POINTS, (point) => void points.push(point));
    else reader.skip(type, field);
  });
  if (!METRIC_NAME.test(metric)) return;
  for (const point of points) {
    if (samples.length >= SAMPLES_MAX) return;
    const sample = readPoint(point, metric);
    if (sample !== undefined) samples.push(sample);
  }
}

function readPoint(bytes: Uint8Array, metric: string): ClientSample | undefined {
  let value = Number.NaN;
  const about = { topic: '', partition: '', node: '' };
  eachField(bytes, (reader, field, type) => {
    if (field === POINT.double && type === WireType.Bit64) value = reader.double();
    else if (field === POINT.integer && type === WireType.Bit64) value = Number(reader.sfixed64());
    else if (field === POINT.attributes && type === WireType.LengthDelimited) readAttribute(reader.bytes(), about);
    else reader.skip(type, field);
  });
  return Number.isFinite(value) ? { metric, ...about, value } : undefined;
}

/** Java's clients say `topic`, `partition` and `node_id`; librdkafka's the same names. */
function readAttribute(bytes: Uint8Array, about: { topic: string; partition: string; node: string }): void {
  let key = '';
  let value = '';
  eachField(bytes, (reader, field, type) => {
    if (field === ATTRIBUTE.key && type === WireType.LengthDelimited) key = reader.string();
    else if (field === ATTRIBUTE.value && type === WireType.LengthDelimited) value = readAnyValue(reader.bytes());
    else reader.skip(type, field);
  });
  if (key === 'topic') about.topic = value;
  else if (key === 'partition') about.partition = value;
  else if (key === 'node_id' || key === 'node.id' || key === 'node-id') about.node = value;
}

function readAnyValue(bytes: Uint8Array): string {
  let value = '';
  eachField(bytes, (reader, field, type) => {
    if (field === ANY_VALUE.text && type === WireType.LengthDelimited) value = reader.string();
    else if (field === ANY_VALUE.integer && type === WireType.Varint) value = String(reader.int64());
    else reader.skip(type, field);
  });
  return value;
}

/** The bytes of each field `wanted` that holds a message. */
function eachMessage(bytes: Uint8Array, wanted: number, use: (message: Uint8Array) => void): void {
  eachField(bytes, (reader, field, type) => {
    if (field === wanted && type === WireType.LengthDelimited) use(reader.bytes());
    else reader.skip(type, field);
  });
}

function eachField(bytes: Uint8Array, use: (reader: BinaryReader, field: number, type: WireType) => void): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    use(reader, field, type);
  }
}
