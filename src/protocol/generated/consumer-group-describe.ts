/** Kafka's ConsumerGroupDescribe: facts, types, readers and writers. Generated from schema/ConsumerGroupDescribeRequest.json and ConsumerGroupDescribeResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { PartitionId, TopicId } from '../../types';

export const consumerGroupDescribeApi = {
  key: 69,
  name: 'ConsumerGroupDescribe',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface ConsumerGroupDescribeRequest {
  readonly groupIds: readonly string[];
  readonly includeAuthorizedOperations: boolean;
}

export interface ConsumerGroupDescribeResponse {
  readonly throttleTimeMs: number;
  readonly groups: readonly DescribedGroup[];
}

export interface DescribedGroup {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly groupId: string;
  readonly groupState: string;
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
  readonly assignorName: string;
  readonly members: readonly Member[];
  readonly authorizedOperations: number;
}

export interface Member {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly memberEpoch: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly subscribedTopicNames: readonly string[];
  readonly subscribedTopicRegex: string | null;
  readonly assignment: Assignment;
  readonly targetAssignment: ConsumerGroupDescribeResponseAssignment;
  /** From version 1. */
  readonly memberType: number;
}

export interface Assignment {
  readonly topicPartitions: readonly TopicPartitions[];
}

export interface TopicPartitions {
  readonly topicId: TopicId;
  readonly topicName: string;
  readonly partitions: readonly PartitionId[];
}

export interface ConsumerGroupDescribeResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupDescribeResponseTopicPartitions[];
}

export interface ConsumerGroupDescribeResponseTopicPartitions {
  readonly topicId: TopicId;
  readonly topicName: string;
  readonly partitions: readonly PartitionId[];
}

