/** What members are answered when a barrier opens, and when they are turned away. */
import { ErrorCode } from '../../../protocol/error-code';
import type { Group } from './group';
import type { JoinAnswer, Member, SyncAnswer } from './member';
import { NO_BYTES } from '../../../protocol/reader';

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

export function syncAnswer(group: Group, member: Member): SyncAnswer {
  const { protocolType, protocolName } = group;
  return { error: ErrorCode.NONE, protocolType, protocolName, assignment: member.assignment };
}

export function failedSync(error: ErrorCode): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: NO_BYTES };
}

/** Answers the client that waits for this member's join, if one does. */
export function answerJoin(member: Member, answer: JoinAnswer): void {
  const waiting = member.answerJoin;
  member.answerJoin = undefined;
  waiting?.(answer);
}

/** Answers the client that waits for this member's assignment; false where none does. */
export function answerSync(member: Member, answer: SyncAnswer): boolean {
  const waiting = member.answerSync;
  member.answerSync = undefined;
  waiting?.(answer);
  return waiting !== undefined;
}
