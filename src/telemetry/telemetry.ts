/** What the layers above receive: where operations start, where things are counted, where lines are logged. */
import type { Instruments } from './instruments';
import type { Logger } from './log';
import type { OperationSource } from './operation';

export interface Telemetry {
  readonly operations: OperationSource;
  readonly instruments: Instruments;
  readonly log: Logger;
}
