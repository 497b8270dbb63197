/** Bounds on a wait: a deadline, a caller who leaves. Each rejects with an EngineError that names what was waited for. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import { EngineError } from '../engine-error';

/**
 * Runs `work` with a signal that aborts at the deadline or with `parent`; does not outlast either, even where the work ignores
 * its signal.
 */
export function withDeadline<T>(
  limits: { readonly clock: Clock; readonly deadlineMs: number; readonly what: string },
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (parent.aborted) {
      reject(abortError(parent, limits.what));
      return;
    }
    const controller = new AbortController();
    // Every call of the work listens to it.
    setMaxListeners(0, controller.signal);
    const stop = (error: EngineError) => {
      finish();
      reject(error);
      controller.abort(error);
    };
    const onParent = () => stop(abortError(parent, limits.what));
    const timer = limits.clock.after(limits.deadlineMs, () =>
      stop(new EngineError('timeout', `${limits.what}: no answer within ${limits.deadlineMs} ms`)),
    );
    const finish = () => {
      timer.cancel();
      parent.removeEventListener('abort', onParent);
    };
    parent.addEventListener('abort', onParent, { once: true });
    work(controller.signal).then(
      (value) => {
        finish();
        resolve(value);
      },
      (error: unknown) => {
        finish();
        reject(error instanceof Error ? error : new EngineError('internal', String(error)));
      },
    );
  });
}

/** Waits for what others work on, no longer than the signal allows; the work goes on. */
export function unlessCancelled<T>(promise: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(ignoreShared);
      reject(cancelled(what));
      return;
    }
    const onAbort = () => reject(cancelled(what));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A shared promise's failure reaches whoever still waits for it; for one who has left it is no failure of theirs. */
export const ignoreShared = (): void => undefined;

/** What an aborted signal means: the deadline of a phase around this one, or a caller who gave up. */
function abortError({ reason }: AbortSignal, what: string): EngineError {
  return reason instanceof EngineError ? reason : cancelled(what);
}

export function cancelled(what: string): EngineError {
  return new EngineError('cancelled', `${what}: given up by its caller`);
}
