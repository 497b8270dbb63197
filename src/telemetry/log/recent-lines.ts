/** The last lines of the log, for `seaglass bundle`: bounded in number, and each line is. */
import type { LogLine } from './winston-logger';

const LINES_MAX = 1_000;

export class RecentLines {
  readonly #lines: LogLine[] = [];
  #next = 0;

  /** Remembers the line in the place of the oldest. */
  add(line: LogLine): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % LINES_MAX;
  }

  /** Oldest first. */
  all(): readonly LogLine[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }
}
