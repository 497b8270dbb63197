/**
 * Goal: a hang is seen while it hangs, named by its phase, and ends as one trace without orphans; /debug/inflight tells who
 * hangs where. Method: a whole gateway that exports to an OTLP receiver, over scripted engines that fall silent in one phase until the
 * stall was seen; the requests are Kafka's, over a socket.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { OtlpReceiver } from '../support/otlp-receiver';
import { startScriptedRecordLog, type ScriptedRecordLog } from '../support/scripted-record-log';
import { startScriptedSeaweedMQ, startSilentPeer, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { chain, LASTING_HANGS, PATIENCE_MS, stallOf } from './stalls';
import type { Fetched } from '../support/kafka-client';
import { isRetriable } from '../support/retriable';
import { awaitTopic, batchOf, get, startWholeGateway, type WholeGateway } from './support';

const TOPIC = 'orders';
const TIMEOUT_MS = 150_000;
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

async function onRecordLog(more: Readonly<Record<string, string>> = {}): Promise<OnRecordLog> {
  const log = await startScriptedRecordLog();
  closing.push(() => log.stop());
  const peer = await new MutePeer(log.address).listen();
  closing.push(() => peer.close());
  // The list of topics is kept, so that a request meets the phase that hangs and not the list.
  const flags = { ...LASTING_HANGS, 'node.connect': peer.address, 'topics.age-ms-max': '600000', ...more };
  const gateway = await startWholeGateway({ flags, receiver });
  closing.push(() => gateway.close());
  await created(gateway);
  return { log, peer, gateway };
}

async function onSeaweedMq(): Promise<{ readonly mq: ScriptedSeaweedMQ; readonly gateway: WholeGateway }> {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const flags = {
    ...LASTING_HANGS,
    engine: 'seaweedmq',
    brokers: mq.address,
    filer: mq.filer,
    'topics.age-ms-max': '600000',
  };
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

/** How a scripted engine answers until it is released. */
function hold(): { readonly until: Promise<void>; release(): void } {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  return { until, release: () => release() };
}

const store = (log: ScriptedRecordLog, value: string | Buffer): void =>
  log.append(batchOf(value), {
    ...{ records: 1, nulls: 0, empties: 0, controls: 0 },
    valueBytes: BigInt(Buffer.byteLength(value)),
  });

/** To be called for each of `count` stalls: the last one releases what hangs, and all resolve then. */
function allSeen(count: number, release: () => void): () => Promise<void> {
  const held = hold();
  let left = count;
  return () => {
    if (--left === 0) {
      release();
      held.release();
    }
    return held.until;
  };
}

/** A fetch that hung is answered with records, or with an error that is retried. */
async function expectFetched(answer: Promise<Fetched>): Promise<void> {
  const { partition, records } = await answer;
  expect(isRetriable(partition.errorCode) || records.byteLength > 0).toBe(true);
}

const expectStall = (clientId: string, path: string, finish: () => Promise<unknown>) =>
  stallOf(receiver, { clientId, path, finish });

test(
  'lookup: a broker that never says who leads the partition',
  async () => {
    const { mq, gateway } = await onSeaweedMq();
    const held = hold();
    mq.switches.lookup = held;
    const client = await gateway.client('lookup');
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
    const trace = await expectStall('lookup', 'fetch>partition.assignment', () => {
      mq.append(TOPIC, 0, { value: Buffer.from('zero') });
      held.release();
      return expectFetched(answer);
    });
    expect(chain(trace)).toEqual(['request', 'poll', 'partition.assignment']);
  },
  TIMEOUT_MS,
);

test(
  'connect and create: a peer that accepts TCP and never sends SETTINGS',
  async () => {
    const { log, peer, gateway } = await onRecordLog();
    peer.setMute(true);
    const client = await gateway.client('connect');
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
    await hangsIn(gateway, 'engine.connect');
    // Who comes second waits for the subscriber that the first creates.
    const second = await gateway.client('create');
    const secondAnswer = second.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
    const seen = allSeen(2, () => {
      store(log, 'zero');
      peer.setMute(false);
    });
    const [trace, secondTrace] = await Promise.all([
      expectStall('connect', 'fetch>engine.connect', () => seen().then(() => expectFetched(answer))),
      expectStall('create', 'fetch>subscriber.create', () => seen().then(() => expectFetched(secondAnswer))),
    ]);
    // A stream is opened as soon as its connection stands: what creating a subscriber waits for is the connection.
    expect(chain(trace)).toEqual(['request', 'poll', 'subscriber.create', 'engine.connect']);
    expect(chain(secondTrace)).toEqual(['request', 'poll', 'subscriber.create']);
  },
  TIMEOUT_MS,
);

