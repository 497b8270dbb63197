/**
 * Goal: ACLs outlive a restart and reach a second gateway within a second; while they cannot be read whole nobody but super users is
 * served; a refusal is a client error with a trace, a count without names, and a line for the operator that says what is missing. Method:
 * two gateways on one node, raw clients; without a certificate everybody is ANONYMOUS.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Acl } from '../../src/kafka/security/acl';
import { ErrorCode } from '../../src/protocol/error-code';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { startNode } from '../../src/node/start';
import { batchOf, createTopic, startWholeGateway, type WholeGateway } from '../e2e/support';
import { type KafkaClient, METADATA } from '../support/kafka-client';
import { createAcls, deleteAllAcls } from './acl-client';

const STANDARD = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';
const EVERYBODY = 'User:ANONYMOUS';
const rule = (fields: Partial<Acl>): Acl => ({
  resourceType: 'TOPIC',
  resourceName: 'orders',
  patternType: 'LITERAL',
  principal: EVERYBODY,
  host: '*',
  operation: 'WRITE',
  permission: 'ALLOW',
  ...fields,
});

let node: Awaited<ReturnType<typeof startNode>>;
const closing: (() => unknown)[] = [];
const gateways: WholeGateway[] = [];

beforeAll(async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-acl-'));
  closing.push(() => rmSync(dataDirectory, { recursive: true, force: true }));
  node = await startNode({ dataDirectory, tcp: '127.0.0.1:0' });
  closing.push(() => node.close());
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** One where everybody is a super user, or nobody. */
async function gatewayOf(superUsers: '' | typeof EVERYBODY): Promise<WholeGateway> {
  const gateway = await startWholeGateway({
    flags: {
      'node.connect': node.address,
      'authorizer.class-name': STANDARD,
      'authorizer.super-users': superUsers,
    },
  });
  gateways.push(gateway);
  return gateway;
}

const produceCode = async (client: KafkaClient): Promise<number> =>
  (await client.produce('orders', batchOf('value'))).errorCode;

/** Asks until the answer is this one; how long it took, ms. */
async function until(code: number, ask: () => Promise<number>): Promise<number> {
  const begun = performance.now();
  while ((await ask()) !== code);
  return performance.now() - begun;
}

test('a change is seen by a second gateway, and by one that starts later', async () => {
  const [ruled, other] = [await gatewayOf(EVERYBODY), await gatewayOf('')];
  const [admin, client] = [await ruled.client(), await other.client()];
  await createTopic(admin, 'orders', {});
  expect(await produceCode(client)).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);

  await createAcls(admin, [rule({})]);
  const allowedMs = await until(ErrorCode.NONE, () => produceCode(client));
  const later = await gatewayOf('');
  expect(await produceCode(await later.client())).toBe(ErrorCode.NONE);

  await createAcls(admin, [rule({ permission: 'DENY' })]);
  const deniedMs = await until(ErrorCode.TOPIC_AUTHORIZATION_FAILED, () => produceCode(client));
  await deleteAllAcls(admin);
  // A second is promised of a machine that has time; what a busy one takes only shows.
  process.stdout.write(`a second gateway knew after ${allowedMs.toFixed()} and ${deniedMs.toFixed()} ms\n`);
}, 120_000);

test('topics that may not be described are hidden from a list and refused by name', async () => {
  const [ruled, other] = [await gatewayOf(EVERYBODY), await gatewayOf('')];
  const [admin, client] = [await ruled.client(), await other.client()];
  await createTopic(admin, 'orders', {});
  await createTopic(admin, 'secret', {});
  await createAcls(admin, [rule({ operation: 'READ' })]);
  const listed = async (): Promise<readonly (string | null)[]> =>
    (await client.call(METADATA, createMetadataRequest({ topics: null }))).topics.map(({ name }) => name);
  while ((await listed()).length === 0);
  expect(await listed()).toEqual(['orders']);
  const topics = ['secret', 'absent'].map((name) => createMetadataRequestTopic({ name }));
  const named = await client.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation: true }));
  expect(named.topics.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ]);
  await deleteAllAcls(admin);
}, 120_000);

test('a refusal is the outcome client_error of its request, and counted by API, operation and type of resource', async () => {
  const gateway = await gatewayOf('');
  const client = await gateway.client();
  expect(await produceCode(client)).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  expect((await client.fetch('orders', 0)).partition.errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
  for (const [api, operation] of [
    ['Produce', 'WRITE'],
    ['Fetch', 'READ'],
  ]) {
    expect(metrics).toContain(`seaglass_denied_total{api="${api}",operation="${operation}",resource="TOPIC"} 1`);
    expect(metrics).toMatch(
      new RegExp(`seaglass_request_duration_seconds_count\\{api="${api}",outcome="client_error"[^}]*\\} 1`),
    );
  }
  expect(metrics).not.toMatch(/seaglass_denied_total\{[^}]*orders/);
}, 60_000);
