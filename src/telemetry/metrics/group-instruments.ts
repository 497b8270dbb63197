/** Metric instruments of consumer groups. */
import { each, type InstrumentDeclaration } from './instrument-declaration';

/** Groups, and partitions of groups, that have series of their own. */
const GROUPS_NAMED_MAX = 200;
export const COMMITTED_NAMED_MAX = 2_000;

export const GROUP_INSTRUMENTS = {
  seaglass_groups: {
    type: 'gauge',
    labels: ['state'],
    help: 'Consumer groups that this gateway coordinates, by state.',
  },
  seaglass_groups_loaded: {
    type: 'gauge',
    labels: [],
    help: '1 once what was kept of groups is loaded; until then their members are told to come again.',
  },
  seaglass_group_members: {
    type: 'gauge',
    labels: ['group'],
    help: 'Members of each group.',
    namedMax: GROUPS_NAMED_MAX,
  },
  seaglass_group_generation: {
    type: 'gauge',
    labels: ['group'],
    help: 'Generation of each group: one more with every rebalance.',
    namedMax: GROUPS_NAMED_MAX,
  },
  seaglass_group_rebalances_total: {
    type: 'counter',
    labels: ['cause'],
    help: 'Rebalances that began, by cause.',
  },
  seaglass_group_rebalance_duration_seconds: {
    type: 'histogram',
    labels: ['outcome'],
    help: 'From the cause of a rebalance until the group is stable or empty, or until the next supersedes it.',
  },
  seaglass_group_members_lost_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Members that are out without having said so, by what they owed: a heartbeat, a join, a sync.',
  },
  seaglass_group_commits_total: {
    type: 'counter',
    labels: ['error'],
    help: 'Offsets that clients committed, one for each partition, by Kafka error; NONE was stored.',
    startsAt0: each(
      'error',
      'NONE',
      'COORDINATOR_NOT_AVAILABLE',
      'COORDINATOR_LOAD_IN_PROGRESS',
      'KAFKA_STORAGE_ERROR',
      'REQUEST_TIMED_OUT',
      'UNKNOWN_SERVER_ERROR',
    ),
  },
  seaglass_group_committed_offset: {
    type: 'gauge',
    labels: ['group', 'topic', 'partition'],
    help: 'The next offset that the group will read, as it was last committed or asked for.',
    namedMax: COMMITTED_NAMED_MAX,
  },
  seaglass_group_lag: {
    type: 'gauge',
    labels: ['group', 'topic', 'partition'],
    help: 'Records that can be read from a committed offset of 0 or more to the end of the log, where that end is known.',
    namedMax: COMMITTED_NAMED_MAX,
  },
  seaglass_group_lag_seconds: {
    type: 'gauge',
    labels: ['group', 'topic', 'partition'],
    help: 'How long the first record that the group has not read has been there, as far as scrapes of this gateway have seen.',
    namedMax: COMMITTED_NAMED_MAX,
  },
} as const satisfies Readonly<Record<string, InstrumentDeclaration>>;
