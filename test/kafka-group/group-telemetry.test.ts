/**
 * Goal: every rebalance is one trace with its cause, its members and how it ended, counted and timed; joins and syncs point at it; lost
 * members are counted and logged; the gauges tell the groups as they are; no barrier that is on time is overdue. Method: a coordinator on
 * a manual clock, with telemetry in memory.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { GroupCoordinator } from '../../src/kafka/groups/classic/group-coordinator';
import { REBALANCE_CAUSES } from '../../src/kafka/groups/classic/group-environment';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import { countCommits, GroupTelemetry, observeGroups } from '../../src/kafka/groups/classic/group-telemetry';
import type { JoinRequest } from '../../src/kafka/groups/classic/join';
import type { JoinAnswer, SyncAnswer } from '../../src/kafka/groups/classic/member';

import { createTelemetry } from '../../src/telemetry/create-telemetry';

import { ManualClock } from '../support/manual-clock';
import { bytes } from './support';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';
import { MemorySink } from '../support/memory-sink';

interface Line {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const REBALANCE_MS = 60_000;
/** Longer than a rebalance, so that nobody is lost for it before. */
const SESSION_MS = 200_000;
const DELAY_MS = 3_000;

function open() {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const lines: Line[] = [];
  const log = {
    write: (_level: string, event: string, _message: string, fields: Line['fields'] = {}) =>
      void lines.push({ event, fields }),
    enabled: () => true,
  };
  const telemetry = createTelemetry({ clock, sink, log, keep: { mode: 'all' } });
  const settings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: DELAY_MS };
  const observer = new GroupTelemetry({ telemetry, clock, settings });
  const coordinator = new GroupCoordinator({ clock, offsets: new MemoryOffsetStorage(), settings, observer });
  observeGroups(telemetry.instruments, coordinator);
  const request = async <T>(
    api: string,
    work: (context: Parameters<typeof coordinator.join>[1]) => Promise<T>,
  ): Promise<T> => {
    const operation = telemetry.operations.root('request', { spanName: api });
    const answer = await work({ operation, signal: new AbortController().signal });
    operation.end();
    return answer;
  };
  const join = (fields: Partial<JoinRequest> = {}): Promise<JoinAnswer> =>
    request('JoinGroup', (context) =>
      coordinator.join(
        {
          groupId: 'g',
          memberId: '',
          groupInstanceId: null,
          clientId: 'client',
          clientHost: '/127.0.0.1',
          sessionTimeoutMs: SESSION_MS,
          rebalanceTimeoutMs: REBALANCE_MS,
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: bytes('topics') }],
          memberIdRequired: false,
          skipAssignmentKnown: true,
          ...fields,
        },
        context,
      ),
    );
  const sync = ({ memberId, generationId }: JoinAnswer): Promise<SyncAnswer> =>
    request('SyncGroup', (context) =>
      coordinator.sync(
        'g',
        {
          memberId,
          generationId,
          groupInstanceId: null,
          protocolType: null,
          protocolName: null,
          assignments: new Map(),
        },
        context,
      ),
    );
  const rebalances = () => sink.spans.filter(({ name }) => name === 'group.rebalance');
  const value = (name: Parameters<typeof telemetry.instruments.value>[0], labels: Record<string, string>) =>
    telemetry.instruments.value(name, labels);
  const overdue = () => telemetry.inflight().operations.filter(({ overdueMs }) => overdueMs > 0);
  /** A stable group of one member. */
  const stable = async (): Promise<JoinAnswer> => {
    const joining = join();
    clock.advance(DELAY_MS);
    const member = await joining;
    await sync(member);
    return member;
  };
  return { clock, sink, lines, telemetry, coordinator, join, sync, stable, rebalances, value, overdue };
}

test('a rebalance is a trace of its own, and the joins and syncs that waited for it point at it', async () => {
  const { sink, stable, rebalances, value } = open();
  for (const cause of REBALANCE_CAUSES) expect(value('seaglass_group_rebalances_total', { cause })).toBe(0);
  await stable();
  const [rebalance] = rebalances();
  expect(rebalance).toMatchObject({
    parentSpanId: undefined,
    attributes: {
      'messaging.consumer.group.name': 'g',
      'seaglass.group.rebalance.cause': 'member_joined',
      'seaglass.group.rebalance.outcome': 'stable',
      'seaglass.group.generation': 1,
      'seaglass.group.members': 1,
      'seaglass.group.protocol': 'range',
      'seaglass.outcome': 'ok',
    },
  });
  const link = { traceId: rebalance?.traceId, spanId: rebalance?.spanId };
  for (const waited of ['group.join', 'group.sync']) {
    expect([waited, sink.spans.find(({ name }) => name === waited)?.links]).toEqual([waited, [link]]);
  }
  expect(value('seaglass_group_rebalances_total', { cause: 'member_joined' })).toBe(1);
  expect(value('seaglass_group_rebalance_duration_seconds', { outcome: 'stable' })).toBe(1);
});

