/**
 * Goal: what AlterClientQuotas sets is described, holds, and is known to another gateway of the same filer and after a restart. Method: two
 * whole gateways before one node, raw requests; how Kafka itself answers is in test/kafka-answers.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import * as alterCodec from '../../src/protocol/generated/alter-client-quotas';
import * as describeCodec from '../../src/protocol/generated/describe-client-quotas';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { startWholeGateway, type WholeGateway } from '../e2e/support';
import { ALTER_CLIENT_QUOTAS, DESCRIBE_CLIENT_QUOTAS } from '../kafka-answers/codecs';
import { startTestNode } from '../support/gateway';
import { METADATA, PRODUCE, produceRequest } from '../support/kafka-client';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';

let node: Awaited<ReturnType<typeof startTestNode>>;
let one: WholeGateway;
let other: WholeGateway;
const start = (): Promise<WholeGateway> => startWholeGateway({ flags: { 'node.connect': node.address } });

beforeAll(async () => {
  node = await startTestNode();
  one = await start();
  other = await start();
}, 60_000);
afterAll(async () => {
  await other.close();
  await one.close();
  await node.close();
}, 60_000);

type Entity = Readonly<Record<string, string | null>>;

async function alter(entity: Entity, values: Readonly<Record<string, number | null>>, validateOnly = false) {
  const entry = alterCodec.createEntryData({
    entity: Object.entries(entity).map(([entityType, entityName]) =>
      alterCodec.createEntityData({ entityType, entityName }),
    ),
    ops: Object.entries(values).map(([key, value]) =>
      alterCodec.createOpData({ key, value: value ?? 0, remove: value === null }),
    ),
  });
  const client = await one.client('admin');
  const { entries } = await client.call(
    ALTER_CLIENT_QUOTAS,
    alterCodec.createAlterClientQuotasRequest({ entries: [entry], validateOnly }),
  );
  return [entries[0]?.errorCode, entries[0]?.errorMessage];
}

/** `user=alice producer_byte_rate=5`, sorted; of all where no component is given. */
async function described(
  gateway: WholeGateway,
  components: readonly Partial<describeCodec.ComponentData>[] = [],
  strict = false,
): Promise<readonly string[]> {
  const client = await gateway.client('admin');
  const request = describeCodec.createDescribeClientQuotasRequest({
    components: components.map((each) => describeCodec.createComponentData(each)),
    strict,
  });
  const { entries } = await client.call(DESCRIBE_CLIENT_QUOTAS, request);
  return (entries ?? [])
    .map(({ entity, values }) =>
      [
        ...entity.map((each) => `${each.entityType}=${String(each.entityName)}`),
        ...values.map((each) => `${each.key}=${each.value}`),
      ].join(' '),
    )
    .sort();
}

const OK = [ErrorCode.NONE, null];

test('quotas are described by filters: exact, default, any, strict or not', async () => {
  expect(await alter({ user: 'alice' }, { producer_byte_rate: 1_000, request_percentage: 12.5 })).toEqual(OK);
  expect(await alter({ user: 'alice', 'client-id': 'app' }, { consumer_byte_rate: 2_000 })).toEqual(OK);
  expect(await alter({ user: null }, { producer_byte_rate: 3_000 })).toEqual(OK);
  expect(await alter({ ip: '10.0.0.1' }, { connection_creation_rate: 7 })).toEqual(OK);
  const alice = 'user=alice producer_byte_rate=1000 request_percentage=12.5';
  const app = 'user=alice client-id=app consumer_byte_rate=2000';
  const anyUser = 'user=null producer_byte_rate=3000';
  const address = 'ip=10.0.0.1 connection_creation_rate=7';
  expect(await described(one)).toEqual([address, app, alice, anyUser]);
  expect(await described(one, [], true)).toEqual([]);
  const exact = { entityType: 'user', matchType: 0, match: 'alice' };
  expect(await described(one, [exact])).toEqual([app, alice]);
  expect(await described(one, [exact], true)).toEqual([alice]);
  expect(await described(one, [{ entityType: 'user', matchType: 1, match: null }])).toEqual([anyUser]);
  expect(await described(one, [{ entityType: 'user', matchType: 2, match: null }], true)).toEqual([alice, anyUser]);
  const both = [exact, { entityType: 'client-id', matchType: 2, match: null }];
  expect(await described(one, both, true)).toEqual([app]);
  expect(await described(one, [{ entityType: 'ip', matchType: 2, match: null }])).toEqual([address]);
});

