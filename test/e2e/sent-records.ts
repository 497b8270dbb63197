/** Anything that a producer may send to a topic, for fast-check: what it sends, and what a consumer must get of it. */
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { CODECS, type Codec } from '../../src/protocol/compression/compression';
import type { EncodableRecord } from '../../src/protocol/encode-batch';
import { headerKeyBytes, type HeaderKey } from '../../src/protocol/header-key';
import type { KafkaRecord } from '../../src/protocol/record';

/** Small ones as they are; large ones by what they are made of, so that a counterexample stays readable. */
type Bytes = Uint8Array | null | { readonly bytes: number; readonly salt: number };

interface SentRecord {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly headers: readonly { readonly key: HeaderKey; readonly value: Bytes }[];
  readonly timestamp: Timestamp;
}

/** Milliseconds, or milliseconds beside the moment of sending: a counterexample holds on another day too. */
type Timestamp = number | { readonly besideNowMs: number };

export interface SentBatch {
  readonly codec: Codec;
  readonly records: readonly SentRecord[];
}

/** What one topic is sent, a request for each batch. */
export interface Sending {
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly compressionType: 'producer' | 'uncompressed' | Exclude<Codec, 'none'>;
  readonly requests: readonly { readonly batch: SentBatch; readonly flushed: boolean }[];
}

const small = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }),
  // What other formats begin with: Confluent's, and the gateway's own envelope, whole or cut.
  fc.uint8Array({ maxLength: 40 }).map((tail) => Uint8Array.of(0, ...tail)),
  fc.uint8Array({ maxLength: 40 }).map((tail) => Uint8Array.of(0xfe, 0x53, 0x47, 0x4d, ...tail)),
  fc.uint8Array({ minLength: 8, maxLength: 20 }).map((tail) => Uint8Array.of(0xfe, 0x53, 0x47, 0x4d, 1, 0, ...tail)),
);
/** Past 16 KiB a batch of the embedded node travels beside its stream; twenty of these stay below max.message.bytes. */
const large = fc.record({ bytes: fc.integer({ min: 1_000, max: 40_000 }), salt: fc.nat(255) });
const key = fc.oneof(small, fc.constantFrom(...['a', 'b'].map((name) => Buffer.from(name))));
const value = fc.oneof({ weight: 8, arbitrary: small }, { weight: 1, arbitrary: large });
const header = fc.record({
  // Names are UTF-8; a client that writes other bytes finds them again as well.
  key: fc.oneof(
    fc.constantFrom('', 'h', 'traceparent', '\ufffd'),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
  ),
  value: small,
});
const timestamp: fc.Arbitrary<Timestamp> = fc.oneof(
  fc.constant({ besideNowMs: 0 }),
  fc.record({ besideNowMs: fc.integer({ min: -3, max: 3 }) }),
  // Kafka's default lets a producer's clock be an hour ahead.
  fc.record({ besideNowMs: fc.integer({ min: -86_400_000, max: 3_000_000 }) }),
  fc.constantFrom(-1, 0, 1),
  fc.integer({ min: 0, max: 1_700_000_000_000 }),
);
const record: fc.Arbitrary<SentRecord> = fc.record({
  key,
  value,
  headers: fc.oneof(fc.constant([]), fc.array(header, { maxLength: 4 })),
  timestamp,
});
const batch: fc.Arbitrary<SentBatch> = fc.record({
  codec: fc.constantFrom(...CODECS),
  records: fc.array(record, { minLength: 1, maxLength: 20 }),
});

export const sendings: fc.Arbitrary<Sending> = fc.record({
  timestampType: fc.constantFrom('CreateTime', 'LogAppendTime'),
  compressionType: fc.oneof(
    fc.constant('producer'),
    fc.constantFrom<Sending['compressionType'][]>('uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'),
  ),
  requests: fc.array(fc.record({ batch, flushed: fc.boolean() }), { minLength: 1, maxLength: 6 }),
});

export function encodable({ key, value, headers, timestamp }: SentRecord, nowMs: number): EncodableRecord {
  return {
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map((each) => ({ key: each.key, value: bytesOf(each.value) })),
    timestamp: typeof timestamp === 'number' ? timestamp : nowMs + timestamp.besideNowMs,
  };
}

function bytesOf(bytes: Bytes): Uint8Array | null {
  if (bytes === null || bytes instanceof Uint8Array) return bytes;
  return Buffer.alloc(bytes.bytes).map((_, index) => (index * index + bytes.salt) >>> 3);
}

/** All of a record but its place and time, in a form that compares and prints well. */
export function shown({ key, value, headers = [] }: EncodableRecord | KafkaRecord) {
  return {
    key: text(key),
    value: text(value),
    headers: headers.map((each) => [text(headerKeyBytes(each.key)), text(each.value)]),
  };
}

function text(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const all = Buffer.from(bytes);
  return all.length <= 64 ? all.toString('hex') : `${all.length} bytes, CRC-32C ${crc32c(all)}`;
}
