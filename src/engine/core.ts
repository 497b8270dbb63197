/** What the parts of the engine side share that stand above its sessions. */
import type { EngineBase } from './base';
import type { LogUnit } from './dialect';
import type { SessionPool } from './session/session-pool';

export interface EngineCore<U extends LogUnit = LogUnit> extends EngineBase<U> {
  readonly sessions: SessionPool<U>;
}
