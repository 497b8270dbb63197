/**
 * Goal: what leaves the real program holds no record content and no raw control characters of a client's names; produce and fetch point
 * at who made the records; a kill in mid-hang leaves the stall behind; an exporter that is down, slow or black-holed costs drops
 * and nothing else.
 * Method: dist/main.js in a child process that exports traces, metrics and logs to an OTLP receiver.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODECS, initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch, type EncodableRecord } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { readRecords } from '../engine/batches';
import { auditFileLines } from '../support/audit-lines';
import { makeCanary } from '../support/canary';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { encodeRequest, KafkaClient, PRODUCE, produceRequest } from '../support/kafka-client';
import { GroupMember } from '../support/group-member';
import { OtlpReceiver } from '../support/otlp-receiver';
import { startScriptedRecordLog } from '../support/scripted-record-log';
import { startSilentPeer } from '../support/scripted-seaweedmq';
import { freePorts } from '../support/weed';
import { exportAllTo, outlets } from './outlets';
import { askFor, awaitTopic, batchOf, exportTo, get, samples } from './support';
import { expectWithin } from '../support/measured';

const TIMEOUT_MS = 240_000;
const closing: (() => unknown)[] = [];
let receiver: OtlpReceiver;

beforeAll(async () => {
  await initCompression();
  receiver = await OtlpReceiver.start();
});
afterAll(() => receiver.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...parameters: Parameters<typeof startGatewayProcess>): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(...parameters);
  closing.push(() => gateway.stop());
  return gateway;
}

async function clientOf(gateway: GatewayProcess, clientId?: string): Promise<KafkaClient> {
  const client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), clientId);
  closing.push(() => client.close());
  return client;
}

const everything = () => exportAllTo(receiver);
const traceparent = (index: number) => {
  const traceId = (index + 1).toString(16).padStart(32, 'a');
  const spanId = (index + 1).toString(16).padStart(16, 'b');
  return {
    link: { traceId, spanId },
    header: { key: 'traceparent', value: Buffer.from(`00-${traceId}-${spanId}-01`) },
  };
};

test(
  'a secret in keys, values and headers, in what members of a group tell each other, and in requests that are none, is in nothing that leaves',
  async () => {
    const canary = makeCanary('record');
    const directory = mkdtempSync(join(tmpdir(), 'seaglass-'));
    closing.push(() => rmSync(directory, { recursive: true }));
    const audit = join(directory, 'audit.jsonl');
    const flags = ['--trace', 'all', '--log-level', 'debug', '--groups-initial-rebalance-delay-ms', '0'];
    flags.push('--audit-file', audit, '--audit-reads-and-writes', 'all');
    const gateway = await start({ flags, environment: everything() });
    const client = await clientOf(gateway);
    await awaitTopic(client, 'vault');
    const secret: EncodableRecord = {
      timestamp: Date.now(),
      key: canary.bytes,
      value: canary.bytes,
      headers: [{ key: 'token', value: canary.bytes }],
    };
    for (const codec of CODECS) {
      expect((await client.produce('vault', encodeBatch([secret, secret], { codec }))).errorCode).toBe(ErrorCode.NONE);
    }
    const fetched = await client.fetch('vault', 0, { partitionMaxBytes: 1 });
    await client.fetch('vault', 2);
    expect(readRecords([fetched.records])[0]?.value?.toString()).toBe(canary.text);
    // The search finds what is there.
    expect(canary.found({ fetched: fetched.records })).toEqual(['fetched']);
    const waiting = client.fetch('vault', 2 * CODECS.length, { maxWaitMs: 3_000 });

    const member = new GroupMember(await clientOf(gateway, 'member'), 'keepers', { metadata: canary.bytes });
    expect((await member.enter()).members[0]?.metadata.toString()).toContain(canary.text);
    expect((await member.sync(canary.bytes)).assignment.toString()).toBe(canary.text);
    expect(await member.commit('vault', 1, { metadata: canary.text })).toBe(ErrorCode.NONE);
    expect((await member.committed('vault')).offset).toBe(1);
    const tooLong = canary.text.repeat(500);
    expect(await member.commit('vault', 1, { metadata: tooLong })).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE);
    const second = new GroupMember(await clientOf(gateway, 'second'), 'keepers', { metadata: canary.bytes });
    const joining = second.join();
    while ((await member.heartbeat()) === ErrorCode.NONE);

    const refusals: Record<string, Buffer> = {};
    const bad = await clientOf(gateway, 'bad');
    const whole = Buffer.from(encodeBatch([secret]));
    const corrupt = Buffer.from(whole);
    corrupt.writeUInt32BE(1, 17);
    const truncated = whole.subarray(0, whole.length - 3);
    for (const [name, batch] of Object.entries({ corrupt, truncated, none: canary.bytes })) {
      const id = bad.send(PRODUCE, produceRequest('vault', batch));
      expect(id).toBeGreaterThan(0);
      refusals[name] = Buffer.from(await bad.frame());
    }
    const chunks = encodeRequest(PRODUCE, produceRequest('vault', whole), {
      version: 12,
      correlationId: 1,
      clientId: 'cut',
    });
    const request = Buffer.concat(chunks);
    for (const bytes of [
      cut(request),
      Buffer.concat([Buffer.from([0, 0, 0, 60, 0x70]), canary.bytes, Buffer.alloc(60)]),
      Buffer.from(`GET /${canary.text} HTTP/1.1\r\n\r\n`),
    ]) {
      const peer = await clientOf(gateway, 'broken');
      peer.write(bytes);
      await peer.closed;
    }
    const places = await outlets(gateway, receiver);
    await waiting;
    // The barrier opens only now: the joins were in flight when the outlets were read.
    await Promise.all([joining, member.join()]);
    expect(await member.leave()).toBe(ErrorCode.NONE);
    await receiver.waitForSpan(({ name }) => name === 'poll vault');
    await receiver.waitUntil(() => (receiver.metricNames.size > 0 && receiver.logs.length > 0 ? true : undefined));
    expect(await gateway.stop()).toBe(0);
    expect(
      canary.found({
        ...places,
        ...refusals,
        'the last of it': Buffer.concat(receiver.raw),
        'the last lines': gateway.child.output(),
        'the audit trail': readFileSync(audit),
      }),
    ).toEqual([]);
    // There was something to tell of, and it left both ways.
    const told = auditFileLines(audit);
    const kinds = ['audit.topic_created', 'audit.topic_read', 'audit.topic_written'];
    expect(told.map(({ event }) => event)).toEqual(expect.arrayContaining(kinds));
    const ofTopic = told.find(({ event }) => event === 'audit.topic_created');
    expect(ofTopic).toMatchObject({ resource_name: 'vault', principal: 'User:ANONYMOUS', client_address: '127.0.0.1' });
    const { event, trace_id: traceId, principal, resource_name: name } = ofTopic ?? {};
    expect(receiver.logs).toContainEqual(
      expect.objectContaining({
        ...{ eventName: event, traceId },
        attributes: expect.objectContaining({ principal, resource_name: name, verdict: 'allowed' }) as unknown,
      }),
    );
  },
  TIMEOUT_MS,
);

/** A request whose record is cut off in the middle, in a frame that says it is whole. */
function cut(request: Buffer): Buffer {
  const shorter = Buffer.from(request.subarray(0, request.length - 30));
  shorter.writeInt32BE(shorter.length - 4, 0);
  return shorter;
}

