/**
 * What a group has committed, and what a group is, as records of `__consumer_offsets`: Kafka's OffsetCommitKey 1 and OffsetCommitValue 3
 * (1 where the client named a time of expiry), GroupMetadataKey 2 and GroupMetadataValue 3. Each begins with its version, an int16:
 *
 *   key 1     group string, topic string, partition int32
 *   value 3   offset int64, leader epoch int32, metadata string, commit time int64
 *   value 1   offset int64, metadata string, commit time int64, expiry time int64
 *   key 2     group string
 *   value 3   protocol type string, generation int32, protocol string?, leader string?, time int64, members: member id string,
 *             instance id string?, client id string, client host string, rebalance timeout int32, session timeout int32,
 *             subscription bytes, assignment bytes
 */
import { joined } from '../../protocol/bytes';
import { Writer } from '../../protocol/writer';
import type { TopicPartition } from '../../types';
import type { CommittedOffset } from '../groups/offsets/offset-storage';
import type { StoredGroup, StoredMember } from '../groups/classic/stored-group';

const KEY_VERSION = { offset: 1, group: 2 } as const;
const VALUE_VERSION = { offset: 3, offsetThatExpires: 1, group: 3 } as const;

/** Kafka's offsets.topic.num.partitions. */
export const OFFSETS_PARTITIONS = 50;

/** Where Kafka keeps a group: Java's hash of its name, which goes over UTF-16 code units. */
export function offsetsPartitionOf(group: string): number {
  let hash = 0;
  for (let index = 0; index < group.length; index += 1) hash = (Math.imul(hash, 31) + group.charCodeAt(index)) | 0;
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % OFFSETS_PARTITIONS;
}

export function offsetKey(group: string, { topic, partition }: TopicPartition): Uint8Array {
  const writer = new Writer();
  writer.int16(KEY_VERSION.offset);
  writer.string(group);
  writer.string(topic);
  writer.int32(partition);
  return bytesOf(writer);
}

export function offsetValue({
  offset,
  leaderEpoch,
  metadata,
  committedAtMs,
  expiresAtMs,
}: CommittedOffset): Uint8Array {
  const writer = new Writer();
  writer.int16(expiresAtMs === undefined ? VALUE_VERSION.offset : VALUE_VERSION.offsetThatExpires);
  writer.int64Exact(offset);
  if (expiresAtMs === undefined) writer.int32(leaderEpoch);
  writer.string(metadata);
  writer.int64(committedAtMs);
  if (expiresAtMs !== undefined) writer.int64(expiresAtMs);
  return bytesOf(writer);
}

export function groupKey(group: string): Uint8Array {
  const writer = new Writer();
  writer.int16(KEY_VERSION.group);
  writer.string(group);
  return bytesOf(writer);
}

export function groupValue(group: StoredGroup): Uint8Array {
  const writer = new Writer();
  writer.int16(VALUE_VERSION.group);
  writer.string(group.protocolType ?? '');
  writer.int32(group.generationId);
  writer.nullableString(group.protocolName);
  writer.nullableString(group.leaderId);
  writer.int64(group.storedAtMs);
  writer.int32(group.members.length);
  for (const member of group.members) writeMember(writer, member);
  return bytesOf(writer);
}

function writeMember(writer: Writer, member: StoredMember): void {
  writer.string(member.id);
  writer.nullableString(member.groupInstanceId);
  writer.string(member.clientId);
  writer.string(member.clientHost);
  writer.int32(member.rebalanceTimeoutMs);
  writer.int32(member.sessionTimeoutMs);
  writer.bytes(member.metadata);
  writer.bytes(member.assignment);
}

const bytesOf = (writer: Writer): Uint8Array => joined(writer.finish());
