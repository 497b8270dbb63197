/**
 * Groups while their storage is silent, over the wire: members are told to come again within a deadline, no group is ever taken for a new
 * one, and nothing needs a restart when the storage is back. The engine is a scripted SeaweedMQ whose filer can fall silent.
 */
import { status } from '@grpc/grpc-js';
import { ErrorCode } from '../../src/protocol/error-code';
import { awaitTopic, startWholeGateway } from '../e2e/support';
import { GroupMember } from '../support/group-member';
import type { KafkaClient } from '../support/kafka-client';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

const TIMEOUT_MS = 180_000;
/** A call to the filer has three seconds; the rest is for a busy machine. */
const ANSWER_MS_MAX = 30_000;
const closing: (() => unknown)[] = [];
let mq: ScriptedSeaweedMQ;
beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
});
afterEach(async () => {
  mq.switches.filer = 'normal';
  for (const close of closing.splice(0).reverse()) await close();
});

async function start() {
  const flags = {
    engine: 'seaweedmq',
    brokers: mq.address,
    filer: mq.filer,
    'groups.initial-rebalance-delay-ms': '0',
    // The list of topics is kept, so that commits meet the storage.
    'topics.age-ms-max': '600000',
  };
  const gateway = await startWholeGateway({ flags });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await gateway.close();
    closed = true;
  };
  closing.push(close);
  const client = (): Promise<KafkaClient> => gateway.client();
  return { close, client, member: async () => new GroupMember(await client(), 'g') };
}

/** Each request waits for its answer, which the gateway gives within its deadline. */
async function until(code: number, ask: () => Promise<number>): Promise<number[]> {
  const heard: number[] = [];
  for (;;) {
    const begun = performance.now();
    const answer = await ask();
    expect(performance.now() - begun).toBeLessThan(ANSWER_MS_MAX);
    if (answer === code) return heard;
    heard.push(answer);
  }
}

const RETRIED: readonly number[] = [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE];
const SYNC_RETRIED: readonly number[] = [ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.COORDINATOR_NOT_AVAILABLE];

test(
  'a gateway that starts while the storage is silent tells members to come again, then has their groups',
  async () => {
    const before = await start();
    const one = await before.member();
    await one.join();
    expect((await one.sync(Buffer.from('mine'))).errorCode).toBe(ErrorCode.NONE);
    await before.close();

    mq.switches.filer = 'never';
    const after = await start();
    const [same, stranger] = [await after.member(), await after.member()];
    same.resume(one);
    // No client knows LOAD_IN_PROGRESS in an answer to these two.
    expect([ErrorCode.NONE, ErrorCode.COORDINATOR_NOT_AVAILABLE]).toContain(await same.heartbeat());
    expect(SYNC_RETRIED).toContain((await same.sync()).errorCode);
    expect(RETRIED).toContain((await stranger.join()).errorCode);
    expect(RETRIED).toContain(await same.leave());

    mq.switches.filer = 'normal';
    const heard = await until(ErrorCode.NONE, async () => (await same.sync()).errorCode);
    expect(heard.filter((code) => !SYNC_RETRIED.includes(code))).toEqual([]);
    expect(await same.heartbeat()).toBe(ErrorCode.NONE);
    expect(Buffer.from((await same.sync()).assignment).toString()).toBe('mine');
  },
  TIMEOUT_MS,
);

test(
  'an assignment that cannot be stored is not told, and is once the storage is back',
  async () => {
    const gateway = await start();
    const member = await gateway.member();
    await member.join();
    mq.switches.filer = 'never';
    const begun = performance.now();
    const refused = await member.sync(Buffer.from('mine'));
    expect(performance.now() - begun).toBeLessThan(ANSWER_MS_MAX);
    expect(RETRIED).toContain(refused.errorCode);
    expect(refused.assignment).toHaveLength(0);
    expect(await member.heartbeat()).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    mq.switches.filer = 'normal';
    expect((await member.join()).errorCode).toBe(ErrorCode.NONE);
    const stored = await member.sync(Buffer.from('mine'));
    expect(stored.errorCode).toBe(ErrorCode.NONE);
    expect(Buffer.from(stored.assignment).toString()).toBe('mine');
  },
  TIMEOUT_MS,
);

test(
  'a filer whose own store fails is as one that does not answer: members come again, and nothing is taken for absent',
  async () => {
    const gateway = await start();
    const client = await gateway.client();
    await awaitTopic(client, 'orders');
    const member = await gateway.member();
    expect((await member.enter()).errorCode).toBe(ErrorCode.NONE);
    expect((await member.sync(Buffer.from('mine'))).errorCode).toBe(ErrorCode.NONE);
    expect(await member.commit('orders', 5)).toBe(ErrorCode.NONE);

    // SeaweedFS passes its store's error on as it is, which gRPC calls UNKNOWN.
    mq.switches.filer = { fail: { code: status.UNKNOWN, message: 'find /topics: dial tcp: connection refused' } };
    expect((await member.committed('orders')).errorCode).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    expect(await member.commit('orders', 6)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect((await member.join()).errorCode).toBe(ErrorCode.NONE);
    expect((await member.sync()).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    await gateway.close();

    const after = await start();
    const [same, stranger] = [await after.member(), await after.member()];
    same.resume(member);
    expect((await stranger.join()).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect((await same.sync()).errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    mq.switches.filer = 'normal';
    expect((await same.enter()).errorCode).toBe(ErrorCode.NONE);
    expect(await same.committed('orders')).toEqual({ errorCode: ErrorCode.NONE, offset: 5 });
  },
  TIMEOUT_MS,
);
