/**
 * Goal: committed offsets of a whole gateway expire by its settings, or by what their client asked for, and none else. Method: raw clients
 * commit under a retention that is over at once, or under the one of a week, and ask until what has to go is gone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import * as listCodec from '../../src/protocol/generated/list-groups';
import { GroupMember } from '../support/group-member';
import type { Codec, KafkaClient } from '../support/kafka-client';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { createTopic, startWholeGateway } from './support';

const TOPIC = 'orders';
const TIMEOUT_MS = 180_000;
const WITHIN_MS = 30_000;
const HOUR_MS = 3_600_000;
const LIST: Codec<listCodec.ListGroupsRequest, listCodec.ListGroupsResponse> = {
  facts: listCodec.listGroupsApi,
  write: listCodec.writeListGroupsRequest,
  read: listCodec.readListGroupsResponse,
};
/** version 0, one topic, no user data. */
const SUBSCRIPTION = Buffer.from([0, 0, 0, 0, 0, 1, 0, TOPIC.length, ...Buffer.from(TOPIC), 255, 255, 255, 255]);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function onNode(): Readonly<Record<string, string>> {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(data, { recursive: true, force: true }));
  return { data };
}

async function onSeaweedMq(): Promise<Readonly<Record<string, string>>> {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  return { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer };
}

async function start(engine: Readonly<Record<string, string>>, retention: Readonly<Record<string, string>>) {
  const groups = { 'groups.initial-rebalance-delay-ms': '0', 'groups.offset-retention-check-interval-ms': '100' };
  const gateway = await startWholeGateway({ flags: { ...engine, ...groups, ...retention } });
  closing.push(() => gateway.close());
  const client = await gateway.client();
  expect(await createTopic(client, TOPIC, {}, 3)).toBe(ErrorCode.NONE);
  await until(async () => (await list(client)).errorCode === ErrorCode.NONE);
  return client;
}

const list = (client: KafkaClient) => client.call(LIST, listCodec.createListGroupsRequest());

async function listed(client: KafkaClient): Promise<string[]> {
  const answer = await list(client);
  expect(answer.errorCode).toBe(ErrorCode.NONE);
  return answer.groups.map(({ groupId }) => groupId);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + WITHIN_MS; !(await holds());) {
    if (performance.now() > deadline) throw new Error(`not so within ${WITHIN_MS} ms`);
  }
}

/** One that says nothing is committed, not one that could not be read. */
async function isGone(group: GroupMember, partition = 0): Promise<boolean> {
  const { errorCode, offset } = await group.committed(TOPIC, partition);
  expect(errorCode).toBe(ErrorCode.NONE);
  return offset === -1;
}

describe.each<[string, () => Promise<Readonly<Record<string, string>>>]>([
  ['the embedded node', async () => onNode()],
  ['a scripted SeaweedMQ', onSeaweedMq],
])('on %s', (_, engine) => {
  test(
    'offsets go after the retention, and their groups with them; what a member or its client holds stays',
    async () => {
      const client = await start(await engine(), { 'groups.offset-retention-ms': '1' });
      const member = new GroupMember(client, 'member', { metadata: SUBSCRIPTION });
      const [plain, asking] = [new GroupMember(client, 'plain'), new GroupMember(client, 'asking')];
      expect((await member.enter()).errorCode).toBe(ErrorCode.NONE);
      expect((await member.sync()).errorCode).toBe(ErrorCode.NONE);
      expect(await member.commit(TOPIC, 5)).toBe(ErrorCode.NONE);
      expect(await asking.commit(TOPIC, 6, { retentionTimeMs: HOUR_MS })).toBe(ErrorCode.NONE);
      expect(await plain.commit(TOPIC, 7)).toBe(ErrorCode.NONE);
      await until(() => isGone(plain));
      await until(async () => !(await listed(client)).includes('plain'));
      expect((await listed(client)).sort()).toEqual(['asking', 'member']);
      expect([await member.committed(TOPIC), await asking.committed(TOPIC)]).toEqual([
        { errorCode: ErrorCode.NONE, offset: 5 },
        { errorCode: ErrorCode.NONE, offset: 6 },
      ]);

      expect(await member.leave()).toBe(ErrorCode.NONE);
      await until(() => isGone(member));
      await until(async () => !(await listed(client)).includes('member'));
      expect(await asking.committed(TOPIC)).toEqual({ errorCode: ErrorCode.NONE, offset: 6 });
    },
    TIMEOUT_MS,
  );

  test(
    'an offset goes when its client said so, in version 4, and those beside it stay for the week',
    async () => {
      const client = await start(await engine(), {});
      const group = new GroupMember(client, 'g');
      expect(await group.commit(TOPIC, 1, { partition: 0 })).toBe(ErrorCode.NONE);
      expect(await group.commit(TOPIC, 2, { partition: 1, retentionTimeMs: 1 })).toBe(ErrorCode.NONE);
      expect(await group.commit(TOPIC, 3, { partition: 2, retentionTimeMs: HOUR_MS })).toBe(ErrorCode.NONE);
      await until(() => isGone(group, 1));
      const [first, , last] = await Promise.all([0, 1, 2].map((partition) => group.committed(TOPIC, partition)));
      expect([first?.offset, last?.offset]).toEqual([1, 3]);
      expect(await listed(client)).toEqual(['g']);
    },
    TIMEOUT_MS,
  );
});
