/** Runs a function as an operation, for phases whose start and end are those of a function. */
import type { ChildOptions, Operation, Outcome } from './operation';
import type { OperationName } from './operations';

export interface TracedPhase extends ChildOptions {
  readonly name: OperationName;
  /** What an error thrown by the function means; by default it is an error of the type of its class. */
  readonly failure?: (error: unknown) => { readonly outcome: Outcome; readonly type: string };
}

/** Starts a child of `parent`, awaits `run` and ends it. What `run` throws ends it as failed and is thrown on. */
export async function traced<T>(
  parent: Operation,
  phase: TracedPhase,
  run: (operation: Operation) => Promise<T> | T,
): Promise<T> {
  const operation = parent.child(phase.name, phase);
  try {
    const result = await run(operation);
    operation.end('ok');
    return result;
  } catch (error) {
    const { outcome, type } = (phase.failure ?? defaultFailure)(error);
    operation.end(outcome, { type, message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

function defaultFailure(error: unknown): { readonly outcome: Outcome; readonly type: string } {
  const cancelled = error instanceof Error && error.name === 'AbortError';
  return { outcome: cancelled ? 'cancelled' : 'error', type: error instanceof Error ? error.name : typeof error };
}
