/** What explanations and journeys are made from. */
import type { VerdictHistory } from '../../audit/verdict-history';
import type { ReadHistory } from '../../audit/read-history';
import type { WriteHistory } from '../../audit/write-history';
import type { Clock } from '../../clock';
import type { Capabilities, Engine } from '../../engine/engine';
import type { ClientInstance } from '../../kafka/client-telemetry/client-instances';
import type { RunningTelemetry } from '../../telemetry/create-telemetry';
import type { TraceLinks } from '../../telemetry/trace/trace-links';

export interface ExplainSources {
  readonly clock: Clock;
  /** When the gateway started, milliseconds since the Unix epoch: what was before it does not remember. */
  readonly startedMs: number;
  readonly telemetry: RunningTelemetry;
  readonly engine: Capabilities & Pick<Engine, 'topic' | 'partition' | 'proofs'>;
  /** Who pushes metrics of itself, and what it said last. */
  readonly clientInstances: () => readonly ClientInstance[];
  readonly reads: ReadHistory;
  readonly writes: WriteHistory;
  readonly verdicts: Pick<VerdictHistory, 'list'>;
  readonly links: Pick<TraceLinks, 'linksFor'>;
  /** Where a trace is looked at, with {trace} for its id; undefined where none is exported. */
  readonly traceUrl: string | undefined;
}

/** What traces alone are explained from. */
export type TraceSources = Pick<ExplainSources, 'telemetry' | 'reads' | 'clientInstances' | 'traceUrl'>;
