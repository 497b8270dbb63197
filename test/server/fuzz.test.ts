/**
 * Goal: no request, however mangled, ends the gateway or holds up anybody else. Method: valid requests of every API and version are made
 * from the codecs' defaults, then changed by seed (bits, lengths, cuts, splices) and sent; beside them a good client is served.
 */
import { systemClock } from '../../src/clock';
import { apis } from '../../src/protocol/generated/index';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';

import type { Writer } from '../../src/protocol/writer';
import { startTestGateway, type TestGateway } from '../support/gateway';
import {
  FETCH,
  fetchRequest,
  KafkaClient,
  METADATA,
  PRODUCE,
  produceRequest,
  type Codec,
  encodeRequest,
} from '../support/kafka-client';
import { seeded } from '../support/random';
import { requestFrame } from '../../src/protocol/client-headers';
import { expectWithin } from '../support/measured';

const MUTANTS = 20_000;
const WORKERS = 16;
/** A mutant may ask for a long wait; it is given up after this. */
const WAIT_MS = 300;
const PING = 0x70696e67;
const SEED = Number(process.env['SEAGLASS_TEST_SEED'] ?? 20_261_123);

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    limits: { frameBytesMax: 1_000_000, connectionsPerAddressMax: 200, drainMsMax: 500 },
    settings: { requestTimeoutMsMax: 200, autoCreateTopics: false },
    // What a mangled request may create, it may not create thousands of.
    engineSettings: { callDeadlineMs: 1_000 },
  });
});
afterAll(() => gateway.close());

/** Frames of every API in every version; groups are left to wait for nobody. */
async function corpus(topic: string): Promise<readonly Buffer[]> {
  const frames: Buffer[] = [];
  for (const api of apis) {
    const file = api.name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
    const codec = (await import(`../../src/protocol/generated/${file}`)) as Record<string, unknown>;
    const create = codec[`create${api.name}Request`] as () => unknown;
    const write = codec[`write${api.name}Request`] as (writer: Writer, request: unknown, version: number) => void;
    for (let version = api.requestVersions.min; version <= api.requestVersions.max; version++) {
      const writer = requestFrame({ apiKey: api.key, apiVersion: version, correlationId: 1, clientId: 'fuzz' });
      write(writer, create(), version);
      frames.push(Buffer.concat(writer.finishFrame()));
    }
  }
  const batch = encodeBatch([{ timestamp: 1, key: Buffer.from('k'), value: Buffer.from('v') }]);
  const add = <Request>(codec: Codec<Request, unknown>, request: Request, version: number): void => {
    frames.push(Buffer.concat(encodeRequest(codec, request, { version, correlationId: 2, clientId: 'fuzz' })));
  };
  for (const version of [3, 7, 9, 12]) add(PRODUCE, produceRequest(topic, batch, { timeoutMs: 100 }), version);
  for (const version of [4, 7, 11, 12]) add(FETCH, fetchRequest(topic, 0, { maxWaitMs: 0 }), version);
  return frames;
}

function mutant(frames: readonly Buffer[], below: (n: number) => number): Buffer {
  const pick = (): Buffer => frames[below(frames.length)] ?? Buffer.alloc(4);
  let bytes = Buffer.from(pick().subarray(4));
  for (let left = 1 + below(4); left > 0 && bytes.byteLength > 8; left--) {
    const at = 8 + below(bytes.byteLength - 8);
    switch (below(6)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)] ?? 0;
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        if (at + 4 <= bytes.byteLength)
          bytes.writeInt32BE([-1, -2, 0x7fffffff, -0x80000000, 65_536][below(5)] ?? 0, at);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), pick().subarray(8, 8 + below(40)), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.byteLength, at + 1 + below(8)))]);
    }
  }
  if (below(50) === 0) bytes.writeInt16BE(below(100), 0);
  const frame = Buffer.alloc(4 + bytes.byteLength);
  frame.writeInt32BE(bytes.byteLength);
  frame.set(bytes, 4);
  return frame;
}

test(`${MUTANTS} mutants end nobody but themselves (seed ${SEED})`, async () => {
  const topic = await gateway.topic();
  const frames = await corpus(topic);
  const below = seeded(SEED);
  const good = await gateway.client('good');
  const lines: string[] = [];
  const { log } = gateway.telemetry;
  const write = log.write.bind(log);
  log.write = (level, event, message, attributes) => {
    if (event === 'request.failed' || event === 'connection.internal_error') lines.push(message);
    write(level, event, message, attributes);
  };
  let slowestMs = 0;
  let left = MUTANTS;
  let answered = 0;
  const worker = async (): Promise<void> => {
    let client = await KafkaClient.connect(gateway.port);
    while (left-- > 0) {
      client.write(mutant(frames, below));
      if (await survives(client)) answered++;
      else {
        await client.close();
        client = await KafkaClient.connect(gateway.port);
      }
    }
    await client.close();
  };
  const watch = async (): Promise<void> => {
    while (left > 0) {
      const begun = performance.now();
      await good.call(METADATA, createMetadataRequest({ topics: [] }));
      slowestMs = Math.max(slowestMs, performance.now() - begun);
    }
  };
  await Promise.all([watch(), ...Array.from({ length: WORKERS }, worker)]);
  // Both kinds are in it: requests that were served all the same, and such that cost their connection.
  expect(answered).toBeGreaterThan(MUTANTS / 10);
  expect(answered).toBeLessThan(MUTANTS);
  expect([...new Set(lines)]).toEqual([]);
  expectWithin('the slowest answer beside the mutants', slowestMs, 5_000);
  await good.close();
}, 400_000);

/** Whether a request behind the mutant is answered; false where the connection was closed, or the mutant waits for long. */
async function survives(client: KafkaClient): Promise<boolean> {
  client.write(PING_FRAME);
  const late = new AbortController();
  const pinged = async (): Promise<boolean> => {
    for (;;) {
      const frame = Buffer.from(await client.frame());
      if (frame.byteLength >= 4 && frame.readInt32BE(0) === PING) return true;
    }
  };
  const timer = systemClock.after(WAIT_MS, () => late.abort());
  const over = new Promise<boolean>((resolve) => late.signal.addEventListener('abort', () => resolve(false)));
  const outcome = await Promise.race([pinged().catch(() => false), over]);
  timer.cancel();
  return outcome;
}

const PING_FRAME = Buffer.concat(
  encodeRequest(METADATA, createMetadataRequest({ topics: [] }), { version: 9, correlationId: PING, clientId: null }),
);
