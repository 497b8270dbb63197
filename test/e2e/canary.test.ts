/**
 * Goal: on SeaweedMQ too, no record content is in anything that leaves but the records: raw or in an envelope, in every codec, read from
 * memory, streams or files, and when the producer's bytes or the engine's answers are wrong. Method: the real program over a scripted
 * engine, everything exported to an OTLP receiver, searched for a secret in keys, values and headers.
 */
import { CODECS, initCompression, type Codec } from '../../src/protocol/compression/compression';
import { encodeBatch, type EncodableRecord } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { crcOf } from '../../src/protocol/patch-batch';
import { BATCH_HEADER_BYTES, BatchPosition } from '../../src/protocol/record-batch';

import { makeCanary } from '../support/canary';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { OtlpReceiver } from '../support/otlp-receiver';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ, type Switches } from '../support/scripted-seaweedmq';
import { exportAllTo, outlets } from './outlets';
import { createTopic, samples } from './support';
import { readRecords } from '../support/read-records';
import { isRetriable } from '../support/retriable';

const TIMEOUT_MS = 240_000;
const canary = makeCanary('mq');
const MAGIC = Buffer.from([0xfe, 0x53, 0x47, 0x4d]);

let receiver: OtlpReceiver;
let mq: ScriptedSeaweedMQ;
let gateway: GatewayProcess;
let client: KafkaClient;
/** What producers were answered. */
const answers: Record<string, string> = {};

beforeAll(async () => {
  await initCompression();
  receiver = await OtlpReceiver.start();
  mq = await startScriptedSeaweedMQ();
  const engine = ['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer];
  const audit = ['--audit-file', '-', '--audit-reads-and-writes', 'all'];
  const flags = [...engine, ...audit, '--trace', 'all', '--log-level', 'debug'];
  gateway = await startGatewayProcess({ flags, environment: exportAllTo(receiver) });
  client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), 'keeper');
}, TIMEOUT_MS);
afterAll(async () => {
  await client.close();
  await mq.stop();
  await receiver.close();
}, TIMEOUT_MS);

const key = canary.bytes;
const headers = [
  { key: canary.text, value: canary.bytes },
  { key: 'traceparent', value: canary.bytes },
];
/** What the engine carries as it is, and what needs an envelope for its headers, its time, or what it begins with. */
const secrets = (): EncodableRecord[] => [
  { timestamp: Date.now(), key, value: canary.bytes },
  { timestamp: Date.now(), key, value: canary.bytes, headers },
  { timestamp: -1, key: null, value: canary.bytes },
  { timestamp: Date.now(), key, value: null, headers },
  { timestamp: Date.now(), key, value: Buffer.concat([MAGIC, canary.bytes]) },
];

async function topicOf(name: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  expect(await createTopic(client, name, settings)).toBe(ErrorCode.NONE);
  return name;
}

/** Produces, keeps what was answered to be searched, and resolves with its error code. */
async function produce(what: string, topic: string, batch: Uint8Array, timeoutMs = 10_000): Promise<number> {
  const answer = await client.produce(topic, batch, { timeoutMs });
  answers[what] = JSON.stringify(answer);
  return answer.errorCode;
}

/** Fetches from each offset, whatever comes; what was read at them. */
async function fetchEach(topic: string, count: number): Promise<readonly (Uint8Array | null)[]> {
  const values: (Uint8Array | null)[] = [];
  for (let offset = 0; offset < count; offset++) {
    const { records } = await client.fetch(topic, offset, { maxWaitMs: 100, partitionMaxBytes: 1 });
    values.push(...[...readRecords(records)].filter((record) => record.offset === offset).map(({ value }) => value));
  }
  return values;
}

/** What left is searched when all of it has: the process ended. */
async function expectNowhere(places: Readonly<Record<string, string | Buffer>>): Promise<void> {
  await receiver.waitUntil(() => (receiver.metricNames.size > 0 && receiver.logs.length > 0 ? true : undefined));
  expect(await gateway.stop()).toBe(0);
  expect(gateway.child.output()).toContain('"event":"audit.topic_read"');
  const last = { 'the last of it': Buffer.concat(receiver.raw), 'the last lines': gateway.child.output() };
  expect(canary.found({ ...places, ...answers, ...last })).toEqual([]);
}

/** Batches that are refused: each is the producer's fault. */
function broken(codec: Codec): Readonly<Record<string, Uint8Array>> {
  const whole = Buffer.from(encodeBatch(secrets(), { codec }));
  const changed = (change: (batch: Buffer) => void): Buffer => {
    const batch = Buffer.from(whole);
    change(batch);
    return batch;
  };
  const signed = (batch: Buffer): void => {
    batch.writeUInt32BE(crcOf(batch, 0, batch.byteLength), BatchPosition.crc);
  };
  return {
    'a wrong CRC': changed((batch) => batch.writeUInt32BE(1, BatchPosition.crc)),
    'cut off': whole.subarray(0, whole.length - 3),
    'a wrong count': changed((batch) => {
      batch.writeInt32BE(7, BatchPosition.recordCount);
      batch.writeInt32BE(6, BatchPosition.lastOffsetDelta);
      signed(batch);
    }),
    'records that are none': changed((batch) => {
      batch.fill(0xff, BATCH_HEADER_BYTES + 2, BATCH_HEADER_BYTES + 12);
      signed(batch);
    }),
  };
}

