/**
 * Goal: what a connection carried before it hung can be read in Wireshark, holds nothing that clients wrote unless it is asked for, and
 * costs bounded memory. Method: requests over sockets; the capture is read by tshark's own Kafka dissector.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { recordingRoute, recordingsRoute } from '../../src/console/api/recordings';
import { type Console, startConsole } from '../../src/console/console';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { captureFile } from '../../src/server/flight-recorder/capture-file';
import { FlightRecorder, type Recording } from '../../src/server/flight-recorder/flight-recorder';
import { makeCanary } from '../support/canary';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, fetchRequest, type KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';

const canary = makeCanary('recorded');
const VALUE_BYTES = 1_000_000;
/** More than the buffers of both sockets hold. */
const UNREAD_ANSWERS = 40;
const FETCH_VERSION = 11;
const PRODUCE_VERSION = 8;

let gateway: TestGateway;
let client: KafkaClient;
let topic: string;

beforeEach(async () => {
  gateway = await startTestGateway({ telemetry: { stallThresholdMs: 50 } });
  client = await gateway.client('audit-svc');
  topic = await gateway.topic();
});
afterEach(() => gateway.close());

async function produceCanary(): Promise<void> {
  const headers = [{ key: Buffer.from('trace'), value: canary.bytes }];
  const records = [
    { timestamp: Date.now(), key: canary.bytes, value: canary.bytes, headers },
    { timestamp: Date.now(), key: null, value: null },
    { timestamp: Date.now(), key: null, value: canary.bytes },
  ];
  for (const codec of ['none', 'gzip'] as const)
    expect((await client.produce(topic, encodeBatch(records, { codec }), { version: PRODUCE_VERSION })).errorCode).toBe(
      0,
    );
}

/** A client that asks for megabytes and reads nothing; resolves once its connection was frozen. */
async function hang(): Promise<Recording> {
  const value = Buffer.alloc(VALUE_BYTES, 1);
  const batch = encodeBatch([{ timestamp: Date.now(), key: null, value }]);
  const { baseOffset } = await client.produce(topic, batch);
  const deaf = await gateway.client('deaf');
  const frozen = new Promise<Recording>((resolve) => {
    gateway.telemetry.recentTraces.watch(() => {
      // Those who wrote what it asks for may have been late as well.
      const recording = gateway.recorder.recordings().find(({ clientId }) => clientId === 'deaf');
      if (recording !== undefined) resolve(recording);
    });
  });
  deaf.socket.pause();
  for (let index = 0; index < UNREAD_ANSWERS; index++)
    deaf.send(FETCH, fetchRequest(topic, Number(baseOffset)), FETCH_VERSION);
  return frozen;
}

const endsOf = (connectionId: string, listener: string) => ({
  ...{ connectionId, listener },
  ...{ clientAddress: '127.0.0.1', clientPort: 4_242, serverPort: gateway.port },
});

const live = () => {
  const frames = gateway.recorder.live('127.0.0.1', client.socket.localPort ?? 0) ?? [];
  const ends = endsOf('c1', 'PLAINTEXT');
  return { frames, file: (contents: boolean) => captureFile(ends, frames, { contents }) };
};

test('a client that hangs is frozen by itself: its last requests and answers, and the trace that says why', async () => {
  const recording = await hang();
  expect(recording).toMatchObject({ reason: 'stalled', clientId: 'deaf' });
  expect(recording.traceId).toMatch(/^[0-9a-f]{32}$/);
  const kinds = recording.frames.map(({ direction }) => direction);
  expect(kinds).toContain('request');
  expect(kinds).toContain('response');
}, 180_000);

