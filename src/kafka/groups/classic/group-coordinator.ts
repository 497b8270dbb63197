/**
 * The coordinator of classic consumer groups: membership in memory, committed offsets in an OffsetStorage. It says which group a
 * request is for and whether it may be served now, and turns the groups' answers into promises that can be waited for and given up.
 */
import type { Clock } from '../../../clock';
import { systemRandom } from '../../../random';
import type { Random } from '../../../random';
import { ignoreShared } from '../../../waiting/deadline';
import { ErrorCode } from '../../../protocol/error-code';
import type { CallContext, SpanLink } from '../../../telemetry/trace/operation';
import { errorCodeOf } from '../../error-mapping';
import type { OffsetsLog } from '../../offsets-topic/offsets-log';
import { failedJoin, failedSync } from './answers';
import { awaitedByJoins } from './awaited-joins';
import type { Group } from './group';
import type { GroupEnvironment, GroupObserver } from './group-environment';
import { NO_OBSERVER } from './group-environment';
import type { GroupMetadata } from './group-metadata';
import type { GroupSettings } from './group-settings';
import { DEFAULT_GROUP_SETTINGS } from './group-settings';
import { GroupsInMemory } from './groups-in-memory';
import { join } from './join';
import type { JoinRequest } from './join';
import { leave } from './leave';
import type { LeavingMember } from './leave';
import type { JoinAnswer, SyncAnswer } from './member';
import type { RetentionRule } from '../offsets/offset-expiry';
import type { OffsetStorage } from '../offsets/offset-storage';
import { groupToStore } from './stored-group';
import type { StoredGroup } from './stored-group';
import { generationProblem, heartbeat, sync } from './sync';
import type { MemberIdentity, SyncRequest } from './sync';
import { waitForAnswer } from './wait-for-answer';
import type { WaitContext } from './wait-for-answer';

/** Kafka's clients take none longer; it becomes part of member ids, and leader and operator are told of it. */
const INSTANCE_ID_CHARACTERS_MAX = 249;

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  /** The system's unless given. */
  readonly random?: Random;
  readonly offsets: OffsetStorage;
  readonly settings?: GroupSettings;
  readonly observer?: GroupObserver;
  /** Keeps groups over a restart; where absent they are gone with the process. */
  readonly metadata?: GroupMetadata;
  /** What clients may read of it all. */
  readonly offsetsLog?: OffsetsLog;
}

export class GroupCoordinator {
  readonly offsets: OffsetStorage;
  readonly settings: GroupSettings;
  readonly offsetsLog: OffsetsLog | undefined;
  readonly #metadata: GroupMetadata | undefined;
  readonly #env: GroupEnvironment;
  readonly #groups: GroupsInMemory;
  readonly #parts: { close(): Promise<void> }[] = [];

