/** Which committed offsets of a group may be deleted now (KIP-496): none of a topic that its members read. */
import { ErrorCode } from '../../../protocol/error-code';
import type { CallContext } from '../../../telemetry/trace/operation';
import { errorCodeOf } from '../../error-mapping';
import type { Group } from '../classic/group';
import type { GroupCoordinator } from '../classic/group-coordinator';
import { CONSUMERS, subscribedTopics } from './retention-rule';

export interface OffsetDeletionRule {
  readonly isSubscribed: (topic: string) => boolean;
}

interface Refused {
  readonly errorCode: ErrorCode;
}

/**
 * INVALID_GROUP_ID, GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP where the members are no consumers and nobody can tell what they read, or a code that
 * clients retry where the storage could not be asked.
 */
export async function offsetDeletionRule(
  groupId: string,
  groups: GroupCoordinator,
  context: CallContext,
): Promise<OffsetDeletionRule | Refused> {
  if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
  const refused = await groups.whenLoaded(context);
  if (refused !== ErrorCode.NONE) return { errorCode: refused };
  const group = groups.group(groupId);
  if (group !== undefined) return ruleOf(group);
  try {
    const exists = await groups.offsets.hasOffsets(groupId, context);
    return exists ? { isSubscribed: () => false } : { errorCode: ErrorCode.GROUP_ID_NOT_FOUND };
  } catch (error) {
    return { errorCode: errorCodeOf(error, 'coordinator') };
  }
}

function ruleOf(group: Group): OffsetDeletionRule | Refused {
  if (group.state.name === 'Dead') return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND };
  if (group.state.name === 'Empty') return { isSubscribed: () => false };
  if (group.protocolType !== CONSUMERS) return { errorCode: ErrorCode.NON_EMPTY_GROUP };
  // Before the first generation, or where a member says it in words we do not understand, every topic may be read.
  const topics = group.protocolName === null ? undefined : subscribedTopics(group);
  return { isSubscribed: (topic) => topics === undefined || topics.has(topic) };
}
