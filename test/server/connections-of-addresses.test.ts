/**
 * Goal: an address may have only so many connections open over all listeners, single addresses and hosts more or fewer, as Kafka's
 * max.connections.per.ip and its overrides say. Method: sockets that come from several loopback addresses, and the settings.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { connectionsOfHosts } from '../../src/gateway/connections-of-hosts';
import { addressOf, plainAddress, resolveHost } from '../../src/kafka/quotas/host-address';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { startWholeGateway, type WholeGateway } from '../e2e/support';
import { encodeRequest, METADATA } from '../support/kafka-client';

const KEY = 'limits.connections-per-address-max-overrides';
const configOf = (flags: Readonly<Record<string, string>>) =>
  loadConfig({ flags: new Map(Object.entries(flags)), environment: {}, terminal: false });

let directory: string;
let gateway: WholeGateway;
const sockets: Socket[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seaglass-addresses-'));
  gateway = await startWholeGateway({
    flags: {
      data: directory,
      listen: 'ONE://127.0.0.1:0,OTHER://127.0.0.1:0',
      'limits.connections-per-address-max': '2',
      [KEY]: 'localhost:3,127.0.0.3:0',
    },
  });
}, 60_000);
afterEach(async () => {
  for (const socket of sockets.splice(0)) if (!socket.closed) await once(socket.destroy(), 'close');
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

/** Whether a connection from the address is served. */
async function isServed(from: string, listener = 0): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: gateway.ports[listener] ?? 0, localAddress: from });
  sockets.push(socket);
  socket.on('error', () => undefined);
  const header = { version: 12, correlationId: 1, clientId: 'counted' };
  for (const chunk of encodeRequest(METADATA, createMetadataRequest({ topics: [] }), header)) socket.write(chunk);
  return await new Promise((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}

async function servedOf(from: string, listeners: readonly number[]): Promise<readonly boolean[]> {
  const served: boolean[] = [];
  for (const listener of listeners) served.push(await isServed(from, listener));
  return served;
}

test('an address has so many connections over all listeners, and each address for itself', async () => {
  expect(await servedOf('127.0.0.2', [0, 1, 0, 1])).toEqual([true, true, false, false]);
  expect(await servedOf('127.0.0.4', [0])).toEqual([true]);
});

test('a host that was named has its own number, and an address with 0 is kept out', async () => {
  expect(await servedOf('127.0.0.1', [0, 1, 0, 1])).toEqual([true, true, true, false]);
  expect(await servedOf('127.0.0.3', [0])).toEqual([false]);
});

test('overrides are hosts and addresses of both versions, however they are written', async () => {
  const overrides = 'localhost:1,10.0.0.1:20,0:0:0:0:0:0:0:1:3,[::2]:4,::ffff:10.0.0.2:5';
  const maxima = await connectionsOfHosts(configOf({ [KEY]: overrides }));
  expect([...maxima]).toEqual([
    ['127.0.0.1', 1],
    ['10.0.0.1', 20],
    ['::1', 3],
    ['::2', 4],
    ['10.0.0.2', 5],
  ]);
});

test('a host that leads nowhere, a count that is none, and a limit that lets nobody in are refused', async () => {
  await expect(connectionsOfHosts(configOf({ [KEY]: 'no-such-host.invalid:1' }))).rejects.toThrow(
    `${KEY}: no-such-host.invalid leads to no address`,
  );
  expect(() => configOf({ [KEY]: 'localhost' })).toThrow(/allowed: host:count or address:count/);
  expect(() => configOf({ 'limits.connections-per-address-max': '0' })).toThrow(/there are none/);
  expect(configOf({ 'limits.connections-per-address-max': '0', [KEY]: '::1:5' }).effective).toContainEqual(
    expect.objectContaining({ key: KEY, value: '::1:5' }),
  );
});

test('an address has one form', async () => {
  expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1');
  expect(plainAddress('::ffff:1')).toBe('::ffff:1');
  expect(addressOf('localhost')).toBeUndefined();
  expect(addressOf('[localhost]')).toBeUndefined();
  expect(await resolveHost('127.1')).toBe('127.0.0.1');
  expect(await resolveHost('')).toBeUndefined();
  expect(await resolveHost('x'.repeat(300))).toBeUndefined();
});
