/** From what on the offsets of a group are counted, by what the coordinator knows of it; as Kafka's `offsetExpirationCondition`. */
import { ProtocolError } from '../../../protocol/protocol-error';
import { Reader } from '../../../protocol/reader';
import type { Group } from '../classic/group';
import { metadataOf } from '../classic/member';
import type { RetentionRule } from './offset-expiry';

/** The protocol type of consumers: of theirs alone it is known what is in a member's metadata. */
export const CONSUMERS = 'consumer';
/** Shortest element of an array of topic names, bytes. */
const NAME_BYTES_MIN = 2;

export function retentionRuleOf(group: Group | undefined): RetentionRule {
  // Nobody ever joined it: its clients assign themselves partitions.
  const everJoined = group !== undefined && (group.protocolType !== null || group.emptySinceMs > 0);
  if (!everJoined) return { from: 'commit', isSubscribed: () => false };
  if (group.state.name === 'Empty') return { from: 'empty', sinceMs: group.emptySinceMs };
  if (group.state.name !== 'Stable' || group.protocolType !== CONSUMERS) return { from: 'never' };
  const topics = subscribedTopics(group);
  return topics === undefined ? { from: 'never' } : { from: 'commit', isSubscribed: (topic) => topics.has(topic) };
}

/** Undefined where a member says it in words we do not understand. */
export function subscribedTopics(group: Group): ReadonlySet<string> | undefined {
  const topics = new Set<string>();
  try {
    for (const member of group.members.values()) {
      for (const topic of readSubscription(metadataOf(member, group.protocolName))) topics.add(topic);
    }
    return topics;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Kafka's ConsumerProtocolSubscription: version int16, topics [string], and what later versions add behind. */
function readSubscription(metadata: Uint8Array): string[] {
  const reader = new Reader(metadata);
  reader.int16();
  const count = reader.arrayLength(NAME_BYTES_MIN);
  return Array.from({ length: count }, () => reader.string());
}
