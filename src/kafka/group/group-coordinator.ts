/**
 * The coordinator of classic consumer groups: membership in memory, committed offsets in an OffsetStorage. It holds the groups,
 * and turns their answers into promises that a request can wait for and give up.
 */
import type { Clock } from '../../clock';
import { EngineError } from '../../engine/engine-error';
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext, SpanLink } from '../../telemetry/operation';
import { answerJoin, answerSync, failedJoin, failedSync } from './answers';
import { Group } from './group';
import type { GroupEnvironment, GroupObserver } from './group-environment';
import { NO_OBSERVER } from './group-environment';
import type { GroupSettings } from './group-settings';
import { DEFAULT_GROUP_SETTINGS } from './group-settings';
import { join } from './join';
import type { Answer, JoinRequest } from './join';
import { leave } from './leave';
import type { LeavingMember } from './leave';
import type { JoinAnswer, SyncAnswer } from './member';
import type { OffsetStorage } from './offset-storage';
import { generationProblem, heartbeat, sync } from './sync';
import type { MemberIdentity, SyncRequest } from './sync';

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly offsets: OffsetStorage;
  readonly settings?: GroupSettings;
  readonly observer?: GroupObserver;
}

/** Who waits. `stopping` aborts when the gateway stops: a barrier may stay closed for minutes. */
export interface WaitContext extends CallContext {
  readonly stopping?: AbortSignal;
}

/** Time a join or sync may take past the group's own timeouts before it counts as overdue, ms. */
const GRACE_MS = 1_000;

export class GroupCoordinator {
  readonly offsets: OffsetStorage;
  readonly settings: GroupSettings;
  private readonly env: GroupEnvironment;
  private readonly groups = new Map<string, Group>();

  constructor(options: GroupCoordinatorOptions) {
    this.offsets = options.offsets;
    this.settings = options.settings ?? DEFAULT_GROUP_SETTINGS;
    this.env = {
      clock: options.clock,
      settings: this.settings,
      observer: options.observer ?? NO_OBSERVER,
      store: () => Promise.resolve(),
    };
  }

