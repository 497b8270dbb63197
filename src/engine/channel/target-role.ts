/** What an engine target is, and what clients are told while it does not serve. */
export type TargetRole = 'broker' | 'master' | 'filer' | 'node';

export const TOLD: Readonly<Record<TargetRole, string>> = {
  broker: 'fetches are told NOT_LEADER_OR_FOLLOWER and produces REQUEST_TIMED_OUT until it answers',
  master: 'new brokers are not found until it answers',
  filer: 'commits are told COORDINATOR_NOT_AVAILABLE and topic changes time out until it answers',
  node: 'fetches and produces are told a retriable error until it answers',
};
