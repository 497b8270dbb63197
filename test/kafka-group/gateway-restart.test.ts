/**
 * Groups over the death of the gateway: killed with SIGKILL and started again with the same data on the same port. Members go on with
 * the ids, the generation and the assignments that they had, committed offsets are kept, and a stale generation is refused.
 */
import { randomUUID } from 'node:crypto';
import { ErrorCode } from '../../src/protocol/error-code';
import { describeOnEngines } from '../clients/engines';
import { createTopic } from '../e2e/support';
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';

const TIMEOUT_MS = 240_000;

describeOnEngines('a gateway that was killed', [], (engine) => {
  const clients: KafkaClient[] = [];
  afterEach(() => Promise.all(clients.splice(0).map((each) => each.close())));

  async function connect(): Promise<KafkaClient> {
    const client = await KafkaClient.connect(Number(engine.bootstrap.split(':')[1]));
    clients.push(client);
    return client;
  }

  async function newTopic(): Promise<string> {
    const topic = `t-${randomUUID()}`;
    expect(await createTopic(await connect(), topic, {})).toBe(ErrorCode.NONE);
    return topic;
  }

  test(
    'has its groups again: members go on without joining, a stale generation is refused',
    async () => {
      const topic = await newTopic();
      const groupId = `g-${randomUUID()}`;
      const member = (client: KafkaClient, groupInstanceId?: string) =>
        new GroupMember(client, groupId, groupInstanceId === undefined ? {} : { groupInstanceId });
      const [a, b] = [member(await connect()), member(await connect(), 'instance')];
      await bothStable(a, b);
      expect(await a.commit(topic, 42, { metadata: 'note' })).toBe(ErrorCode.NONE);

      await engine.killAndRestartGateway();

      const [a2, b2] = [member(await connect()), member(await connect(), 'instance')];
      a2.resume(a);
      b2.resume(b);
      expect(await a2.heartbeat()).toBe(ErrorCode.NONE);
      expect(await b2.heartbeat()).toBe(ErrorCode.NONE);
      expect(Buffer.from((await b2.sync()).assignment).toString()).toBe('\u0000 part');
      expect(await a2.committed(topic)).toEqual({ errorCode: ErrorCode.NONE, offset: 42 });
      expect(await a2.commit(topic, 43)).toBe(ErrorCode.NONE);
      const stale = member(await connect());
      stale.resume({ memberId: a.memberId, generationId: a.generationId - 1 });
      expect(await stale.heartbeat()).toBe(ErrorCode.ILLEGAL_GENERATION);
      expect(await stale.commit(topic, 1)).toBe(ErrorCode.ILLEGAL_GENERATION);

      const newcomer = member(await connect());
      const joining = newcomer.join();
      // Answered in order: the newcomer's second join stands at the barrier before the heartbeats are sent.
      await hears(a2, ErrorCode.REBALANCE_IN_PROGRESS);
      const joined = await Promise.all([a2.join(), b2.join(), joining]);
      expect(joined.map((each) => [each.errorCode, each.generationId])).toEqual(
        joined.map(() => [ErrorCode.NONE, a.generationId + 1]),
      );
      expect(joined[0]?.memberId).toBe(a.memberId);
      expect(await a2.committed(topic)).toEqual({ errorCode: ErrorCode.NONE, offset: 43 });
    },
    TIMEOUT_MS,
  );

  test(
    'fences the former self of a static member that came back before it died',
    async () => {
      const groupId = `g-${randomUUID()}`;
      const one = new GroupMember(await connect(), groupId, { groupInstanceId: 'i' });
      await one.join();
      expect((await one.sync(Buffer.from('mine'))).errorCode).toBe(ErrorCode.NONE);
      const again = new GroupMember(await connect(), groupId, { groupInstanceId: 'i' });
      expect(await again.join()).toMatchObject({ errorCode: ErrorCode.NONE, generationId: one.generationId });

      await engine.killAndRestartGateway();

      const [former, current] = [one, again].map((each) => each.memberId);
      const alive = new GroupMember(await connect(), groupId, { groupInstanceId: 'i' });
      alive.resume({ memberId: current ?? '', generationId: one.generationId });
      expect(Buffer.from((await alive.sync()).assignment).toString()).toBe('mine');
      alive.resume({ memberId: former ?? '', generationId: one.generationId });
      expect(await alive.heartbeat()).toBe(ErrorCode.FENCED_INSTANCE_ID);
    },
    TIMEOUT_MS,
  );
});

async function bothStable(a: GroupMember, b: GroupMember): Promise<void> {
  await a.join();
  const joining = b.join();
  await hears(a, ErrorCode.REBALANCE_IN_PROGRESS);
  await Promise.all([a.join(), joining]);
  const synced = await Promise.all([a, b].map((each) => each.sync(Buffer.from('\u0000 part'))));
  expect(synced.map((each) => each.errorCode)).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
}

/** The next heartbeats, until one hears this; each waits for its answer. */
async function hears(member: GroupMember, code: ErrorCode): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while ((await member.heartbeat()) !== code) {
    if (performance.now() > deadline) throw new Error(`no heartbeat heard ${code}`);
  }
}
