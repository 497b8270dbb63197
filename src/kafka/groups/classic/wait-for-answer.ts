/** A request that waits for its group: a named wait that ends with the answer, or with the signal of whoever gives it up. */
import { EngineError } from '../../../engine-error';
import type { CallContext, SpanLink } from '../../../telemetry/trace/operation';
import { JOIN_WAITS_FOR } from '../../../telemetry/trace/operations';
import type { Answer } from './join';

/** Who waits. `stopping` aborts when the gateway stops: a barrier may stay closed for minutes. */
export interface WaitContext extends CallContext {
  readonly stopping?: AbortSignal;
}

/** Time a join or sync may take past the group's own timeouts before it counts as overdue, ms. */
const GRACE_MS = 1_000;

export interface Wait {
  readonly name: 'group.join' | 'group.sync';
  readonly budgetMs: number;
  /** What it waited for, asked when it ends. */
  readonly rebalance: () => SpanLink | undefined;
  /** Why it waits, in words; asked when the wait begins, and while somebody looks. */
  readonly waitsFor?: () => string | undefined;
}

/** Rejects with EngineError('cancelled') on a signal. The answer to a client that is gone goes nowhere. */
export function waitForAnswer<T>(
  context: WaitContext,
  { name, budgetMs, rebalance, waitsFor }: Wait,
  start: (answer: Answer<T>) => void,
): Promise<T> {
  const signals = context.stopping === undefined ? [context.signal] : [context.signal, context.stopping];
  if (signals.some((each) => each.aborted)) {
    return Promise.reject(new EngineError('cancelled', `${name} was given up before it began`));
  }
  context.operation.setBudget(budgetMs + GRACE_MS);
  const operation = context.operation.child(name, { budgetMs });
  if (waitsFor !== undefined) operation.live(JOIN_WAITS_FOR, waitsFor);
  return new Promise<T>((resolve, reject) => {
    const end = (outcome: 'ok' | 'cancelled'): void => {
      for (const each of signals) each.removeEventListener('abort', giveUp);
      const link = rebalance();
      if (link !== undefined) operation.link(link);
      operation.end(outcome);
    };
    const giveUp = (): void => {
      end('cancelled');
      reject(new EngineError('cancelled', `${name} was given up while waiting`));
    };
    for (const each of signals) each.addEventListener('abort', giveUp, { once: true });
    start((answer) => {
      end('ok');
      resolve(answer);
    });
    operation.set(JOIN_WAITS_FOR, waitsFor?.());
  });
}
