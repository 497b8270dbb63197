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
  /** The same over all sessions; idle ones are closed to stay below it. */
  readonly sessionQueuesBytesMax: number;
  /** Bytes delivered and kept for re-requests, per partition and in all. */
  readonly retainedBytesPerPartitionMax: number;
  readonly retainedBytesMax: number;
  readonly heartbeatIntervalMs: number;
  /** An append that is not acked by then fails, even where its caller would wait longer. */
  readonly appendDeadlineMs: number;
  readonly publishersMax: number;
  /** An unused publisher is closed by then, unless the engine wants it kept open. */
  readonly publisherIdleMsMax: number;
  /** How old the list of topics may be before it is asked for again. */
  readonly topicsAgeMsMax: number;
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
  sessionQueueBytesMax: 2 * 1024 * 1024,
  sessionQueuesBytesMax: 24 * 1024 * 1024,
  retainedBytesPerPartitionMax: 4 * 1024 * 1024,
  retainedBytesMax: 16 * 1024 * 1024,
  heartbeatIntervalMs: 1_000,
  appendDeadlineMs: 30_000,
  publishersMax: 4_096,
  publisherIdleMsMax: 60_000,
  topicsAgeMsMax: 1_000,
};