test(
  'init: an engine that takes the stream and never answers its init; who hangs where is in /debug/inflight',
  async () => {
    const { log, gateway } = await onRecordLog();
    log.switches.init = false;
    const called = log.called('init');
    const client = await gateway.client('init');
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
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
    const trace = await expectStall('init', 'fetch>subscriber.init', () => {
      log.switches.init = true;
      store(log, 'zero');
      log.kill();
      return expectFetched(answer);
    });
    expect(trace[0]?.traceId).toBe(hanging?.['traceId']);
    expect(chain(trace)).toEqual(['request', 'poll', 'subscriber.init']);
  },
  TIMEOUT_MS,
);

test(
  'recv: a stream that brings nothing although the engine has records',
  async () => {
    // Otherwise its reader is served by another way after two seconds.
    const { log, gateway } = await onRecordLog({ 'deadlines.first-message-ms': String(PATIENCE_MS) });
    const client = await gateway.client('recv');
    await client.produce(TOPIC, batchOf('zero'));
    log.switches.records = false;
    const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
    const trace = await expectStall('recv', 'fetch>stream.recv', async () => {
      log.switches.records = true;
      store(log, 'one');
      expect((await answer).records.byteLength).toBeGreaterThan(0);
    });
    expect(chain(trace)).toEqual(['request', 'poll', 'stream.recv']);
  },
  TIMEOUT_MS,
);

test.each([
  ['the record log', () => onRecordLog()],
  ['SeaweedMQ', onSeaweedMq],
])(
  'publish ack on %s: records that are never acked',
  async (engine, start) => {
    const running = await start();
    const held = hold();
    if ('log' in running) running.log.switches.acks = false;
    else running.mq.switches.publishAck = held;
    const clientId = `ack on ${engine}`;
    const client = await running.gateway.client(clientId);
    const answer = client.produce(TOPIC, batchOf('zero'), { timeoutMs: PATIENCE_MS });
    const trace = await expectStall(clientId, 'produce>publish.ack', () => {
      if ('log' in running) running.log.kill();
      else held.release();
      return answer;
    });
    expect(chain(trace)).toEqual(['request', 'send', 'publish.ack']);
  },
  TIMEOUT_MS,
);

