/**
 * Goal: a hang is seen while it hangs, named by its phase, within 2.5 s, and ends as one trace without orphans; /debug/inflight tells who
 * hangs where. Method: a whole gateway that exports to an OTLP receiver, over scripted engines that fall silent in one phase; the
 * requests are Kafka's, over a socket.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { OtlpReceiver } from '../support/otlp-receiver';
import { startScriptedRecordLog, type ScriptedRecordLog } from '../support/scripted-record-log';
import { startScriptedSeaweedMQ, startSilentPeer, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { chain, stallOf } from './stalls';
import { awaitTopic, batchOf, get, startWholeGateway, type WholeGateway } from './support';

const TOPIC = 'orders';
const closing: (() => unknown)[] = [];
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});
afterAll(() => receiver.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Passes bytes through, until it is told to cut what stands and to leave whoever connects from then on without a word. */
class MutePeer {
  address = '';
  mute = false;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(target: string) {
    const [host = '', port = ''] = target.split(':');
    this.#server = createServer((socket) => {
      this.#keep(socket);
      if (this.mute) return void socket.resume();
      const upstream = this.#keep(connect({ host, port: Number(port), noDelay: true }));
      socket.pipe(upstream).pipe(socket);
      socket.on('close', () => upstream.destroy());
      upstream.on('close', () => socket.destroy());
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  setMute(mute: boolean): void {
    this.mute = mute;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.setMute(true);
    this.#server.close();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

interface OnRecordLog {
  readonly log: ScriptedRecordLog;
  readonly peer: MutePeer;
  readonly gateway: WholeGateway;
}

async function onRecordLog(): Promise<OnRecordLog> {
  const log = await startScriptedRecordLog();
  closing.push(() => log.stop());
  const peer = await new MutePeer(log.address).listen();
  closing.push(() => peer.close());
  // The list of topics is kept, so that a request meets the phase that hangs and not the list.
  const flags = { 'node.connect': peer.address, 'topics.age-ms-max': '60000' };
  const gateway = await startWholeGateway({ flags, receiver });
  closing.push(() => gateway.close());
  await created(gateway);
  return { log, peer, gateway };
}

async function onSeaweedMq(): Promise<{ readonly mq: ScriptedSeaweedMQ; readonly gateway: WholeGateway }> {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const flags = { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer, 'topics.age-ms-max': '60000' };
  const gateway = await startWholeGateway({ flags, receiver });
  closing.push(() => gateway.close());
  await created(gateway);
  return { mq, gateway };
}

async function created(gateway: WholeGateway): Promise<void> {
  const client = await gateway.client('admin');
  await awaitTopic(client, TOPIC);
}

/** Resolves when something is in flight in this phase, by /debug/inflight. */
async function hangsIn(gateway: WholeGateway, phase: string): Promise<void> {
  for (;;) {
    const { text } = await get(`${gateway.console}/debug/inflight`);
    const { operations } = JSON.parse(text) as { readonly operations: readonly Record<string, unknown>[] };
    if (operations.some((operation) => operation['phase'] === phase)) return;
  }
}

const expectStall = (clientId: string, path: string, finish: () => Promise<unknown>) =>
  stallOf(receiver, { clientId, path, finish });

test('lookup: a broker that never says who leads the partition', async () => {
  const { mq, gateway } = await onSeaweedMq();
  mq.switches.lookup = 'never';
  const client = await gateway.client('lookup');
  const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
  const trace = await expectStall('lookup', 'fetch>partition.assignment', () => answer);
  expect(chain(trace)).toEqual(['request', 'poll', 'partition.assignment']);
}, 40_000);

test('connect and create: a peer that accepts TCP and never sends SETTINGS', async () => {
  const { peer, gateway } = await onRecordLog();
  peer.setMute(true);
  const client = await gateway.client('connect');
  const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
  await hangsIn(gateway, 'engine.connect');
  // Who comes second waits for the subscriber that the first creates.
  const second = await gateway.client('create');
  const secondAnswer = second.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
  const [trace, secondTrace] = await Promise.all([
    expectStall('connect', 'fetch>engine.connect', () => answer),
    expectStall('create', 'fetch>subscriber.create', () => secondAnswer),
  ]);
  // A stream is opened as soon as its connection stands: what creating a subscriber waits for is the connection.
  expect(chain(trace)).toEqual(['request', 'poll', 'subscriber.create', 'engine.connect']);
  expect(chain(secondTrace)).toEqual(['request', 'poll', 'subscriber.create']);
}, 40_000);

test('init: an engine that takes the stream and never answers its init; who hangs where is in /debug/inflight', async () => {
  const { log, gateway } = await onRecordLog();
  log.switches.init = false;
  const called = log.called('init');
  const client = await gateway.client('init');
  const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
  await called;
  const inflight = JSON.parse((await get(`${gateway.console}/debug/inflight`)).text) as {
    readonly operations: readonly Record<string, unknown>[];
  };
  const hanging = inflight.operations.find(({ phase, client: id }) => phase === 'subscriber.init' && id === 'init');
  expect(hanging).toMatchObject({
    path: 'fetch>subscriber.init',
    topic: TOPIC,
    partition: '0',
    offset: 0,
    budgetMs: 200,
  });
  expect(hanging?.['chain']).toBe(`Fetch > poll ${TOPIC} > subscriber.init`);
  expect(hanging?.['ageMs']).toBeGreaterThanOrEqual(0);
  const asText = (await get(`${gateway.console}/debug/inflight?format=text`)).text;
  expect(asText).toMatch(new RegExp(`fetch>subscriber\\.init +${TOPIC}-0@0 +init .*${String(hanging?.['traceId'])}`));
  const trace = await expectStall('init', 'fetch>subscriber.init', () => answer);
  expect(trace[0]?.traceId).toBe(hanging?.['traceId']);
  expect(chain(trace)).toEqual(['request', 'poll', 'subscriber.init']);
}, 40_000);

test('recv: a stream that brings nothing although the engine has records', async () => {
  const { log, gateway } = await onRecordLog();
  const client = await gateway.client('recv');
  await client.produce(TOPIC, batchOf('zero'));
  log.switches.records = false;
  const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
  const trace = await expectStall('recv', 'fetch>stream.recv', async () => {
    // The stalled session's reader is served by another way.
    expect((await answer).records.byteLength).toBeGreaterThan(0);
  });
  expect(chain(trace)).toEqual(['request', 'poll', 'stream.recv']);
}, 40_000);

test.each([
  ['the record log', onRecordLog],
  ['SeaweedMQ', onSeaweedMq],
])(
  'publish ack on %s: records that are never acked',
  async (engine, start) => {
    const running = await start();
    if ('log' in running) running.log.switches.acks = false;
    else running.mq.switches.publishAck = 'never';
    const clientId = `ack on ${engine}`;
    const client = await running.gateway.client(clientId);
    const answer = client.produce(TOPIC, batchOf('zero'), { timeoutMs: 3_000 });
    const trace = await expectStall(clientId, 'produce>publish.ack', () => answer);
    expect(chain(trace)).toEqual(['request', 'send', 'publish.ack']);
  },
  40_000,
);

describe('on SeaweedMQ', () => {
  test('connect: a leader that accepts TCP and never sends SETTINGS', async () => {
    const { mq, gateway } = await onSeaweedMq();
    const silent = await startSilentPeer();
    closing.push(() => silent.stop());
    mq.switches.leader = silent.address;
    const reader = await gateway.client('mq connect');
    const fetched = reader.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
    const writer = await gateway.client('mq connect to publish');
    const produced = writer.produce(TOPIC, batchOf('zero'), { timeoutMs: 3_000 });
    const [trace, produceTrace] = await Promise.all([
      expectStall('mq connect', 'fetch>engine.connect', () => fetched),
      expectStall('mq connect to publish', 'produce>engine.connect', () => produced),
    ]);
    expect(chain(trace)).toEqual(['request', 'poll', 'range.info', 'engine.connect']);
    expect(chain(produceTrace)).toEqual(['request', 'send', 'publisher.create', 'engine.connect']);
  }, 40_000);

  test('create: a publisher that the broker never greets', async () => {
    const { mq, gateway } = await onSeaweedMq();
    mq.switches.publishInit = 'never';
    const client = await gateway.client('mq create');
    const answer = client.produce(TOPIC, batchOf('zero'), { timeoutMs: 3_000 });
    const trace = await expectStall('mq create', 'produce>publisher.create', () => answer);
    expect(chain(trace)).toEqual(['request', 'send', 'publisher.create']);
  }, 40_000);

  test('range: a broker that never says where the log ends', async () => {
    const { mq, gateway } = await onSeaweedMq();
    mq.switches.range = 'never';
    const client = await gateway.client('mq range');
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
    const trace = await expectStall('mq range', 'fetch>range.info', () => answer);
    expect(chain(trace)).toEqual(['request', 'poll', 'range.info']);
  }, 40_000);

  test('read: a broker that never brings what its log is said to hold', async () => {
    const { mq, gateway } = await onSeaweedMq();
    mq.append(TOPIC, 0, { value: Buffer.from('zero') });
    mq.switches.fetch = 'never';
    const client = await gateway.client('mq read');
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
    const trace = await expectStall('mq read', 'fetch>stateless.read', () => answer);
    expect(chain(trace)).toEqual(['request', 'poll', 'stateless.read']);
  }, 40_000);

  test('init: a stream whose first record nothing confirms', async () => {
    const { mq, gateway } = await onSeaweedMq();
    const client = await gateway.client('mq init');
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
    while (mq.subscribers.open === 0) await new Promise((resolve) => setImmediate(resolve));
    mq.switches.range = 'never';
    mq.append(TOPIC, 0, { value: Buffer.from('zero') });
    const trace = await expectStall('mq init', 'fetch>subscriber.init', () => answer);
    expect(chain(trace)).toEqual(['request', 'long_poll', 'subscriber.create', 'subscriber.init']);
  }, 40_000);

  test.each(['subscribe', 'receive'] as const)(
    'recv: a stream that brings nothing although the log grows is told of by its own trace, as its %s hangs',
    async (call) => {
      const { mq, gateway } = await onSeaweedMq();
      mq.switches[call] = 'never';
      const before = receiver.spans.length;
      const client = await gateway.client(`mq ${call}`);
      const answer = client.fetch(TOPIC, 0, { maxWaitMs: 20_000 });
      while (mq.subscribers.open === 0) await new Promise((resolve) => setImmediate(resolve));
      mq.append(TOPIC, 0, { value: Buffer.from('zero') });
      const session = await receiver.waitUntil(
        () => receiver.spans.slice(before).find(({ attributes }) => 'seaglass.session.end' in attributes),
        20_000,
      );
      expect(session.name).toBe(`subscriber session ${TOPIC}`);
      expect(session.attributes).toMatchObject({ 'seaglass.session.end': 'stalled', 'error.type': 'timeout' });
      expect(session.attributes).toHaveProperty(['seaglass.session.stall']);
      expect((await answer).records.byteLength).toBeGreaterThan(0);
    },
    40_000,
  );
});

test('publisher: a hello that never comes', async () => {
  const { log, gateway } = await onRecordLog();
  log.switches.hello = false;
  const client = await gateway.client('hello');
  const answer = client.produce(TOPIC, batchOf('zero'), { timeoutMs: 3_000 });
  const trace = await expectStall('hello', 'produce>publisher.create', () => answer);
  expect(chain(trace)).toEqual(['request', 'send', 'publisher.create']);
}, 40_000);

test('response write: a client that does not read', async () => {
  const { log, gateway } = await onRecordLog();
  // More than the buffers of both sockets hold.
  const value = Buffer.alloc(16 * 1024 * 1024, 1);
  log.append(batchOf(value), { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: BigInt(value.byteLength) });
  const client = await gateway.client('deaf');
  client.socket.pause();
  const answer = client.fetch(TOPIC, 0, { maxBytes: 50 * 1024 * 1024, partitionMaxBytes: 50 * 1024 * 1024 });
  const trace = await expectStall('deaf', 'fetch>response.write', () => {
    client.socket.resume();
    return answer;
  });
  expect(chain(trace)).toEqual(['request', 'response.write']);
}, 60_000);

test('who waits for what another has asked for is told by the phase it waits in, too', async () => {
  const { mq, gateway } = await onSeaweedMq();
  const { log, gateway: other } = await onRecordLog();
  const [one, two] = [await gateway.client('one'), await gateway.client('two')];
  mq.switches.lookup = 'never';
  const fetches = [one.fetch(TOPIC, 0, { maxWaitMs: 4_000 }), two.fetch(TOPIC, 0, { maxWaitMs: 4_000 })];
  log.switches.hello = false;
  const [three, four] = [await other.client('three'), await other.client('four')];
  const sends = [three, four].map((client) => client.produce(TOPIC, batchOf('zero'), { timeoutMs: 3_000 }));
  log.switches.init = false;
  const [five, six] = [await other.client('five'), await other.client('six')];
  const inits = [five, six].map((client) => client.fetch(TOPIC, 0, { maxWaitMs: 4_000 }));
  await Promise.all([
    ...['one', 'two'].map((id) => expectStall(id, 'fetch>partition.assignment', () => Promise.all(fetches))),
    ...['three', 'four'].map((id) => expectStall(id, 'produce>publisher.create', () => Promise.all(sends))),
    ...['five', 'six'].map((id) => expectStall(id, 'fetch>subscriber.init', () => Promise.all(inits))),
  ]);
}, 40_000);
