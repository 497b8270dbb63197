/**
 * What telemetry is told of groups. A rebalance is a trace of its own, from its cause until the group is stable or empty, and the joins
 * and syncs that wait for it point at it. Members that are lost are counted and logged. The gauges are asked at a scrape.
 */
import type { Clock } from '../../../clock';
import { errorNameOf } from '../../../protocol/error-code';
import { clientName } from '../../../telemetry/trace/client-name';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { Operation, SpanLink } from '../../../telemetry/trace/operation';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { Group, GroupStateName } from './group';
import type { GroupObserver, MemberLoss, RebalanceCause, RebalanceEnd } from './group-environment';
import { REBALANCE_CAUSES } from './group-environment';
import { GroupIncidents } from './group-incidents';
import type { GroupSettings } from './group-settings';
import type { Member } from './member';

const STATES: readonly GroupStateName[] = ['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead'];
/** Time a rebalance may take past the group's own timeouts before it counts as overdue, ms. */
const GRACE_MS = 1_000;
const LOSSES: Readonly<Record<MemberLoss, string>> = {
  session_expired: 'a member of a group sent no heartbeat within its session timeout and is out',
  not_rejoined: 'a member of a group did not come back to its rebalance in time and is out',
  sync_expired: 'a member of a group did not ask for its assignment in time and is out',
};

interface Rebalance {
  readonly operation: Operation;
  readonly startedMs: number;
}

export interface GroupTelemetryOptions {
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly settings: GroupSettings;
}

export class GroupTelemetry implements GroupObserver {
  readonly #options: GroupTelemetryOptions;
  readonly #incidents: GroupIncidents;
  /** The last one of each group, ended or not. */
  readonly #rebalances = new WeakMap<Group, Rebalance>();

  constructor(options: GroupTelemetryOptions) {
    this.#options = options;
    this.#incidents = new GroupIncidents({ incidents: options.telemetry.incidents, clock: options.clock });
    const { instruments } = options.telemetry;
    for (const cause of REBALANCE_CAUSES) instruments.add('seaglass_group_rebalances_total', { cause }, 0);
    for (const reason of Object.keys(LOSSES)) instruments.add('seaglass_group_members_lost_total', { reason }, 0);
  }

  rebalanceBegan(group: Group, cause: RebalanceCause): void {
    this.#incidents.began(group);
    const { telemetry, clock } = this.#options;
    const operation = telemetry.operations.root('group.rebalance', {
      budgetMs: this.#budgetMs(group),
      attributes: {
        'messaging.consumer.group.name': clientName(group.id),
        'seaglass.group.rebalance.cause': cause,
      },
    });
    telemetry.instruments.add('seaglass_group_rebalances_total', { cause }, 1, operation);
    this.#rebalances.set(group, { operation, startedMs: clock.monotonicMs() });
  }

  generationBegan(group: Group): void {
    this.#incidents.ended(group);
    const rebalance = this.#rebalances.get(group);
    if (rebalance === undefined) return;
    const { operation, startedMs } = rebalance;
    operation
      .event('generation began')
      .set('seaglass.group.generation', group.generationId)
      .set('seaglass.group.members', group.members.size)
      .setBudget(this.#options.clock.monotonicMs() - startedMs + this.#budgetMs(group));
  }

  rebalanceEnded(group: Group, end: RebalanceEnd): void {
    this.#incidents.ended(group);
    const rebalance = this.#rebalances.get(group);
    if (rebalance === undefined) return;
    const { telemetry, clock } = this.#options;
    const { operation, startedMs } = rebalance;
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    const labels = { outcome: end };
    telemetry.instruments.record('seaglass_group_rebalance_duration_seconds', labels, seconds, operation);
    operation
      .set('seaglass.group.rebalance.outcome', end)
      .set('seaglass.group.protocol', group.protocolName === null ? undefined : clientName(group.protocolName))
      .end(end === 'stable' || end === 'empty' ? 'ok' : 'cancelled');
  }

  memberLost(group: Group, member: Member, loss: MemberLoss): void {
    const { instruments, log } = this.#options.telemetry;
    instruments.add('seaglass_group_members_lost_total', { reason: loss });
    this.#rebalances.get(group)?.operation.event(`member lost: ${loss}`);
    log.write('info', 'group.member_lost', LOSSES[loss], {
      'messaging.consumer.group.name': clientName(group.id),
      'messaging.client.id': clientName(member.clientId),
      'seaglass.group.member': clientName(member.id),
      'seaglass.group.generation': group.generationId,
      'seaglass.group.session_timeout_ms': member.sessionTimeoutMs,
    });
  }

  /** The group's last rebalance, for who waited for it. */
  rebalanceOf(group: Group): SpanLink | undefined {
    const operation = this.#rebalances.get(group)?.operation;
    return operation === undefined ? undefined : { traceId: operation.traceId, spanId: operation.spanId };
  }

  /** What its members have for the barrier that closes now. Static members that stay away are waited for until their sessions end. */
  #budgetMs(group: Group): number {
    let sessionMs = 0;
    for (const memberId of group.staticMembers.values()) {
      sessionMs = Math.max(sessionMs, group.members.get(memberId)?.sessionTimeoutMs ?? 0);
    }
    return group.rebalanceTimeoutMs + sessionMs + this.#options.settings.initialRebalanceDelayMs + GRACE_MS;
  }
}

/** The coordinator as the gauges see it. */
export interface ObservedGroups {
  readonly loaded: boolean;
  all(): Iterable<Group>;
}

export function observeGroups(instruments: Instruments, coordinator: ObservedGroups): void {
  const groups = (): Iterable<Group> => coordinator.all();
  instruments.observe('seaglass_groups_loaded', () => [[{}, coordinator.loaded ? 1 : 0]]);
  instruments.observe('seaglass_groups', () => {
    const counts = new Map(STATES.map((state) => [state, 0]));
    for (const { state } of groups()) counts.set(state.name, (counts.get(state.name) ?? 0) + 1);
    return [...counts].map(([state, count]) => [{ state }, count] as const);
  });
  instruments.observe('seaglass_group_members', () => each(groups(), (group) => group.members.size));
  instruments.observe('seaglass_group_generation', () => each(groups(), (group) => group.generationId));
}

function* each(
  groups: Iterable<Group>,
  value: (group: Group) => number,
): Iterable<readonly [{ readonly group: string }, number]> {
  for (const group of groups) yield [{ group: group.id }, value(group)];
}

/** One for each partition of an answer to OffsetCommit. */
export function countCommits(
  instruments: Instruments,
  topics: Iterable<{ readonly partitions: Iterable<{ readonly errorCode: number }> }>,
): void {
  for (const { partitions } of topics) {
    for (const { errorCode } of partitions) {
      const error = errorNameOf(errorCode) ?? String(errorCode);
      instruments.add('seaglass_group_commits_total', { error });
    }
  }
}
