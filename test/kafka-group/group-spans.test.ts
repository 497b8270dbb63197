/**
 * Goal: a request of a group says which group, member and generation it speaks for, what waits at a barrier is to be seen with the
 * group's name, the storage of offsets is a phase apart, and no name of a client reaches a span raw or long. Method: raw members of a
 * gateway that keeps every trace in memory.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { inflightJson, inflightText } from '../../src/console/inflight-view';
import { CLIENT_NAME_LENGTH_MAX } from '../../src/telemetry/trace/client-name';

import { startTestGateway, type TestGateway } from '../support/gateway';
import { GroupMember } from '../support/group-member';
import { MemorySink } from '../support/memory-sink';

const sink = new MemorySink();
let gateway: TestGateway;
beforeAll(async () => {
  const groups = { initialRebalanceDelayMs: 500 };
  gateway = await startTestGateway({ groups, telemetry: { sink, keep: { mode: 'all' } } });
});
afterAll(() => gateway.close());

const attributesOf = (span: string) => sink.spans.filter(({ name }) => name === span).at(-1)?.attributes ?? {};

/** Resolves once an operation of this phase is in flight. */
async function inFlight(phase: string) {
  for (;;) {
    const found = gateway.telemetry.inflight().operations.find((each) => each.phase === phase);
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('every request of a group names it; joins and syncs that wait show it in /debug/inflight', async () => {
  const topic = await gateway.topic();
  const [a, b] = [
    new GroupMember(await gateway.client('a'), 'billing', { groupInstanceId: 'one' }),
    new GroupMember(await gateway.client('b'), 'billing'),
  ];
  const joining = [a.enter(), b.enter()];
  const joins = await inFlight('group.join');
  expect(joins.attributes['messaging.consumer.group.name']).toBe('billing');
  expect(joins.budgetMs).toBeGreaterThanOrEqual(60_000);
  const inflight = gateway.telemetry.inflight();
  expect(JSON.parse(inflightJson(inflight))).toMatchObject({
    operations: expect.arrayContaining([expect.objectContaining({ path: 'joinGroup>group.join', group: 'billing' })]),
  });
  expect(inflightText(inflight)).toMatch(/joinGroup>group\.join +- +a +billing /);
  await Promise.all(joining);
  const [leader, follower] = a.leads ? [a, b] : [b, a];
  const syncing = follower.sync();
  const syncs = await inFlight('group.sync');
  expect(syncs.attributes).toMatchObject({
    'messaging.consumer.group.name': 'billing',
    'seaglass.group.generation': 1,
  });
  await Promise.all([leader.sync(), syncing]);

  expect(await a.heartbeat()).toBe(ErrorCode.NONE);
  expect(await a.commit(topic, 3)).toBe(ErrorCode.NONE);
  expect(await a.committed(topic)).toEqual({ errorCode: ErrorCode.NONE, offset: 3 });
  expect(await b.leave()).toBe(ErrorCode.NONE);
  // A trace is exported once its answer has left: the next answer shows that it has.
  await b.heartbeat();
  for (const api of ['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit', 'OffsetFetch', 'LeaveGroup']) {
    expect([api, attributesOf(api)['messaging.consumer.group.name']]).toEqual([api, 'billing']);
  }
  expect(attributesOf('OffsetCommit')).toMatchObject({
    'seaglass.group.member': a.memberId,
    'seaglass.group.instance': 'one',
    'seaglass.group.generation': 1,
  });
});

test('names are escaped and cut, in spans, in what is in flight and in metrics', async () => {
  const raw = `evil"\n\u001b[31m\u202e${'x'.repeat(400)}`;
  const member = new GroupMember(await gateway.client('evil'), raw, { groupInstanceId: raw.slice(0, 249) });
  const joining = member.enter();
  const waiting = await inFlight('group.join');
  expect((await joining).errorCode).toBe(ErrorCode.NONE);
  await member.sync();
  await member.commit('nowhere', 1);
  await member.committed('nowhere');
  await member.heartbeat();
  await member.heartbeat();
  for (const attributes of [waiting.attributes, attributesOf('JoinGroup'), attributesOf('Heartbeat')]) {
    const name = String(attributes['messaging.consumer.group.name']);
    expect(name.startsWith('evil"\\u{a}\\u{1b}[31m\\u{202e}xxx')).toBe(true);
    expect(name.length).toBeLessThanOrEqual(CLIENT_NAME_LENGTH_MAX);
  }
  const everything = JSON.stringify([sink.spans, await gateway.telemetry.instruments.snapshots()]);
  for (const unsafe of ['\\n', '\\u001b', '\u202e', 'x'.repeat(CLIENT_NAME_LENGTH_MAX)]) {
    expect([unsafe, everything.includes(unsafe)]).toEqual([unsafe, false]);
  }
});
