/**
 * The groups that this gateway holds, and their bounds: how many, and what their members take. A group without members is dropped where
 * another needs its room; what is left of it is remembered, of as many again.
 */
import { ignoreShared } from '../../../waiting/deadline';
import { ErrorCode } from '../../../protocol/error-code';
import { answerJoin, answerSync, failedJoin, failedSync } from './answers';
import { DroppedGroups } from './dropped-groups';
import { Group } from './group';
import type { GroupEnvironment } from './group-environment';
import { MembersBytes } from './members-bytes';
import type { RetentionRule } from '../offsets/offset-expiry';
import { rebalance, renewSession } from './rebalance';
import { retentionRuleOf } from '../offsets/retention-rule';
import type { StoredGroup } from './stored-group';
import { groupFrom, groupToStore } from './stored-group';

export class GroupsInMemory {
  readonly membersBytes: MembersBytes;
  readonly #env: GroupEnvironment;
  /** Of the group's stored entry, where groups have one. */
  readonly #removeEntry: (groupId: string) => Promise<void>;
  readonly #groups = new Map<string, Group>();
  readonly #dropped: DroppedGroups;

  constructor(env: GroupEnvironment, removeEntry: (groupId: string) => Promise<void>) {
    this.#env = env;
    this.#removeEntry = removeEntry;
    this.#dropped = new DroppedGroups(env.settings.groupsMax);
    this.membersBytes = new MembersBytes(env.settings.membersBytesMax, () => this.#groups.values());
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  /** In the order of their first join. */
  all(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Held, or dropped and remembered. */
  knows(id: string): boolean {
    return this.#groups.has(id) || this.#dropped.get(id) !== undefined;
  }

  withoutMembers(): readonly string[] {
    const empty = [...this.#groups.values()].filter((group) => isAbandoned(group));
    return [...empty.map(({ id }) => id), ...this.#dropped.ids()];
  }

  retentionRuleOf(id: string): RetentionRule {
    const dropped = this.#dropped.get(id);
    return dropped === undefined
      ? retentionRuleOf(this.#groups.get(id))
      : { from: 'empty', sinceMs: dropped.storedAtMs };
  }

  /** What was stored is the truth of groups at this moment: nobody was answered before. Members have a whole session to be heard of. */
  adopt(stored: readonly StoredGroup[]): void {
    const { settings } = this.#env;
    // Those with members first, then who became empty last: the others have no room.
    const emptySince = ({ members, storedAtMs }: StoredGroup): number => (members.length > 0 ? Infinity : storedAtMs);
    const inOrder = [...stored].sort((a, b) => emptySince(b) - emptySince(a) || 0);
    const roomFor = inOrder.filter(({ members }, index) => members.length > 0 || index < settings.groupsMax);
    for (const each of roomFor) {
      const group = groupFrom(each);
      this.#groups.set(group.id, group);
      this.membersBytes.add(group);
      for (const member of group.members.values()) renewSession(group, member, this.#env);
      if (group.members.size > settings.membersMax) rebalance(group, 'over_capacity', this.#env);
    }
    for (const each of inOrder.slice(roomFor.length).reverse()) this.#remember(each);
  }

  /** As it was where it is remembered; undefined where there is no room for it. */
  create(id: string): Group | undefined {
    // Taken out before another one is put in, for which it might have to go.
    const former = this.#dropped.get(id);
    this.#dropped.delete(id);
    if (this.#groups.size >= this.#env.settings.groupsMax && !this.#dropEmptyGroup()) {
      if (former !== undefined) this.#remember(former);
      return undefined;
    }
    const group = former === undefined ? new Group(id) : groupFrom(former);
    this.#groups.set(id, group);
    return group;
  }

  async forget(group: Group): Promise<void> {
    endGroup(group, this.#env);
    this.#groups.delete(group.id);
    await this.#removeEntry(group.id);
  }

  async forgetDropped(id: string): Promise<void> {
    if (this.#dropped.delete(id)) await this.#removeEntry(id);
  }

  /** The group, where it is without members. */
  async forgetAbandoned(id: string): Promise<void> {
    const group = this.#groups.get(id);
    if (group === undefined) await this.forgetDropped(id);
    else if (isAbandoned(group)) await this.forget(group);
  }

  /** Answers everybody who waits. */
  close(): void {
    for (const group of this.#groups.values()) endGroup(group, this.#env);
    this.#groups.clear();
  }

  #dropEmptyGroup(): boolean {
    let longest: Group | undefined;
    for (const group of this.#groups.values()) {
      if (isAbandoned(group) && group.emptySinceMs < (longest?.emptySinceMs ?? Infinity)) longest = group;
    }
    if (longest === undefined) return false;
    const { emptySinceMs } = longest;
    // One that never had a member has no entry, and its offsets are those of clients that are no members.
    if (emptySinceMs > 0) this.#remember(groupToStore(longest, new Map(), emptySinceMs));
    endGroup(longest, this.#env);
    this.#groups.delete(longest.id);
    return true;
  }

  #remember(group: StoredGroup): void {
    const forgotten = this.#dropped.add(group);
    // Nobody waits for it, and the storage tells of its own failures: a group that stays there is loaded again after a restart.
    if (forgotten !== undefined) this.#removeEntry(forgotten).catch(ignoreShared);
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
