/**
 * Goal: whatever a request changes is in the audit trail with who, what and its outcome, and what changes nothing is not. Method: every
 * row of the table is asked over a socket of a real gateway, so that it succeeds and so that it fails; the answer says which it was.
 */
import type { AuditKind } from '../../src/audit-trail/audit-kinds';
import { apis } from '../../src/kafka/api';
import { API_AUDITS } from './api-audits';
import { AUDITED_APIS } from '../../src/kafka/audited/audited-apis';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode, errorNameOf } from '../../src/protocol/error-code';
import * as configs from '../../src/protocol/generated/alter-configs';
import * as quotas from '../../src/protocol/generated/alter-client-quotas';
import * as acls from '../../src/protocol/generated/create-acls';
import * as partitions from '../../src/protocol/generated/create-partitions';
import * as topics from '../../src/protocol/generated/create-topics';
import * as aclsGone from '../../src/protocol/generated/delete-acls';
import * as groupsGone from '../../src/protocol/generated/delete-groups';
import * as recordsGone from '../../src/protocol/generated/delete-records';
import * as topicsGone from '../../src/protocol/generated/delete-topics';
import * as users from '../../src/protocol/generated/alter-user-scram-credentials';
import * as incremental from '../../src/protocol/generated/incremental-alter-configs';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import * as commits from '../../src/protocol/generated/offset-commit';
import * as leaving from '../../src/protocol/generated/leave-group';
import * as offsetsGone from '../../src/protocol/generated/offset-delete';
import { toOffset, toPartitionId } from '../../src/types';
import type { AuditLine, MemoryOutput } from '../support/audit-lines';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { GroupMember } from '../support/group-member';
import { type Codec, type KafkaClient, METADATA } from '../support/kafka-client';
import { memoryTrail } from './memory-trail';

const TOPIC_CONFIG = 2;
const zero = toPartitionId(0);
const STATIC_MEMBER = /^member=one-[0-9a-f-]{36} instance=one client=worker address=127\.0\.0\.1 reason=moved$/;

let output: MemoryOutput;
let gateway: TestGateway;
let client: KafkaClient;
let seen = 0;
const asked = new Set<string>();
/** Kinds of events by API. */
const toldOf = new Map<string, Set<string>>();

beforeAll(async () => {
  const memory = memoryTrail(['topic_read', 'topic_written']);
  ({ output } = memory);
  gateway = await startTestGateway({ auditTrail: memory.trail, groups: { initialRebalanceDelayMs: 0 } });
  client = await gateway.client('admin-1');
});
afterAll(() => gateway.close());

/** Asks, and what the trail was told of it: every event, with those fields that differ between them. */
async function ask<Request, Response>(
  codec: Codec<Request, Response>,
  request: Request,
  version?: number,
): Promise<{ readonly response: Response; readonly told: readonly AuditLine[] }> {
  asked.add(codec.facts.name);
  const response = await client.call(codec, request, version);
  // Told before the answer left, and written a turn later; what came of it is there once an event of our own is.
  gateway.services.auditTrail.record({ ...MARK, detail: String(++marks) });
  await output.until((line) => line['detail'] === String(marks));
  const told = output.lines.slice(seen).filter(({ event }) => event !== 'audit.console_changed');
  seen = output.lines.length;
  for (const line of told)
    expect(line).toMatchObject({ ...WHO, api: codec.facts.name, trace_id: TRACE, span_id: SPAN });
  const kinds = toldOf.get(codec.facts.name) ?? new Set();
  for (const { event } of told) kinds.add(String(event).replace('audit.', ''));
  toldOf.set(codec.facts.name, kinds);
  return {
    response,
    told: told.map(({ event, verdict, error, ...rest }) => short({ event, verdict, error, ...rest })),
  };
}

let marks = 0;
const MARK = {
  kind: 'console_changed',
  actor: { principal: 'test', listener: 'none', clientAddress: '', clientId: null },
  api: 'test',
  resource: { type: 'console', name: 'mark' },
  verdict: 'allowed',
} as const;
const WHO = { principal: 'User:ANONYMOUS', listener: 'PLAINTEXT', client_address: '127.0.0.1', client_id: 'admin-1' };
const TRACE = expect.stringMatching(/^[0-9a-f]{32}$/) as unknown;
const SPAN = expect.stringMatching(/^[0-9a-f]{16}$/) as unknown;

