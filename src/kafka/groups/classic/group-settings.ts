/** Bounds and delays of groups. The defaults are Kafka's, save for the bounds of memory, which Kafka leaves open. Milliseconds. */
export interface GroupSettings {
  /** How long the first rebalance of an empty group waits for more members (group.initial.rebalance.delay.ms). */
  readonly initialRebalanceDelayMs: number;
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  /** How long a member that joins for the first time is kept while the join barrier is closed: its client may be gone. */
  readonly newMemberJoinTimeoutMs: number;
  /** Members of one group; as many more may have been given an id and not have joined with it yet. */
  readonly membersMax: number;
  /** Groups held in memory. Beyond it empty ones are dropped (their offsets stay), and then new ones refused; stored ones with members are not. */
  readonly groupsMax: number;
  /** What all members together may offer and be assigned, and 1 KiB for each. Beyond it joins and assignments are refused as retriable. */
  readonly membersBytesMax: number;
  readonly offsetMetadataBytesMax: number;
  /** From a commit's acceptance until it is stored or has failed (offsets.commit.timeout.ms). */
  readonly offsetCommitTimeoutMs: number;
  /** How long offsets are kept that nobody needs (offsets.retention.minutes), and how often it is looked for them. */
  readonly offsetRetentionMs: number;
  readonly offsetRetentionCheckIntervalMs: number;
  /** How long a group stands still, or reads without a commit, before that is told. */
  readonly stuckAfterMs: number;
}

export const DEFAULT_GROUP_SETTINGS: GroupSettings = {
  initialRebalanceDelayMs: 3_000,
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  newMemberJoinTimeoutMs: 300_000,
  membersMax: 10_000,
  groupsMax: 10_000,
  membersBytesMax: 256 * 1024 * 1024,
  offsetMetadataBytesMax: 4_096,
  offsetCommitTimeoutMs: 5_000,
  offsetRetentionMs: 7 * 24 * 60 * 60_000,
  offsetRetentionCheckIntervalMs: 600_000,
  stuckAfterMs: 900_000,
};

/** Groups of one request that storage is asked about at the same time. */
export const GROUPS_AT_ONCE = 16;
