/**
 * Reads what clients push of themselves: OpenTelemetry's MetricsData (opentelemetry.proto.metrics.v1), of which Kafka's clients send
 * gauges and sums (KIP-714). It is hostile input: texts are cut and points and fields are counted while they are read; past a bound nothing
 * more is looked at.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ProtocolError } from '../../protocol/protocol-error';

/** One number of a metric. */
export interface ClientSample {
  /** As the client names it: `org.apache.kafka.consumer.fetch.manager.fetch.latency.avg`. */
  readonly metric: string;
  /** Of its attributes those that say what it is about, cut; empty where it is about the whole client. As the client wrote them. */
  readonly topic: string;
  readonly partition: string;
  readonly node: string;
  readonly value: number;
}

/** Points looked at in one push, whether they have a number or not. */
export const SAMPLES_MAX = 1_000;
/** Fields of all its messages; a point of Java's clients with six attributes has about thirty. */
const FIELDS_MAX = 100_000;
const METRIC_NAME = /^[A-Za-z][\w.-]{0,127}$/;
/** Bytes of a name; of an attribute's key. */
const NAME_BYTES_MAX = 128;
const KEY_BYTES_MAX = 16;
/** Bytes of an attribute that is kept: a topic's name has at most 249, a partition's number ten digits. */
const TOPIC_BYTES_MAX = 249;
const PARTITION_BYTES_MAX = 10;
const NODE_BYTES_MAX = 64;

/** Throws ProtocolError for bytes that are no MetricsData. What is past a bound, and what has no usable name, is left out. */
export function readClientSamples(bytes: Uint8Array): readonly ClientSample[] {
  const push = new PushReader();
  try {
    push.eachMessage(bytes, RESOURCE_METRICS, (resource) =>
      push.eachMessage(resource, SCOPE_METRICS, (scope) =>
        push.eachMessage(scope, METRICS, (metric) => push.readMetric(metric)),
      ),
    );
  } catch (error) {
    throw new ProtocolError({ expected: 'OpenTelemetry metrics', got: String(error), position: 0 });
  }
  return push.samples;
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

/** By an attribute's key: what it says, and the bytes kept of it. Java's clients and librdkafka use the same names. */
const ABOUT = new Map<string, readonly [part: 'topic' | 'partition' | 'node', bytesMax: number]>([
  ['topic', ['topic', TOPIC_BYTES_MAX]],
  ['partition', ['partition', PARTITION_BYTES_MAX]],
  ['node_id', ['node', NODE_BYTES_MAX]],
  ['node.id', ['node', NODE_BYTES_MAX]],
  ['node-id', ['node', NODE_BYTES_MAX]],
]);

class PushReader {
  readonly samples: ClientSample[] = [];
  #fieldsLeft = FIELDS_MAX;
  #pointsLeft = SAMPLES_MAX;

  /** The bytes of each field `wanted` that holds a message. */
  eachMessage(bytes: Uint8Array, wanted: number, use: (message: Uint8Array) => void): void {
    this.#eachField(bytes, (reader, field, type) => {
      if (field === wanted && type === WireType.LengthDelimited) use(reader.bytes());
      else reader.skip(type, field);
    });
  }

  readMetric(bytes: Uint8Array): void {
    let metric = '';
    let data: Uint8Array = NONE;
    this.#eachField(bytes, (reader, field, type) => {
      const isData = field === METRIC.gauge || field === METRIC.sum;
      if (field === METRIC.name && type === WireType.LengthDelimited)
        metric = textOf(reader.bytes(), NAME_BYTES_MAX + 1);
      else if (isData && type === WireType.LengthDelimited) data = reader.bytes();
      else reader.skip(type, field);
    });
    if (!METRIC_NAME.test(metric)) return;
    this.eachMessage(data, DATA_POINTS, (point) => this.#readPoint(point, metric));
  }

  #readPoint(bytes: Uint8Array, metric: string): void {
    this.#pointsLeft--;
    let value = Number.NaN;
    const about = { topic: '', partition: '', node: '' };
    this.#eachField(bytes, (reader, field, type) => {
      if (field === POINT.double && type === WireType.Bit64) value = reader.double();
      else if (field === POINT.integer && type === WireType.Bit64) value = Number(reader.sfixed64());
      else if (field === POINT.attributes && type === WireType.LengthDelimited)
        this.#readAttribute(reader.bytes(), about);
      else reader.skip(type, field);
    });
    if (Number.isFinite(value)) this.samples.push({ metric, ...about, value });
  }

  #readAttribute(bytes: Uint8Array, about: { topic: string; partition: string; node: string }): void {
    let key = '';
    let value: Uint8Array = NONE;
    this.#eachField(bytes, (reader, field, type) => {
      if (field === ATTRIBUTE.key && type === WireType.LengthDelimited) key = textOf(reader.bytes(), KEY_BYTES_MAX);
      else if (field === ATTRIBUTE.value && type === WireType.LengthDelimited) value = reader.bytes();
      else reader.skip(type, field);
    });
    const [part, bytesMax] = ABOUT.get(key) ?? [];
    if (part !== undefined) about[part] = this.#readAnyValue(value, bytesMax ?? 0);
  }

  #readAnyValue(bytes: Uint8Array, bytesMax: number): string {
    let value = '';
    this.#eachField(bytes, (reader, field, type) => {
      if (field === ANY_VALUE.text && type === WireType.LengthDelimited) value = textOf(reader.bytes(), bytesMax);
      else if (field === ANY_VALUE.integer && type === WireType.Varint) value = String(reader.int64());
      else reader.skip(type, field);
    });
    return value;
  }

  /** Until the end of the bytes, or of what may be read of a push. */
  #eachField(bytes: Uint8Array, use: (reader: BinaryReader, field: number, type: WireType) => void): void {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      if (this.#fieldsLeft === 0 || this.#pointsLeft < 0) return;
      this.#fieldsLeft--;
      const [field, type] = reader.tag();
      // There are none in this format, and to skip one takes as many steps as it likes.
      if (type === WireType.StartGroup) throw new RangeError('a group');
      use(reader, field, type);
    }
  }
}

const NONE = new Uint8Array(0);

/** At most so many bytes of it; what is no UTF-8 is replaced. */
const textOf = (bytes: Uint8Array, bytesMax: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, bytesMax)).toString('utf8');
