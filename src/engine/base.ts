/** What every part of the engine side may ask for, made once by `createEngine`. */
import type { Clock } from '../clock';
import type { Telemetry } from '../telemetry/telemetry';
import type { Assignments } from './catalog/assignments';
import type { Dialect, LogUnit } from './dialect';
import type { RetainedBudget } from './partition/retained-window';
import type { EngineSettings } from './settings';
import type { StorageTrouble } from './storage-trouble';

export interface EngineBase<U extends LogUnit = LogUnit> {
  readonly dialect: Dialect<U>;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly assignments: Assignments;
  readonly retained: RetainedBudget;
  readonly storage: StorageTrouble;
  /** Aborts when the engine closes: the lifetime of work that no single caller owns. */
  readonly lifetime: AbortSignal;
}
