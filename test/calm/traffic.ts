/** What ordinary clients of a calm evening do: poll for nothing, read what is written, commit, come and go, make topics and delete them. */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { pause } from '../e2e/load';
import { awaitTopic, batchOf, createTopic, deleteTopic } from '../e2e/support';
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';

const IDLE_CONSUMERS = 20;
const HEARTBEAT_MS = 3_000;
const WRITE_MS = 200;
const COMPACTED = { 'cleanup.policy': 'compact' };

/** Until the signal; rejects where a request fails, or is answered with an error that clients do not retry. */
export async function calmTraffic(port: number, signal: AbortSignal): Promise<void> {
  const client = (id: string): Promise<KafkaClient> => KafkaClient.connect(port, id);
  const admin = await client('admin');
  for (const topic of ['orders', 'idle']) await awaitTopic(admin, topic);
  await createTopic(admin, 'customers', COMPACTED);
  const until = async (step: () => Promise<unknown>): Promise<void> => {
    while (!signal.aborted) await step();
  };
  const idle = Array.from({ length: IDLE_CONSUMERS }, async (_, index) => {
    const reader = await client(`idle-${index}`);
    await until(() => reader.fetch('idle', 0, { maxWaitMs: index % 4 === 0 ? 30_000 : 500 }));
  });
  await Promise.all([
    ...idle,
    writeTo(await client('billing'), until),
    follow(await client('audit'), await client('audit'), until),
    tombstones(await client('customers-svc'), until),
    comeAndGo(client, admin, until),
  ]);
}

type Until = (step: () => Promise<unknown>) => Promise<void>;

async function writeTo(client: KafkaClient, until: Until): Promise<void> {
  await until(async () => {
    served(await client.produce('orders', batchOf('one', 'two', 'three')));
    await pause(WRITE_MS);
  });
}

/** A group of one that reads all, beats and commits. */
async function follow(client: KafkaClient, coordinator: KafkaClient, until: Until): Promise<void> {
  const member = new GroupMember(coordinator, 'audit');
  await member.enter();
  await member.sync();
  let offset = 0;
  const read = until(async () => {
    const { partition } = await client.fetch('orders', offset, { maxWaitMs: 500 });
    served(partition);
    offset = Number(partition.highWatermark);
  });
  const beat = until(async () => {
    served({ errorCode: await member.heartbeat() });
    served({ errorCode: await member.commit('orders', offset) });
    await pause(HEARTBEAT_MS);
  });
  await Promise.all([read, beat]);
}

async function tombstones(client: KafkaClient, until: Until): Promise<void> {
  let offset = 0;
  await until(async () => {
    const records = [Buffer.from('a customer'), null].map((value, index) => ({
      ...{ timestamp: Date.now(), key: Buffer.from(`k${index}`), value },
    }));
    served(await client.produce('customers', encodeBatch(records)));
    const { partition } = await client.fetch('customers', offset, { maxWaitMs: 100 });
    served(partition);
    offset = Number(partition.highWatermark);
    await pause(WRITE_MS * 5);
  });
}

/** Topics made and deleted, members that join and leave, connections that end in the middle of a poll. */
async function comeAndGo(
  client: (id: string) => Promise<KafkaClient>,
  admin: KafkaClient,
  until: Until,
): Promise<void> {
  let round = 0;
  await until(async () => {
    const topic = `passing-${++round}`;
    await createTopic(admin, topic, {});
    await awaitTopic(admin, topic);
    served(await admin.produce(topic, batchOf('a value')));
    const passing = await client(`passing-${round}`);
    served((await passing.fetch(topic, 0, { maxWaitMs: 500 })).partition);
    const member = new GroupMember(passing, 'passing');
    await member.enter();
    await member.sync();
    await member.leave();
    const polling = passing.fetch(topic, 1, { maxWaitMs: 30_000 }).catch(() => undefined);
    await pause(1_000);
    await passing.close();
    await polling;
    await deleteTopic(admin, topic);
    await pause(29_000);
  });
}

/** As long as a partition is being loaded a client is told to come again. */
function served({ errorCode }: { readonly errorCode: number }): void {
  if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) return;
  throw new Error(`answered with error ${errorCode}`);
}
