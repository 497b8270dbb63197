/**
 * A bound on repeated lines: so many of one event (and topic) in a window, then silence, and the next line says how many were
 * left out. A gateway that fails a thousand times a second must not spend its time saying so.
 */
import type { Clock } from '../../clock';

const LINES_PER_WINDOW = 10;
const WINDOW_MS = 10_000;
const KEYS_MAX = 1_000;

interface Window {
  startMs: number;
  lines: number;
  suppressed: number;
}

export class LogLimit {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many lines of the key were left out since its last one; undefined where this one is to be left out, too. */
  admit(key: string): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const window = this.#windows.get(key);
    if (window === undefined) {
      this.#makeRoom();
      this.#windows.set(key, { startMs: nowMs, lines: 1, suppressed: 0 });
      return 0;
    }
    if (nowMs - window.startMs >= WINDOW_MS) {
      const { suppressed } = window;
      window.startMs = nowMs;
      window.lines = 1;
      window.suppressed = 0;
      return suppressed;
    }
    if (window.lines < LINES_PER_WINDOW) {
      window.lines++;
      return 0;
    }
    window.suppressed++;
    return undefined;
  }

  /** Forgets the key that was first seen; at worst one of its lines comes early. */
  #makeRoom(): void {
    if (this.#windows.size < KEYS_MAX) return;
    for (const key of this.#windows.keys()) {
      this.#windows.delete(key);
      return;
    }
  }
}
