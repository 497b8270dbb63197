/**
 * A phase: one named wait on the engine. It has an owner (the caller whose trace shows it), a lifetime (who may stop the work)
 * and a deadline. The caller's operation ends when the work ends or when the caller gives up, whichever is first; work that
 * others share goes on until its own lifetime or deadline stops it.
 */
import type { Clock } from '../clock';
import type { AttributeValue, CallContext, Operation } from '../telemetry/trace/operation';
import type { OperationName } from '../telemetry/trace/operations';
import { EngineError } from '../engine-error';
import { unlessCancelled, withDeadline } from './deadline';
import { outcomeOf } from './error-outcome';

/** Attribute of a phase: the state of the gRPC channel that it waits on, asked while somebody looks. */
export const CHANNEL_STATE = 'seaglass.engine.channel_state';

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
  if (error instanceof EngineError && error.target !== undefined) operation.blame(error.target);
  operation.end(outcomeOf(error), { type, message: error instanceof Error ? error.message : String(error) });
}
