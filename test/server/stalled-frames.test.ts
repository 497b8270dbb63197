/**
 * Goal: a frame that was begun keeps coming or costs its peer the connection, however much of it came before; what it held is given
 * back, and nobody waits for it for long. Method: raw bytes to a whole gateway, whose port has a clock moved by hand.
 */
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, fetchRequest, METADATA, type KafkaClient } from '../support/kafka-client';
import { ManualClock } from '../support/manual-clock';

const FRAME_BYTES = 1_000_000;
const WINDOW_MS = 10_000;
const WINDOW_BYTES = 10 * 1_024;
/** The check runs every second. */
const LATE_MS = WINDOW_MS + 1_000;

let clock: ManualClock;
let gateway: TestGateway;
let good: KafkaClient;

beforeEach(async () => {
  clock = new ManualClock();
  gateway = await startTestGateway({
    listenerClock: clock,
    limits: { frameBytesMax: FRAME_BYTES, frameBytesHeldMax: FRAME_BYTES, idleMsMax: 100 * WINDOW_MS },
  });
  good = await gateway.client();
  await ping();
});
afterEach(() => gateway.close());

/** One Metadata request: small, and answered whatever is held. */
const ping = async (): Promise<void> => {
  expect((await good.call(METADATA, createMetadataRequest({ topics: [] }))).controllerId).toBe(1);
};

const held = (): number => gateway.telemetry.instruments.value('seaglass_frame_bytes_held', {}) ?? 0;
const closedLate = (): number =>
  gateway.telemetry.instruments.value('seaglass_connections_closed_total', { cause: 'frame_timeout' }) ?? 0;

/** Sends bytes and waits until the gateway holds all of them. */
async function sendHeld(client: KafkaClient, bytes: Uint8Array): Promise<void> {
  const before = held();
  client.write(bytes);
  while (held() < before + bytes.byteLength) await ping();
}

/** A Metadata request of FRAME_BYTES: bytes past its end are let pass. */
const large = (): Buffer => {
  const bytes = Buffer.alloc(4 + FRAME_BYTES);
  bytes.writeInt32BE(FRAME_BYTES);
  bytes.writeInt16BE(3, 4);
  bytes.writeInt16BE(1, 6);
  bytes.writeInt32BE(7, 8);
  bytes.writeInt16BE(-1, 12);
  return bytes;
};

test('a peer that sent most of a frame at once and stops is cut as soon as any other', async () => {
  const stalled = await gateway.client();
  await sendHeld(stalled, large().subarray(0, 900_000));
  clock.advance(WINDOW_MS - 1);
  await ping();
  expect(closedLate()).toBe(0);
  clock.advance(LATE_MS);
  await stalled.closed;
  expect(closedLate()).toBe(1);
  expect(held()).toBe(0);
});

test('a frame that drips below the least rate is cut', async () => {
  const dripping = await gateway.client();
  await sendHeld(dripping, large().subarray(0, 500_000));
  clock.advance(WINDOW_MS / 2);
  await sendHeld(dripping, Buffer.alloc(WINDOW_BYTES / 4));
  clock.advance(WINDOW_MS / 2 + 1_000);
  await dripping.closed;
  expect([closedLate(), held()]).toEqual([1, 0]);
});

test('a frame that comes slowly and steadily is waited for', async () => {
  const slow = await gateway.client();
  const bytes = large();
  let at = bytes.byteLength - 20 * WINDOW_BYTES;
  await sendHeld(slow, bytes.subarray(0, at));
  for (; at < bytes.byteLength - WINDOW_BYTES; at += WINDOW_BYTES) {
    clock.advance(WINDOW_MS - 1_000);
    await sendHeld(slow, bytes.subarray(at, at + WINDOW_BYTES));
  }
  slow.write(bytes.subarray(at));
  expect(Buffer.from(await slow.frame()).readInt32BE(0)).toBe(7);
  expect(closedLate()).toBe(0);
});

test('a half frame behind a request that is not answered yet is cut too', async () => {
  const topic = await gateway.topic();
  const hiding = await gateway.client();
  hiding.send(FETCH, fetchRequest(topic, 0, { maxWaitMs: 600_000 }), 12);
  await sendHeld(hiding, large().subarray(0, 100_000));
  clock.advance(LATE_MS);
  await hiding.closed;
  expect([closedLate(), held()]).toEqual([1, 0]);
});

test('who is read alone while others wait must hurry, and they go on after it', async () => {
  const [holding, alone, waiting] = [await gateway.client(), await gateway.client(), await gateway.client()];
  const bytes = large();
  await sendHeld(holding, bytes.subarray(0, 600_000));
  await sendHeld(alone, bytes.subarray(0, 600_000));
  waiting.write(bytes);
  let closed = false;
  void alone.closed.then(() => (closed = true));
  // Fast enough for anyone whom nobody waits for.
  for (let left = 20; left > 0 && !closed; left--) {
    clock.advance(WINDOW_MS / 5);
    holding.write(Buffer.alloc(WINDOW_BYTES / 2));
    alone.write(Buffer.alloc(WINDOW_BYTES / 2));
    await ping();
  }
  await alone.closed;
  expect(Buffer.from(await waiting.frame()).readInt32BE(0)).toBe(7);
});
