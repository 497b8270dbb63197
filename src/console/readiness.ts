/** Whether requests are served: what is open that makes them fail, and what the engine says, asked at most once at a time and never for long. */
import type { Health } from '../engine/engine';
import { INCIDENT_KINDS } from '../telemetry/incidents/incident-kinds';
import { type Incidents, sentence } from '../telemetry/incidents/incidents';
import type { Telemetry } from '../telemetry/telemetry';
import type { OperationSource } from '../telemetry/trace/operation';

export interface Readiness {
  readonly ready: boolean;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
  /** What makes requests at certain records fail, whoever serves them: it makes nobody unready. */
  readonly degraded: readonly string[];
}

const PROBE_MS_MAX = 5_000;

/** Concurrent askers share one answer, so that probes cannot pile up on an engine that hangs. */
export function engineReadiness(
  engine: Health,
  { operations, incidents }: Pick<Telemetry, 'operations' | 'incidents'>,
): () => Promise<Readiness> {
  let running: Promise<readonly string[]> | undefined;
  return async () => {
    running ??= probe(engine, operations).finally(() => {
      running = undefined;
    });
    const problems = [...(await running), ...failing('all', incidents)];
    return { ready: problems.length === 0, problems, degraded: failing('some', incidents) };
  };
}

/** What goes on that makes requests fail. */
function failing(requests: 'all' | 'some', incidents: Pick<Incidents, 'current'>): readonly string[] {
  return incidents
    .current()
    .filter(({ kind, quietSinceMs }) => INCIDENT_KINDS[kind].failsRequests === requests && quietSinceMs === undefined)
    .map(sentence);
}

/** What the engine says is wrong with it. */
async function probe(engine: Health, operations: OperationSource): Promise<readonly string[]> {
  const operation = operations.root('catalog.call', { spanName: 'readiness', budgetMs: PROBE_MS_MAX });
  const signal = AbortSignal.timeout(PROBE_MS_MAX);
  try {
    const problems = await engine.problems({ operation, signal });
    operation.end();
    return problems;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    operation.end('engine_error', { type: error instanceof Error ? error.name : 'error', message });
    return [`the engine does not answer: ${message}`];
  }
}