test('recordings are listed over HTTP and each is a file, without contents unless they are allowed', async () => {
  const { id } = await hang();
  const allowed = [false, true].map((contents) => recordingRoute(gateway.recorder, { contents }));
  const [closed, open] = await Promise.all(
    allowed.map((route) =>
      startConsole({
        host: '127.0.0.1',
        port: 0,
        hosts: [],
        loopback: true,
        clock: systemClock,
        telemetry: gateway.telemetry,
        engine: gateway.engine,
        routes: [recordingsRoute(gateway.recorder), route],
      }),
    ),
  );
  if (closed === undefined || open === undefined) throw new Error('no console');
  const get = (from: Console, path: string) => fetch(`http://127.0.0.1:${String(from.address.port)}${path}`);
  try {
    const { recordings } = (await (await get(closed, '/api/recordings')).json()) as { recordings: readonly object[] };
    const frozen = { id, reason: 'stalled', clientId: 'deaf', serverPort: gateway.port };
    expect(recordings).toContainEqual(expect.objectContaining(frozen));
    const file = await get(closed, `/api/recording?id=${String(id)}`);
    expect(file.headers.get('content-disposition')).toContain('.pcapng');
    expect(Buffer.from(await file.arrayBuffer()).readUInt32BE(0)).toBe(0x0a0d0d0a);
    expect((await get(closed, `/api/recording?id=${String(id)}&contents=true`)).status).toBe(400);
    expect((await get(open, `/api/recording?id=${String(id)}&contents=true`)).status).toBe(200);
    expect((await get(closed, '/api/recording?id=999')).status).toBe(404);
  } finally {
    await Promise.all([closed.close(), open.close()]);
  }
}, 180_000);

test('nothing that a client wrote is in a capture, unless it is asked for', async () => {
  await produceCanary();
  expect((await client.fetch(topic, 0)).partition.errorCode).toBe(ErrorCode.NONE);
  expect(canary.found({ redacted: live().file(false) })).toEqual([]);
  expect(canary.found({ asked: live().file(true) })).toEqual(['asked']);
});

test('nor of messages of a form that is refused, which have their content where batches have a header', async () => {
  await client.produce(topic, Buffer.concat([oldMessage(), oldMessage()]), { version: PRODUCE_VERSION });
  expect(canary.found({ redacted: live().file(false) })).toEqual([]);
  expect(canary.found({ asked: live().file(true) })).toEqual(['asked']);
});

/** Of magic 1, as clients before Kafka 0.11 send: offset, size, CRC, magic, attributes, timestamp, no key, the value. */
function oldMessage(): Buffer {
  const message = Buffer.alloc(34);
  message.writeInt32BE(message.byteLength - 12 + canary.bytes.byteLength, 8);
  message[16] = 1;
  message.writeInt32BE(-1, 26);
  message.writeInt32BE(canary.bytes.byteLength, 30);
  return Buffer.concat([message, canary.bytes]);
}

test('what is frozen stays as it was, however much the connection carries afterwards', async () => {
  const sendLarge = async (byte: number): Promise<void> => {
    const value = Buffer.alloc(100_000, byte);
    await client.produce(topic, encodeBatch([{ timestamp: 1, key: null, value }]), { version: PRODUCE_VERSION });
  };
  await sendLarge(1);
  const address = { 'client.address': '127.0.0.1', 'client.port': client.socket.localPort ?? 0 };
  gateway.recorder.freeze('stalled', 'a'.repeat(32), { ...address, 'seaglass.listener': 'PLAINTEXT' });
  const [recording] = gateway.recorder.recordings();
  if (recording === undefined) throw new Error('nothing was frozen');
  const frozen = (): Buffer => captureFile(recording.ends, recording.frames, { contents: true });
  const before = frozen();
  expect(before.includes(Buffer.alloc(1_000, 1))).toBe(true);
  for (let byte = 2; byte < 30; byte++) await sendLarge(byte);
  expect(frozen().equals(before)).toBe(true);
  expect(live().file(true).includes(Buffer.alloc(1_000, 29))).toBe(true);
});

