/** Where the gateway refuses, hides or tells otherwise than Kafka 4.3.1 with its StandardAuthorizer, and why. */
import type { KnownDifference } from '../kafka-answers/known-differences';

const NOT_CHANGED =
  'settings of brokers, loggers, groups and client metrics are not changed at run time, which is said after the check';
const NO_TRANSACTIONS = 'there are no transactions, which is said to who may ask for them';

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    exchange: /^AlterConfigs 2: of a (broker|group)/,
    at: /^responses\[0\]\.error/,
    kafka: /^("NONE"|null)$/,
    reason: NOT_CHANGED,
  },
  {
    exchange: /^IncrementalAlterConfigs 1: of (a broker|loggers|a group|client metrics)/,
    at: /^responses\[0\]\.error/,
    kafka: /^("NONE"|null)$/,
    here: /^("INVALID_REQUEST"|"words")$/,
    reason: NOT_CHANGED,
  },
  {
    exchange: /^FindCoordinator 6: of a transactional id; .*DESCRIBE TRANSACTIONAL_ID/,
    at: /^coordinators\[0\]\./,
    reason: NO_TRANSACTIONS,
  },
  {
    exchange: /^InitProducerId 4: of a transactional producer; .*WRITE TRANSACTIONAL_ID/,
    at: /./,
    reason: NO_TRANSACTIONS,
  },
  {
    exchange: /^FindCoordinator 6: of a share group; .*CLUSTER_ACTION CLUSTER/,
    at: /^coordinators\[0\]\.error/,
    reason: 'there are no share groups, which is said to who may ask for them',
  },
  {
    exchange: /^Fetch 12: as a replica; .*CLUSTER_ACTION CLUSTER/,
    at: /^responses\[0\]\.partitions\[0\]\./,
    reason: 'a replica that the cluster does not have is served as a consumer, once it has the right',
  },
  {
    exchange: /^Metadata 12: of a topic that would be made/,
    at: /^topics\[ok-made-\d+\]\.(topicId|errorCode|partitions\[0\])$/,
    kafka: /^("none"|"UNKNOWN_TOPIC_OR_PARTITION"|nothing)$/,
    reason: 'Kafka answers before the topic is made, the gateway after',
  },
];
