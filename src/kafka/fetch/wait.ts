/**
 * The long poll: waits until a partition of the fetch may have more, on all of them together and under one deadline. It only waits:
 * giving it up loses nothing, because what arrives is for whoever reads next.
 */
import type { Clock } from '../../clock';
import { EngineError } from '../../engine-error';
import { readableEnd } from '../../engine/partition/range';
import type { Offset } from '../../types';
import type { CallContext } from '../../telemetry/trace/operation';
import { giveUpAfter } from '../../waiting/give-up';
import type { Slot } from './plan';

/** A partition that woke so often and brought nothing is not listened to any more. */
const IDLE_WAKES_MAX = 3;

export interface WaitOptions {
  readonly clock: Clock;
  readonly waitMs: number;
  /** Ends the wait at once: the gateway stops. */
  readonly stopping: AbortSignal;
}

/** Resolves with the slots that woke; with none at the deadline, on the context's signal, or when the gateway stops. Never rejects. */
export async function waitForMore(
  slots: readonly Slot[],
  options: WaitOptions,
  context: CallContext,
): Promise<readonly Slot[]> {
  const { clock, waitMs, stopping } = options;
  const operation = context.operation.child('long_poll', { budgetMs: waitMs });
  const giveUp = giveUpAfter(waitMs, context.signal, clock);
  const woken: Slot[] = [];
  await new Promise<void>((resolve) => {
    const stop = (): void => resolve();
    if (stopping.aborted) stop();
    stopping.addEventListener('abort', stop, { once: true });
    void giveUp.reached.then(stop);
    const wake = (slot: Slot): void => {
      woken.push(slot);
      resolve();
    };
    const inner = { operation, signal: giveUp.signal };
    for (const slot of slots) {
      if (slot.partition === undefined || slot.idleWakes >= IDLE_WAKES_MAX) continue;
      slot.partition.waitFor({ offset: endOf(slot), isolation: slot.isolation }, inner).then(
        () => wake(slot),
        (error: unknown) => {
          // Cancelled by this function's end; anything else the next read of the partition will say.
          if (!(error instanceof EngineError && error.code === 'cancelled')) wake(slot);
        },
      );
    }
    void giveUp.reached.then(() => stopping.removeEventListener('abort', stop));
  });
  const brought = woken.slice();
  giveUp.abandon();
  if (brought.length > 0) operation.end('data');
  else operation.end(context.signal.aborted ? 'cancelled' : 'idle_timeout');
  return brought;
}

/** Whether the slot can gain anything: it was read to the end of the log, or more came while it was read and there is room. */
export function canGain({ result, isolation, reading, fits, unusedBytes, target, idleWakes }: Slot): boolean {
  if (result === undefined || reading || !fits || unusedBytes > 0) return false;
  if (result.nextOffset >= readableEnd(result, isolation)) return true;
  return result.bytes < target.partitionBytesMax && idleWakes < IDLE_WAKES_MAX;
}

/** The offset whose record would be new to the answer. */
export const endOf = ({ result, target }: Slot): Offset => result?.nextOffset ?? target.fetchOffset;
