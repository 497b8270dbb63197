/** What all parts of the engine side share, made once by `createEngine`. */
import type { Clock } from '../clock';
import type { Telemetry } from '../telemetry/telemetry';
import type { Assignments } from './catalog/assignments';
import type { Dialect, LogUnit } from './dialect';
import type { RetainedBudget } from './partition/retained-window';
import type { SessionPool } from './session/session-pool';
import type { EngineSettings } from './settings';

export interface EngineCore<U extends LogUnit = LogUnit> {
  readonly dialect: Dialect<U>;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly assignments: Assignments;
  readonly sessions: SessionPool<U>;
  readonly retained: RetainedBudget;
  /** Aborts when the engine closes: the lifetime of work that no single caller owns. */
  readonly lifetime: AbortSignal;
}
