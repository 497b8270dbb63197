/**
 * Waiting for something to happen, without polling and without consuming it: `wake` resolves everyone who waits now. A wait that
 * is given up is forgotten at once.
 */
import { cancelled } from './deadline';

export class Wakeups {
  readonly #waiting = new Set<() => void>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves at the next `wake`; rejects with 'cancelled' on the signal. */
  wait(signal: AbortSignal, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled(what));
        return;
      }
      const woken = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(woken);
        reject(cancelled(what));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(woken);
    });
  }

  wake(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of woken) resolve();
  }
}
