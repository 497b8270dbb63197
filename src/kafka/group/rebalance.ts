/**
 * How a group gets from one generation to the next: the join barrier, its opening, the wait for the leader's assignment, and sessions
 * that end. Everything happens at once within one call or one timer; nothing here waits.
 */
import type { Clock } from '../../clock';
import { ErrorCode } from '../../protocol/error-code';
import type { Group } from './group';
import type { GroupSettings } from './group-settings';
import type { JoinAnswer, Member } from './member';
import { NO_BYTES } from './member';

export interface GroupEnvironment {
  readonly clock: Clock;
  readonly settings: GroupSettings;
  /** Told when a generation begins; `members` is 0 where the group became empty. */
  readonly onGeneration: (group: Group) => void;
}

/** Closes the join barrier where it is open; where it is closed, looks whether it can open. */
export function prepareRebalanceOrCompleteJoin(group: Group, env: GroupEnvironment): void {
  if (group.state.name === 'PreparingRebalance') completeJoinWhenAllJoined(group, env);
  else if (group.state.name !== 'Dead') prepareRebalance(group, env);
}

function prepareRebalance(group: Group, env: GroupEnvironment): void {
  if (group.state.name === 'CompletingRebalance') {
    for (const member of group.members.values()) {
      member.assignment = NO_BYTES;
      answerSync(group, member, ErrorCode.REBALANCE_IN_PROGRESS, env);
    }
  }
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

export function completeJoinWhenAllJoined(group: Group, env: GroupEnvironment): void {
  if (group.state.name !== 'PreparingRebalance') return;
  // The initial delay runs its time even where all known members have joined: others are expected.
  if (group.state.initial !== undefined && group.members.size > 0) return;
  if (group.allJoined) completeJoin(group, env);
}

/** Opens the join barrier: who has not joined is out (static members stay, KIP-345), and a new generation begins. */
function completeJoin(group: Group, env: GroupEnvironment): void {
  for (const member of [...group.members.values()]) {
    if (member.answerJoin === undefined && member.groupInstanceId === null) removeMember(group, member, env);
  }
  if (!electJoinedLeader(group) && group.members.size > 0) {
    // Only static members are left and none of them has come back yet: their sessions decide.
    closeBarrier(group, env);
    return;
  }
  group.generationId += 1;
  if (group.members.size === 0) {
    group.protocolName = null;
    group.moveTo({ name: 'Empty' });
    env.onGeneration(group);
    return;
  }
  group.protocolName = group.selectProtocol();
  const timer = env.clock.after(group.rebalanceTimeoutMs, () => expireSyncs(group, env));
  group.moveTo({ name: 'CompletingRebalance', timer, notSynced: new Set(group.members.keys()) });
  for (const member of [...group.members.values()]) {
    answerJoin(member, joinAnswer(group, member));
    member.isNew = false;
    renewSession(group, member, env);
  }
  env.onGeneration(group);
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

/** Members that know their generation and never fetched their assignment are gone. */
function expireSyncs(group: Group, env: GroupEnvironment): void {
  if (group.state.name !== 'CompletingRebalance') return;
  for (const id of [...group.state.notSynced]) {
    const member = group.members.get(id);
    if (member !== undefined) removeMember(group, member, env);
  }
  prepareRebalance(group, env);
}

export function joinAnswer(group: Group, member: Member): JoinAnswer {
  return {
    error: ErrorCode.NONE,
    memberId: member.id,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leaderId: group.leaderId ?? '',
    skipAssignment: false,
    members: group.leaderId === member.id ? group.offers() : [],
  };
}

export function failedJoin(error: ErrorCode, memberId: string): JoinAnswer {
  return {
    error,
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leaderId: '',
    skipAssignment: false,
    members: [],
  };
}

/** Answers the client that waits for this member's join, if one does. */
export function answerJoin(member: Member, answer: JoinAnswer): void {
  const waiting = member.answerJoin;
  member.answerJoin = undefined;
  waiting?.(answer);
}

/** Answers the client that waits for this member's assignment, if one does. */
export function answerSync(group: Group, member: Member, error: ErrorCode, env: GroupEnvironment): void {
  const waiting = member.answerSync;
  if (waiting === undefined) return;
  member.answerSync = undefined;
  renewSession(group, member, env);
  const ok = error === ErrorCode.NONE;
  waiting({
    error,
    protocolType: ok ? group.protocolType : null,
    protocolName: ok ? group.protocolName : null,
    assignment: ok ? member.assignment : NO_BYTES,
  });
}

/** Begins the member's session anew. */
export function renewSession(group: Group, member: Member, env: GroupEnvironment): void {
  member.session?.cancel();
  // A member that waits at its first barrier cannot send heartbeats; its client may be gone, so it is not kept for ever.
  const timeoutMs = member.isNew ? env.settings.newMemberJoinTimeoutMs : member.sessionTimeoutMs;
  member.session = env.clock.after(timeoutMs, () => {
    if (group.members.get(member.id) !== member) return;
    const waiting = member.answerJoin !== undefined || member.answerSync !== undefined;
    if (waiting && !member.isNew) return;
    removeMember(group, member, env);
    prepareRebalanceOrCompleteJoin(group, env);
  });
}

/** Takes the member out and answers whoever waits for it; the caller rebalances. */
export function removeMember(group: Group, member: Member, env: GroupEnvironment): void {
  member.session?.cancel();
  group.members.delete(member.id);
  if (member.groupInstanceId !== null) group.staticMembers.delete(member.groupInstanceId);
  if (group.state.name === 'CompletingRebalance') group.state.notSynced.delete(member.id);
  if (group.leaderId === member.id) group.leaderId = group.members.keys().next().value;
  answerJoin(member, failedJoin(ErrorCode.UNKNOWN_MEMBER_ID, member.id));
  answerSync(group, member, ErrorCode.UNKNOWN_MEMBER_ID, env);
  member.session?.cancel();
}