async function wellServed(): Promise<void> {
  for (const mode of ['auto', 'always']) {
    for (const codec of CODECS) {
      const topic = await topicOf(`${mode}-${codec}`, {
        'seaglass.record.envelope': mode,
        'compression.type': codec === 'none' ? 'producer' : codec,
      });
      const sent = secrets();
      expect(await produce(topic, topic, encodeBatch(sent, { codec }))).toBe(ErrorCode.NONE);
      const values = sent.map(({ value }) => value && Buffer.from(value));
      expect((await fetchEach(topic, sent.length)).map((value) => value && Buffer.from(value))).toEqual(values);
      mq.flush(topic, 0);
      expect(await produce(topic, topic, encodeBatch(sent, { codec }))).toBe(ErrorCode.NONE);
      expect(await fetchEach(topic, 2 * sent.length)).toHaveLength(2 * sent.length);
    }
  }
}

async function refused(): Promise<void> {
  const never = await topicOf('never', { 'seaglass.record.envelope': 'never' });
  const compacted = await topicOf('compacted', { 'cleanup.policy': 'compact' });
  for (const codec of CODECS) {
    const whole = encodeBatch(secrets(), { codec });
    expect(await produce(`an envelope, ${codec}`, never, whole)).toBe(ErrorCode.INVALID_RECORD);
    expect(await produce(`no key, ${codec}`, compacted, whole)).toBe(ErrorCode.INVALID_RECORD);
    for (const [what, batch] of Object.entries(broken(codec))) {
      expect([what, await produce(`${what}, ${codec}`, 'auto-none', batch)]).not.toEqual([what, ErrorCode.NONE]);
    }
  }
}

const READING: Readonly<Record<string, Partial<Switches>>> = {
  'a read of other offsets': { fetchShift: 1 },
  'a read that sees nothing': { fetchBlind: true },
  'a hole': { fetchBlind: true, unflushedHole: true },
  'a stream of other offsets': { subscribeShift: 1 },
  'a stream that ends': { subscribeDiesAfter: 1 },
  'a stream of empty values': { emptyValues: true },
  'a stream that never brings': { receive: 'never' },
  // Last: a kind of call that failed often is not asked for a second.
  'a read that fails': { fetch: { fail: { code: 13, message: 'broken' } } },
  'a read that never ends': { fetchBlind: true, unflushed: 'never' },
};
const WRITING: Readonly<Record<string, Partial<Switches>>> = {
  'publishers that end': { publishDiesAfter: 1 },
  'publishers that are refused': { publishRefusal: { code: 5, message: 'not the leader' } },
  'acks that never come': { publishAck: 'never' },
};

/** Below the end of the log, and at it, where records come from a stream. */
async function readFaultily(): Promise<void> {
  const normal = { ...mq.switches };
  const neighbour = await KafkaClient.connect(client.socket.remotePort ?? 0, 'neighbour');
  for (const [index, [what, fault]] of Object.entries(READING).entries()) {
    const topic = await topicOf(`reading-${index}`);
    const sent = secrets();
    expect(await produce(what, topic, encodeBatch(sent))).toBe(ErrorCode.NONE);
    Object.assign(mq.switches, fault);
    await fetchEach(topic, sent.length);
    const polling = client.fetch(topic, sent.length, { maxWaitMs: 1_000 });
    await neighbour.fetch(topic, sent.length, { maxWaitMs: 100 });
    // Of another writer, one of them like an envelope that was cut.
    const cut = Buffer.concat([MAGIC, Buffer.of(1, 4), canary.bytes]);
    mq.append(topic, 0, { key, value: canary.bytes }, { key, value: cut });
    await polling;
    await fetchEach(topic, sent.length + 2);
    Object.assign(mq.switches, normal);
  }
  await neighbour.close();
}

async function writeFaultily(): Promise<void> {
  const normal = { ...mq.switches };
  for (const [index, [what, fault]] of Object.entries(WRITING).entries()) {
    const topic = await topicOf(`writing-${index}`);
    Object.assign(mq.switches, fault);
    expect(await produce(what, topic, encodeBatch(secrets()), 1_000)).not.toBe(ErrorCode.NONE);
    Object.assign(mq.switches, normal);
  }
}

test(
  'a secret in keys, values and headers is in nothing that leaves but the records',
  async () => {
    await wellServed();
    await refused();
    await readFaultily();
    await writeFaultily();
    const waiting = client.fetch('auto-none', 10, { maxWaitMs: 1_000 });
    const places = await outlets(gateway, receiver);
    // What was refused behind the faults is served once it is tried again, as by any client.
    let { partition } = await waiting;
    while (isRetriable(partition.errorCode)) ({ partition } = await client.fetch('auto-none', 10, { maxWaitMs: 100 }));
    expect(partition.errorCode).toBe(ErrorCode.NONE);
    // The search finds what is there, and there was something to tell of.
    const { records } = await client.fetch('auto-none', 0);
    expect(canary.found({ records })).toEqual(['records']);
    const told = [...samples(String(places['metrics']), 'seaglass_engine_contradictions_total')];
    expect(told.filter(([, count]) => count > 0).map(([labels]) => /kind="\w+"/.exec(labels)?.[0])).toEqual(
      expect.arrayContaining(
        ['stateless_read', 'stream_position', 'unflushed_hole', 'value_lost'].map((kind) => `kind="${kind}"`),
      ),
    );
    await expectNowhere(places);
  },
  TIMEOUT_MS,
);
