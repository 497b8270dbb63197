/** Tells the audit trail which members another client took out of their group, as an operator's tool does. */
import { actorOf } from '../../audit-trail/audit-trail';
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import { leaveGroupApi } from '../../protocol/generated/leave-group';
import { traceIds } from '../../telemetry/log/log';
import type { RequestContext } from '../api/define-api';
import type { Group } from '../groups/classic/group';
import type { Services } from '../services';

export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** As the client says. */
  readonly reason: string | null;
}

/** One who is asked to go by somebody else; undefined of who goes itself. */
type Removal = string | undefined;

/**
 * Who goes itself says its member id, by the client id and from the address that it joined with; whoever says an instance id alone, or is
 * another client, takes it out. To be asked before they are gone.
 */
export function removalsIn(
  members: readonly LeavingMember[],
  group: Group | undefined,
  { clientId, session }: RequestContext,
): readonly Removal[] {
  return members.map(({ memberId, groupInstanceId, reason }) => {
    const id = memberId === '' ? (group?.staticMembers.get(groupInstanceId ?? '') ?? '') : memberId;
    const member = group?.members.get(id);
    const isOwn = member?.clientId === (clientId ?? '') && member.clientHost === session.clientAddress;
    if (memberId !== '' && (member === undefined || isOwn)) return undefined;
    const named = {
      ...{ member: id === '' ? undefined : id, instance: groupInstanceId ?? undefined },
      ...{ client: member?.clientId, address: member?.clientHost, reason: reason ?? undefined },
    };
    const told = Object.entries(named).filter(([, value]) => value !== undefined);
    return told.map(([name, value]) => `${name}=${String(value)}`).join(' ');
  });
}

/** `codes`: what became of each. */
export function tellRemovals(
  removals: readonly Removal[],
  codes: readonly ErrorCode[],
  { groupId, context, services }: { groupId: string; context: RequestContext; services: Services },
): void {
  for (const [index, detail] of removals.entries()) {
    if (detail === undefined) continue;
    const code = codes[index] ?? ErrorCode.NONE;
    const isDone = code === ErrorCode.NONE;
    services.auditTrail.record({
      ...{ kind: 'member_removed', actor: actorOf(context), api: leaveGroupApi.name },
      resource: { type: 'group', name: groupId },
      verdict: isDone ? 'allowed' : 'failed',
      rule: ruleOf(groupId, context, services),
      error: isDone ? undefined : (errorNameOf(code) ?? String(code)),
      detail,
      trace: traceIds(context.operation),
    });
  }
}

function ruleOf(groupId: string, { session }: RequestContext, { authorizer }: Services): string | undefined {
  const action = { operation: 'READ', resourceType: 'GROUP', resourceName: groupId } as const;
  return authorizer?.decide(authorizer.decisionsOf(session), action).rule;
}
