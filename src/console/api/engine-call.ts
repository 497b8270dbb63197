/** A question of the console to the engine: an operation of its own, never for long. */
import type { OperationName } from '../../telemetry/trace/operations';
import type { CallContext } from '../../telemetry/trace/operation';
import { endFailed } from '../../waiting/phase';
import type { ConsoleSources } from '../sources';

const CALL_MS_MAX = 5_000;

/** Rejects with the engine's error, or 'cancelled' past five seconds. */
export async function askEngine<T>(
  { telemetry }: Pick<ConsoleSources, 'telemetry'>,
  what: { readonly name: OperationName; readonly title: string },
  ask: (context: CallContext) => Promise<T>,
): Promise<T> {
  const operation = telemetry.operations.root(what.name, { spanName: what.title, budgetMs: CALL_MS_MAX });
  try {
    const answer = await ask({ operation, signal: AbortSignal.timeout(CALL_MS_MAX) });
    operation.end();
    return answer;
  } catch (error) {
    endFailed(operation, error);
    throw error;
  }
}
