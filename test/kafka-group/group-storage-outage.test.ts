/**
 * Groups while their storage is silent, over the wire: members are told to come again within a deadline, no group is ever taken for a new
 * one, and nothing needs a restart when the storage is back. The engine is a scripted SeaweedMQ whose filer can fall silent.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { startWholeGateway } from '../e2e/support';
import { GroupMember } from '../support/group-member';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

const TIMEOUT_MS = 90_000;
/** A call to the filer has three seconds; the rest is for a busy machine. */
const ANSWER_MS_MAX = 15_000;
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
  const flags = { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer, 'groups.initial-rebalance-delay-ms': '0' };
  const gateway = await startWholeGateway({ flags });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await gateway.close();
    closed = true;
  };
  closing.push(close);
  return { close, member: async () => new GroupMember(await gateway.client(), 'g') };
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
    expect(RETRIED).toContain(await same.heartbeat());
    expect(RETRIED).toContain((await stranger.join()).errorCode);
    expect(RETRIED).toContain((await same.sync()).errorCode);
    expect(RETRIED).toContain(await same.leave());

    mq.switches.filer = 'normal';
    const heard = await until(ErrorCode.NONE, () => same.heartbeat());
    expect(heard.filter((code) => !RETRIED.includes(code))).toEqual([]);
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
