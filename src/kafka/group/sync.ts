/** SyncGroup and Heartbeat: members fetch what the leader assigned, and show that they live. */
import { ErrorCode } from '../../protocol/error-code';
import type { Group } from './group';
import type { Answer } from './join';
import { identityProblem } from './join';
import type { SyncAnswer } from './member';
import { NO_BYTES } from './member';
import { answerSync, renewSession } from './rebalance';
import type { GroupEnvironment } from './rebalance';

export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
}

export interface SyncRequest extends MemberIdentity {
  /** Null where the client does not say (before SyncGroup v5). */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** By member id; from the leader alone. */
  readonly assignments: ReadonlyMap<string, Uint8Array>;
}

export function failedSync(error: ErrorCode): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: NO_BYTES };
}

/** Answers now, or once the leader has assigned. */
export function sync(group: Group, request: SyncRequest, env: GroupEnvironment, answer: Answer<SyncAnswer>): void {
  const wrong = generationProblem(group, request) ?? protocolProblem(group, request);
  const member = group.members.get(request.memberId);
  if (wrong !== undefined || member === undefined) {
    answer(failedSync(wrong ?? ErrorCode.UNKNOWN_MEMBER_ID));
    return;
  }
  switch (group.state.name) {
    case 'CompletingRebalance':
      // A client that asks twice has given its first question up.
      answerSync(group, member, ErrorCode.REBALANCE_IN_PROGRESS, env);
      member.answerSync = answer;
      group.state.notSynced.delete(member.id);
      if (group.leaderId === member.id) assign(group, request.assignments, env);
      return;
    case 'PreparingRebalance':
      answer(failedSync(ErrorCode.REBALANCE_IN_PROGRESS));
      return;
    case 'Stable':
      renewSession(group, member, env);
      member.answerSync = answer;
      answerSync(group, member, ErrorCode.NONE, env);
      return;
    default:
      answer(failedSync(ErrorCode.UNKNOWN_MEMBER_ID));
  }
}

/** Members that the leader left out get an empty assignment. */
function assign(group: Group, assignments: ReadonlyMap<string, Uint8Array>, env: GroupEnvironment): void {
  group.moveTo({ name: 'Stable' });
  for (const member of group.members.values()) member.assignment = assignments.get(member.id) ?? NO_BYTES;
  for (const member of [...group.members.values()]) answerSync(group, member, ErrorCode.NONE, env);
}

export function heartbeat(group: Group, request: MemberIdentity, env: GroupEnvironment): ErrorCode {
  const wrong = generationProblem(group, request);
  const member = group.members.get(request.memberId);
  if (wrong !== undefined || member === undefined) return wrong ?? ErrorCode.UNKNOWN_MEMBER_ID;
  renewSession(group, member, env);
  return group.state.name === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** Whether this member may speak for this generation. */
export function generationProblem(group: Group, request: MemberIdentity): ErrorCode | undefined {
  if (group.state.name === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const wrong = identityProblem(group, request.memberId, request.groupInstanceId);
  if (wrong !== undefined) return wrong;
  return request.generationId === group.generationId ? undefined : ErrorCode.ILLEGAL_GENERATION;
}

function protocolProblem(group: Group, request: SyncRequest): ErrorCode | undefined {
  const typeOk = request.protocolType === null || request.protocolType === group.protocolType;
  const nameOk = request.protocolName === null || request.protocolName === group.protocolName;
  return typeOk && nameOk ? undefined : ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
}