test('a client that comes from one port to two listeners is two connections', () => {
  const recorder = new FlightRecorder({ connectionBytesMax: 4_096, bytesMax: 10_000 }, systemClock);
  const [inside, outside] = ['INSIDE', 'OUTSIDE'].map((listener) => recorder.open(endsOf(`of ${listener}`, listener)));
  for (const each of [inside, outside]) each?.request(Buffer.from('request'), Infinity);
  const freeze = (listener: string): void =>
    recorder.freeze('stalled', 'a'.repeat(32), {
      ...{ 'client.address': '127.0.0.1', 'client.port': 4_242, 'seaglass.listener': listener },
    });
  freeze('INSIDE');
  if (outside !== undefined) recorder.closed(outside);
  if (inside !== undefined) inside.request(Buffer.from('another'), Infinity);
  freeze('OUTSIDE');
  expect(recorder.recordings().map(({ ends }) => ends.connectionId)).toEqual(['of INSIDE']);
  expect(recorder.live('127.0.0.1', 4_242)).toHaveLength(2);
});

test('what is kept is bounded for a connection and for all of them', async () => {
  await gateway.close();
  gateway = await startTestGateway({ recorder: { connectionBytesMax: 4_096, bytesMax: 10_000 } });
  const clients = await Promise.all(Array.from({ length: 8 }, (_, index) => gateway.client(`reader-${String(index)}`)));
  const name = await gateway.topic();
  for (let round = 0; round < 40; round++) for (const each of clients) await each.fetch(name, 0, { maxWaitMs: 0 });
  expect(gateway.recorder.bytes).toBeGreaterThan(4_096);
  expect(gateway.recorder.bytes).toBeLessThanOrEqual(10_000);
  const frames = clients.flatMap(({ socket }) => gateway.recorder.live('127.0.0.1', socket.localPort ?? 0) ?? []);
  const held = frames.reduce((sum, { head }) => sum + head.byteLength, 0);
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThanOrEqual(gateway.recorder.bytes);
  for (const each of clients) await each.close();
  await gateway.listeners.close();
  expect(gateway.recorder.bytes).toBe(0);
});

describeWithProgram('tshark', 'SEAGLASS_TEST_TSHARK')('as tshark reads it', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'seaglass-capture-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function dissected(file: Buffer, ...fields: readonly string[]): string[][] {
    const path = join(directory, 'capture.pcapng');
    writeFileSync(path, file);
    const decode = ['-d', `tcp.port==${String(gateway.port)},kafka`, '-Y', 'kafka', '-T', 'fields'];
    const args = ['-r', path, ...decode, ...fields.flatMap((field) => ['-e', field])];
    const program = process.env['SEAGLASS_TEST_TSHARK'] ?? 'tshark';
    const text = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  }

  test.each([false, true])('requests, answers, topics and offsets (contents: %p)', async (contents) => {
    await produceCanary();
    await client.call(FETCH, fetchRequest(topic, 0), FETCH_VERSION);
    await client.call(FETCH, fetchRequest(topic, 5, { maxWaitMs: 500 }), FETCH_VERSION);
    const file = live().file(contents);
    const lines = dissected(
      file,
      'kafka.request_key',
      'kafka.response_key',
      'kafka.correlation_id',
      'kafka.topic_name',
    );
    const seen = lines.map(([request, response]) => (request !== '' ? `> ${request ?? ''}` : `< ${response ?? ''}`));
    expect(seen).toEqual(['> 0', '< 0', '> 0', '< 0', '> 1', '< 1', '> 1', '< 1']);
    expect(lines.every(([, , , topics]) => topics?.includes(topic) === true)).toBe(true);
    const [, , , , asked] = dissected(file, 'kafka.offset', '_ws.malformed');
    expect(asked).toEqual(['0', '']);
    expect(dissected(file, '_ws.malformed').flat().join('')).toBe('');
  });

  test('a frame that is larger than what is kept of it is still one', async () => {
    const value = Buffer.alloc(200_000, 1);
    await client.produce(topic, encodeBatch([{ timestamp: 1, key: null, value }]), { version: PRODUCE_VERSION });
    await client.call(FETCH, fetchRequest(topic, 0), FETCH_VERSION);
    const lines = dissected(live().file(false), 'kafka.request_key', 'kafka.response_key', 'frame.comment');
    expect(lines.map(([request, response]) => `${request ?? ''}${response ?? ''}`)).toEqual(['0', '0', '1', '1']);
  });
});