const short = ({ event, resource_type, resource_name, verdict, error, detail }: AuditLine): AuditLine => ({
  kind: String(event).replace('audit.', ''),
  of: `${String(resource_type)} ${String(resource_name)}`,
  verdict,
  ...(error === undefined ? {} : { error }),
  ...(detail === undefined ? {} : { detail }),
});

const done = (kind: AuditKind, of: string, detail?: string): AuditLine => ({
  ...{ kind, of, verdict: 'allowed' },
  ...(detail === undefined ? {} : { detail }),
});
const failed = (kind: AuditKind, of: string, error: string, detail?: string): AuditLine => ({
  ...{ kind, of, verdict: 'failed', error },
  ...(detail === undefined ? {} : { detail }),
});
/** As it was answered: what serves it may not be there. */
const answered = (code: number, kind: AuditKind, of: string, detail?: string): AuditLine =>
  code === ErrorCode.NONE ? done(kind, of, detail) : failed(kind, of, errorNameOf(code) ?? '', detail);

const CREATE = {
  facts: topics.createTopicsApi,
  write: topics.writeCreateTopicsRequest,
  read: topics.readCreateTopicsResponse,
};
const creation = (...names: readonly string[]) =>
  names.map((name) =>
    topics.createCreatableTopic({
      ...{ name, numPartitions: 2, replicationFactor: 1 },
      configs: [topics.createCreatableTopicConfig({ name: 'retention.ms', value: '60000' })],
    }),
  );

test('topics are created, and one that is there already is not', async () => {
  const first = await ask(CREATE, topics.createCreateTopicsRequest({ topics: creation('a', 'b'), timeoutMs: 10_000 }));
  const detail = 'partitions=2 retention.ms=60000';
  expect(first.told).toEqual([done('topic_created', 'topic a', detail), done('topic_created', 'topic b', detail)]);
  const again = await ask(CREATE, topics.createCreateTopicsRequest({ topics: creation('a'), timeoutMs: 10_000 }));
  expect(again.told).toEqual([failed('topic_created', 'topic a', 'TOPIC_ALREADY_EXISTS')]);
});

test('a topic that a client named, and that was made for it, is one that it created', async () => {
  const request = createMetadataRequest({
    topics: [createMetadataRequestTopic({ name: 'named' })],
    allowAutoTopicCreation: true,
  });
  expect((await ask(METADATA, request)).told).toEqual([done('topic_created', 'topic named', 'partitions=1')]);
  expect((await ask(METADATA, request)).told).toEqual([]);
});

test('what is only checked is no event', async () => {
  const asking = { topics: creation('never'), timeoutMs: 10_000, validateOnly: true };
  expect((await ask(CREATE, topics.createCreateTopicsRequest(asking))).told).toEqual([]);
  const more = {
    topics: [partitions.createCreatePartitionsTopic({ name: 'a', count: 9 })],
    validateOnly: true,
    timeoutMs: 10_000,
  };
  expect((await ask(PARTITIONS, partitions.createCreatePartitionsRequest(more))).told).toEqual([]);
  const resources = [incremental.createAlterConfigsResource({ resourceType: TOPIC_CONFIG, resourceName: 'a' })];
  const change = incremental.createIncrementalAlterConfigsRequest({ resources, validateOnly: true });
  expect((await ask(INCREMENTAL, change)).told).toEqual([]);
});

const PARTITIONS = {
  facts: partitions.createPartitionsApi,
  write: partitions.writeCreatePartitionsRequest,
  read: partitions.readCreatePartitionsResponse,
};

test('partitions are added, and not taken away', async () => {
  const request = (count: number) =>
    partitions.createCreatePartitionsRequest({
      topics: [partitions.createCreatePartitionsTopic({ name: 'a', count, assignments: null })],
      timeoutMs: 10_000,
    });
  expect((await ask(PARTITIONS, request(3))).told).toEqual([done('partitions_added', 'topic a', 'partitions=3')]);
  expect((await ask(PARTITIONS, request(1))).told).toEqual([
    failed('partitions_added', 'topic a', 'INVALID_PARTITIONS', 'partitions=1'),
  ]);
});

const INCREMENTAL = {
  facts: incremental.incrementalAlterConfigsApi,
  write: incremental.writeIncrementalAlterConfigsRequest,
  read: incremental.readIncrementalAlterConfigsResponse,
};
const CONFIGS = {
  facts: configs.alterConfigsApi,
  write: configs.writeAlterConfigsRequest,
  read: configs.readAlterConfigsResponse,
};

