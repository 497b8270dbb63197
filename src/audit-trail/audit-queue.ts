/**
 * Events on their way to one output: a queue with a bound. Nobody waits for it; what comes while it is full is dropped, counted, and
 * told in the log once, and once more when it takes events again.
 */
import type { LogLine } from '../telemetry/log/winston-logger';

/** Where events are written. */
export interface AuditOutput {
  readonly name: 'otlp' | 'file' | 'stdout';
  /** Resolves when it takes more; what it could not write it has kept trying until `signal` aborted. Never rejects. */
  write(lines: readonly LogLine[], signal: AbortSignal): Promise<'written' | 'given_up'>;
  close(): Promise<void>;
}

/** Why events are dropped. */
export const AUDIT_DROP_REASONS = ['queue_full', 'not_written'] as const;
export type AuditDropReason = (typeof AUDIT_DROP_REASONS)[number];

export interface AuditQueueOptions {
  readonly output: AuditOutput;
  readonly eventsMax: number;
  readonly dropped: (reason: AuditDropReason, events: number) => void;
  /** Told when it begins to drop (undefined), and how many it was when it takes events again. */
  readonly overflow: (dropped: number | undefined) => void;
}

/** Written at a time; between two such the process serves its clients. */
const BATCH_MAX = 256;

export class AuditQueue {
  readonly #options: AuditQueueOptions;
  readonly #giveUp = new AbortController();
  #waiting: LogLine[] = [];
  #droppedNow = 0;
  #writing: Promise<void> | undefined;

  constructor(options: AuditQueueOptions) {
    this.#options = options;
  }

  push(line: LogLine): void {
    const { eventsMax, dropped, overflow } = this.#options;
    if (this.#waiting.length >= eventsMax) {
      if (this.#droppedNow === 0) overflow(undefined);
      this.#droppedNow += 1;
      dropped('queue_full', 1);
      return;
    }
    this.#waiting.push(line);
    this.#writing ??= this.#write();
  }

  /** Resolves when all that waits is written; `giveUp` ends it sooner, and what is left is dropped. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#options.output.close();
  }

  giveUp(): void {
    this.#giveUp.abort();
  }

  async #write(): Promise<void> {
    const { output, dropped, overflow } = this.#options;
    while (this.#waiting.length > 0) {
      // Never in the turn of the request that told it, and together with what the rest of that turn tells.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#waiting.slice(0, BATCH_MAX);
      this.#waiting = this.#waiting.slice(BATCH_MAX);
      const outcome = this.#giveUp.signal.aborted ? 'given_up' : await output.write(batch, this.#giveUp.signal);
      if (outcome === 'given_up') dropped('not_written', batch.length);
    }
    this.#writing = undefined;
    if (this.#droppedNow === 0) return;
    overflow(this.#droppedNow);
    this.#droppedNow = 0;
  }
}
