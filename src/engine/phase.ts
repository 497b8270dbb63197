/**
 * A phase: one named wait on the engine. It has an owner (the caller whose trace shows it), a lifetime (who may stop the work)
 * and a deadline. The caller's operation ends when the work ends or when the caller gives up, whichever is first; work that
 * others share goes on until its own lifetime or deadline stops it.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import type { AttributeValue, CallContext, Operation } from '../telemetry/operation';
import type { OperationName } from '../telemetry/operations';
import { CHANNEL_STATE } from './channel-state';
import { EngineError } from './engine-error';
import { outcomeOf } from './error-outcome';

export interface PhaseOptions {
  readonly clock: Clock;
  readonly name: OperationName;
  /** The longest the work may take, ms. */
  readonly deadlineMs: number;
  /** What is waited for, in words; part of the error's message. */
  readonly what: string;
  /** Stops the work; the caller's own signal where absent. */
  readonly lifetime?: AbortSignal;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Of the channel that is waited on; asked when somebody looks. */
  readonly channelState?: () => string | undefined;
}

/** Runs `work` as a phase of `context`. Rejects with 'timeout' past the deadline and 'cancelled' when the lifetime ends. */
export async function runPhase<T>(
  context: CallContext,
  options: PhaseOptions,
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const { name, attributes, lifetime, channelState } = options;
  return asOperation(context, { name, attributes, stops: lifetime, channelState }, (operation) =>
    withDeadline(options, lifetime ?? context.signal, (signal) => work({ operation, signal })),
  );
}

export interface JoinOptions {
  readonly name: OperationName;
  readonly what: string;
  /** Stops the wait; the caller's own signal where absent. */
  readonly patience?: AbortSignal;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly channelState?: () => string | undefined;
}

/**
 * Waits for work that another caller has begun, as a phase of this caller's own: in its trace and in /debug/inflight the wait has the
 * same name as the other's. The work goes on when the caller leaves.
 */
export async function joinPhase<T>(context: CallContext, options: JoinOptions, work: Promise<T>): Promise<T> {
  const { name, what, attributes, channelState, patience = context.signal } = options;
  const stops = patience === context.signal ? undefined : patience;
  return asOperation(context, { name, attributes, stops, channelState }, () => unlessCancelled(work, patience, what));
}

interface OperationOptions {
  readonly name: OperationName;
  readonly attributes: Readonly<Record<string, AttributeValue>> | undefined;
  /** What stops the work where that is not the caller: its operation then ends when the caller leaves. */
  readonly stops: AbortSignal | undefined;
  readonly channelState: (() => string | undefined) | undefined;
}

async function asOperation<T>(
  context: CallContext,
  { name, attributes, stops, channelState }: OperationOptions,
  work: (operation: Operation) => Promise<T>,
): Promise<T> {
  const operation = context.operation.child(name, attributes === undefined ? {} : { attributes });
  if (channelState !== undefined) operation.live(CHANNEL_STATE, channelState);
  const leave = () => operation.end('cancelled');
  if (stops !== undefined) context.signal.addEventListener('abort', leave, { once: true });
  try {
    const value = await work(operation);
    operation.end('ok');
    return value;
  } catch (error) {
    endFailed(operation, error);
    throw error;
  } finally {
    if (stops !== undefined) context.signal.removeEventListener('abort', leave);
  }
}

/** Ends an operation by what went wrong. */
export function endFailed(operation: Operation, error: unknown): void {
  const type = error instanceof EngineError ? error.code : 'internal';
  operation.end(outcomeOf(error), { type, message: error instanceof Error ? error.message : String(error) });
}

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
