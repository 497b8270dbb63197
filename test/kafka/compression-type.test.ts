/**
 * Goal: a topic's compression.type decides what is stored, never who may produce. Method: every codec of a producer to a topic of every
 * compression.type, on the embedded node and on a scripted SeaweedMQ.
 */
import { CODECS } from '../../src/protocol/compression/compression';
import { encodeBatch, type EncodableRecord } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';

import { batchHeaders, codecOfAttributes } from '../../src/protocol/record-batch';
import { ENGINES, onEmbedded, type RunningGateway } from './engines';
import { readRecords } from '../support/read-records';

const TYPES = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const PAIRS = TYPES.flatMap((type) => CODECS.map((codec) => [codec, type] as const));

const records: readonly EncodableRecord[] = ['one', 'two', 'three'].map((text, index) => ({
  timestamp: Date.now(),
  key: Buffer.from(`k${index}`),
  value: Buffer.from(text.repeat(100)),
  headers: [{ key: 'traceparent', value: Buffer.from(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`) }],
}));

test('what is too large with the topic’s own codec is refused, however small its producer made it', async () => {
  const { gateway, close } = await onEmbedded();
  try {
    const configs = { 'compression.type': 'uncompressed', 'max.message.bytes': '10000' };
    const topic = await gateway.topic({ configs });
    const client = await gateway.client();
    const zeros = (bytes: number): Uint8Array =>
      encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.alloc(bytes) }], { codec: 'gzip' });
    expect((await client.produce(topic, zeros(10_000))).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    expect(await client.produce(topic, zeros(9_000))).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 0 });
  } finally {
    await close();
  }
});

describe.each(ENGINES)('on %s', (kind, start) => {
  let running: RunningGateway;
  beforeAll(async () => (running = await start()));
  afterAll(() => running.close());

  test.each(PAIRS)('%s to a topic of %s', async (codec, type) => {
    const { gateway } = running;
    const topic = await gateway.topic({ configs: { 'compression.type': type } });
    const client = await gateway.client();
    const produced = await client.produce(topic, encodeBatch(records, { codec }));
    expect(produced).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 0 });
    const fetched = await client.fetch(topic, 0, { minBytes: 100, maxWaitMs: 5_000 });
    const values = [...readRecords(fetched.records)].map(({ value }) => Buffer.from(value ?? []).toString());
    expect(values).toEqual(records.map(({ value }) => Buffer.from(value ?? []).toString()));
    await client.close();
    // SeaweedMQ stores records, whose batches are made when they are read.
    if (kind === 'seaweedmq') return;
    const stored = codecOfAttributes(batchHeaders(fetched.records)[0]?.attributes ?? -1);
    expect(stored).toBe(type === 'producer' ? codec : type === 'uncompressed' ? 'none' : type);
  });
});
