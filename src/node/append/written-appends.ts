/**
 * Appends that are written and not answered yet, in their order. Each is answered once its records are safe, and then they can be
 * read; one fdatasync makes safe all that was written when it began.
 */
import type { AppendAnswer } from './append-stage';
import type { PartitionLog } from '../log/partition-log';
import type { TailChunk } from '../log/tail-cache';

export interface WrittenAppendsOptions {
  readonly log: PartitionLog;
  /** The offset at which the written records end now. */
  readonly endOffset: () => number;
  /** Must give up what waits. */
  readonly syncFailed: (error: unknown) => void;
}

export class WrittenAppends {
  readonly #options: WrittenAppendsOptions;
  #answers: AppendAnswer[] = [];
  #tailChunks: TailChunk[] = [];
  #syncing: Promise<void> | undefined;
  /** How often what was not answered was given up. */
  #givenUp = 0;

  constructor(options: WrittenAppendsOptions) {
    this.#options = options;
  }

  add(answers: readonly AppendAnswer[], chunks: readonly TailChunk[]): void {
    for (const answer of answers) this.#answers.push(answer);
    this.#tailChunks.push(...chunks);
  }

  /** Records below `endOffset` are safe: they can be read, and their appends are answered. */
  complete(endOffset: number): void {
    const { log } = this.#options;
    const moved = endOffset > log.highWatermark;
    if (moved) {
      log.highWatermark = endOffset;
      this.#publishTail(endOffset);
    }
    let answered = 0;
    for (const { request, outcome, endOffset: needed } of this.#answers) {
      if (needed > endOffset) break;
      answered += 1;
      request.done(outcome);
    }
    this.#answers.splice(0, answered);
    if (moved) log.wakeListeners();
  }

  /** Nothing of what waits will be safe: returns it, to be refused. */
  giveUp(): readonly AppendAnswer[] {
    const waiting = this.#answers;
    this.#answers = [];
    this.#tailChunks = [];
    this.#givenUp += 1;
    return waiting;
  }

  /** Has what waits synced and answered; what comes meanwhile shares the next sync. */
  startSync(): void {
    if (this.#syncing !== undefined) return;
    this.#syncing = this.#syncAll().finally(() => {
      this.#syncing = undefined;
      // It needed no sync, and was done before its turn was.
      if (this.#answers.length > 0) this.startSync();
    });
  }

  /** Resolves when no sync is under way any more. */
  async settled(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing;
  }

  /** fdatasync until nothing waits for one. */
  async #syncAll(): Promise<void> {
    const { log } = this.#options;
    while (this.#answers.length > 0) {
      const endOffset = this.#options.endOffset();
      const { active } = log;
      const givenUp = this.#givenUp;
      try {
        if (active.nextOffset > log.highWatermark) await active.syncLater();
      } catch (error) {
        // Appends that came after others were given up have a sync of their own coming.
        if (givenUp !== this.#givenUp) continue;
        this.#options.syncFailed(error);
        return;
      }
      // What this sync was for may be gone: then what waits now came after it.
      if (givenUp === this.#givenUp) this.complete(endOffset);
    }
  }

  #publishTail(endOffset: number): void {
    let published = 0;
    for (const chunk of this.#tailChunks) {
      if ((chunk.summaries.at(-1)?.lastOffset ?? Infinity) >= endOffset) break;
      this.#options.log.tail.add(chunk);
      published += 1;
    }
    this.#tailChunks.splice(0, published);
  }
}
