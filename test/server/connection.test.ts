/**
 * Goal: whatever one peer sends, or does not take, costs that peer its connection and nobody else anything. Method: raw bytes to a whole
 * gateway with small limits; beside each bad peer a good one is served.
 */
import { connect } from 'node:net';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createApiVersionsRequest,
  apiVersionsApi,
  readApiVersionsResponse,
  writeApiVersionsRequest,
} from '../../src/protocol/generated/api-versions';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, fetchRequest, METADATA, type Codec, type KafkaClient } from '../support/kafka-client';

const API_VERSIONS: Codec<Parameters<typeof writeApiVersionsRequest>[1], ReturnType<typeof readApiVersionsResponse>> = {
  facts: apiVersionsApi,
  write: writeApiVersionsRequest,
  read: readApiVersionsResponse,
};

let gateway: TestGateway;
let good: KafkaClient;

beforeAll(async () => {
  gateway = await startTestGateway({
    limits: { frameBytesMax: 1_000_000, firstFrameMsMax: 1_500, frameMsMax: 1_500, connectionsPerAddressMax: 20 },
  });
  good = await gateway.client();
});
afterAll(() => gateway.close());
afterEach(async () => {
  expect((await good.call(METADATA, createMetadataRequest({ topics: [] }))).controllerId).toBe(1);
});

const frame = (body: Uint8Array): Buffer => {
  const bytes = Buffer.alloc(4 + body.byteLength);
  bytes.writeInt32BE(body.byteLength);
  bytes.set(body, 4);
  return bytes;
};
const header = (key: number, version: number): Buffer => {
  const bytes = Buffer.alloc(10);
  bytes.writeInt16BE(key);
  bytes.writeInt16BE(version, 2);
  bytes.writeInt32BE(7, 4);
  bytes.writeInt16BE(-1, 8);
  return bytes;
};
const closedFor = (cause: string): number =>
  gateway.telemetry.instruments.value('seaglass_connections_closed_total', { cause }) ?? 0;

test.each<[string, Uint8Array, string]>([
  ['a frame above the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff]), 'frame_too_large'],
  ['a frame of negative length', Buffer.from([0xff, 0xff, 0xff, 0xff]), 'frame_too_large'],
  ['an API that does not exist', frame(header(9_999, 0)), 'protocol_error'],
  ['a version that is not served', frame(header(1, 99)), 'protocol_error'],
  ['a version that Kafka dropped', frame(Buffer.concat([header(0, 2), Buffer.alloc(40)])), 'protocol_error'],
  [
    'an array that claims two billion elements',
    frame(Buffer.concat([header(3, 1), Buffer.from([0x7f, 255, 255, 255])])),
    'protocol_error',
  ],
  ['an empty frame', frame(Buffer.alloc(0)), 'protocol_error'],
])('%s closes the connection', async (_what, bytes, cause) => {
  const before = closedFor(cause);
  const bad = await gateway.client();
  bad.write(bytes);
  await bad.closed;
  expect(closedFor(cause)).toBe(before + 1);
});

test('bytes past the end of a request are let pass, as Kafka does', async () => {
  const client = await gateway.client();
  client.write(frame(Buffer.concat([header(3, 1), Buffer.from([0, 0, 0, 0, 1])])));
  expect(Buffer.from(await client.frame()).readInt32BE(0)).toBe(7);
});

test('what was asked before a bad request is answered', async () => {
  const client = await gateway.client();
  const id = client.send(METADATA, createMetadataRequest({ topics: [] }));
  client.write(frame(header(9_999, 0)));
  expect((await client.answer(METADATA, id)).controllerId).toBe(1);
  await client.closed;
});

test('an ApiVersions newer than ours is answered in v0, with our range', async () => {
  const client = await gateway.client();
  client.write(frame(Buffer.concat([header(18, 99), Buffer.from([0, 1, 2, 3])])));
  const bytes = Buffer.from(await client.frame());
  expect(bytes.readInt32BE(0)).toBe(7);
  expect(bytes.readInt16BE(4)).toBe(ErrorCode.UNSUPPORTED_VERSION);
  expect(bytes.readInt32BE(6)).toBe(1);
  expect([bytes.readInt16BE(10), bytes.readInt16BE(12), bytes.readInt16BE(14)]).toEqual([18, 0, 5]);
  expect(bytes.byteLength).toBe(16);
});

test('ApiVersions lists every API that is served, Produce from 0', async () => {
  const request = createApiVersionsRequest({ clientSoftwareName: 'test', clientSoftwareVersion: '1' });
  for (const version of [0, 1, 2, 3, 4, 5]) {
    const { apiKeys, errorCode } = await good.call(API_VERSIONS, request, version);
    expect(errorCode).toBe(0);
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ minVersion: 0, maxVersion: 13 });
    expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual([...apiKeys.map(({ apiKey }) => apiKey)].sort((a, b) => a - b));
  }
  expect((await good.call(API_VERSIONS, createApiVersionsRequest(), 3)).errorCode).toBe(ErrorCode.INVALID_REQUEST);
});