test('what is only validated changes nothing, and what is wrong is refused', async () => {
  const before = await described(one);
  expect(await alter({ user: 'bob' }, { producer_byte_rate: 1 }, true)).toEqual(OK);
  expect((await alter({ user: 'bob' }, { producer_byte_rate: 0.5 }))[0]).toBe(ErrorCode.INVALID_REQUEST);
  expect((await alter({ user: 'bob' }, { producer_byte_rate: 1, no_such_key: 1 }))[0]).toBe(ErrorCode.INVALID_REQUEST);
  expect(await described(one)).toEqual(before);
});

test('a value is taken away, and with the last one the quota', async () => {
  await alter({ 'client-id': 'gone' }, { producer_byte_rate: 1, consumer_byte_rate: 2 });
  await alter({ 'client-id': 'gone' }, { producer_byte_rate: null });
  const filter = [{ entityType: 'client-id', matchType: 0, match: 'gone' }];
  expect(await described(one, filter)).toEqual(['client-id=gone consumer_byte_rate=2']);
  await alter({ 'client-id': 'gone' }, { consumer_byte_rate: null });
  expect(await described(one, filter)).toEqual([]);
});

test('names that no file has are kept whole', async () => {
  const names = ['CN=a/b,O=ü & co', '..', 'x'.repeat(2_000), '%2F=&'];
  for (const name of names)
    expect(await alter({ user: name, 'client-id': name }, { consumer_byte_rate: 9 })).toEqual(OK);
  for (const name of names) {
    const filter = [{ entityType: 'user', matchType: 0, match: name }];
    expect(await described(one, filter)).toEqual([`user=${name} client-id=${name} consumer_byte_rate=9`]);
    await alter({ user: name, 'client-id': name }, { consumer_byte_rate: null });
  }
});

test('another gateway knows a quota, and holds its clients to it; a later one, too', async () => {
  const client = await other.client('held');
  const topics = [createMetadataRequestTopic({ name: 'held' })];
  while (
    (await client.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation: true }))).topics[0]
      ?.errorCode !== 0
  );
  await alter({ 'client-id': 'held' }, { producer_byte_rate: 100_000 });
  const filter = [{ entityType: 'client-id', matchType: 0, match: 'held' }];
  const known = ['client-id=held producer_byte_rate=100000'];
  const deadline = performance.now() + 20_000;
  while ((await described(other, filter)).length === 0)
    if (performance.now() > deadline) throw new Error('never known');
  const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(900_000) }]);
  for (let sent = 0, throttled = 0; throttled === 0; sent++) {
    throttled = (await client.call(PRODUCE, produceRequest('held', batch), 12)).throttleTimeMs;
    expect(sent).toBeLessThan(3);
  }
  const third = await start();
  try {
    expect(await described(third, filter)).toEqual(known);
  } finally {
    await third.close();
  }
});

test('every version is served', async () => {
  const client = await one.client('admin');
  for (const version of [0, 1]) {
    const answer = await client.call(
      DESCRIBE_CLIENT_QUOTAS,
      describeCodec.createDescribeClientQuotasRequest(),
      version,
    );
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    expect(
      (await client.call(ALTER_CLIENT_QUOTAS, alterCodec.createAlterClientQuotasRequest(), version)).entries,
    ).toEqual([]);
  }
});
