/** A wait with an end, for checks: what does not come by then is what was found. */
import { systemClock } from '../../clock';

/** Rejects with `what` and the time where the work is not done by then; the work goes on. */
export async function inTime<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: { cancel(): void } | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = systemClock.after(deadlineMs, () => reject(new Error(`${what} within ${deadlineMs / 1_000} s`)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer?.cancel();
  }
}
