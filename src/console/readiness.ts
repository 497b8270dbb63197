/** Whether the gateway can serve: asked of the engine, at most once at a time and never for long. */
import type { Engine } from '../engine/engine';
import type { OperationSource } from '../telemetry/trace/operation';

export interface Readiness {
  readonly ready: boolean;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

const PROBE_MS_MAX = 5_000;

/** Concurrent askers share one answer, so that probes cannot pile up on an engine that hangs. */
export function engineReadiness(
  engine: Pick<Engine, 'problems'>,
  operations: OperationSource,
): () => Promise<Readiness> {
  let running: Promise<Readiness> | undefined;
  return () => {
    running ??= probe(engine, operations).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function probe(engine: Pick<Engine, 'problems'>, operations: OperationSource): Promise<Readiness> {
  const operation = operations.root('catalog.call', { spanName: 'readiness', budgetMs: PROBE_MS_MAX });
  const signal = AbortSignal.timeout(PROBE_MS_MAX);
  try {
    const problems = await engine.problems({ operation, signal });
    operation.end();
    return { ready: problems.length === 0, problems };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    operation.end('engine_error', { type: error instanceof Error ? error.name : 'error', message });
    return { ready: false, problems: [`the engine does not answer: ${message}`] };
  }
}