describe('on SeaweedMQ', () => {
  test(
    'connect: a leader that accepts TCP and never sends SETTINGS',
    async () => {
      const { mq, gateway } = await onSeaweedMq();
      const silent = await startSilentPeer();
      closing.push(() => silent.stop());
      mq.switches.leader = silent.address;
      const reader = await gateway.client('mq connect');
      const fetched = reader.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
      const writer = await gateway.client('mq connect to publish');
      const produced = writer.produce(TOPIC, batchOf('zero'), { timeoutMs: PATIENCE_MS });
      const seen = allSeen(2, () => {
        mq.switches.leader = undefined;
        mq.append(TOPIC, 0, { value: Buffer.from('zero') });
        void silent.stop();
      });
      const [trace, produceTrace] = await Promise.all([
        expectStall('mq connect', 'fetch>engine.connect', () => seen().then(() => expectFetched(fetched))),
        expectStall('mq connect to publish', 'produce>engine.connect', () => seen().then(() => produced)),
      ]);
      expect(chain(trace)).toEqual(['request', 'poll', 'range.info', 'engine.connect']);
      expect(chain(produceTrace)).toEqual(['request', 'send', 'publisher.create', 'engine.connect']);
    },
    TIMEOUT_MS,
  );

  test(
    'create: a publisher that the broker never greets',
    async () => {
      const { mq, gateway } = await onSeaweedMq();
      const held = hold();
      mq.switches.publishInit = held;
      const client = await gateway.client('mq create');
      const answer = client.produce(TOPIC, batchOf('zero'), { timeoutMs: PATIENCE_MS });
      const trace = await expectStall('mq create', 'produce>publisher.create', () => {
        held.release();
        return answer;
      });
      expect(chain(trace)).toEqual(['request', 'send', 'publisher.create']);
    },
    TIMEOUT_MS,
  );

  test(
    'range: a broker that never says where the log ends',
    async () => {
      const { mq, gateway } = await onSeaweedMq();
      const held = hold();
      mq.switches.range = held;
      const client = await gateway.client('mq range');
      const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
      const trace = await expectStall('mq range', 'fetch>range.info', () => {
        mq.append(TOPIC, 0, { value: Buffer.from('zero') });
        held.release();
        return expectFetched(answer);
      });
      expect(chain(trace)).toEqual(['request', 'poll', 'range.info']);
    },
    TIMEOUT_MS,
  );

  test(
    'read: a broker that never brings what its log is said to hold',
    async () => {
      const { mq, gateway } = await onSeaweedMq();
      mq.append(TOPIC, 0, { value: Buffer.from('zero') });
      const held = hold();
      mq.switches.fetch = held;
      const client = await gateway.client('mq read');
      const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
      const trace = await expectStall('mq read', 'fetch>stateless.read', () => {
        held.release();
        return expectFetched(answer);
      });
      expect(chain(trace)).toEqual(['request', 'poll', 'stateless.read']);
    },
    TIMEOUT_MS,
  );

  test(
    'init: a stream whose first record nothing confirms',
    async () => {
      const { mq, gateway } = await onSeaweedMq();
      const client = await gateway.client('mq init');
      const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
      while (mq.subscribers.open === 0) await new Promise((resolve) => setImmediate(resolve));
      const held = hold();
      mq.switches.range = held;
      mq.append(TOPIC, 0, { value: Buffer.from('zero') });
      const trace = await expectStall('mq init', 'fetch>subscriber.init', () => {
        held.release();
        return expectFetched(answer);
      });
      expect(chain(trace)).toEqual(['request', 'long_poll', 'subscriber.create', 'subscriber.init']);
    },
    TIMEOUT_MS,
  );

  test.each(['subscribe', 'receive'] as const)(
    'recv: a stream that brings nothing although the log grows is told of by its own trace, as its %s hangs',
    async (call) => {
      const { mq, gateway } = await onSeaweedMq();
      mq.switches[call] = 'never';
      const before = receiver.spans.length;
      const client = await gateway.client(`mq ${call}`);
      const answer = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
      while (mq.subscribers.open === 0) await new Promise((resolve) => setImmediate(resolve));
      mq.append(TOPIC, 0, { value: Buffer.from('zero') });
      const session = await receiver.waitUntil(() =>
        receiver.spans.slice(before).find(({ attributes }) => 'seaglass.session.end' in attributes),
      );
      expect(session.name).toBe(`subscriber session ${TOPIC}`);
      expect(session.attributes).toMatchObject({ 'seaglass.session.end': 'stalled', 'error.type': 'timeout' });
      expect(session.attributes).toHaveProperty(['seaglass.session.stall']);
      expect((await answer).records.byteLength).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

test(
  'publisher: a hello that never comes',
  async () => {
    const { log, gateway } = await onRecordLog();
    log.switches.hello = false;
    const client = await gateway.client('hello');
    const answer = client.produce(TOPIC, batchOf('zero'), { timeoutMs: PATIENCE_MS });
    const trace = await expectStall('hello', 'produce>publisher.create', () => {
      log.kill();
      return answer;
    });
    expect(chain(trace)).toEqual(['request', 'send', 'publisher.create']);
  },
  TIMEOUT_MS,
);

test(
  'response write: a client that does not read',
  async () => {
    const { log, gateway } = await onRecordLog();
    // More than the buffers of both sockets hold.
    const value = Buffer.alloc(16 * 1024 * 1024, 1);
    store(log, value);
    const client = await gateway.client('deaf');
    client.socket.pause();
    const sizes = { maxBytes: 50 * 1024 * 1024, partitionMaxBytes: 50 * 1024 * 1024 };
    const answer = client.fetch(TOPIC, 0, { ...sizes, maxWaitMs: PATIENCE_MS });
    const trace = await expectStall('deaf', 'fetch>response.write', () => {
      client.socket.resume();
      return answer;
    });
    expect(chain(trace)).toEqual(['request', 'response.write']);
  },
  TIMEOUT_MS,
);

test(
  'who waits for what another has asked for is told by the phase it waits in, too',
  async () => {
    const { mq, gateway } = await onSeaweedMq();
    const { log, gateway: other } = await onRecordLog();
    const [one, two] = [await gateway.client('one'), await gateway.client('two')];
    const held = hold();
    mq.switches.lookup = held;
    const fetches = [one.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS }), two.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS })];
    log.switches.hello = false;
    const [three, four] = [await other.client('three'), await other.client('four')];
    const sends = [three, four].map((client) => client.produce(TOPIC, batchOf('zero'), { timeoutMs: PATIENCE_MS }));
    log.switches.init = false;
    const [five, six] = [await other.client('five'), await other.client('six')];
    const inits = [five, six].map((client) => client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS }));
    const seen = allSeen(6, () => {
      mq.append(TOPIC, 0, { value: Buffer.from('zero') });
      held.release();
      log.switches.init = true;
      store(log, 'zero');
      log.kill();
    });
    const ended = (answers: readonly Promise<unknown>[]) => () => seen().then(() => Promise.all(answers));
    await Promise.all([
      ...['one', 'two'].map((id) => expectStall(id, 'fetch>partition.assignment', ended(fetches))),
      ...['three', 'four'].map((id) => expectStall(id, 'produce>publisher.create', ended(sends))),
      ...['five', 'six'].map((id) => expectStall(id, 'fetch>subscriber.init', ended(inits))),
    ]);
  },
  TIMEOUT_MS,
);