/** A value with Kafka's defaults where nothing is given. */
export function createConsumerGroupDescribeRequest(
  fields: Partial<ConsumerGroupDescribeRequest> = {},
): ConsumerGroupDescribeRequest {
  return {
    groupIds: fields.groupIds ?? [],
    includeAuthorizedOperations: fields.includeAuthorizedOperations ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createConsumerGroupDescribeResponse(
  fields: Partial<ConsumerGroupDescribeResponse> = {},
): ConsumerGroupDescribeResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    groups: fields.groups ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribedGroup(fields: Partial<DescribedGroup> = {}): DescribedGroup {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
    groupId: fields.groupId ?? '',
    groupState: fields.groupState ?? '',
    groupEpoch: fields.groupEpoch ?? 0,
    assignmentEpoch: fields.assignmentEpoch ?? 0,
    assignorName: fields.assignorName ?? '',
    members: fields.members ?? [],
    authorizedOperations: fields.authorizedOperations ?? -2147483648,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMember(fields: Partial<Member> = {}): Member {
  return {
    memberId: fields.memberId ?? '',
    instanceId: fields.instanceId === undefined ? null : fields.instanceId,
    rackId: fields.rackId === undefined ? null : fields.rackId,
    memberEpoch: fields.memberEpoch ?? 0,
    clientId: fields.clientId ?? '',
    clientHost: fields.clientHost ?? '',
    subscribedTopicNames: fields.subscribedTopicNames ?? [],
    subscribedTopicRegex: fields.subscribedTopicRegex === undefined ? null : fields.subscribedTopicRegex,
    assignment: fields.assignment ?? DEFAULT_ASSIGNMENT,
    targetAssignment: fields.targetAssignment ?? DEFAULT_CONSUMER_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT,
    memberType: fields.memberType ?? -1,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAssignment(fields: Partial<Assignment> = {}): Assignment {
  return {
    topicPartitions: fields.topicPartitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicPartitions(fields: Partial<TopicPartitions> = {}): TopicPartitions {
  return {
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    topicName: fields.topicName ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createConsumerGroupDescribeResponseAssignment(
  fields: Partial<ConsumerGroupDescribeResponseAssignment> = {},
): ConsumerGroupDescribeResponseAssignment {
  return {
    topicPartitions: fields.topicPartitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createConsumerGroupDescribeResponseTopicPartitions(
  fields: Partial<ConsumerGroupDescribeResponseTopicPartitions> = {},
): ConsumerGroupDescribeResponseTopicPartitions {
  return {
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    topicName: fields.topicName ?? '',
    partitions: fields.partitions ?? [],
  };
}

const DEFAULT_ASSIGNMENT: Assignment = createAssignment();
const DEFAULT_CONSUMER_GROUP_DESCRIBE_RESPONSE_ASSIGNMENT: ConsumerGroupDescribeResponseAssignment =
  createConsumerGroupDescribeResponseAssignment();

/** Reads the body of a ConsumerGroupDescribeRequest of versions 0 to 1. Throws ProtocolError. */
export function readConsumerGroupDescribeRequest(reader: Reader, _version: number): ConsumerGroupDescribeRequest {
  const groupIds: string[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) groupIds.push(reader.compactString());
  const includeAuthorizedOperations = reader.bool();
  reader.skipTaggedFields();
  return { groupIds, includeAuthorizedOperations };
}

/** Reads the body of a ConsumerGroupDescribeResponse of versions 0 to 1. Throws ProtocolError. */
export function readConsumerGroupDescribeResponse(reader: Reader, version: number): ConsumerGroupDescribeResponse {
  const throttleTimeMs = reader.int32();
  const groups: DescribedGroup[] = [];
  for (let left = reader.compactArrayLength(20); left > 0; left--) groups.push(readDescribedGroup(reader, version));
  reader.skipTaggedFields();
  return { throttleTimeMs, groups };
}

function readDescribedGroup(reader: Reader, version: number): DescribedGroup {
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const groupId = reader.compactString();
  const groupState = reader.compactString();
  const groupEpoch = reader.int32();
  const assignmentEpoch = reader.int32();
  const assignorName = reader.compactString();
  const members: Member[] = [];
  for (let left = reader.compactArrayLength(16); left > 0; left--) members.push(readMember(reader, version));
  const authorizedOperations = reader.int32();
  reader.skipTaggedFields();
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState,
    groupEpoch,
    assignmentEpoch,
    assignorName,
    members,
    authorizedOperations,
  };
}

function readMember(reader: Reader, version: number): Member {
  const memberId = reader.compactString();
  const instanceId = reader.compactNullableString();
  const rackId = reader.compactNullableString();
  const memberEpoch = reader.int32();
  const clientId = reader.compactString();
  const clientHost = reader.compactString();
  const subscribedTopicNames: string[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) subscribedTopicNames.push(reader.compactString());
  const subscribedTopicRegex = reader.compactNullableString();
  const assignment = readAssignment(reader);
  const targetAssignment = readConsumerGroupDescribeResponseAssignment(reader);
  const memberType = version >= 1 ? reader.int8() : -1;
  reader.skipTaggedFields();
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames,
    subscribedTopicRegex,
    assignment,
    targetAssignment,
    memberType,
  };
}

function readAssignment(reader: Reader): Assignment {
  const topicPartitions: TopicPartitions[] = [];
  for (let left = reader.compactArrayLength(19); left > 0; left--) topicPartitions.push(readTopicPartitions(reader));
  reader.skipTaggedFields();
  return { topicPartitions };
}

function readTopicPartitions(reader: Reader): TopicPartitions {
  const topicId = reader.uuid() as TopicId;
  const topicName = reader.compactString();
  const partitions: PartitionId[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) partitions.push(reader.int32() as PartitionId);
  reader.skipTaggedFields();
  return { topicId, topicName, partitions };
}

function readConsumerGroupDescribeResponseAssignment(reader: Reader): ConsumerGroupDescribeResponseAssignment {
  const topicPartitions: ConsumerGroupDescribeResponseTopicPartitions[] = [];
  for (let left = reader.compactArrayLength(19); left > 0; left--)
    topicPartitions.push(readConsumerGroupDescribeResponseTopicPartitions(reader));
  reader.skipTaggedFields();
  return { topicPartitions };
}

function readConsumerGroupDescribeResponseTopicPartitions(
  reader: Reader,
): ConsumerGroupDescribeResponseTopicPartitions {
  const topicId = reader.uuid() as TopicId;
  const topicName = reader.compactString();
  const partitions: PartitionId[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) partitions.push(reader.int32() as PartitionId);
  reader.skipTaggedFields();
  return { topicId, topicName, partitions };
}

export function writeConsumerGroupDescribeRequest(
  writer: Writer,
  value: ConsumerGroupDescribeRequest,
  _version: number,
): void {
  writer.compactArrayLength(value.groupIds.length);
  for (const element of value.groupIds) {
    writer.compactString(element);
  }
  writer.bool(value.includeAuthorizedOperations);
  writer.uvarint(0);
}

export function writeConsumerGroupDescribeResponse(
  writer: Writer,
  value: ConsumerGroupDescribeResponse,
  version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.compactArrayLength(value.groups.length);
  for (const element of value.groups) {
    writeDescribedGroup(writer, element, version);
  }
  writer.uvarint(0);
}

function writeDescribedGroup(writer: Writer, value: DescribedGroup, version: number): void {
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.compactString(value.groupId);
  writer.compactString(value.groupState);
  writer.int32(value.groupEpoch);
  writer.int32(value.assignmentEpoch);
  writer.compactString(value.assignorName);
  writer.compactArrayLength(value.members.length);
  for (const element of value.members) {
    writeMember(writer, element, version);
  }
  writer.int32(value.authorizedOperations);
  writer.uvarint(0);
}

function writeMember(writer: Writer, value: Member, version: number): void {
  writer.compactString(value.memberId);
  writer.compactNullableString(value.instanceId);
  writer.compactNullableString(value.rackId);
  writer.int32(value.memberEpoch);
  writer.compactString(value.clientId);
  writer.compactString(value.clientHost);
  writer.compactArrayLength(value.subscribedTopicNames.length);
  for (const element of value.subscribedTopicNames) {
    writer.compactString(element);
  }
  writer.compactNullableString(value.subscribedTopicRegex);
  writeAssignment(writer, value.assignment);
  writeConsumerGroupDescribeResponseAssignment(writer, value.targetAssignment);
  if (version >= 1) {
    writer.int8(value.memberType);
  }
  writer.uvarint(0);
}

function writeAssignment(writer: Writer, value: Assignment): void {
  writer.compactArrayLength(value.topicPartitions.length);
  for (const element of value.topicPartitions) {
    writeTopicPartitions(writer, element);
  }
  writer.uvarint(0);
}

function writeTopicPartitions(writer: Writer, value: TopicPartitions): void {
  writer.uuid(value.topicId);
  writer.compactString(value.topicName);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writer.int32(element);
  }
  writer.uvarint(0);
}

function writeConsumerGroupDescribeResponseAssignment(
  writer: Writer,
  value: ConsumerGroupDescribeResponseAssignment,
): void {
  writer.compactArrayLength(value.topicPartitions.length);
  for (const element of value.topicPartitions) {
    writeConsumerGroupDescribeResponseTopicPartitions(writer, element);
  }
  writer.uvarint(0);
}

function writeConsumerGroupDescribeResponseTopicPartitions(
  writer: Writer,
  value: ConsumerGroupDescribeResponseTopicPartitions,
): void {
  writer.uuid(value.topicId);
  writer.compactString(value.topicName);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writer.int32(element);
  }
  writer.uvarint(0);
}
