/**
 * JoinGroup: a client asks to be a member. New ids are given out first where the client knows that round (KIP-394), static members
 * replace their former selves (KIP-345), and everybody else waits at the join barrier.
 */
import { randomUUID } from 'node:crypto';
import { ErrorCode } from '../../protocol/error-code';
import type { Group } from './group';
import type { JoinAnswer, Member, MemberProtocol } from './member';
import { metadataOf, NO_BYTES, sameProtocols } from './member';
import {
  answerJoin,
  answerSync,
  completeJoinWhenAllJoined,
  failedJoin,
  joinAnswer,
  prepareRebalanceOrCompleteJoin,
  renewSession,
} from './rebalance';
import type { GroupEnvironment } from './rebalance';

export interface JoinRequest {
  readonly groupId: string;
  /** Empty where the client has none yet. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** True where the client joins twice: the first time for its id (JoinGroup v4). */
  readonly memberIdRequired: boolean;
  /** True where a leader that returns can be told not to assign again (JoinGroup v9). */
  readonly skipAssignmentKnown: boolean;
}

export type Answer<T> = (answer: T) => void;

/** Answers now or when the join barrier opens. */
export function join(group: Group, request: JoinRequest, env: GroupEnvironment, answer: Answer<JoinAnswer>): void {
  const { memberId } = request;
  if (group.state.name === 'Dead') {
    answer(failedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId));
  } else if (isFull(group, request, env)) {
    leaveBehind(group, memberId);
    answer(failedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, ''));
  } else if (!group.supports(request.protocolType, request.protocols)) {
    answer(failedJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId));
  } else if (memberId === '') {
    joinWithoutId(group, request, env, answer);
  } else {
    joinWithId(group, request, env, answer);
  }
}

function isFull(group: Group, request: JoinRequest, env: GroupEnvironment): boolean {
  if (group.members.has(request.memberId) || group.pendingMembers.has(request.memberId)) return false;
  if (request.groupInstanceId !== null && group.staticMembers.has(request.groupInstanceId)) return false;
  return group.members.size + group.pendingMembers.size >= env.settings.membersMax;
}

function leaveBehind(group: Group, memberId: string): void {
  group.pendingMembers.get(memberId)?.cancel();
  group.pendingMembers.delete(memberId);
}

function joinWithoutId(group: Group, request: JoinRequest, env: GroupEnvironment, answer: Answer<JoinAnswer>): void {
  const newId = `${request.groupInstanceId ?? request.clientId}-${randomUUID()}`;
  if (request.groupInstanceId !== null) {
    const formerId = group.staticMembers.get(request.groupInstanceId);
    const former = formerId === undefined ? undefined : group.members.get(formerId);
    if (former === undefined) addMember(group, newId, request, env, answer);
    else replaceStaticMember(group, former, newId, { request, env, answer });
  } else if (request.memberIdRequired) {
    const timer = env.clock.after(request.sessionTimeoutMs, () => {
      group.pendingMembers.delete(newId);
      completeJoinWhenAllJoined(group, env);
    });
    group.pendingMembers.set(newId, timer);
    answer(failedJoin(ErrorCode.MEMBER_ID_REQUIRED, newId));
  } else {
    addMember(group, newId, request, env, answer);
  }
}

function joinWithId(group: Group, request: JoinRequest, env: GroupEnvironment, answer: Answer<JoinAnswer>): void {
  const { memberId, groupInstanceId } = request;
  if (group.pendingMembers.has(memberId) && groupInstanceId === null) {
    leaveBehind(group, memberId);
    addMember(group, memberId, request, env, answer);
    return;
  }
  const wrong = identityProblem(group, memberId, groupInstanceId);
  const member = group.members.get(memberId);
  if (wrong !== undefined || member === undefined) {
    answer(failedJoin(wrong ?? ErrorCode.UNKNOWN_MEMBER_ID, memberId));
    return;
  }
  const changed = !sameProtocols(member.protocols, request.protocols);
  const leads = group.leaderId === memberId;
  const state = group.state.name;
  if (state === 'PreparingRebalance' || changed || (state === 'Stable' && leads)) {
    joinAgain(group, member, request, env, answer);
  } else {
    // The answer of the last barrier was lost on its way: give it again.
    answer(joinAnswer(group, member));
  }
}

