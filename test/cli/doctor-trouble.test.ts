/**
 * Goal: doctor says what is wrong of a gateway in trouble, where it is, and what to do; and nothing of what is right. Method: the built command
 * against built gateways whose way, topics, clients or engine are made wrong one at a time.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import * as deleteTopics from '../../src/protocol/generated/delete-topics';
import { createTopic } from '../e2e/support';
import { FreezingProxy } from '../support/freezing-proxy';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { type Codec, KafkaClient } from '../support/kafka-client';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { freePorts } from '../support/weed';

const TIMEOUT_MS = 180_000;
const DELETE_TOPICS: Codec<deleteTopics.DeleteTopicsRequest, deleteTopics.DeleteTopicsResponse> = {
  facts: deleteTopics.deleteTopicsApi,
  write: deleteTopics.writeDeleteTopicsRequest,
  read: deleteTopics.readDeleteTopicsResponse,
};

async function doctor(gateway: GatewayProcess): Promise<{ code: number | undefined; output: string }> {
  const child = startMain(['doctor', '--console', gateway.console]);
  await child.closed;
  process.stdout.write(`${child.output()}\n`);
  return { code: child.exitCode, output: child.output() };
}

/** Where the gateway listens, whatever it advertises. */
async function listening(gateway: GatewayProcess): Promise<string> {
  const [, address = ''] = await gateway.child.printed(/^ *listening +(\S+)$/m);
  return address;
}

/** The lines of one check. */
const linesOf = (output: string, name: string): string =>
  new RegExp(`^.{5} ${name.padEnd(22)} .*(?:\\n {6}fix:.*)?`, 'm').exec(output)?.[0] ?? '';