test(
  'names that clients choose are escaped and cut at 249 characters, wherever they show',
  async () => {
    const gateway = await start({ flags: ['--trace', 'all', '--log-level', 'debug'], environment: everything() });
    const evil = (name: string) => `${name}\u001b[31m\n\r\u202e\\x`;
    const clientId = evil('client') + 'c'.repeat(400);
    const client = await clientOf(gateway, clientId);
    const topic = evil('topic') + 't'.repeat(400);
    expect(await askFor(client, topic)).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    const refused = await client.fetch(topic, 0, { maxWaitMs: 0 });
    expect(refused.partition.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect((await client.produce(topic, batchOf('v'))).errorCode).not.toBe(ErrorCode.NONE);
    const places = await outlets(gateway, receiver);
    const span = await receiver.waitForSpan(
      ({ name, attributes }) =>
        name.startsWith('Fetch') && String(attributes['messaging.client.id']).startsWith('client\\u{1b}'),
    );
    expect(String(span.attributes['messaging.client.id'])).toHaveLength(249);
    await gateway.stop();
    const raw = /[\u001b\u202e]|c{300}|t{300}/;
    for (const [place, content] of Object.entries({
      ...places,
      'the last of it': Buffer.concat(receiver.raw),
      'the last lines': gateway.child.output(),
    })) {
      // Binary exports hold every byte somewhere; what they hold as text is looked at below.
      if (typeof content === 'string') expect([place, raw.exec(content)?.[0]]).toEqual([place, undefined]);
    }
    for (const { name, attributes, statusMessage } of receiver.spans) {
      for (const text of [name, statusMessage, ...Object.values(attributes).map(String)]) {
        expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
        expect(text.length).toBeLessThanOrEqual(1_024);
      }
    }
  },
  TIMEOUT_MS,
);

test(
  'a send links to the producers of its records, a poll to at most 32 of both of what it returns',
  async () => {
    const gateway = await start({ flags: ['--trace', 'all'], environment: everything() });
    const client = await clientOf(gateway);
    await awaitTopic(client, 'linked');
    const record = (index: number): EncodableRecord => ({
      timestamp: Date.now(),
      key: null,
      value: Buffer.from(`v${index}`),
      headers: [traceparent(index).header],
    });
    for (let index = 0; index < 40; index++) {
      expect((await client.produce('linked', encodeBatch([record(index)]))).errorCode).toBe(ErrorCode.NONE);
    }
    // A batch of more producers than a span may have links.
    await client.produce('linked', encodeBatch(Array.from({ length: 40 }, (_, index) => record(100 + index))));
    const fetched = await client.fetch('linked', 0);
    expect(readRecords([fetched.records])).toHaveLength(80);
    const poll = await receiver.waitForSpan(({ name, links }) => name === 'poll linked' && links.length > 1);
    const sends = await receiver.waitUntil(() => {
      const found = receiver.spans.filter(({ name }) => name === 'send linked');
      return found.length >= 41 ? found : undefined;
    });
    for (let index = 0; index < 40; index++) {
      expect(sends.filter(({ links }) => links.length === 1).flatMap(({ links }) => links)).toContainEqual(
        traceparent(index).link,
      );
    }
    const wide = sends.find(({ links }) => links.length > 1);
    expect(wide?.links).toHaveLength(32);
    expect(poll.links.length).toBeLessThanOrEqual(32);
    const sendIds = new Set(sends.map(({ spanId }) => spanId));
    const madeBy = new Set(sends.flatMap(({ links }) => links.map(({ spanId }) => spanId)));
    const toSends = poll.links.filter(({ spanId }) => sendIds.has(spanId));
    const toProducers = poll.links.filter(({ spanId }) => madeBy.has(spanId));
    expect(toSends.length + toProducers.length).toBeGreaterThanOrEqual(31);
    expect(Math.min(toSends.length, toProducers.length)).toBeGreaterThanOrEqual(15);
  },
  TIMEOUT_MS,
);

test(
  'a gateway killed in mid-hang leaves its stall span behind',
  async () => {
    const log = await startScriptedRecordLog();
    closing.push(() => log.stop());
    const gateway = await start({
      flags: ['--node-connect', log.address, '--cluster-id', 'e2e'],
      environment: exportTo(receiver),
    });
    const client = await clientOf(gateway, 'killed');
    await awaitTopic(client, 'hung');
    log.switches.init = false;
    client.fetch('hung', 0, { maxWaitMs: 30_000 }).catch(() => undefined);
    const stall = await receiver.waitForSpan(
      ({ name, attributes }) => name === 'stall subscriber.init' && attributes['messaging.client.id'] === 'killed',
    );
    await gateway.child.kill();
    expect(stall.attributes['seaglass.path']).toBe('fetch>subscriber.init');
    expect(stall.attributes['messaging.destination.name']).toBe('hung');
    // What it tells of never ended: nothing else of its trace came.
    expect(receiver.trace(stall.traceId).every(({ attributes }) => attributes['seaglass.stall'] === true)).toBe(true);
  },
  TIMEOUT_MS,
);

describe('requests are served as ever', () => {
  type Signal = 'traces' | 'metrics' | 'logs';
  /** What an exporter did not take; lines that are suppressed were never handed to one. */
  const dropped = async (gateway: GatewayProcess, signal: Signal): Promise<number> => {
    const { text } = await get(`${gateway.console}/metrics`);
    return [...samples(text, 'seaglass_telemetry_dropped_total')]
      .filter(([labels]) => labels.includes(`"${signal}"`) && !labels.includes('"suppressed"'))
      .reduce((sum, [, value]) => sum + value, 0);
  };
  /** Resolves as soon as something of the signal was dropped; exports fail at their timeout. */
  const somethingDropped = async (gateway: GatewayProcess, signal: Signal): Promise<void> => {
    const deadlineMs = performance.now() + 20_000;
    while ((await dropped(gateway, signal)) === 0) {
      if (performance.now() > deadlineMs) throw new Error(`nothing of the ${signal} was counted as dropped`);
    }
  };
  /** 700 produces and fetches; the time of each fetch of what is there, ms, sorted. */
  const traffic = async (gateway: GatewayProcess): Promise<number[]> => {
    const client = await clientOf(gateway);
    await awaitTopic(client, 'busy');
    const times: number[] = [];
    for (let index = 0; index < 700; index++) {
      const produced = await client.produce('busy', batchOf(`v${index}`));
      expect(produced.errorCode).toBe(ErrorCode.NONE);
      const startedMs = performance.now();
      const { records } = await client.fetch('busy', index);
      times.push(performance.now() - startedMs);
      expect(readRecords([records])[0]?.value?.toString()).toBe(`v${index}`);
    }
    return times.sort((a, b) => a - b);
  };

  /** Serves the traffic while everything is exported to `endpoint`, and ends after `then`. */
  const servedBeside = async (endpoint: string, then: (gateway: GatewayProcess) => Promise<unknown>): Promise<void> => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '300',
      OTEL_BSP_MAX_QUEUE_SIZE: '600',
      OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    };
    const gateway = await start({ flags: ['--trace', 'all'], environment });
    const times = await traffic(gateway);
    const drops = await dropped(gateway, 'traces');
    process.stdout.write(
      `exporter at ${endpoint}: ${drops} spans dropped, fetch p50 ${times[350]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(0)} ms\n`,
    );
    expect(drops).toBeGreaterThan(0);
    expectWithin('the slowest fetch', times.at(-1) ?? Infinity, 2_000);
    await then(gateway);
    const stoppingMs = performance.now();
    expect(await gateway.stop()).toBe(0);
    expectWithin('the stop', performance.now() - stoppingMs, 10_000);
  };

  test.each([
    ['is down', async () => `http://127.0.0.1:${(await freePorts(1))[0]}`],
    [
      'swallows everything',
      async () => {
        const hole = await startSilentPeer();
        closing.push(() => hole.stop());
        return `http://${hole.address}`;
      },
    ],
  ])(
    'while the exporter %s, at the price of counted drops of every signal',
    async (_what, endpoint) => {
      await servedBeside(await endpoint(), async (gateway) => {
        for (const signal of ['metrics', 'logs'] as const) await somethingDropped(gateway, signal);
      });
    },
    TIMEOUT_MS,
  );

  test(
    'while the exporter is slow, at the price of the spans that its queue could not hold',
    async () => {
      const late = await OtlpReceiver.start();
      closing.push(() => late.close());
      late.behaviour = 'late';
      late.lateMs = 1_500;
      await servedBeside(late.httpEndpoint, () =>
        late.waitUntil(() =>
          late.spans.length > 0 && late.metricNames.size > 0 && late.logs.length > 0 ? true : undefined,
        ),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'without an endpoint, and nothing complains',
    async () => {
      const gateway = await start({ flags: ['--log-format', 'json'] });
      await traffic(gateway);
      expect(await dropped(gateway, 'traces')).toBe(0);
      expect(await gateway.stop()).toBe(0);
      expect(gateway.child.output()).toMatch(/traces +nowhere/);
      expect(gateway.child.output()).not.toMatch(/"level":"(?:warn|error)"/);
    },
    TIMEOUT_MS,
  );
});