/** What is wrong with the pair of member id and instance id; undefined where it is the member's own. */
export function identityProblem(group: Group, memberId: string, groupInstanceId: string | null): ErrorCode | undefined {
  if (groupInstanceId !== null) {
    const holder = group.staticMembers.get(groupInstanceId);
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (holder !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
  }
  return group.members.has(memberId) ? undefined : ErrorCode.UNKNOWN_MEMBER_ID;
}

function addMember(
  group: Group,
  id: string,
  request: JoinRequest,
  env: GroupEnvironment,
  answer: Answer<JoinAnswer>,
): void {
  const member: Member = {
    id,
    groupInstanceId: request.groupInstanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    assignment: NO_BYTES,
    isNew: true,
    answerJoin: answer,
    answerSync: undefined,
    session: undefined,
  };
  if (group.members.size === 0) group.protocolType = request.protocolType;
  if (group.state.name === 'PreparingRebalance' && group.state.initial !== undefined) {
    group.state.initial.newMemberAdded = true;
  }
  group.members.set(id, member);
  group.leaderId ??= id;
  if (request.groupInstanceId !== null) group.staticMembers.set(request.groupInstanceId, id);
  renewSession(group, member, env);
  prepareRebalanceOrCompleteJoin(group, env);
}

function joinAgain(
  group: Group,
  member: Member,
  request: JoinRequest,
  env: GroupEnvironment,
  answer: Answer<JoinAnswer>,
): void {
  takeOver(member, request);
  // A client that asks twice has given its first question up.
  answerJoin(member, failedJoin(ErrorCode.UNKNOWN_MEMBER_ID, member.id));
  member.answerJoin = answer;
  renewSession(group, member, env);
  prepareRebalanceOrCompleteJoin(group, env);
}

function takeOver(member: Member, request: JoinRequest): void {
  member.protocols = request.protocols;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
}

interface Joining {
  readonly request: JoinRequest;
  readonly env: GroupEnvironment;
  readonly answer: Answer<JoinAnswer>;
}

/** A static member is back under a new id: the former self is fenced, the assignment stays where nothing changed. */
function replaceStaticMember(group: Group, former: Member, newId: string, joining: Joining): void {
  const { request, env, answer } = joining;
  const formerLeaderId = group.leaderId ?? '';
  const sameOffer =
    Buffer.compare(
      metadataOf(former, group.protocolName),
      request.protocols.find((each) => each.name === group.protocolName)?.metadata ?? NO_BYTES,
    ) === 0;
  answerJoin(former, failedJoin(ErrorCode.FENCED_INSTANCE_ID, former.id));
  answerSync(group, former, ErrorCode.FENCED_INSTANCE_ID, env);
  former.session?.cancel();
  const member: Member = { ...former, id: newId, session: undefined, answerJoin: undefined, answerSync: undefined };
  takeOver(member, request);
  group.members.delete(former.id);
  group.members.set(newId, member);
  if (request.groupInstanceId !== null) group.staticMembers.set(request.groupInstanceId, newId);
  if (group.leaderId === former.id) group.leaderId = newId;
  renewSession(group, member, env);

  if (group.state.name === 'Stable' && sameOffer && group.selectProtocol() === group.protocolName) {
    const leads = group.leaderId === newId;
    answer({
      ...joinAnswer(group, member),
      // A client that cannot be told to skip must not believe that it leads, or it would assign a stable group anew.
      leaderId: request.skipAssignmentKnown ? (group.leaderId ?? '') : formerLeaderId,
      skipAssignment: leads && request.skipAssignmentKnown,
      members: leads && request.skipAssignmentKnown ? group.offers() : [],
    });
    return;
  }
  member.answerJoin = answer;
  prepareRebalanceOrCompleteJoin(group, env);
}
