/**
 * The idempotent producers of one partition as its log tells of them, through whichever gateway they wrote: the first record of a batch
 * says whose it is (producer-mark.ts). The log is followed only where it may tell more than memory: for a producer that is not known
 * here, for a sequence that is not the next one, and for a producer that was silent for a while and may have been elsewhere.
 */
import type { BatchHeader } from '../../../protocol/record-batch';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { EngineError } from '../../../engine-error';
import { contradicted } from '../../contradiction';
import type { RunSearch } from '../log/find-run';
import { LISTING_AGE_MS_MAX } from '../log/mq-log';
import { ProducerBatches } from './producer-batches';
import { UNREADABLE_MS_MAX } from '../log/unreadable';

/** So much of the log's end is read by who knows none of it: what a producer may still repeat lies there. */
const TAIL_BYTES = 32 * 1024 * 1024;
const TAIL_RECORDS = 250_000;
/** A producer that wrote here more recently was not elsewhere in between. */
const ELSEWHERE_MS = 1_000;

export class LoggedProducers {
  readonly batches = new ProducerBatches();
  /** All that lies before it is known; undefined until the log was first followed. */
  #knownTo: Offset | undefined;
  #followedMs = Number.NEGATIVE_INFINITY;
  /** Before the log was first followed. */
  #unreadableSinceMs: number | undefined;

  /** Whether the log is to be followed before the batch is judged. */
  mayBeElsewhere(header: BatchHeader, nowMs: number): boolean {
    if (header.producerId < 0n) return false;
    if (!this.batches.isExpected(header)) return true;
    const seenMs = Math.max(this.batches.usedMs(header) ?? 0, this.#followedMs);
    return nowMs - seenMs > ELSEWHERE_MS;
  }

  /** This gateway's own record went there. */
  appended(offset: Offset): void {
    if (offset === this.#knownTo) this.#knownTo = toOffset(offset + 1);
  }

  /**
   * Reads what the log says from where it is known, or of its end. Nothing of this gateway's may be under way. The first time it throws
   * EngineError('contradiction') where the log cannot be read; after ten seconds such an end is taken for lost. Later what could not be
   * read can only be another gateway's, and is left to the next time.
   */
  async follow(search: RunSearch, nowMs: number, context: CallContext): Promise<void> {
    const { log, leader, range, instruments, at } = search;
    const from = await this.#from(search, context);
    this.#knownTo = from;
    try {
      for await (const units of log.scan(leader, { ...range, logStartOffset: from }, context)) {
        for (const unit of units) {
          const { mark } = unit;
          if (mark !== undefined) this.batches.found(mark, unit.baseOffset);
          this.#knownTo = toOffset(unit.lastOffset + 1);
        }
      }
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'contradiction') throw error;
      if (this.#followedMs < 0) {
        this.#unreadableSinceMs ??= nowMs;
        if (nowMs - this.#unreadableSinceMs < UNREADABLE_MS_MAX) throw error;
        contradicted(instruments, 'record_lost', { ...at, offset: this.#knownTo }, context.operation);
        this.#knownTo = range.highWatermark;
      }
    }
    this.#followedMs = nowMs;
  }

  async #from({ log, range }: RunSearch, context: CallContext): Promise<Offset> {
    const end = range.highWatermark;
    const known = this.#knownTo;
    if (known !== undefined && end - known < TAIL_RECORDS) return known < end ? known : end;
    await log.flushed.refresh(LISTING_AGE_MS_MAX, context);
    return toOffset(Math.max(range.logStartOffset, log.flushed.tailStart(TAIL_BYTES), end - TAIL_RECORDS));
  }
}