  constructor(options: GroupCoordinatorOptions) {
    this.offsets = options.offsets;
    this.settings = options.settings ?? DEFAULT_GROUP_SETTINGS;
    const { clock, metadata } = options;
    this.offsetsLog = options.offsetsLog;
    this.#metadata = metadata;
    this.#env = {
      clock,
      random: options.random ?? systemRandom,
      settings: this.settings,
      observer: options.observer ?? NO_OBSERVER,
      store: async (group, assignments) => {
        const rebalanceOf = this.#env.observer.rebalanceOf(group);
        if (group.members.size === 0) group.emptySinceMs = clock.nowMs();
        await metadata?.store(groupToStore(group, assignments, clock.nowMs()), rebalanceOf);
      },
    };
    this.#groups = new GroupsInMemory(this.#env, async (id) => metadata?.remove(id));
  }

  /**
   * Begins to load the groups where that was not done, and waits a while for them: NONE once they are there. Until then every member is
   * told to come again, so that a group that is not there yet is never taken for a new one.
   */
  async whenLoaded(context: CallContext): Promise<ErrorCode> {
    if (this.loaded) return ErrorCode.NONE;
    return (await this.#metadata?.whenLoaded((groups) => this.#adopt(groups), context)) ?? ErrorCode.NONE;
  }

  /** Begins to load the groups before anybody asks for one; a failure is told, and the first who asks tries again. */
  load(): void {
    this.#metadata?.load((groups) => this.#adopt(groups)).catch(ignoreShared);
  }

  /** Until then no member is served. */
  get loaded(): boolean {
    return this.#metadata?.loaded ?? true;
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
    if ((request.groupInstanceId ?? '').length > INSTANCE_ID_CHARACTERS_MAX) {
      return failedJoin(ErrorCode.INVALID_REQUEST, request.memberId);
    }
    const refused = this.loaded ? ErrorCode.NONE : await this.whenLoaded(context);
    if (refused !== ErrorCode.NONE) return failedJoin(refused, request.memberId);
    let group = this.#groups.get(request.groupId);
    if (!this.#groups.membersBytes.takeMember(group, request)) {
      return failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, request.memberId);
    }
    if (group === undefined) {
      if (request.memberId !== '') return failedJoin(ErrorCode.UNKNOWN_MEMBER_ID, request.memberId);
      group = this.#groups.create(request.groupId);
      if (group === undefined) return failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, request.memberId);
    }
    const joined = group;
    const budgetMs = Math.max(request.rebalanceTimeoutMs, joined.rebalanceTimeoutMs) + settings.initialRebalanceDelayMs;
    const wait = {
      name: 'group.join',
      budgetMs,
      rebalance: () => this.#env.observer.rebalanceOf(joined),
      waitsFor: () => awaitedByJoins(joined),
    } as const;
    return waitForAnswer(context, wait, (answer) => join(joined, request, this.#env, answer));
  }

  /** Waits for the leader's assignment; cancelled as `join`. */
  async sync(groupId: string, request: SyncRequest, context: WaitContext): Promise<SyncAnswer> {
    if (groupId === '') return failedSync(ErrorCode.INVALID_GROUP_ID);
    const refused = this.loaded ? ErrorCode.NONE : await this.whenLoaded(context);
    // No client knows LOAD_IN_PROGRESS here; all join again on this one, and are told there.
    if (refused === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return failedSync(ErrorCode.REBALANCE_IN_PROGRESS);
    if (refused !== ErrorCode.NONE) return failedSync(refused);
    const group = this.#groups.get(groupId);
    if (group === undefined) return failedSync(ErrorCode.UNKNOWN_MEMBER_ID);
    if (!this.#groups.membersBytes.takeAssignments(group, request)) {
      return failedSync(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }
    const rebalance = (): SpanLink | undefined => this.#env.observer.rebalanceOf(group);
    const wait = { name: 'group.sync', budgetMs: group.rebalanceTimeoutMs, rebalance } as const;
    return waitForAnswer(context, wait, (answer) => sync(group, request, this.#env, answer));
  }

  heartbeat(groupId: string, member: MemberIdentity): ErrorCode {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    // As Kafka does: sessions begin when groups are there, and clients take any word of the load for a bug.
    if (!this.loaded) return ErrorCode.NONE;
    const group = this.#groups.get(groupId);
    return group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : heartbeat(group, member, this.#env);
  }

  /** One answer for each member, in order. */
  leave(groupId: string, members: readonly LeavingMember[]): readonly ErrorCode[] {
    if (!this.loaded) return members.map(() => ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    const group = this.#groups.get(groupId);
    if (group === undefined) return members.map(() => ErrorCode.UNKNOWN_MEMBER_ID);
    return leave(group, members, this.#env);
  }

  /** Whether somebody joined the group or committed in it, and neither was deleted since. Throws EngineError. */
  async exists(groupId: string, context: CallContext): Promise<boolean> {
    return this.#groups.knows(groupId) || (await this.offsets.hasOffsets(groupId, context));
  }

  /** Whether this member, or a client that is no member (generation -1), may commit now. Shows that the member lives. */
  checkCommit(groupId: string, member: MemberIdentity): ErrorCode {
    if (!this.loaded) {
      // Consumers without members come this way alone: where the load failed, they begin it again.
      this.load();
      return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }
    const group = this.#groups.get(groupId);
    if (group === undefined) return member.generationId < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    // An operator's tool, or a consumer that assigns itself partitions.
    if (member.generationId < 0 && group.state.name === 'Empty') return ErrorCode.NONE;
    const wrong = generationProblem(group, member);
    if (wrong !== undefined) return wrong;
    if (group.state.name === 'CompletingRebalance') return ErrorCode.REBALANCE_IN_PROGRESS;
    heartbeat(group, member, this.#env);
    return ErrorCode.NONE;
  }

  /**
   * Deletes a group without members, its committed offsets first; as in Kafka the one of the empty id too, under which clients without a
   * group commit. NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND, or a code that clients retry where
   * the storage could not be asked; then it may be half deleted, and deleting it again finishes it.
   */
  async deleteGroup(groupId: string, context: CallContext): Promise<ErrorCode> {
    const refused = await this.whenLoaded(context);
    if (refused !== ErrorCode.NONE) return refused;
    const group = this.#groups.get(groupId);
    if (group !== undefined && group.state.name !== 'Empty') return ErrorCode.NON_EMPTY_GROUP;
    try {
      if (!(await this.exists(groupId, context))) return ErrorCode.GROUP_ID_NOT_FOUND;
      await this.offsets.deleteGroup(groupId, context);
      // Somebody may have joined meanwhile: then the group lives on, without offsets.
      if (group?.state.name === 'Empty') await this.#groups.forget(group);
      else if (this.#groups.get(groupId) === undefined) await this.#groups.forgetDropped(groupId);
      return ErrorCode.NONE;
    } catch (error) {
      return errorCodeOf(error, 'coordinator');
    }
  }

  /** The time from which the group's offsets are counted now. */
  retentionRuleOf(groupId: string): RetentionRule {
    if (!this.loaded) return { from: 'never' };
    return this.#groups.retentionRuleOf(groupId);
  }

  /** What was committed is gone; a group without members goes with it, as in Kafka. Throws EngineError. */
  async offsetsGone(groupId: string): Promise<void> {
    await this.#groups.forgetAbandoned(groupId);
  }

  /** The group as it is in memory; undefined where nobody ever joined it, or where it was forgotten since. */
  group(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  withoutMembers(): readonly string[] {
    return this.#groups.withoutMembers();
  }

  /** Groups in memory, in the order of their first join. */
  all(): Iterable<Group> {
    return this.#groups.all();
  }

  /** Closed with the groups, before their offsets are. */
  closesFirst(part: { close(): Promise<void> }): void {
    this.#parts.push(part);
  }

  #adopt(groups: readonly StoredGroup[]): void {
    this.#groups.adopt(groups);
    if (groups.length > 0) this.offsetsLog?.list();
  }

  /** Answers everybody who waits: their clients find another coordinator, or this one again. */
  async close(): Promise<void> {
    for (const part of this.#parts.splice(0)) await part.close();
    this.#groups.close();
    await this.#metadata?.close();
    await this.offsets.close();
  }
}