test('settings are changed; a value is told of settings that there are, of others the name alone', async () => {
  const change = (resourceName: string, ...settings: readonly (readonly [string, string])[]) => ({
    resourceType: TOPIC_CONFIG,
    resourceName,
    configs: settings.map(([name, value]) => incremental.createAlterableConfig({ name, value, configOperation: 0 })),
  });
  const resources = [
    change('a', ['retention.ms', '5000'], ['max.message.bytes', '1000']),
    change('b', ['sasl.jaas.config', 'password=canary']),
  ];
  const { told } = await ask(INCREMENTAL, incremental.createIncrementalAlterConfigsRequest({ resources }));
  expect(told).toEqual([
    done('config_changed', 'topic a', 'retention.ms=5000 max.message.bytes=1000'),
    failed('config_changed', 'topic b', 'INVALID_CONFIG', 'sasl.jaas.config'),
  ]);
  expect(output.text).not.toContain('canary');
  const older = [configs.createAlterConfigsResource({ resourceType: TOPIC_CONFIG, resourceName: 'a', configs: [] })];
  expect((await ask(CONFIGS, configs.createAlterConfigsRequest({ resources: older }))).told).toEqual([
    done('config_changed', 'topic a', ''),
  ]);
});

test('records are deleted, with the new log start, or why not', async () => {
  const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.from('v') }]);
  for (let times = 0; times < 3; times++) await client.produce('a', batch);
  const codec = {
    facts: recordsGone.deleteRecordsApi,
    write: recordsGone.writeDeleteRecordsRequest,
    read: recordsGone.readDeleteRecordsResponse,
  };
  const request = (...offsets: readonly number[]) =>
    recordsGone.createDeleteRecordsRequest({
      timeoutMs: 10_000,
      topics: [
        recordsGone.createDeleteRecordsTopic({
          name: 'a',
          partitions: offsets.map((offset, index) =>
            recordsGone.createDeleteRecordsPartition({
              partitionIndex: toPartitionId(index),
              offset: toOffset(offset),
            }),
          ),
        }),
      ],
    });
  expect((await ask(codec, request(2, 100))).told).toEqual([
    done('records_deleted', 'topic a', '0@2'),
    failed('records_deleted', 'topic a', 'OFFSET_OUT_OF_RANGE'),
  ]);
});

test('committed offsets and groups are deleted', async () => {
  const commit = {
    facts: commits.offsetCommitApi,
    write: commits.writeOffsetCommitRequest,
    read: commits.readOffsetCommitResponse,
  };
  const topic = commits.createOffsetCommitRequestTopic({
    name: 'a',
    partitions: [commits.createOffsetCommitRequestPartition({ partitionIndex: zero, committedOffset: 1 })],
  });
  const reset = commits.createOffsetCommitRequest({ groupId: 'g', topics: [topic] });
  expect((await ask(commit, reset, 8)).told).toEqual([done('offsets_reset', 'group g', 'a 0@1')]);
  // A consumer that assigns itself partitions does it again and again.
  expect((await ask(commit, reset, 8)).told).toEqual([]);
  const strange = { ...topic, name: 'none' };
  expect((await ask(commit, { ...reset, topics: [strange] }, 8)).told).toEqual([
    failed('offsets_reset', 'group g', 'UNKNOWN_TOPIC_OR_PARTITION', 'none 0@1'),
  ]);
  const offsets = {
    facts: offsetsGone.offsetDeleteApi,
    write: offsetsGone.writeOffsetDeleteRequest,
    read: offsetsGone.readOffsetDeleteResponse,
  };
  const partition = offsetsGone.createOffsetDeleteRequestPartition({ partitionIndex: zero });
  const gone = [offsetsGone.createOffsetDeleteRequestTopic({ name: 'a', partitions: [partition] })];
  const offsetsOf = (groupId: string) => offsetsGone.createOffsetDeleteRequest({ groupId, topics: gone });
  expect((await ask(offsets, offsetsOf('g'))).told).toEqual([done('offsets_deleted', 'group g', 'a partitions=0')]);
  expect((await ask(offsets, offsetsOf('none'))).told).toEqual([
    failed('offsets_deleted', 'group none', 'GROUP_ID_NOT_FOUND'),
  ]);
  const groups = {
    facts: groupsGone.deleteGroupsApi,
    write: groupsGone.writeDeleteGroupsRequest,
    read: groupsGone.readDeleteGroupsResponse,
  };
  await client.call(commit, commits.createOffsetCommitRequest({ groupId: 'g', topics: [topic] }), 8);
  expect((await ask(groups, groupsGone.createDeleteGroupsRequest({ groupsNames: ['g', 'none'] }))).told).toEqual([
    done('group_deleted', 'group g'),
    failed('group_deleted', 'group none', 'GROUP_ID_NOT_FOUND'),
  ]);
});

