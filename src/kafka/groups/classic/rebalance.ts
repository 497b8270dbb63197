/**
 * How a group gets from one generation to the next: the join barrier, its opening, the wait for the leader's assignment, and sessions
 * that end. A rebalance begins in `beginRebalance` alone, with its cause, and ends in `becomeStable`, `becomeEmpty`, or when the next
 * one begins. Everything happens at once within one call or one timer; nothing here waits.
 */
import { ignoreShared } from '../../../waiting/deadline';
import { ErrorCode } from '../../../protocol/error-code';
import { answerJoin, answerSync, failedJoin, failedSync, joinAnswer, syncAnswer } from './answers';
import type { Group } from './group';
import type { GroupEnvironment, MemberLoss, RebalanceCause } from './group-environment';
import type { Member } from './member';
import { NO_BYTES } from '../../../protocol/reader';

/** Closes the join barrier where it is open; where it is closed, looks whether it can open. */
export function rebalance(group: Group, cause: RebalanceCause, env: GroupEnvironment): void {
  if (group.state.name === 'PreparingRebalance') completeJoinWhenAllJoined(group, env);
  else if (group.state.name !== 'Dead') beginRebalance(group, cause, env);
}

function beginRebalance(group: Group, cause: RebalanceCause, env: GroupEnvironment): void {
  if (group.state.name === 'CompletingRebalance') {
    failSyncs(group, ErrorCode.REBALANCE_IN_PROGRESS, env);
    env.observer.rebalanceEnded(group, 'superseded');
  }
  env.observer.rebalanceBegan(group, cause);
  if (group.state.name === 'Empty') {
    const delayMs = env.settings.initialRebalanceDelayMs;
    waitForMoreMembers(group, env, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0));
    return;
  }
  closeBarrier(group, env);
  completeJoinWhenAllJoined(group, env);
}

/** The first rebalance of an empty group waits again while members keep coming, but not beyond the rebalance timeout. */
function waitForMoreMembers(group: Group, env: GroupEnvironment, delayMs: number, remainingMs: number): void {
  const timer = env.clock.after(delayMs, () => {
    if (group.state.name !== 'PreparingRebalance' || group.state.initial === undefined) return;
    if (group.state.initial.newMemberAdded && remainingMs > 0) {
      const nextMs = Math.min(env.settings.initialRebalanceDelayMs, remainingMs);
      waitForMoreMembers(group, env, nextMs, Math.max(remainingMs - nextMs, 0));
    } else {
      completeJoin(group, env);
    }
  });
  group.moveTo({ name: 'PreparingRebalance', timer, initial: { remainingMs, newMemberAdded: false } });
}

function closeBarrier(group: Group, env: GroupEnvironment): void {
  const timer = env.clock.after(group.rebalanceTimeoutMs, () => completeJoin(group, env));
  group.moveTo({ name: 'PreparingRebalance', timer, initial: undefined });
}

/** Opens the join barrier once everybody is there. The initial delay runs its time: others are expected. */
export function completeJoinWhenAllJoined(group: Group, env: GroupEnvironment): void {
  if (group.state.name !== 'PreparingRebalance' || group.state.initial !== undefined) return;
  if (group.allJoined) completeJoin(group, env);
}

/** As above after somebody who was waited for is gone: the initial delay ends with them, as in Kafka. */
function completeJoinWithout(group: Group, env: GroupEnvironment): void {
  if (group.state.name === 'PreparingRebalance' && group.allJoined) completeJoin(group, env);
}

/** Opens the join barrier: who has not joined is out (static members stay, KIP-345), and a new generation begins. */
function completeJoin(group: Group, env: GroupEnvironment): void {
  for (const member of [...group.members.values()]) {
    if (member.answerJoin === undefined && member.groupInstanceId === null)
      loseMember(group, member, 'not_rejoined', env);
  }
  if (!electJoinedLeader(group) && group.members.size > 0) {
    // Only static members are left and none of them has come back yet: their sessions decide.
    closeBarrier(group, env);
    return;
  }
  group.generationId += 1;
  if (group.members.size === 0) {
    becomeEmpty(group, env);
    return;
  }
  group.protocolName = group.selectProtocol();
  const timer = env.clock.after(group.rebalanceTimeoutMs, () => expireSyncs(group, env));
  group.moveTo({ name: 'CompletingRebalance', storing: undefined });
  group.awaitSyncs({ timer, memberIds: new Set(group.members.keys()) });
  for (const member of [...group.members.values()]) {
    answerJoin(member, joinAnswer(group, member));
    member.isNew = false;
    renewSession(group, member, env);
  }
  env.observer.generationBegan(group);
}

