/**
 * Goal: a listener serves only so many connections at once, and opens only so many a second; what comes past that waits its turn, and an
 * address over its own rate is kept unserved and closed. Method: raw clients of a gateway whose clock the test moves.
 */
import type { StoredQuota } from '../../src/kafka/quotas/quota-entity';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import type { ConnectionLimits } from '../../src/server/doorstep';
import { loadConfig } from '../../src/config';
import { ON_LOOPBACK, startTestGateway, type TestGateway } from '../support/gateway';
import { KafkaClient, METADATA } from '../support/kafka-client';
import { ManualClock } from '../support/manual-clock';

let clock: ManualClock;
let gateway: TestGateway;
const clients: KafkaClient[] = [];

async function start(connectionRateMax?: number): Promise<void> {
  clock = new ManualClock();
  gateway = await startTestGateway({
    clock,
    ...(connectionRateMax === undefined ? {} : { limits: { connectionRateMax } }),
  });
}
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await gateway.close();
});

const metadata = createMetadataRequest({ topics: [] });
const listener = async (name: string, connections: ConnectionLimits): Promise<number> =>
  (await gateway.listeners.bind({ ...ON_LOOPBACK, name, connections })).port;
const delayed = (name: string, limit: string): number =>
  gateway.telemetry.instruments.value('seaglass_connections_delayed_total', { listener: name, limit }) ?? 0;

interface Coming {
  readonly client: KafkaClient;
  readonly answer: Promise<unknown>;
  isServed(): boolean;
}

async function come(port: number): Promise<Coming> {
  const client = await KafkaClient.connect(port, 'coming');
  clients.push(client);
  let served = false;
  const answer = client.call(METADATA, metadata).then(() => (served = true));
  answer.catch(() => undefined);
  return { client, answer, isServed: () => served };
}

/** Whoever could be served by now is. */
async function settle(port: number): Promise<void> {
  const other = await KafkaClient.connect(port, 'settle');
  clients.push(other);
  for (let turn = 0; turn < 3; turn++) await other.call(METADATA, metadata);
}

test('a full listener lets the next one wait until somebody leaves, and others do not wait for it', async () => {
  await start();
  const port = await listener('SMALL', { connectionsMax: 1 });
  const first = await come(port);
  await first.answer;
  const second = await come(port);
  await settle(gateway.port);
  expect(second.isServed()).toBe(false);
  expect(delayed('SMALL', 'full')).toBe(1);
  await first.client.close();
  await second.answer;
});

test('who waits and leaves takes nobody’s place', async () => {
  await start();
  const port = await listener('SMALL', { connectionsMax: 1 });
  const first = await come(port);
  await first.answer;
  const impatient = await come(port);
  const patient = await come(port);
  await settle(gateway.port);
  impatient.client.socket.resetAndDestroy();
  await impatient.client.closed;
  await first.client.close();
  await patient.answer;
});

test('a listener over its rate lets connections wait, a window at most', async () => {
  await start();
  // Ten windows that count as empty hold ten connections at one a second.
  const port = await listener('SLOW', { connectionRateMax: 1 });
  for (let turn = 0; turn < 10; turn++) await (await come(port)).answer;
  const late = await come(port);
  await settle(gateway.port);
  expect(late.isServed()).toBe(false);
  expect(delayed('SLOW', 'rate')).toBe(1);
  clock.advance(1_000);
  await late.answer;
});

test('the rate of all listeners together holds where a listener has none', async () => {
  await start(1);
  for (let turn = 0; turn < 10; turn++) await (await come(gateway.port)).answer;
  const late = await come(gateway.port);
  while (delayed('PLAINTEXT', 'rate') === 0) await new Promise(setImmediate);
  expect(late.isServed()).toBe(false);
  clock.advance(1_000);
  await late.answer;
});

test('an address over its quota is not served, and closed after its throttle', async () => {
  await start();
  const quota = (limit: number): StoredQuota => ({
    entity: new Map([['ip', null]]),
    values: new Map([['connection_creation_rate', limit]]),
  });
  const port = await listener('QUOTA', {});
  gateway.services.quotas.become([quota(1)]);
  for (let turn = 0; turn < 10; turn++) await (await come(port)).answer;
  const over = await come(port);
  while (delayed('QUOTA', 'ip') === 0) await new Promise(setImmediate);
  expect(over.isServed()).toBe(false);
  expect(over.client.socket.destroyed).toBe(false);
  clock.advance(1_000);
  await over.client.closed;
  expect(over.isServed()).toBe(false);
  clock.advance(11_000);
  await (
    await come(port)
  ).answer;
});

test('a quota of a host holds for its address', async () => {
  await start();
  const port = await listener('QUOTA', {});
  gateway.services.quotas.become([
    { entity: new Map([['ip', 'localhost']]), values: new Map([['connection_creation_rate', 1]]) },
    { entity: new Map([['ip', 'no-such-host.invalid']]), values: new Map([['connection_creation_rate', 1]]) },
  ]);
  // The name is looked up behind the first of them.
  for (let turn = 0; turn < 1_000 && delayed('QUOTA', 'ip') === 0; turn++) await come(port);
  expect(delayed('QUOTA', 'ip')).toBeGreaterThan(0);
});

test('a stop lets go who waits', async () => {
  await start();
  const port = await listener('SMALL', { connectionsMax: 1 });
  await (
    await come(port)
  ).answer;
  const waiting = await come(port);
  while (delayed('SMALL', 'full') === 0) await new Promise(setImmediate);
  await gateway.listeners.close();
  await waiting.client.closed;
});

test('limits of a listener are settings by Kafka’s names', () => {
  const flags = new Map([
    ['listen', 'INTERNAL://127.0.0.1:1,EXTERNAL://127.0.0.1:2'],
    ['listener.name', 'external.max.connections=5;external.max.connection.creation.rate=7'],
  ]);
  const { listeners } = loadConfig({ flags, environment: {}, terminal: false });
  expect(listeners.map(({ own }) => own)).toEqual([{}, { 'max.connections': 5, 'max.connection.creation.rate': 7 }]);
});
