/** SyncGroup and Heartbeat: members fetch what the leader assigned, and show that they live. */
import { ErrorCode } from '../../../protocol/error-code';
import { errorCodeOf } from '../../error-mapping';
import { answerSync, failedSync, syncAnswer } from './answers';
import type { Group } from './group';
import type { GroupEnvironment } from './group-environment';
import type { Answer } from './join';
import { identityProblem } from './join';
import type { SyncAnswer } from './member';
import { NO_BYTES } from '../../../protocol/reader';
import { becomeStable, failSyncs, rebalance, renewSession } from './rebalance';

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
      answerSync(member, failedSync(ErrorCode.REBALANCE_IN_PROGRESS));
      member.answerSync = answer;
      group.synced(member.id);
      if (group.leaderId === member.id) assign(group, request.assignments, env);
      return;
    case 'PreparingRebalance':
      answer(failedSync(ErrorCode.REBALANCE_IN_PROGRESS));
      return;
    case 'Stable':
      group.synced(member.id);
      renewSession(group, member, env);
      answer(syncAnswer(group, member));
      return;
    default:
      answer(failedSync(ErrorCode.UNKNOWN_MEMBER_ID));
  }
}

/** The assignment counts once it is stored. By then the group may have gone on: then it belongs to nobody. */
function assign(group: Group, sent: ReadonlyMap<string, Uint8Array>, env: GroupEnvironment): void {
  const { state, generationId } = group;
  if (state.name !== 'CompletingRebalance' || state.storing !== undefined) return;
  const assignments = new Map([...group.members.keys()].map((id) => [id, sent.get(id) ?? NO_BYTES]));
  state.storing = assignments;
  const isCurrent = (): boolean => group.state === state && group.generationId === generationId;
  env.store(group, assignments).then(
    () => {
      if (isCurrent()) becomeStable(group, assignments, env);
    },
    (error: unknown) => {
      if (!isCurrent()) return;
      failSyncs(group, errorCodeOf(error, 'coordinator'), env);
      rebalance(group, 'store_failed', env);
    },
  );
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
