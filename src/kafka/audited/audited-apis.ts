/**
 * THE table of APIs that change something: what each changed, read from its request and its answer. `tell-changes.ts` asks it behind
 * every handler, so that none has to think of the audit trail. Denied parts are told by the authorizer.
 */
import { alterClientQuotasApi } from '../../protocol/generated/alter-client-quotas';
import type { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../protocol/generated/alter-client-quotas';
import { alterUserScramCredentialsApi } from '../../protocol/generated/alter-user-scram-credentials';
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../protocol/generated/alter-user-scram-credentials';
import { alterConfigsApi } from '../../protocol/generated/alter-configs';
import type { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/generated/alter-configs';
import { createAclsApi } from '../../protocol/generated/create-acls';
import type { CreateAclsRequest, CreateAclsResponse } from '../../protocol/generated/create-acls';
import { createPartitionsApi } from '../../protocol/generated/create-partitions';
import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/generated/create-partitions';
import { createTopicsApi } from '../../protocol/generated/create-topics';
import type { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/generated/create-topics';
import { deleteAclsApi } from '../../protocol/generated/delete-acls';
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/generated/delete-acls';
import { deleteGroupsApi } from '../../protocol/generated/delete-groups';
import type { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/generated/delete-groups';
import { deleteRecordsApi } from '../../protocol/generated/delete-records';
import type { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/generated/delete-records';
import { deleteTopicsApi } from '../../protocol/generated/delete-topics';
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/generated/delete-topics';
import { incrementalAlterConfigsApi } from '../../protocol/generated/incremental-alter-configs';
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/generated/incremental-alter-configs';
import { offsetCommitApi } from '../../protocol/generated/offset-commit';
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/generated/offset-commit';
import { offsetDeleteApi } from '../../protocol/generated/offset-delete';
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/generated/offset-delete';
import { type AnyAuditedApi, type AuditedChange, audited } from './audited-change';
import { aclDetail, aclType, configType, entityText, quotasText, scramName, settingsText } from './details';

export const AUDITED_APIS: readonly AnyAuditedApi[] = [
  audited({ facts: createTopicsApi, changes: createdTopics }),
  audited({ facts: deleteTopicsApi, changes: deletedTopics }),
  audited({ facts: createPartitionsApi, changes: addedPartitions }),
  audited({ facts: alterConfigsApi, changes: changedConfigs }),
  audited({ facts: incrementalAlterConfigsApi, changes: changedConfigs }),
  audited({ facts: createAclsApi, changes: createdAcls }),
  audited({ facts: deleteAclsApi, changes: deletedAcls }),
  audited({ facts: alterClientQuotasApi, changes: changedQuotas }),
  audited({ facts: alterUserScramCredentialsApi, changes: changedUsers }),
  audited({ facts: deleteGroupsApi, changes: deletedGroups }),
  audited({ facts: offsetCommitApi, changes: resetOffsets }),
  audited({ facts: offsetDeleteApi, changes: deletedOffsets }),
  audited({ facts: deleteRecordsApi, changes: deletedRecords }),
];

function* createdTopics(request: CreateTopicsRequest, response: CreateTopicsResponse): Iterable<AuditedChange> {
  if (request.validateOnly) return;
  const asked = new Map(request.topics.map((topic) => [topic.name, topic]));
  for (const { name, errorCode, numPartitions } of response.topics) {
    const settings = settingsText(asked.get(name)?.configs ?? []);
    const detail = `partitions=${numPartitions} ${settings}`.trimEnd();
    yield { kind: 'topic_created', type: 'topic', name, errorCode, ...(errorCode === 0 ? { detail } : {}) };
  }
}

function* deletedTopics(_request: DeleteTopicsRequest, response: DeleteTopicsResponse): Iterable<AuditedChange> {
  for (const { name, topicId, errorCode } of response.responses)
    yield { kind: 'topic_deleted', type: 'topic', name: name ?? topicId, errorCode };
}

function* addedPartitions(
  request: CreatePartitionsRequest,
  response: CreatePartitionsResponse,
): Iterable<AuditedChange> {
  if (request.validateOnly) return;
  const asked = new Map(request.topics.map((topic) => [topic.name, topic.count]));
  for (const { name, errorCode } of response.results) {
    const detail = `partitions=${asked.get(name) ?? ''}`;
    yield { kind: 'partitions_added', type: 'topic', name, errorCode, detail };
  }
}

function* changedConfigs(
  request: AlterConfigsRequest | IncrementalAlterConfigsRequest,
  response: AlterConfigsResponse | IncrementalAlterConfigsResponse,
): Iterable<AuditedChange> {
  if (request.validateOnly) return;
  for (const [index, { errorCode, resourceType, resourceName: name }] of response.responses.entries()) {
    const detail = settingsText(request.resources[index]?.configs ?? []);
    yield { kind: 'config_changed', type: configType(resourceType), name, errorCode, detail };
  }
}

function* createdAcls(request: CreateAclsRequest, response: CreateAclsResponse): Iterable<AuditedChange> {
  for (const [index, { errorCode }] of response.results.entries()) {
    const acl = request.creations[index];
    if (acl === undefined) continue;
    const detail = aclDetail({ ...acl, patternType: acl.resourcePatternType });
    yield { kind: 'acl_created', type: aclType(acl.resourceType), name: acl.resourceName, errorCode, detail };
  }
}

/** Each ACL that a filter met; a filter that failed as a whole names none. */
function* deletedAcls(request: DeleteAclsRequest, response: DeleteAclsResponse): Iterable<AuditedChange> {
  for (const [index, { errorCode, matchingAcls }] of response.filterResults.entries()) {
    const filter = request.filters[index];
    if (errorCode !== 0 && filter !== undefined) {
      const [type, name] = [aclType(filter.resourceTypeFilter), filter.resourceNameFilter ?? ''];
      yield { kind: 'acl_deleted', type, name, errorCode };
    }
    for (const acl of matchingAcls) {
      const [type, name, detail] = [aclType(acl.resourceType), acl.resourceName, aclDetail(acl)];
      yield { kind: 'acl_deleted', type, name, errorCode: acl.errorCode, detail };
    }
  }
}

function* changedQuotas(
  request: AlterClientQuotasRequest,
  response: AlterClientQuotasResponse,
): Iterable<AuditedChange> {
  if (request.validateOnly) return;
  for (const [index, { errorCode, entity }] of response.entries.entries()) {
    const detail = quotasText(request.entries[index]?.ops ?? []);
    yield { kind: 'quota_changed', type: 'client_quota', name: entityText(entity), errorCode, detail };
  }
}

/** Which mechanism, and nothing of the password. */
function* changedUsers(
  { deletions, upsertions }: AlterUserScramCredentialsRequest,
  { results }: AlterUserScramCredentialsResponse,
): Iterable<AuditedChange> {
  for (const { user: name, errorCode } of results) {
    for (const { mechanism } of upsertions.filter((each) => each.name === name))
      yield { kind: 'user_changed', type: 'user', name, errorCode, detail: `mechanism=${scramName(mechanism)}` };
    for (const { mechanism } of deletions.filter((each) => each.name === name))
      yield { kind: 'user_deleted', type: 'user', name, errorCode, detail: `mechanism=${scramName(mechanism)}` };
  }
}

function* deletedGroups(_request: DeleteGroupsRequest, response: DeleteGroupsResponse): Iterable<AuditedChange> {
  for (const { groupId: name, errorCode } of response.results)
    yield { kind: 'group_deleted', type: 'group', name, errorCode };
}

/**
 * Commits of who is no member, one for each topic. A consumer that assigns itself partitions cannot be told from an operator's tool, and
 * comes again and again.
 */
function* resetOffsets(
  { groupId: name, memberId, generationIdOrMemberEpoch: generation, topics }: OffsetCommitRequest,
  response: OffsetCommitResponse,
): Iterable<AuditedChange> {
  if (memberId !== '' || generation >= 0) return;
  for (const [index, { name: asked, topicId, partitions }] of topics.entries()) {
    const errorCode = response.topics[index]?.partitions.find((each) => each.errorCode !== 0)?.errorCode ?? 0;
    const places = partitions.map((each) => `${each.partitionIndex}@${String(each.committedOffset)}`).join(' ');
    const topic = asked === '' ? topicId : asked;
    const repeats = `${topic} ${errorCode}`;
    yield { kind: 'offsets_reset', type: 'group', name, errorCode, detail: `${topic} ${places}`, repeats };
  }
}

/** One for each topic, with what became of the first partition that failed. */
function* deletedOffsets(
  { groupId: name }: OffsetDeleteRequest,
  { errorCode, topics }: OffsetDeleteResponse,
): Iterable<AuditedChange> {
  if (errorCode !== 0) yield { kind: 'offsets_deleted', type: 'group', name, errorCode };
  for (const { name: topic, partitions } of topics) {
    const failed = partitions.find((each) => each.errorCode !== 0)?.errorCode ?? 0;
    const detail = `${topic} partitions=${partitions.map(({ partitionIndex }) => partitionIndex).join(',')}`;
    yield { kind: 'offsets_deleted', type: 'group', name, errorCode: failed, detail };
  }
}

/** One for each topic and outcome: the new log start of each partition, or the error of those that failed. */
function* deletedRecords(_request: DeleteRecordsRequest, response: DeleteRecordsResponse): Iterable<AuditedChange> {
  for (const { name, partitions } of response.topics) {
    const done = partitions.filter((each) => each.errorCode === 0);
    const failed = partitions.find((each) => each.errorCode !== 0);
    const detail = done.map(({ partitionIndex, lowWatermark }) => `${partitionIndex}@${lowWatermark}`).join(' ');
    if (done.length > 0) yield { kind: 'records_deleted', type: 'topic', name, errorCode: 0, detail };
    if (failed !== undefined) yield { kind: 'records_deleted', type: 'topic', name, errorCode: failed.errorCode };
  }
}