test('a group whose members are gone: who was lost is counted and logged, how it ended is told', async () => {
  const { clock, lines, stable, rebalances, value } = open();
  const member = await stable();
  clock.advance(SESSION_MS);
  expect(rebalances().at(-1)?.attributes).toMatchObject({
    'seaglass.group.rebalance.cause': 'session_expired',
    'seaglass.group.rebalance.outcome': 'empty',
    'seaglass.group.members': 0,
  });
  expect(value('seaglass_group_members_lost_total', { reason: 'session_expired' })).toBe(1);
  expect(value('seaglass_group_members_lost_total', { reason: 'not_rejoined' })).toBe(0);
  expect(lines.filter(({ event }) => event === 'group.member_lost')).toEqual([
    {
      event: 'group.member_lost',
      fields: expect.objectContaining({
        'messaging.consumer.group.name': 'g',
        'seaglass.group.member': member.memberId,
        'seaglass.group.session_timeout_ms': SESSION_MS,
      }) as unknown,
    },
  ]);
});

test('a rebalance that another one supersedes ends, and the other begins', async () => {
  const { clock, join, sync, stable, rebalances, value } = open();
  const a = await stable();
  const b = join({ clientId: 'b' });
  await join({ memberId: a.memberId });
  await b;
  // Both know their generation, the leader has not assigned yet, and a third one comes.
  const c = join({ clientId: 'c' });
  const again = join({ memberId: a.memberId });
  clock.advance(REBALANCE_MS);
  await Promise.all([c, again.then(sync)]);
  const told = rebalances().map(({ attributes }) => [
    attributes['seaglass.group.rebalance.cause'],
    attributes['seaglass.group.rebalance.outcome'],
    attributes['seaglass.group.members'],
  ]);
  expect(told).toEqual([
    ['member_joined', 'stable', 1],
    ['member_joined', 'superseded', 2],
    ['member_joined', 'stable', 2],
  ]);
  expect(
    rebalances()
      .at(-1)
      ?.events.map(({ name }) => name),
  ).toEqual(['member lost: not_rejoined', 'generation began']);
  expect(value('seaglass_group_members_lost_total', { reason: 'not_rejoined' })).toBe(1);
});

test('the gauges tell states, members and generations; a group that is gone is told no more', async () => {
  const { coordinator, join, stable, value, telemetry } = open();
  await stable();
  const waiting = join({ groupId: 'other' });
  expect(value('seaglass_groups', { state: 'Stable' })).toBe(1);
  expect(value('seaglass_groups', { state: 'PreparingRebalance' })).toBe(1);
  expect(value('seaglass_groups', { state: 'CompletingRebalance' })).toBe(0);
  expect(value('seaglass_group_members', { group: 'g' })).toBe(1);
  expect(value('seaglass_group_generation', { group: 'g' })).toBe(1);
  await coordinator.close();
  expect((await waiting).error).toBe(ErrorCode.NOT_COORDINATOR);
  expect(value('seaglass_groups', { state: 'Stable' })).toBe(0);
  expect(value('seaglass_group_members', { group: 'g' })).toBeUndefined();
  expect(telemetry.inflight().total).toBe(0);
});

test('300 groups make 200 series and one for the rest, and room comes back', async () => {
  const { clock, coordinator, join, telemetry } = open();
  const joining = Array.from({ length: 300 }, (_, index) => join({ groupId: `g${index}` }));
  clock.advance(DELAY_MS);
  await Promise.all(joining);
  const members = () => telemetry.instruments.numbers('seaglass_group_members').snapshot().values;
  expect(members()).toHaveLength(201);
  expect(members().find(({ labels }) => labels['group'] === '_other')?.value).toBe(100);
  await coordinator.close();
  expect(members()).toEqual([]);
});

test('no barrier is overdue as long as its group gives its members time', async () => {
  const { clock, join, stable, overdue, rebalances } = open();
  const a = await stable();
  const b = join({ clientId: 'b' });
  for (let second = 0; second < REBALANCE_MS / 1_000; second++) {
    expect(overdue()).toEqual([]);
    clock.advance(1_000);
  }
  // The first member did not come back, the second one leads and does not assign.
  expect((await b).leaderId).not.toBe(a.memberId);
  for (let second = 0; second < REBALANCE_MS / 1_000 - 1; second++) {
    clock.advance(1_000);
    expect(overdue()).toEqual([]);
  }
  expect(rebalances()).toHaveLength(1);
});

test('commits are counted by the error that each partition was answered with', () => {
  const { telemetry, value } = open();
  const answered = (...codes: number[]) => ({ partitions: codes.map((errorCode) => ({ errorCode })) });
  expect(value('seaglass_group_commits_total', { error: 'COORDINATOR_NOT_AVAILABLE' })).toBe(0);
  countCommits(telemetry.instruments, [
    answered(ErrorCode.NONE, ErrorCode.NONE),
    answered(ErrorCode.NONE, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.ILLEGAL_GENERATION),
  ]);
  expect(value('seaglass_group_commits_total', { error: 'NONE' })).toBe(3);
  expect(value('seaglass_group_commits_total', { error: 'COORDINATOR_NOT_AVAILABLE' })).toBe(1);
  expect(value('seaglass_group_commits_total', { error: 'ILLEGAL_GENERATION' })).toBe(1);
});
