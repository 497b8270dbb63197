/**
 * Goal: what is written by hand is, byte for byte, what the generated encoder writes; what is cut by hand is what was framed. Method:
 * random messages (a failure prints seed and path), with the edges of varints among them.
 */
import fc from 'fast-check';
import { serializeAppend } from '../../src/grpc/append-codec';
import { PREFIX_BYTES } from '../../src/grpc/framed-writer';
import { frameOf, frameRecords, PublishFrameSplitter } from '../../src/grpc/publish-frames';
import { encodeRecordsField, FRAME_HEAD_BYTES, frameAround } from '../../src/grpc/records-codec';
import { PublishMessageRequest } from '../../src/rpc/mq_broker';
import { PublishRequest, ReadResponse, SubscribeResponse } from '../../src/rpc/record_log';
import type { Records } from '../../src/rpc/record_log';

const EDGES = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER];
const uint53 = fc.oneof(fc.maxSafeNat(), fc.constantFrom(...EDGES));
const int31 = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 127, 128, 16_384, 2 ** 31 - 1));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(0, 127, 128, 16_383, 16_384).map((length) => new Uint8Array(length).fill(0xa5)),
);
const census = fc.record({ records: int31, nulls: int31, empties: int31, controls: int31, valueBytes: uint53 });
const timestamp = fc.oneof(fc.integer({ min: -1 }), uint53, fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }));
const summary = fc.record({
  baseOffset: uint53,
  lastOffset: uint53,
  size: int31,
  maxTimestampMs: timestamp,
  census,
});
const ends = fc.record({
  summaries: fc.array(summary, { maxLength: 12 }),
  logStartOffset: uint53,
  highWatermark: uint53,
  generation: uint53,
});
const nanoseconds = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 28n - 1n, 2n ** 28n, 2n ** 56n),
);
const published = fc.record({ key: bytes, value: bytes, tsNs: nanoseconds });

const joined = (chunks: readonly Uint8Array[]): Buffer => Buffer.concat(chunks);

function generated(of: typeof ends extends fc.Arbitrary<infer T> ? T : never, batches: Uint8Array, handed?: number) {
  const records: Records = {
    batches,
    infos: of.summaries.map((each) => ({
      baseOffset: BigInt(each.baseOffset),
      lastOffset: BigInt(each.lastOffset),
      size: each.size,
      census: { ...each.census, valueBytes: BigInt(each.census.valueBytes) },
      maxTimestampMs: BigInt(each.maxTimestampMs),
    })),
    logStartOffset: BigInt(of.logStartOffset),
    highWatermark: BigInt(of.highWatermark),
    generation: BigInt(of.generation),
    ...(handed === undefined ? {} : { handedOverBytes: handed }),
  };
  return {
    subscribe: Buffer.from(SubscribeResponse.encode({ message: { $case: 'records', records } }).finish()),
    read: Buffer.from(ReadResponse.encode({ error: undefined, records }).finish()),
  };
}

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(PREFIX_BYTES);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

test('the records of a subscriber’s frame and of a read are those of the generated encoder', () => {
  fc.assert(
    fc.property(ends, fc.array(bytes, { maxLength: 4 }), (of, chunks) => {
      const expected = generated(of, joined(chunks));
      const written = encodeRecordsField({ ...of, chunks });
      expect(written.equals(expected.subscribe)).toBe(true);
      expect(written.equals(expected.read)).toBe(true);
    }),
  );
});

test('records that were handed over are announced as the generated encoder does', () => {
  fc.assert(
    fc.property(ends, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (of, handed) => {
      const written = encodeRecordsField({ ...of, chunks: [], handedOverBytes: handed });
      expect(written.equals(generated(of, new Uint8Array(), handed).subscribe)).toBe(true);
    }),
  );
});

test('a frame written around its batches is the generated message with gRPC’s prefix', () => {
  const filled = fc.uint8Array({ minLength: 1, maxLength: 20_000 });
  fc.assert(
    fc.property(ends, filled, fc.nat(50), (of, batches, more) => {
      const start = FRAME_HEAD_BYTES + more;
      const frame = Buffer.alloc(start + batches.byteLength + 4_096, 0xee);
      frame.set(batches, start);
      const written = frameAround(frame, start, start + batches.byteLength, of);
      expect(written?.equals(framed(generated(of, batches).subscribe))).toBe(true);
    }),
  );
});

test('an append is that of the generated encoder', () => {
  const counted = fc.option(
    census.map((each) => ({ ...each, valueBytes: BigInt(each.valueBytes) })),
    { nil: undefined },
  );
  fc.assert(
    fc.property(bytes, counted, fc.option(int31, { nil: undefined }), (batch, of, handed) => {
      const append = { batch, census: of, ...(handed === undefined ? {} : { handedOverBytes: handed }) };
      const expected = PublishRequest.encode({ message: { $case: 'append', append } }).finish();
      expect(serializeAppend(append).equals(expected)).toBe(true);
    }),
  );
});

test('published records are the generated messages, each in its frame', () => {
  fc.assert(
    fc.property(fc.array(published, { maxLength: 8 }), fc.nat(8), (records, from) => {
      const expected = records.slice(from).map(({ key, value, tsNs }) => {
        const data = { key, value, tsNs, ctrl: undefined };
        const request: PublishMessageRequest = { message: { $case: 'data', data } };
        expect(Buffer.compare(frameOf(request), framed(PublishMessageRequest.encode(request).finish()))).toBe(0);
        return framed(PublishMessageRequest.encode(request).finish());
      });
      expect(Buffer.compare(frameRecords(records, from), joined(expected))).toBe(0);
    }),
  );
});

test('what arrives is cut into the messages that were framed, wherever its chunks end', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 8 }), fc.array(fc.nat(40_000), { maxLength: 12 }), (messages, cuts) => {
      const all = joined(messages.map(framed));
      const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
      const splitter = new PublishFrameSplitter();
      const got = at.slice(1).flatMap((end, index) => splitter.push(all.subarray(at[index], end)).map(Buffer.from));
      expect(got.map((each) => each.toString('hex'))).toEqual(
        messages.map((each) => Buffer.from(each).toString('hex')),
      );
    }),
  );
});
