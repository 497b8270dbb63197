/** Claim: whatever the spans are, the bytes are those of OpenTelemetry's own serializer, from one serializer that is used again and again. */
import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import * as fc from 'fast-check';
import { ProtoWriter } from '../../src/telemetry/sdk/proto-writer';
import { SpanSerializer } from '../../src/telemetry/sdk/span-serializer';

const digits = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
const count = fc.nat({ max: 300 });
/** From 1970 to 2106, in whole seconds and nanoseconds. */
const time = fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.nat({ max: 999_999_999 })).map((pair): HrTime => pair);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string(),
  fc.constantFrom('orders', '', 'µ', 'a'.repeat(128)),
);
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 2 ** 31, 2 ** 32, 2 ** 63, -(2 ** 63)),
);
const key = fc.oneof(
  fc.constantFrom('seaglass.phase', 'kafka.offset'),
  fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
);
const attributes = fc.dictionary(key, fc.oneof(text, number, fc.boolean()), { maxKeys: 30 });
const context = fc.record({
  ...{ traceId: digits(16), spanId: digits(8) },
  ...{ traceFlags: fc.constantFrom(TraceFlags.NONE, TraceFlags.SAMPLED), isRemote: fc.boolean() },
});

const RESOURCES = ['one', 'other'].map((name) =>
  resourceFromAttributes({ 'service.name': name, 'service.instance.id': 'a-1' }),
);
const SCOPES = [
  { name: 'seaglass', version: '0.3.0' },
  { name: 'other' },
  { name: 'third', schemaUrl: 'https://schema' },
];

const span = fc
  .record({
    ...{ context, parentSpanContext: fc.option(context, { nil: undefined }), name: text },
    kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER),
    ...{ startTime: time, endTime: time, attributes },
    events: fc.array(fc.record({ name: text, time }), { maxLength: 3 }),
    links: fc.array(fc.record({ context }), { maxLength: 3 }),
    status: fc.record({
      code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.ERROR),
      message: fc.option(text, { nil: undefined }),
    }),
    ...{ droppedAttributesCount: count, droppedEventsCount: count, droppedLinksCount: count },
    ...{ resource: fc.constantFrom(...RESOURCES), instrumentationScope: fc.constantFrom(...SCOPES) },
  })
  .map(({ context: own, ...rest }) => ({ ...rest, spanContext: () => own }) as unknown as ReadableSpan);

test('the bytes are those of the SDK', () => {
  const serializer = new SpanSerializer();
  fc.assert(
    fc.property(fc.array(span, { maxLength: 40 }), (spans) => {
      const expected = ProtobufTraceSerializer.serializeRequest(spans);
      expect(Buffer.from(serializer.serializeRequest(spans))).toEqual(Buffer.from(expected ?? []));
    }),
  );
});

test('a request that is larger than all before it is whole', () => {
  const serializer = new SpanSerializer();
  const [some] = fc.sample(span, 1);
  if (some === undefined) throw new Error('no sample');
  const large = Array.from({ length: 2_000 }, (_, index) => ({
    ...some,
    name: `poll ${String(index)}`,
    attributes: { text: 'x'.repeat(500) },
  }));
  const expected = Buffer.from(ProtobufTraceSerializer.serializeRequest(large) ?? []);
  expect(Buffer.from(serializer.serializeRequest(large)).equals(expected)).toBe(true);
});

test.each([0, 1, 8, 9, 127, 128])('a message of %d bytes is whole wherever the memory ends', (length) => {
  const content = Uint8Array.from({ length }, (_, index) => index + 1);
  const head = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >>> 7];
  const before = new Uint8Array(20).fill(7);
  for (let memory = 1; memory < 160; memory++) {
    const writer = new ProtoWriter(memory);
    writer.raw(before);
    const begun = writer.begin();
    writer.raw(content);
    writer.end(begun);
    expect([...writer.take()]).toEqual([...before, ...head, ...content]);
  }
});
