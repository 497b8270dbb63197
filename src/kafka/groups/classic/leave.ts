/** LeaveGroup: members go, one or several at once (KIP-345). */
import { ErrorCode } from '../../../protocol/error-code';
import type { Group } from './group';
import type { GroupEnvironment } from './group-environment';
import { identityProblem } from './join';
import { completeJoinWhenAllJoined, rebalance, removeMember } from './rebalance';

export interface LeavingMember {
  /** Empty where an operator removes a static member by its instance id alone. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** One answer for each, in order; the group rebalances once. */
export function leave(group: Group, leaving: readonly LeavingMember[], env: GroupEnvironment): readonly ErrorCode[] {
  if (group.state.name === 'Dead') return leaving.map(() => ErrorCode.COORDINATOR_NOT_AVAILABLE);
  const before = group.members.size;
  const answers = leaving.map((each) => {
    const pending = group.pendingMembers.get(each.memberId);
    if (pending !== undefined) {
      pending.cancel();
      group.pendingMembers.delete(each.memberId);
      return ErrorCode.NONE;
    }
    const memberId = each.memberId === '' ? staticMemberId(group, each.groupInstanceId) : each.memberId;
    const wrong = identityProblem(group, memberId, each.groupInstanceId);
    const member = group.members.get(memberId);
    if (wrong !== undefined || member === undefined) return wrong ?? ErrorCode.UNKNOWN_MEMBER_ID;
    removeMember(group, member);
    return ErrorCode.NONE;
  });
  if (group.members.size < before) rebalance(group, 'member_left', env);
  else completeJoinWhenAllJoined(group, env);
  return answers;
}

function staticMemberId(group: Group, groupInstanceId: string | null): string {
  return groupInstanceId === null ? '' : (group.staticMembers.get(groupInstanceId) ?? '');
}
