/**
 * The coordinator of classic consumer groups: membership in memory, committed offsets in an OffsetStorage. It holds the groups,
 * and turns their answers into promises that a request can wait for and give up.
 */
import type { Clock } from '../../clock';
import { ignoreShared } from '../../engine/phase';
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext, SpanLink } from '../../telemetry/operation';
import { errorCodeOf } from '../error-mapping';
import { answerJoin, answerSync, failedJoin, failedSync } from './answers';
import { DroppedGroups } from './dropped-groups';
import { Group } from './group';
import type { GroupEnvironment, GroupObserver } from './group-environment';
import { NO_OBSERVER } from './group-environment';
import type { GroupMetadata } from './group-metadata';
import type { GroupSettings } from './group-settings';
import { DEFAULT_GROUP_SETTINGS } from './group-settings';
import { join } from './join';
import type { JoinRequest } from './join';
import { leave } from './leave';
import type { LeavingMember } from './leave';
import type { JoinAnswer, SyncAnswer } from './member';
import { bytesOfAssignments, bytesOfMember, MEMBER_BYTES, MembersBytes } from './members-bytes';
import type { OffsetStorage } from './offset-storage';
import { rebalance, renewSession } from './rebalance';
import type { StoredGroup } from './stored-group';
import { groupFrom, groupToStore } from './stored-group';
import type { RetentionRule } from './offset-expiry';
import { retentionRuleOf } from './retention-rule';
import { generationProblem, heartbeat, sync } from './sync';
import type { MemberIdentity, SyncRequest } from './sync';
import { waitForAnswer } from './wait-for-answer';
import type { WaitContext } from './wait-for-answer';

/** Kafka's clients take none longer; it becomes part of member ids, and leader and operator are told of it. */
const INSTANCE_ID_CHARACTERS_MAX = 249;

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly offsets: OffsetStorage;
  readonly settings?: GroupSettings;
  readonly observer?: GroupObserver;
  /** Keeps groups over a restart; where absent they are gone with the process. */
  readonly metadata?: GroupMetadata;
}

export class GroupCoordinator {
  readonly offsets: OffsetStorage;
  readonly settings: GroupSettings;
  private readonly metadata: GroupMetadata | undefined;
  private readonly env: GroupEnvironment;
  private readonly groups = new Map<string, Group>();
  private readonly dropped: DroppedGroups;
  private readonly membersBytes: MembersBytes;
  private readonly parts: { close(): Promise<void> }[] = [];

  constructor(options: GroupCoordinatorOptions) {
    this.offsets = options.offsets;
    this.settings = options.settings ?? DEFAULT_GROUP_SETTINGS;
    const { clock, metadata } = options;
    this.metadata = metadata;
    this.dropped = new DroppedGroups(this.settings.groupsMax);
    this.membersBytes = new MembersBytes(this.settings.membersBytesMax, () => this.groups.values());
    this.env = {
      clock,
      settings: this.settings,
      observer: options.observer ?? NO_OBSERVER,
      store: async (group, assignments) => {
        const rebalanceOf = this.env.observer.rebalanceOf(group);
        if (group.members.size === 0) group.emptySinceMs = clock.nowMs();
        await metadata?.store(groupToStore(group, assignments, clock.nowMs()), rebalanceOf);
      },
    };
  }

  /**
   * Begins to load the groups where that was not done, and waits a while for them: NONE once they are there. Until then every member is
   * told to come again, so that a group that is not there yet is never taken for a new one.
   */
  async whenLoaded(context: CallContext): Promise<ErrorCode> {
    if (this.loaded) return ErrorCode.NONE;
    return (await this.metadata?.whenLoaded((groups) => this.adopt(groups), context)) ?? ErrorCode.NONE;
  }

  /** Begins to load the groups before anybody asks for one; a failure is told, and the first who asks tries again. */
  load(): void {
    this.metadata?.load((groups) => this.adopt(groups)).catch(ignoreShared);
  }

