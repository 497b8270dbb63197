/** What the layers above receive: where operations start, where things are counted, where lines are logged. */
import type { Instruments } from './metrics/instruments';
import type { Incidents } from './incidents/incidents';
import type { Logger } from './log/log';
import type { OperationSource } from './trace/operation';

export interface Telemetry {
  readonly operations: OperationSource;
  readonly instruments: Instruments;
  readonly log: Logger;
  readonly incidents: Incidents;
}
