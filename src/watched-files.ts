/**
 * What is made of files, made again when one of them changes. What cannot be used is told and tried again, and meanwhile the old holds: files
 * are replaced one after the other, so a key may be without its certificate for a moment.
 */
import { statSync } from 'node:fs';
import type { Clock, Timer } from './clock';

export interface ReadFiles<T> {
  readonly value: T;
  /** Those that it was made of. */
  readonly paths: readonly string[];
}

export interface WatchedFilesOptions<T> {
  /** Throws Error that names the file and what is wrong with it. */
  readonly read: () => ReadFiles<T>;
  readonly clock: Clock;
  /** Called with what was made again, or why it could not be; each reason once. */
  readonly told: (outcome: T | Error) => void;
}

const CHECK_PERIOD_MS = 1_000;

export class WatchedFiles<T> {
  readonly #options: WatchedFilesOptions<T>;
  readonly #checks: Timer;
  #read: ReadFiles<T>;
  #mark: string;
  #failure: string | undefined;

  /** Throws as `read` does. */
  constructor(options: WatchedFilesOptions<T>) {
    this.#options = options;
    // Twice, for what is marked after it was read may have changed between.
    this.#mark = markOf(options.read().paths);
    this.#read = options.read();
    this.#checks = options.clock.every(CHECK_PERIOD_MS, () => this.look());
  }

  /** The same object until a file changes. */
  get value(): T {
    return this.#read.value;
  }

  close(): void {
    this.#checks.cancel();
  }

  /** Looks at once, for who would be wrong with what is a moment old. */
  look(): void {
    const { read, told } = this.#options;
    const mark = markOf(this.#read.paths);
    if (mark === this.#mark && this.#failure === undefined) return;
    try {
      this.#read = read();
      this.#mark = mark;
      this.#failure = undefined;
      told(this.#read.value);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (failure.message === this.#failure) return;
      this.#failure = failure.message;
      told(failure);
    }
  }
}

const markOf = (paths: readonly string[]): string => paths.map(fileMark).join(',');

/** What changes when the file does: its time, its size, and which file has the name. */
export function fileMark(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 'absent' : `${String(stat.mtimeMs)} ${String(stat.size)} ${String(stat.ino)}`;
}
