/** The moment at which a request stops waiting for the engine: a signal for what is under way, and a promise for who waits. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import { EngineError } from '../engine-error';
import type { CallContext } from '../telemetry/trace/operation';

export interface GiveUp {
  /** Aborts at the deadline, with the parent, or when abandoned. */
  readonly signal: AbortSignal;
  /** Resolves when the signal aborts. */
  readonly reached: Promise<void>;
  /** Nothing is under way any more: stops the timer. Must be called, unless `abandon` is. */
  end(): void;
  /** As end, and aborts what is still under way. */
  abandon(): void;
}

/** Made once: an abort is part of ordinary traffic, and a stack trace each time would cost more than the abort. */
const GIVEN_UP = new EngineError('cancelled', 'the request is no longer waited for');

export function giveUpAfter(delayMs: number, parent: AbortSignal, clock: Clock): GiveUp {
  const controller = new AbortController();
  // Each partition of the request listens to it.
  setMaxListeners(0, controller.signal);
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const stop = (): void => {
    controller.abort(GIVEN_UP);
    reach();
  };
  const timer = clock.after(Math.max(0, delayMs), stop);
  const end = (): void => {
    timer.cancel();
    parent.removeEventListener('abort', stop);
  };
  if (parent.aborted) stop();
  else parent.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    reached,
    end,
    abandon() {
      end();
      stop();
    },
  };
}

/** Time past the client's own before the request counts as overdue, ms. */
const GRACE_MS = 1_000;

/**
 * Runs `work` with a signal that aborts after the client's `timeoutMs` or with the caller's. What was asked of the engine by then may
 * still happen, as with Kafka's own timeout.
 */
export async function withinClientTimeout<T>(
  context: CallContext,
  options: { readonly clock: Clock; readonly timeoutMs: number },
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const timeoutMs = Math.max(options.timeoutMs, 0);
  const giveUp = giveUpAfter(timeoutMs, context.signal, options.clock);
  context.operation.setBudget(timeoutMs + GRACE_MS);
  try {
    return await work({ operation: context.operation, signal: giveUp.signal });
  } finally {
    giveUp.end();
  }
}