test('a peer that connects and says nothing, or stops in mid-frame, is cut', async () => {
  const causes = ['first_frame_timeout', 'frame_timeout'];
  const before = causes.map(closedFor);
  const silent = await gateway.client();
  const half = await gateway.client();
  half.write(Buffer.from([0, 0, 4, 0, 1, 2, 3]));
  await Promise.all([silent.closed, half.closed]);
  expect(causes.map(closedFor)).toEqual(before.map((count) => count + 1));
});

test('bytes that come one by one are a request too', async () => {
  const client = await gateway.client();
  const bytes = frame(Buffer.concat([header(3, 1), Buffer.from([0, 0, 0, 0])]));
  for (const byte of bytes) {
    await new Promise<void>((sent) => client.socket.write(Buffer.from([byte]), () => sent()));
  }
  expect(Buffer.from(await client.frame()).readInt32BE(0)).toBe(7);
});

test('connections past the limit of one address are closed at once', async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, () => gateway.client()));
  await Promise.race(sockets.map(({ closed }) => closed));
  expect(closedFor('too_many_of_address')).toBeGreaterThanOrEqual(1);
  for (const socket of sockets) await socket.close();
});

test('by default one address may open every connection there is room for', async () => {
  const limits = { connectionsMax: 1_200, firstFrameMsMax: 600_000 };
  const shared = await startTestGateway({ limits });
  try {
    for (let open = 0; open < limits.connectionsMax; open += 100) {
      await Promise.all(Array.from({ length: 100 }, () => shared.client()));
    }
    const last = await shared.client();
    await last.closed;
    const { instruments } = shared.telemetry;
    expect(instruments.value('seaglass_connections', {})).toBe(limits.connectionsMax);
    expect(instruments.value('seaglass_connections_closed_total', { cause: 'too_many' })).toBe(1);
  } finally {
    await shared.close();
  }
});

test('many slow readers of much hold bounded memory, and others are served', async () => {
  const topic = await gateway.topic();
  const value = Buffer.alloc(900_000, 1);
  for (let left = 40; left > 0; left--) {
    expect((await good.produce(topic, encodeBatch([{ timestamp: 1, key: null, value }]))).errorCode).toBe(0);
  }
  const readers = await Promise.all(Array.from({ length: 12 }, () => gateway.client()));
  const wanted = { maxBytes: 50_000_000, partitionMaxBytes: 50_000_000 };
  for (const reader of readers) {
    reader.socket.pause();
    reader.send(FETCH, fetchRequest(topic, 0, wanted), 12);
  }
  const other = await good.fetch(topic, 0, { partitionMaxBytes: 1 });
  expect(other.partition.errorCode).toBe(0);
  expect(gateway.services.responseBudget.held).toBeLessThan(64 * 1024 * 1024 + readers.length * 1_000_000);
  for (const reader of readers) {
    reader.socket.resume();
    expect((await reader.frame()).byteLength).toBeGreaterThan(900_000);
    await reader.close();
  }
  await good.call(METADATA, createMetadataRequest({ topics: [] }));
  expect(gateway.services.responseBudget.held).toBe(0);
});

test('a stop ends parked fetches long before their time, with an answer', async () => {
  const stopped = await startTestGateway();
  const topic = await stopped.topic();
  const client = await stopped.client();
  await client.fetch(topic, 0, { maxWaitMs: 0 });
  const parked = client.fetch(topic, 0, { maxWaitMs: 600_000 });
  const other = await stopped.client();
  await other.call(METADATA, createMetadataRequest({ topics: [] }));
  const closing = stopped.close;
  const listenersClosed = stopped.listeners.close();
  expect((await parked).partition.errorCode).toBe(0);
  await listenersClosed;
  await expect(refusal(stopped.port)).resolves.toBe('ECONNREFUSED');
  await closing();
});

function refusal(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('connect', () => {
      socket.destroy();
      resolve('connected');
    });
  });
}
