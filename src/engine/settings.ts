/** Deadlines and bounds of the engine side; the defaults are the product's. Milliseconds and bytes. */
export interface EngineSettings {
  readonly connectDeadlineMs: number;
  readonly lookupDeadlineMs: number;
  readonly createDeadlineMs: number;
  /** How long a session that should have data may stay silent before it counts as stalled. */
  readonly firstMessageDeadlineMs: number;
  readonly callDeadlineMs: number;
  readonly sessionsPerPartitionMax: number;
  readonly sessionsMax: number;
  readonly sessionIdleMsMax: number;
  /** Bytes received and not yet read, per session. */
  readonly sessionQueueBytesMax: number;
  /** Bytes delivered and kept for re-requests, per partition and in all. */
  readonly retainedBytesPerPartitionMax: number;
  readonly retainedBytesMax: number;
  readonly heartbeatIntervalMs: number;
}

export const DEFAULT_ENGINE_SETTINGS: EngineSettings = {
  connectDeadlineMs: 3_000,
  lookupDeadlineMs: 3_000,
  createDeadlineMs: 3_000,
  firstMessageDeadlineMs: 2_000,
  callDeadlineMs: 3_000,
  sessionsPerPartitionMax: 64,
  sessionsMax: 4_096,
  sessionIdleMsMax: 60_000,
  sessionQueueBytesMax: 4 * 1024 * 1024,
  retainedBytesPerPartitionMax: 8 * 1024 * 1024,
  retainedBytesMax: 64 * 1024 * 1024,
  heartbeatIntervalMs: 1_000,
};