function electJoinedLeader(group: Group): boolean {
  const leader = group.leaderId === undefined ? undefined : group.members.get(group.leaderId);
  if (leader?.answerJoin !== undefined) return true;
  for (const member of group.members.values()) {
    if (member.answerJoin !== undefined) {
      group.leaderId = member.id;
      return true;
    }
  }
  return false;
}

function becomeEmpty(group: Group, env: GroupEnvironment): void {
  group.protocolName = null;
  group.moveTo({ name: 'Empty' });
  env.observer.generationBegan(group);
  env.observer.rebalanceEnded(group, 'empty');
  // Nobody waits for it, and the store tells of its own failures: were it lost, the members of the generation before would be there
  // after a restart and their sessions end again.
  env.store(group, new Map()).catch(ignoreShared);
}

/** The leader's assignment is stored: everybody who waits for it gets it; members that the leader left out get an empty one. */
export function becomeStable(group: Group, assignments: ReadonlyMap<string, Uint8Array>, env: GroupEnvironment): void {
  group.moveTo({ name: 'Stable' });
  env.observer.rebalanceEnded(group, 'stable');
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.id) ?? NO_BYTES;
    // A session that ended during the wait was not counted, so it begins anew.
    if (answerSync(member, syncAnswer(group, member))) renewSession(group, member, env);
  }
}

/** Nobody gets an assignment of this generation. */
export function failSyncs(group: Group, error: ErrorCode, env: GroupEnvironment): void {
  for (const member of group.members.values()) {
    member.assignment = NO_BYTES;
    if (answerSync(member, failedSync(error))) renewSession(group, member, env);
  }
}

/** Members that know their generation and never fetched their assignment are gone, even where the others are stable by now. */
function expireSyncs(group: Group, env: GroupEnvironment): void {
  const awaited = [...(group.awaitedSyncs?.memberIds ?? [])];
  for (const id of awaited) {
    const member = group.members.get(id);
    if (member !== undefined) loseMember(group, member, 'sync_expired', env);
  }
  if (awaited.length > 0) rebalance(group, 'sync_expired', env);
}

/** Begins the member's session anew. */
export function renewSession(group: Group, member: Member, env: GroupEnvironment): void {
  member.session?.cancel();
  // A member that waits at its first barrier cannot send heartbeats; its client may be gone, so it is not kept for ever.
  const timeoutMs = member.isNew ? env.settings.newMemberJoinTimeoutMs : member.sessionTimeoutMs;
  member.session = env.clock.after(timeoutMs, () => expireSession(group, member, env));
}

function expireSession(group: Group, member: Member, env: GroupEnvironment): void {
  if (group.members.get(member.id) !== member) return;
  const waiting = member.answerJoin !== undefined || member.answerSync !== undefined;
  if (waiting && !member.isNew) return;
  loseMember(group, member, 'session_expired', env);
  if (group.state.name === 'PreparingRebalance') completeJoinWithout(group, env);
  else rebalance(group, 'session_expired', env);
}

function loseMember(group: Group, member: Member, loss: MemberLoss, env: GroupEnvironment): void {
  env.observer.memberLost(group, member, loss);
  removeMember(group, member);
}

/** Takes the member out and answers whoever waits for it, so that a client that lives asks again; the caller rebalances. */
export function removeMember(group: Group, member: Member): void {
  member.session?.cancel();
  group.members.delete(member.id);
  if (member.groupInstanceId !== null) group.staticMembers.delete(member.groupInstanceId);
  group.synced(member.id);
  if (group.leaderId === member.id) group.leaderId = group.members.keys().next().value;
  answerJoin(member, failedJoin(ErrorCode.UNKNOWN_MEMBER_ID, ''));
  answerSync(member, failedSync(ErrorCode.UNKNOWN_MEMBER_ID));
}

/** Keeps an id for the client that was sent away with it (KIP-394), for as long as its session would last. */
export function expectMember(group: Group, memberId: string, sessionTimeoutMs: number, env: GroupEnvironment): void {
  const timer = env.clock.after(sessionTimeoutMs, () => {
    group.pendingMembers.delete(memberId);
    completeJoinWithout(group, env);
  });
  group.pendingMembers.set(memberId, timer);
}
