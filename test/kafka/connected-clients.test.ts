/**
 * Goal: the gateway tells who is connected: address, listener, software, group and how it is known, and what a client does not read.
 * Method: raw clients of a whole gateway in this process.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import * as codec from '../../src/protocol/generated/api-versions';
import type { ClientView } from '../../src/server/client-view';
import { GroupMember } from '../support/group-member';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, fetchRequest, type Codec, type KafkaClient } from '../support/kafka-client';

const API_VERSIONS: Codec<codec.ApiVersionsRequest, codec.ApiVersionsResponse> = {
  facts: codec.apiVersionsApi,
  write: codec.writeApiVersionsRequest,
  read: codec.readApiVersionsResponse,
};

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ groups: { initialRebalanceDelayMs: 0 } });
});
afterAll(() => gateway.close());

const viewOf = (client: KafkaClient): ClientView | undefined =>
  gateway.listeners.clients().find(({ clientPort }) => clientPort === client.socket.localPort);

test('a client is listed with what its requests have told, and leaves the list with its connection', async () => {
  const client = await gateway.client('audit-svc');
  const software = { clientSoftwareName: 'librdkafka', clientSoftwareVersion: '2.16.0' };
  await client.call(API_VERSIONS, codec.createApiVersionsRequest(software), 3);
  await client.fetch(await gateway.topic(), 0, { maxWaitMs: 0 });
  expect(viewOf(client)).toMatchObject({
    clientId: 'audit-svc',
    clientAddress: '127.0.0.1',
    listener: 'PLAINTEXT',
    softwareName: 'librdkafka',
    softwareVersion: '2.16.0',
    group: undefined,
    unreadBytes: 0,
    requests: 2,
    apiVersions: { ApiVersions: 3, Fetch: 12 },
  });
  await client.close();
  const other = await gateway.client('other');
  // The end of one connection is seen before an answer on a later one.
  await other.fetch(await gateway.topic(), 0, { maxWaitMs: 0 });
  expect(gateway.listeners.clients().map(({ clientId }) => clientId)).not.toContain('audit-svc');
});

test('a group is known of the connection that speaks for it, and of its client’s others as long as that one lives', async () => {
  const coordinator = await gateway.client('group-svc');
  const reader = await gateway.client('group-svc');
  const stranger = await gateway.client('stranger');
  const topic = await gateway.topic();
  for (const client of [reader, stranger]) await client.fetch(topic, 0, { maxWaitMs: 0 });
  await new GroupMember(coordinator, 'grouped').enter();
  expect(viewOf(coordinator)).toMatchObject({ group: 'grouped', groupKnownBy: 'connection' });
  expect(viewOf(reader)).toMatchObject({ group: 'grouped', groupKnownBy: 'client' });
  expect(viewOf(stranger)).toMatchObject({ group: undefined, groupKnownBy: undefined });
  await coordinator.close();
  await reader.fetch(topic, 0, { maxWaitMs: 0 });
  expect(viewOf(reader)).toMatchObject({ group: undefined });
});

/** The head of a request, by a client that calls itself so. */
function frameOf(apiKey: number, version: number, clientId: string): Uint8Array {
  const id = Buffer.from(clientId);
  // A byte behind it: no tags.
  const frame = Buffer.alloc(15 + id.byteLength);
  frame.writeInt32BE(frame.byteLength - 4);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt16BE(version, 6);
  frame.writeInt16BE(id.byteLength, 12);
  frame.set(id, 14);
  return frame;
}

test('who asks in a version that is not served is remembered when its connection is gone, a bounded number of them', async () => {
  const { refusedVersions } = gateway.listeners;
  const refuse = async (version: number, clientId: string): Promise<void> => {
    const client = await gateway.client(clientId);
    if (clientId === 'known') {
      const software = { clientSoftwareName: 'sarama', clientSoftwareVersion: '1.2' };
      await client.call(API_VERSIONS, codec.createApiVersionsRequest(software), 3);
    }
    const answer = client.frame();
    client.write(frameOf(FETCH.facts.key, version, clientId));
    await expect(answer).rejects.toThrow('closed');
  };
  for (const version of [3, 3, 99]) await refuse(version, 'known');
  await refuse(2, 'bad\nid');
  const { min, max } = FETCH.facts.requestVersions;
  const known = {
    clientId: 'known',
    clientAddress: '127.0.0.1',
    softwareName: 'sarama',
    api: 'Fetch',
    served: { min, max },
  };
  expect(refusedVersions.list()).toMatchObject([
    { clientId: 'bad\\u{a}id', softwareName: undefined, version: 2, times: 1 },
    { ...known, version: 99, times: 1 },
    { ...known, version: 3, times: 2 },
  ]);
  for (let index = 0; index < 70; index++) await refuse(0, `crowd-${String(index)}`);
  expect(refusedVersions.list()).toHaveLength(64);
  expect(refusedVersions.list()[0]).toMatchObject({ clientId: 'crowd-69' });
});

test('bytes that a client does not read are counted while they wait', async () => {
  const topic = await gateway.topic();
  const lazy = await gateway.client('lazy');
  const value = Buffer.alloc(1_000_000, 'x');
  for (let index = 0; index < 24; index++) {
    await lazy.produce(topic, encodeBatch([{ timestamp: 1, key: null, value }]));
  }
  lazy.socket.pause();
  // All of it: a gateway that is in a hurry answers with what is at hand, which the sockets may hold.
  const all = { partitionMaxBytes: 50_000_000, minBytes: 20_000_000, maxWaitMs: 60_000 };
  lazy.send(FETCH, fetchRequest(topic, 0, all), 12);
  const watcher = await gateway.client('watcher');
  let unread = 0;
  while (unread < 1_000_000) {
    await watcher.fetch(topic, 0, { maxWaitMs: 0, partitionMaxBytes: 1 });
    unread = viewOf(lazy)?.unreadBytes ?? 0;
  }
  expect(unread).toBeLessThan(25_000_000);
  lazy.socket.resume();
  await lazy.frame();
  await lazy.fetch(topic, 24, { maxWaitMs: 0 });
  expect(viewOf(lazy)?.unreadBytes).toBe(0);
});

test('metrics name the twenty clients that have moved most, however many are connected', async () => {
  const topic = await gateway.topic();
  const busy = await gateway.client('busy');
  await busy.produce(topic, encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(100_000) }]));
  for (let index = 0; index < 30; index++) {
    const one = await gateway.client(`crowd-${index}`);
    await one.fetch(topic, 1, { maxWaitMs: 0 });
  }
  const shown = gateway.telemetry.instruments.numbers('seaglass_client_bytes').snapshot().values;
  expect(shown).toHaveLength(20);
  const bytes = shown.find(({ labels }) => labels['client'] === 'busy')?.value;
  expect(bytes).toBe(busy.socket.bytesRead + busy.socket.bytesWritten);
});
