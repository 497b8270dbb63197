/** What the layers above receive: where operations start, where things are counted, where lines are logged. */
import type { Instruments } from './metrics/instruments';
import type { EventLoopWatch } from './event-loop/event-loop-watch';
import type { FailedRequests } from './incidents/failed-requests';
import type { Incidents } from './incidents/incidents';
import type { RecordWriters } from './incidents/record-writers';
import type { StallIncidents } from './incidents/stall-incidents';
import type { WaitingRequests } from './incidents/waiting-requests';
import type { Logger } from './log/log';
import type { OwnCertificates } from './own-certificates';
import type { ApplicationSpans } from './trace/application-spans';
import type { OperationSource } from './trace/operation';

export interface Telemetry {
  readonly operations: OperationSource;
  readonly instruments: Instruments;
  readonly log: Logger;
  readonly incidents: Incidents;
  /** Told of publish streams that ack nothing. */
  readonly stalls: Pick<StallIncidents, 'unacked' | 'acked'>;
  /** Whether the gateway itself runs in time. */
  readonly eventLoop: EventLoopWatch;
  /** Who waits for whom now. */
  readonly waiting: WaitingRequests;
  readonly failedRequests: FailedRequests;
  /** Who wrote what is found damaged. */
  readonly recordWriters: RecordWriters;
  /** Spans in the traces of applications. */
  readonly applicationSpans: ApplicationSpans;
  /** What the gateway shows of itself to the engine and to receivers. */
  readonly ownCertificates: OwnCertificates;
}
