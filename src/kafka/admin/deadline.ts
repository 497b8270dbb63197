/** The time a client gives an administration request: calls under it are given up when it is over. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../clock';
import type { CallContext } from '../../telemetry/operation';

/** Time past the client's own before the request counts as overdue, ms. */
const GRACE_MS = 1_000;

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or with the caller's. What was asked of the engine by then may still happen,
 * as with Kafka's own timeout.
 */
export async function withDeadline<T>(
  context: CallContext,
  options: { readonly clock: Clock; readonly timeoutMs: number },
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const timeoutMs = Math.max(options.timeoutMs, 0);
  const controller = new AbortController();
  // Each partition of the request listens to it.
  setMaxListeners(0, controller.signal);
  const giveUp = (): void => controller.abort();
  if (context.signal.aborted) giveUp();
  context.signal.addEventListener('abort', giveUp, { once: true });
  const timer = options.clock.after(timeoutMs, giveUp);
  context.operation.setBudget(timeoutMs + GRACE_MS);
  try {
    return await work({ operation: context.operation, signal: controller.signal });
  } finally {
    timer.cancel();
    context.signal.removeEventListener('abort', giveUp);
  }
}
