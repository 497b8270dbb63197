/**
 * THE table of APIs and the audit trail: which events a request of each may make, or why it makes none. Beside these every API that asks for
 * a right makes `request_denied`. The document's table is made of it, and a test holds each API to its row.
 */
import type { AuditKind } from '../../src/audit-trail/audit-kinds';

interface ApiAudit {
  readonly events: readonly AuditKind[];
  /** Where there are no events, why; else what is to be said of them. */
  readonly why?: string;
}

const events = (...kinds: readonly AuditKind[]): ApiAudit => ({ events: kinds });
const none = (why: string): ApiAudit => ({ events: [], why });

const LOOKS = none('It shows what there is, and changes nothing.');
const OWN_MEMBERSHIP = none('A client takes part in its group; whom another client takes out is told (LeaveGroup).');
const NO_TRANSACTIONS = none('There are no transactions: it is refused, or finds none.');
const NO_TOKENS = none('Delegation tokens are refused.');
const ONE_REPLICA = none('Each partition has one replica, which leads: it is checked, and nothing changes.');

/** By Kafka's name. */
export const API_AUDITS: Readonly<Record<string, ApiAudit>> = {
  Produce: { ...events('topic_written'), why: 'Where `audit.reads-and-writes` asks for it.' },
  Fetch: { ...events('topic_read'), why: 'Where `audit.reads-and-writes` asks for it.' },
  ListOffsets: LOOKS,
  Metadata: { ...events('topic_created'), why: 'Where a topic that it names is made for it.' },
  OffsetCommit: { ...events('offsets_reset'), why: 'Of who is no member; members commit as they go on.' },
  OffsetFetch: LOOKS,
  FindCoordinator: LOOKS,
  JoinGroup: OWN_MEMBERSHIP,
  Heartbeat: OWN_MEMBERSHIP,
  LeaveGroup: {
    ...events('member_removed'),
    why: 'Of a member that another client takes out; one that goes itself is none.',
  },
  SyncGroup: OWN_MEMBERSHIP,
  DescribeGroups: LOOKS,
  ListGroups: LOOKS,
  SaslHandshake: none('It names a mechanism; what comes of it is told of SaslAuthenticate.'),
  ApiVersions: LOOKS,
  CreateTopics: events('topic_created'),
  DeleteTopics: events('topic_deleted'),
  DeleteRecords: events('records_deleted'),
  InitProducerId: none('A producer is given an id, as each is that writes.'),
  OffsetForLeaderEpoch: LOOKS,
  DescribeAcls: LOOKS,
  CreateAcls: events('acl_created'),
  DeleteAcls: events('acl_deleted'),
  DescribeConfigs: LOOKS,
  AlterConfigs: events('config_changed'),
  DescribeLogDirs: LOOKS,
  SaslAuthenticate: events('sign_in', 'sign_in_failed'),
  CreatePartitions: events('partitions_added'),
  CreateDelegationToken: NO_TOKENS,
  RenewDelegationToken: NO_TOKENS,
  ExpireDelegationToken: NO_TOKENS,
  DescribeDelegationToken: NO_TOKENS,
  DeleteGroups: events('group_deleted'),
  ElectLeaders: ONE_REPLICA,
  IncrementalAlterConfigs: events('config_changed'),
  AlterPartitionReassignments: ONE_REPLICA,
  ListPartitionReassignments: LOOKS,
  OffsetDelete: events('offsets_deleted'),
  DescribeClientQuotas: LOOKS,
  AlterClientQuotas: events('quota_changed'),
  DescribeUserScramCredentials: LOOKS,
  AlterUserScramCredentials: events('user_changed', 'user_deleted'),
  DescribeCluster: LOOKS,
  DescribeProducers: LOOKS,
  DescribeTransactions: NO_TRANSACTIONS,
  ListTransactions: NO_TRANSACTIONS,
  ConsumerGroupDescribe: LOOKS,
  GetTelemetrySubscriptions: none('A client asks what it may tell of itself.'),
  PushTelemetry: none('A client tells metrics of itself.'),
  ListConfigResources: LOOKS,
  DescribeTopicPartitions: LOOKS,
};
