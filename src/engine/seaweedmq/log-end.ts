/**
 * Where a partition's log ends by what does not die with its broker. SeaweedFS 4.48 notes the last offset it gave every two seconds,
 * apart from the records, so a broker that ends in between, even in order, begins again before records that are in its log files and
 * that consumers have read. The files and this gateway's memory tell; what writes next has to go on behind them.
 */
import type { CallContext } from '../../telemetry/operation';
import { toOffset } from '../../types';
import type { Offset } from '../../types';
import type { FlushedLog } from './flushed-log';

export class LogEnd {
  readonly #flushed: FlushedLog;
  #kept: Offset | undefined;
  /** Changes with each doubt: what was looked up before is not kept then. */
  #doubts = 0;
  #given: Offset = toOffset(0);
  #behindAt: Offset | undefined;

  constructor(flushed: FlushedLog) {
    this.#flushed = flushed;
  }

  /** Offsets below were given to records, as the broker said to this gateway. */
  get given(): Offset {
    return this.#given;
  }

  /** The broker gave the offsets below it. */
  reached(end: Offset): void {
    if (end > this.#given) this.#given = end;
  }

  /** The broker said that the log ends there. */
  told(end: Offset): void {
    this.reached(end);
    if (end >= this.#given || end === this.#behindAt) return;
    // It began anew, and may have flushed before.
    this.forget();
    this.#behindAt = end;
  }

  /** What was said to lie behind was taken away on purpose. */
  wentBack(end: Offset): void {
    this.#given = end;
  }

  /** The broker is in doubt: another one, or the same begun anew, may go on from elsewhere, and may have flushed before. */
  forget(): void {
    this.#kept = undefined;
    this.#behindAt = undefined;
    this.#doubts += 1;
  }

  /** Offsets below are in log files, as they were when the broker was first asked; to be asked for before the broker is. */
  async kept(context: CallContext): Promise<Offset> {
    if (this.#kept !== undefined) return this.#kept;
    const doubts = this.#doubts;
    await this.#flushed.refresh(0, context);
    const end = await this.#flushed.end(context);
    this.reached(end);
    if (doubts !== this.#doubts) return end;
    // Another who asked at the same time may have heard of more.
    this.#kept = later(this.#kept, end);
    return this.#kept;
  }
}

const later = (known: Offset | undefined, heard: Offset): Offset =>
  known !== undefined && known > heard ? known : heard;