test('whom another client takes out of a group is told, and who goes itself is not', async () => {
  const leave = {
    facts: leaving.leaveGroupApi,
    write: leaving.writeLeaveGroupRequest,
    read: leaving.readLeaveGroupResponse,
  };
  const worker = await gateway.client('worker');
  const dynamic = new GroupMember(worker, 'dynamic');
  await dynamic.join();
  await new GroupMember(worker, 'static', { groupInstanceId: 'one' }).join();
  const request = (groupId: string, memberId: string, groupInstanceId: string | null = null) =>
    leaving.createLeaveGroupRequest({
      groupId,
      members: [leaving.createMemberIdentity({ memberId, groupInstanceId, reason: 'moved' })],
    });
  const byInstance = request('static', '', 'one');
  const { told } = await ask(leave, byInstance);
  expect(told).toEqual([
    done('member_removed', 'group static', expect.stringMatching(STATIC_MEMBER) as unknown as string),
  ]);
  expect((await ask(leave, byInstance)).told).toEqual([
    failed('member_removed', 'group static', 'UNKNOWN_MEMBER_ID', 'instance=one reason=moved'),
  ]);
  const own = new GroupMember(worker, 'going');
  await own.join();
  await worker.call(leave, request('going', own.memberId));
  expect((await ask(leave, request('dynamic', 'nobody'))).told).toEqual([]);
  const removed = `member=${dynamic.memberId} client=worker address=127.0.0.1 reason=moved`;
  expect((await ask(leave, request('dynamic', dynamic.memberId))).told).toEqual([
    done('member_removed', 'group dynamic', removed),
  ]);
});

test('ACLs are made and deleted', async () => {
  const make = { facts: acls.createAclsApi, write: acls.writeCreateAclsRequest, read: acls.readCreateAclsResponse };
  const creations = [
    acls.createAclCreation({
      ...{ resourceType: 2, resourceName: 'a', resourcePatternType: 4, principal: 'User:bob', host: '*' },
      ...{ operation: 3, permissionType: 3 },
    }),
  ];
  const made = await ask(make, acls.createCreateAclsRequest({ creations }));
  const text = 'ALLOW User:bob READ on TOPIC PREFIXED a from *';
  const code = made.response.results[0]?.errorCode ?? -1;
  expect(made.told).toEqual([answered(code, 'acl_created', 'topic a', text)]);
  const remove = {
    facts: aclsGone.deleteAclsApi,
    write: aclsGone.writeDeleteAclsRequest,
    read: aclsGone.readDeleteAclsResponse,
  };
  const any = { patternTypeFilter: 1, operation: 1, permissionType: 1 };
  const filters = [aclsGone.createDeleteAclsFilter({ resourceTypeFilter: 2, resourceNameFilter: 'a', ...any })];
  const { response, told } = await ask(remove, aclsGone.createDeleteAclsRequest({ filters }));
  const whole = response.filterResults[0]?.errorCode ?? -1;
  expect(told).toEqual(
    whole === ErrorCode.NONE
      ? [done('acl_deleted', 'topic a', text)]
      : [failed('acl_deleted', 'topic a', errorNameOf(whole) ?? '')],
  );
});

test('users are changed and deleted, and nothing of a password is told', async () => {
  const codec = {
    facts: users.alterUserScramCredentialsApi,
    write: users.writeAlterUserScramCredentialsRequest,
    read: users.readAlterUserScramCredentialsResponse,
  };
  const secret = Buffer.from('canary-of-a-salted-password');
  const upsertions = [
    users.createScramCredentialUpsertion({
      ...{ name: 'bob', mechanism: 1, iterations: 4_096, salt: secret, saltedPassword: secret },
    }),
  ];
  const deletions = [users.createScramCredentialDeletion({ name: 'carol', mechanism: 2 })];
  const request = users.createAlterUserScramCredentialsRequest({ upsertions, deletions });
  const { response, told } = await ask(codec, request);
  const codeOf = (name: string): number => response.results.find(({ user }) => user === name)?.errorCode ?? -1;
  expect(new Set(told)).toEqual(
    new Set([
      answered(codeOf('bob'), 'user_changed', 'user bob', 'mechanism=SCRAM-SHA-256'),
      answered(codeOf('carol'), 'user_deleted', 'user carol', 'mechanism=SCRAM-SHA-512'),
    ]),
  );
  expect(output.text).not.toContain(secret.toString('base64'));
  expect(output.text).not.toContain(secret.toString());
});

