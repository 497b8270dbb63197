/**
 * JoinGroup: a client asks to be a member. New ids are given out first where the client knows that round (KIP-394), static members
 * replace their former selves (KIP-345), and everybody else waits at the join barrier.
 */
import { ErrorCode } from '../../../protocol/error-code';
import { errorCodeOf } from '../../error-mapping';
import { answerJoin, answerSync, failedJoin, failedSync, joinAnswer } from './answers';
import type { Group } from './group';
import type { GroupEnvironment, RebalanceCause } from './group-environment';
import type { JoinAnswer, Member, MemberProtocol } from './member';
import { NO_BYTES } from '../../../protocol/reader';
import { sameProtocols } from './member';
import { completeJoinWhenAllJoined, expectMember, rebalance, removeMember, renewSession } from './rebalance';

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
    turnAway(group, memberId, env);
    answer(failedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, ''));
  } else if (!group.supports(request.protocolType, request.protocols)) {
    answer(failedJoin(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId));
  } else if (memberId === '') {
    joinWithoutId(group, { request, env, answer });
  } else {
    joinWithId(group, { request, env, answer });
  }
}

/** At the barrier those count who stand at it: where the group is over its size, the last to come back are out. */
function isFull(group: Group, request: JoinRequest, env: GroupEnvironment): boolean {
  const { membersMax } = env.settings;
  if (request.groupInstanceId !== null && group.staticMembers.has(request.groupInstanceId)) return false;
  const member = group.members.get(request.memberId);
  if (group.state.name === 'Empty' || group.members.size < membersMax) return false;
  if (group.state.name !== 'PreparingRebalance') return member === undefined;
  return member?.answerJoin === undefined && group.joinedCount >= membersMax;
}

function turnAway(group: Group, memberId: string, env: GroupEnvironment): void {
  forgetPending(group, memberId);
  const member = group.members.get(memberId);
  if (member !== undefined) removeMember(group, member);
  completeJoinWhenAllJoined(group, env);
}

interface Joining {
  readonly request: JoinRequest;
  readonly env: GroupEnvironment;
  readonly answer: Answer<JoinAnswer>;
}

function joinWithoutId(group: Group, joining: Joining): void {
  const { request, env, answer } = joining;
  const newId = `${request.groupInstanceId ?? request.clientId}-${env.random.uuid()}`;
  if (request.groupInstanceId !== null) {
    const formerId = group.staticMembers.get(request.groupInstanceId);
    const former = formerId === undefined ? undefined : group.members.get(formerId);
    if (former === undefined) addMember(group, newId, joining);
    else replaceStaticMember(group, former, newId, joining);
  } else if (!request.memberIdRequired) {
    addMember(group, newId, joining);
  } else if (group.pendingMembers.size >= env.settings.membersMax) {
    answer(failedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, ''));
  } else {
    expectMember(group, newId, request.sessionTimeoutMs, env);
    answer(failedJoin(ErrorCode.MEMBER_ID_REQUIRED, newId));
  }
}

function joinWithId(group: Group, joining: Joining): void {
  const { request, answer } = joining;
  const { memberId, groupInstanceId } = request;
  if (group.pendingMembers.has(memberId) && groupInstanceId === null) {
    forgetPending(group, memberId);
    addMember(group, memberId, joining);
    return;
  }
  const wrong = identityProblem(group, memberId, groupInstanceId);
  const member = group.members.get(memberId);
  if (wrong !== undefined || member === undefined) {
    answer(failedJoin(wrong ?? ErrorCode.UNKNOWN_MEMBER_ID, memberId));
    return;
  }
  const changed = !sameProtocols(member.protocols, request.protocols);
  if (group.state.name === 'PreparingRebalance' || changed) {
    joinAgain(group, member, 'member_changed', joining);
  } else if (group.state.name === 'Stable' && group.leaderId === memberId) {
    joinAgain(group, member, 'leader_rejoined', joining);
  } else {
    // The answer of the last barrier was lost on its way: give it again. A follower's alone in a stable group.
    answer(joinAnswer(group, member));
  }
}

function forgetPending(group: Group, memberId: string): void {
  group.pendingMembers.get(memberId)?.cancel();
  group.pendingMembers.delete(memberId);
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

function addMember(group: Group, id: string, { request, env, answer }: Joining): void {
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
  rebalance(group, 'member_joined', env);
}

function joinAgain(group: Group, member: Member, cause: RebalanceCause, { request, env, answer }: Joining): void {
  takeOver(member, request);
  // A client that asks twice has given its first question up; one that reads the answer after all asks again.
  answerJoin(member, failedJoin(ErrorCode.REBALANCE_IN_PROGRESS, member.id));
  member.answerJoin = answer;
  renewSession(group, member, env);
  rebalance(group, cause, env);
}

function takeOver(member: Member, request: JoinRequest): void {
  member.protocols = request.protocols;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
}

/** A static member is back under a new id: the former self is fenced, the assignment stays where the protocol does (KIP-345). */
function replaceStaticMember(group: Group, former: Member, newId: string, joining: Joining): void {
  const { request, env, answer } = joining;
  const formerLeaderId = group.leaderId ?? '';
  answerJoin(former, failedJoin(ErrorCode.FENCED_INSTANCE_ID, former.id));
  answerSync(former, failedSync(ErrorCode.FENCED_INSTANCE_ID));
  former.session?.cancel();
  const member: Member = { ...former, id: newId, isNew: false, session: undefined };
  takeOver(member, request);
  group.members.delete(former.id);
  group.members.set(newId, member);
  group.synced(former.id);
  if (request.groupInstanceId !== null) group.staticMembers.set(request.groupInstanceId, newId);
  if (group.leaderId === former.id) group.leaderId = newId;
  renewSession(group, member, env);

  if (group.state.name === 'Stable' && group.selectProtocol() === group.protocolName) {
    keepAssignment(group, { member, former, formerLeaderId }, joining);
  } else {
    member.answerJoin = answer;
    rebalance(group, 'static_member_replaced', env);
  }
}

interface Replaced {
  readonly member: Member;
  readonly former: Member;
  readonly formerLeaderId: string;
}

/** The new id counts once it is stored: after a restart the instance would otherwise belong to an id that nobody has. */
function keepAssignment(group: Group, replaced: Replaced, { request, env, answer }: Joining): void {
  const { member, formerLeaderId } = replaced;
  const assignments = new Map([...group.members.values()].map((each) => [each.id, each.assignment]));
  const returns = request.skipAssignmentKnown && group.leaderId === member.id;
  const kept: JoinAnswer = {
    ...joinAnswer(group, member),
    // A client that cannot be told to skip must not believe that it leads, or it would assign a stable group anew (KIP-814).
    leaderId: request.skipAssignmentKnown ? (group.leaderId ?? '') : formerLeaderId,
    skipAssignment: returns,
    members: returns ? group.offers() : [],
  };
  env.store(group, assignments).then(
    () => answer(kept),
    (error: unknown) => {
      putBack(group, replaced, env);
      answer(failedJoin(errorCodeOf(error, 'coordinator'), ''));
    },
  );
}

/** As in Kafka the former self is a member again; nobody was told of the new one. */
function putBack(group: Group, { member, former }: Replaced, env: GroupEnvironment): void {
  if (group.members.get(member.id) !== member) return;
  member.session?.cancel();
  group.members.delete(member.id);
  former.assignment = member.assignment;
  group.members.set(former.id, former);
  if (former.groupInstanceId !== null) group.staticMembers.set(former.groupInstanceId, former.id);
  if (group.leaderId === member.id) group.leaderId = former.id;
  renewSession(group, former, env);
}