  /** Waits for the join barrier. Rejects with EngineError('cancelled') on a signal; the member stays until its session ends. */
  async join(request: JoinRequest, context: WaitContext): Promise<JoinAnswer> {
    const { settings } = this;
    if (request.groupId === '') return failedJoin(ErrorCode.INVALID_GROUP_ID, request.memberId);
    if (
      request.sessionTimeoutMs < settings.sessionTimeoutMsMin ||
      request.sessionTimeoutMs > settings.sessionTimeoutMsMax
    ) {
      return failedJoin(ErrorCode.INVALID_SESSION_TIMEOUT, request.memberId);
    }
    let group = this.groups.get(request.groupId);
    if (group === undefined) {
      if (request.memberId !== '') return failedJoin(ErrorCode.UNKNOWN_MEMBER_ID, request.memberId);
      group = this.newGroup(request.groupId);
      if (group === undefined) return failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, request.memberId);
    }
    const joined = group;
    const budgetMs = Math.max(request.rebalanceTimeoutMs, joined.rebalanceTimeoutMs) + settings.initialRebalanceDelayMs;
    const wait = { name: 'group.join', budgetMs, rebalance: () => this.env.observer.rebalanceOf(joined) } as const;
    return waitForAnswer(context, wait, (answer) => join(joined, request, this.env, answer));
  }

  /** Waits for the leader's assignment; cancelled as `join`. */
  async sync(groupId: string, request: SyncRequest, context: WaitContext): Promise<SyncAnswer> {
    const group = this.groups.get(groupId);
    if (groupId === '') return failedSync(ErrorCode.INVALID_GROUP_ID);
    if (group === undefined) return failedSync(ErrorCode.UNKNOWN_MEMBER_ID);
    const rebalance = (): SpanLink | undefined => this.env.observer.rebalanceOf(group);
    const wait = { name: 'group.sync', budgetMs: group.rebalanceTimeoutMs, rebalance } as const;
    return waitForAnswer(context, wait, (answer) => sync(group, request, this.env, answer));
  }

  heartbeat(groupId: string, member: MemberIdentity): ErrorCode {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    const group = this.groups.get(groupId);
    return group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : heartbeat(group, member, this.env);
  }

  /** One answer for each member, in order. */
  leave(groupId: string, members: readonly LeavingMember[]): readonly ErrorCode[] {
    const group = this.groups.get(groupId);
    if (group === undefined) return members.map(() => ErrorCode.UNKNOWN_MEMBER_ID);
    return leave(group, members, this.env);
  }

  /** Whether this member, or a client that is no member (generation -1), may commit now. Shows that the member lives. */
  checkCommit(groupId: string, member: MemberIdentity): ErrorCode {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    const group = this.groups.get(groupId);
    if (group === undefined) return member.generationId < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    // An operator's tool, or a consumer that assigns itself partitions.
    if (member.generationId < 0 && group.state.name === 'Empty') return ErrorCode.NONE;
    const wrong = generationProblem(group, member);
    if (wrong !== undefined) return wrong;
    if (group.state.name === 'CompletingRebalance') return ErrorCode.REBALANCE_IN_PROGRESS;
    heartbeat(group, member, this.env);
    return ErrorCode.NONE;
  }

  /** The group as it is in memory; undefined where nobody joined it since this gateway began. */
  group(groupId: string): Group | undefined {
    return this.groups.get(groupId);
  }

  /** Groups in memory, in the order of their first join. */
  all(): Iterable<Group> {
    return this.groups.values();
  }

  /** Answers everybody who waits: their clients find another coordinator, or this one again. */
  async close(): Promise<void> {
    for (const group of this.groups.values()) endGroup(group, this.env);
    this.groups.clear();
    await this.offsets.close();
  }

  private newGroup(id: string): Group | undefined {
    if (this.groups.size >= this.settings.groupsMax && !this.dropEmptyGroup()) return undefined;
    const group = new Group(id);
    this.groups.set(id, group);
    return group;
  }

  private dropEmptyGroup(): boolean {
    for (const [id, group] of this.groups) {
      if (group.state.name === 'Empty' && group.pendingMembers.size === 0) return this.groups.delete(id);
    }
    return false;
  }
}

function endGroup(group: Group, env: GroupEnvironment): void {
  if (group.state.name === 'PreparingRebalance' || group.state.name === 'CompletingRebalance') {
    env.observer.rebalanceEnded(group, 'closed');
  }
  for (const timer of group.pendingMembers.values()) timer.cancel();
  for (const member of group.members.values()) {
    member.session?.cancel();
    answerJoin(member, failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, member.id));
    answerSync(member, failedSync(ErrorCode.COORDINATOR_NOT_AVAILABLE));
  }
  if (group.state.name !== 'Dead') group.moveTo({ name: 'Dead' });
}

interface Wait {
  readonly name: 'group.join' | 'group.sync';
  readonly budgetMs: number;
  /** What it waited for, asked when it ends. */
  readonly rebalance: () => SpanLink | undefined;
}

/** One named wait: ends with the answer, or with the signal. The answer to a client that is gone goes nowhere. */
function waitForAnswer<T>(
  context: WaitContext,
  { name, budgetMs, rebalance }: Wait,
  start: (answer: Answer<T>) => void,
): Promise<T> {
  const signals = context.stopping === undefined ? [context.signal] : [context.signal, context.stopping];
  if (signals.some((each) => each.aborted)) {
    return Promise.reject(new EngineError('cancelled', `${name} was given up before it began`));
  }
  context.operation.setBudget(budgetMs + GRACE_MS);
  const operation = context.operation.child(name, { budgetMs });
  return new Promise<T>((resolve, reject) => {
    const end = (outcome: 'ok' | 'cancelled'): void => {
      for (const each of signals) each.removeEventListener('abort', giveUp);
      const link = rebalance();
      if (link !== undefined) operation.link(link);
      operation.end(outcome);
    };
    const giveUp = (): void => {
      end('cancelled');
      reject(new EngineError('cancelled', `${name} was given up while waiting`));
    };
    for (const each of signals) each.addEventListener('abort', giveUp, { once: true });
    start((answer) => {
      end('ok');
      resolve(answer);
    });
  });
}