test('quotas are changed', async () => {
  const codec = {
    facts: quotas.alterClientQuotasApi,
    write: quotas.writeAlterClientQuotasRequest,
    read: quotas.readAlterClientQuotasResponse,
  };
  const entries = [
    quotas.createEntryData({
      entity: [
        quotas.createEntityData({ entityType: 'user', entityName: 'bob' }),
        quotas.createEntityData({ entityType: 'client-id', entityName: null }),
      ],
      ops: [
        quotas.createOpData({ key: 'producer_byte_rate', value: 1_024, remove: false }),
        quotas.createOpData({ key: 'consumer_byte_rate', value: 0, remove: true }),
      ],
    }),
  ];
  const { response, told } = await ask(codec, quotas.createAlterClientQuotasRequest({ entries }));
  const code = response.entries[0]?.errorCode ?? -1;
  const detail = 'producer_byte_rate=1024 consumer_byte_rate removed';
  expect(told).toEqual([answered(code, 'quota_changed', 'client_quota user=bob client-id=<default>', detail)]);
});

test('topics are deleted, by name and by id', async () => {
  const codec = {
    facts: topicsGone.deleteTopicsApi,
    write: topicsGone.writeDeleteTopicsRequest,
    read: topicsGone.readDeleteTopicsResponse,
  };
  const named = (...names: readonly string[]) =>
    topicsGone.createDeleteTopicsRequest({
      timeoutMs: 10_000,
      topics: names.map((name) => topicsGone.createDeleteTopicState({ name })),
    });
  expect((await ask(codec, named('b', 'none'))).told).toEqual([
    done('topic_deleted', 'topic b'),
    failed('topic_deleted', 'topic none', 'UNKNOWN_TOPIC_OR_PARTITION'),
  ]);
  const described = await client.call(
    METADATA,
    createMetadataRequest({ topics: [createMetadataRequestTopic({ name: 'a' })] }),
  );
  const topicId = described.topics[0]?.topicId;
  if (topicId === undefined) throw new Error('no topic');
  const byId = { timeoutMs: 10_000, topics: [topicsGone.createDeleteTopicState({ name: null, topicId })] };
  expect((await ask(codec, topicsGone.createDeleteTopicsRequest(byId))).told).toEqual([
    done('topic_deleted', 'topic a'),
  ]);
});

test('reads and writes are counted for each topic; a read that finds nothing is none', async () => {
  const [read, idle] = [await gateway.topic(), await gateway.topic()];
  const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.from('v') }]);
  const memory = memoryTrail(['topic_read', 'topic_written']);
  const own = await startTestGateway({ auditTrail: memory.trail, engine: () => gateway.engine });
  const other = await own.client('reader');
  try {
    await other.produce(read, batch);
    await other.produce(read, batch, { acks: 1 });
    await other.fetch(read, 0);
    await other.fetch(idle, 0, { maxWaitMs: 1 });
  } finally {
    await own.close();
  }
  await memory.trail.close();
  expect(memory.output.lines.map(({ event, resource_name: name, count, api }) => [event, name, count, api])).toEqual([
    ['audit.topic_written', read, 2, 'Produce'],
    ['audit.topic_read', read, 1, 'Fetch'],
  ]);
});

test('every API has a row that says which events it makes, or why none', () => {
  expect(Object.keys(API_AUDITS).sort()).toEqual(apis.map(({ facts }) => facts.name).sort());
  const silent = Object.entries(API_AUDITS).filter(([, { events, why }]) => events.length === 0 && why === undefined);
  expect(silent).toEqual([]);
  expect(AUDITED_APIS.map(({ facts }) => facts.name).filter((name) => !asked.has(name))).toEqual([]);
});

/** Shown by the suite of sign-ins, and above with a trail of its own. */
const ELSEWHERE = ['SaslAuthenticate', 'Produce', 'Fetch'];

test('the APIs that were asked made the events of their rows, and no other has any', () => {
  const rows = Object.entries(API_AUDITS).filter(
    ([name, { events }]) => events.length > 0 && !ELSEWHERE.includes(name),
  );
  const made = [...toldOf].filter(([, kinds]) => kinds.size > 0).map(([name, kinds]) => [name, [...kinds].sort()]);
  expect(Object.fromEntries(made)).toEqual(
    Object.fromEntries(rows.map(([name, { events }]) => [name, [...events].sort()])),
  );
});