  /** Until then no member is served. */
  get loaded(): boolean {
    return this.metadata?.loaded ?? true;
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
    if (!this.hasRoomFor(request)) return failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, request.memberId);
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
    if (groupId === '') return failedSync(ErrorCode.INVALID_GROUP_ID);
    const refused = this.loaded ? ErrorCode.NONE : await this.whenLoaded(context);
    // No client knows LOAD_IN_PROGRESS here; all join again on this one, and are told there.
    if (refused === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return failedSync(ErrorCode.REBALANCE_IN_PROGRESS);
    if (refused !== ErrorCode.NONE) return failedSync(refused);
    const group = this.groups.get(groupId);
    if (group === undefined) return failedSync(ErrorCode.UNKNOWN_MEMBER_ID);
    if (!this.hasRoomForAssignments(group, request)) return failedSync(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    const rebalance = (): SpanLink | undefined => this.env.observer.rebalanceOf(group);
    const wait = { name: 'group.sync', budgetMs: group.rebalanceTimeoutMs, rebalance } as const;
    return waitForAnswer(context, wait, (answer) => sync(group, request, this.env, answer));
  }

  heartbeat(groupId: string, member: MemberIdentity): ErrorCode {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    // As Kafka does: sessions begin when groups are there, and clients take any word of the load for a bug.
    if (!this.loaded) return ErrorCode.NONE;
    const group = this.groups.get(groupId);
    return group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : heartbeat(group, member, this.env);
  }

  /** One answer for each member, in order. */
  leave(groupId: string, members: readonly LeavingMember[]): readonly ErrorCode[] {
    if (!this.loaded) return members.map(() => ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    const group = this.groups.get(groupId);
    if (group === undefined) return members.map(() => ErrorCode.UNKNOWN_MEMBER_ID);
    return leave(group, members, this.env);
  }

  /** Whether this member, or a client that is no member (generation -1), may commit now. Shows that the member lives. */
  checkCommit(groupId: string, member: MemberIdentity): ErrorCode {
    if (!this.loaded) {
      // Consumers without members come this way alone: where the load failed, they begin it again.
      this.load();
      return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    }
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

  /**
   * Deletes a group without members, its committed offsets first; as in Kafka the one of the empty id too, under which clients without a
   * group commit. NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND, or a code that clients retry where
   * the storage could not be asked; then it may be half deleted, and deleting it again finishes it.
   */
  async deleteGroup(groupId: string, context: CallContext): Promise<ErrorCode> {
    const refused = await this.whenLoaded(context);
    if (refused !== ErrorCode.NONE) return refused;
    const group = this.groups.get(groupId);
    if (group !== undefined && group.state.name !== 'Empty') return ErrorCode.NON_EMPTY_GROUP;
    try {
      const known = group !== undefined || this.dropped.get(groupId) !== undefined;
      if (!known && !(await this.offsets.hasOffsets(groupId, context))) return ErrorCode.GROUP_ID_NOT_FOUND;
      await this.offsets.deleteGroup(groupId, context);
      // Somebody may have joined meanwhile: then the group lives on, without offsets.
      if (group?.state.name === 'Empty') await this.forget(group);
      else if (!this.groups.has(groupId)) await this.forgetDropped(groupId);
      return ErrorCode.NONE;
    } catch (error) {
      return errorCodeOf(error, 'coordinator');
    }
  }

  /** From what on the group's offsets are counted now. */
  retentionRuleOf(groupId: string): RetentionRule {
    if (!this.loaded) return { from: 'never' };
    const dropped = this.dropped.get(groupId);
    return dropped === undefined
      ? retentionRuleOf(this.groups.get(groupId))
      : { from: 'empty', sinceMs: dropped.storedAtMs };
  }

  /** What was committed is gone; a group without members goes with it, as in Kafka. Throws EngineError. */
  async offsetsGone(groupId: string): Promise<void> {
    const group = this.groups.get(groupId);
    if (group === undefined) await this.forgetDropped(groupId);
    else if (isAbandoned(group)) await this.forget(group);
  }

  /** The group as it is in memory; undefined where nobody ever joined it, or where it was forgotten since. */
  group(groupId: string): Group | undefined {
    return this.groups.get(groupId);
  }

  withoutMembers(): readonly string[] {
    const empty = [...this.groups.values()].filter((group) => isAbandoned(group));
    return [...empty.map(({ id }) => id), ...this.dropped.ids()];
  }

  /** Groups in memory, in the order of their first join. */
  all(): Iterable<Group> {
    return this.groups.values();
  }

  /** Closed with the groups, before their offsets are. */
  closesFirst(part: { close(): Promise<void> }): void {
    this.parts.push(part);
  }

  /** Answers everybody who waits: their clients find another coordinator, or this one again. */
  async close(): Promise<void> {
    for (const part of this.parts.splice(0)) await part.close();
    for (const group of this.groups.values()) endGroup(group, this.env);
    this.groups.clear();
    await this.metadata?.close();
    await this.offsets.close();
  }

  /** What was stored is the truth of groups at this moment: nobody was answered before. Members have a whole session to be heard of. */
  private adopt(stored: readonly StoredGroup[]): void {
    // Those with members first, then who became empty last: the others have no room.
    const emptySince = ({ members, storedAtMs }: StoredGroup): number => (members.length > 0 ? Infinity : storedAtMs);
    const inOrder = [...stored].sort((a, b) => emptySince(b) - emptySince(a) || 0);
    const roomFor = inOrder.filter(({ members }, index) => members.length > 0 || index < this.settings.groupsMax);
    for (const each of roomFor) {
      const group = groupFrom(each);
      this.groups.set(group.id, group);
      this.membersBytes.add(group);
      for (const member of group.members.values()) renewSession(group, member, this.env);
      if (group.members.size > this.settings.membersMax) rebalance(group, 'over_capacity', this.env);
    }
    for (const each of inOrder.slice(roomFor.length).reverse()) this.remember(each);
  }

  private hasRoomFor(request: JoinRequest): boolean {
    const group = this.groups.get(request.groupId);
    const onlyId = request.memberId === '' && request.groupInstanceId === null && request.memberIdRequired;
    return this.membersBytes.take(onlyId ? MEMBER_BYTES : bytesOfMember(request), () => {
      const former = group?.members.get(
        request.memberId || (group.staticMembers.get(request.groupInstanceId ?? '') ?? ''),
      );
      if (former !== undefined) return bytesOfMember(former);
      return group?.pendingMembers.has(request.memberId) === true ? MEMBER_BYTES : 0;
    });
  }

  /** Of the leader's alone: nobody else's are kept. */
  private hasRoomForAssignments(group: Group, { memberId, assignments }: SyncRequest): boolean {
    if (group.state.name !== 'CompletingRebalance' || group.leaderId !== memberId) return true;
    if (group.state.storing !== undefined) return true;
    let bytes = 0;
    for (const [id, assignment] of assignments) if (group.members.has(id)) bytes += assignment.length;
    return this.membersBytes.take(bytes, () => bytesOfAssignments(group));
  }

  private newGroup(id: string): Group | undefined {
    // Taken out before another one is put in, for which it might have to go.
    const former = this.dropped.get(id);
    this.dropped.delete(id);
    if (this.groups.size >= this.settings.groupsMax && !this.dropEmptyGroup()) {
      if (former !== undefined) this.remember(former);
      return undefined;
    }
    const group = former === undefined ? new Group(id) : groupFrom(former);
    this.groups.set(id, group);
    return group;
  }

  private dropEmptyGroup(): boolean {
    let longest: Group | undefined;
    for (const group of this.groups.values()) {
      if (isAbandoned(group) && group.emptySinceMs < (longest?.emptySinceMs ?? Infinity)) longest = group;
    }
    if (longest === undefined) return false;
    const { emptySinceMs } = longest;
    // One that never had a member has no entry, and its offsets are those of clients that are no members.
    if (emptySinceMs > 0) this.remember(groupToStore(longest, new Map(), emptySinceMs));
    endGroup(longest, this.env);
    this.groups.delete(longest.id);
    return true;
  }

  private remember(group: StoredGroup): void {
    const forgotten = this.dropped.add(group);
    // Nobody waits for it, and the storage tells of its own failures: a group that stays there is loaded again after a restart.
    if (forgotten !== undefined) this.metadata?.remove(forgotten).catch(ignoreShared);
  }

  private async forget(group: Group): Promise<void> {
    endGroup(group, this.env);
    this.groups.delete(group.id);
    await this.metadata?.remove(group.id);
  }

  private async forgetDropped(groupId: string): Promise<void> {
    if (this.dropped.delete(groupId)) await this.metadata?.remove(groupId);
  }
}

/** Without members, and with nobody who was told to come back as one. */
const isAbandoned = (group: Group): boolean => group.state.name === 'Empty' && group.pendingMembers.size === 0;

function endGroup(group: Group, env: GroupEnvironment): void {
  if (group.state.name === 'PreparingRebalance' || group.state.name === 'CompletingRebalance') {
    env.observer.rebalanceEnded(group, 'closed');
  }
  for (const timer of group.pendingMembers.values()) timer.cancel();
  for (const member of group.members.values()) {
    member.session?.cancel();
    answerJoin(member, failedJoin(ErrorCode.NOT_COORDINATOR, member.id));
    answerSync(member, failedSync(ErrorCode.NOT_COORDINATOR));
  }
  if (group.state.name !== 'Dead') group.moveTo({ name: 'Dead' });
}