describe('a gateway whose way is wrong', () => {
  let gateway: GatewayProcess;
  let way: FreezingProxy;
  let damages = false;
  let kafka: KafkaClient;
  let port: number;

  beforeAll(async () => {
    way = new FreezingProxy('', {
      // Within the value of the probe, which is most of such a piece.
      alter: (bytes) => {
        const middle = bytes.byteLength >> 1;
        if (damages && bytes.byteLength > 2_100) bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
      },
    });
    gateway = await startGatewayProcess({ flags: ['--advertised', await way.listen()] });
    const address = await listening(gateway);
    way.lead(address);
    port = Number(address.split(':')[1]);
    kafka = await KafkaClient.connect(port, 'admin');
  }, TIMEOUT_MS);
  afterAll(async () => {
    await kafka.close();
    way.close();
    await gateway.stop();
  }, TIMEOUT_MS);

  test(
    'a value that changes on its way fails the probe; a retained _schemas will lose schemas',
    async () => {
      expect(await createTopic(kafka, '_schemas', { 'cleanup.policy': 'delete' })).toBe(0);
      await kafka.produce('_schemas', encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]));
      damages = true;
      const { code, output } = await doctor(gateway);
      damages = false;
      expect(linesOf(output, 'probe record')).toMatch(
        /^FAIL {2}probe record +the record at seaglass-doctor-\w+-0@0 came back with another value\n {6}fix: +stop, and keep the logs/,
      );
      expect(linesOf(output, '_schemas')).toMatch(
        /^warn {2}_schemas +1 records, .*; cleanup\.policy delete\n {6}fix: +set cleanup\.policy to compact/,
      );
      expect(linesOf(output, 'address PLAINTEXT')).toMatch(/^ok /);
      expect(linesOf(output, 'engine')).toMatch(/^ok /);
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    'several partitions of _schemas, and who asks in versions that are not served',
    async () => {
      await kafka.call(DELETE_TOPICS, deleteTopics.createDeleteTopicsRequest({ topicNames: ['_schemas'] }), 5);
      expect(await createTopic(kafka, '_schemas', { 'cleanup.policy': 'compact' }, 3)).toBe(0);
      for (let times = 0; times < 2; times++) await askFetchOfOld();
      const { code, output } = await doctor(gateway);
      expect(linesOf(output, '_schemas')).toMatch(/^FAIL {2}_schemas +it has 3 partitions\n {6}fix: .*exactly one/);
      expect(linesOf(output, 'ApiVersions overlap')).toMatch(
        /^warn {2}ApiVersions overlap +client old\\u\{1b\} \(software unknown, at 127\.0\.0\.1\) asked Fetch v3, served are v4 to v\d+: 2 times, last \S+\n {6}fix: +such a request ends its connection: update/,
      );
      expect(linesOf(output, 'probe record')).toMatch(/^ok /);
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  /** A Fetch of version 3, by a client that calls itself so; the gateway closes the connection. */
  async function askFetchOfOld(): Promise<void> {
    const old = await KafkaClient.connect(port, 'old');
    const id = Buffer.from('old\u001b');
    const frame = Buffer.alloc(4 + 10 + id.byteLength);
    frame.writeInt32BE(frame.byteLength - 4);
    frame.writeInt16BE(1, 4);
    frame.writeInt16BE(3, 6);
    frame.writeInt16BE(id.byteLength, 12);
    frame.set(id, 14);
    const answer = old.frame();
    old.write(frame);
    await expect(answer).rejects.toThrow('closed');
  }

  test(
    'an address that leads to another gateway, and one that leads nowhere',
    async () => {
      const [nowhere = 0] = await freePorts(1);
      const [misled, lost] = await Promise.all([
        startGatewayProcess({ flags: ['--advertised', `127.0.0.1:${String(port)}`] }),
        startGatewayProcess({ flags: ['--advertised', `127.0.0.1:${String(nowhere)}`] }),
      ]);
      try {
        const elsewhere = await doctor(misled);
        expect(linesOf(elsewhere.output, 'address PLAINTEXT')).toMatch(
          new RegExp(
            `^warn  address PLAINTEXT +127\\.0\\.0\\.1:${String(port)} speaks Kafka .* and sends clients to 127\\.0\\.0\\.1:\\d+\\n {6}fix: +clients of this listener are sent elsewhere`,
          ),
        );
        const { code, output } = await doctor(lost);
        expect(linesOf(output, 'address PLAINTEXT')).toMatch(
          /^FAIL {2}address PLAINTEXT +\S+: connect ECONNREFUSED \S+\n {6}fix: +clients are sent to this address: correct --advertised/,
        );
        expect(linesOf(output, 'probe record')).toMatch(
          /^skip {2}probe record +no advertised address serves from here/,
        );
        expect(code).toBe(1);
      } finally {
        await Promise.all([misled.stop(), lost.stop()]);
      }
    },
    TIMEOUT_MS,
  );
});

test(
  'an engine that is late, and one that is silent: its phases, _schemas, and the probe',
  async () => {
    const mq = await startScriptedSeaweedMQ({ filerApart: true });
    mq.createTopic('_schemas', 1);
    mq.append('_schemas', 0, { value: Buffer.from('v') });
    const gateway = await startGatewayProcess({
      flags: ['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer, '--cluster-id', 'doctor'],
    });
    try {
      mq.switches.range = { lateMs: 1_200 };
      const late = await doctor(gateway);
      expect(linesOf(late.output, 'phase range.info')).toMatch(
        /^warn {2}phase range\.info +\d+ ms in the mean of \d+; up to \d+ ms are usual\n {6}fix: +seaglass explain --slowest/,
      );
      mq.switches.range = 'never';
      const { code, output } = await doctor(gateway);
      expect(linesOf(output, '_schemas')).toMatch(
        /^FAIL {2}_schemas +.*\n {6}fix: +seaglass explain --topic _schemas --last 3/,
      );
      expect(linesOf(output, 'probe record')).toMatch(/^FAIL {2}probe record +.*\n {6}fix: /);
      expect(code).toBe(1);
    } finally {
      await gateway.stop();
      await mq.stop();
    }
  },
  TIMEOUT_MS,
);
