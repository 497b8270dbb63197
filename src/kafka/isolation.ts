/** Kafka's isolation levels (KIP-98) as the engine side's. */
import type { IsolationLevel } from '../engine/engine';

const READ_COMMITTED = 1;

export const isolationOf = (isolationLevel: number): IsolationLevel =>
  isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted';
