/** Appends that wait for their acks, in the order they were sent: acks come in that order, one for each record. */
import type { Clock } from '../../../clock';
import type { RecordOrigin } from '../../../audit/proofs';
import type { AppendResult } from '../../engine';
import type { EngineError } from '../../../engine-error';
import { unlessCancelled } from '../../../waiting/deadline';
import type { Offset } from '../../../types';
import type { ProducerBatch } from './producer-batches';
import type { StoredRecord } from '../records/records';

export interface PendingAppend {
  records: readonly StoredRecord[];
  readonly batch: ProducerBatch | undefined;
  readonly origin: RecordOrigin | undefined;
  readonly logAppendTimeMs: number;
  /** Records that the log is known to hold: those from here on are to be sent. */
  acked: number;
  baseOffset: Offset | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: EngineError) => void;
}

export class PendingAppends {
  readonly #clock: Clock;
  /** When the last ack came, or the first append behind it was sent. */
  #heardMs = 0;
  #pending: PendingAppend[] = [];
  #head = 0;
  #empty: { readonly reached: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Since when acks are waited for and none has come; undefined where none is waited for. */
  get silentSinceMs(): number | undefined {
    return this.size === 0 ? undefined : this.#heardMs;
  }

  /** The one that the next ack is for. */
  get first(): PendingAppend | undefined {
    return this.#pending[this.#head];
  }

  get size(): number {
    return this.#pending.length - this.#head;
  }

  [Symbol.iterator](): IterableIterator<PendingAppend> {
    return this.#pending.slice(this.#head).values();
  }

  push(append: PendingAppend): void {
    if (this.size === 0) this.heard();
    this.#pending.push(append);
  }

  /** An ack came. */
  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  /** Resolves when nothing waits for an ack. */
  drained(signal: AbortSignal): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    if (this.#empty === undefined) {
      let resolve = (): void => undefined;
      this.#empty = { reached: new Promise((settle) => (resolve = settle)), resolve: () => resolve() };
    }
    return unlessCancelled(this.#empty.reached, signal, 'waiting for acks');
  }

  /** Its last ack came. */
  shift(): void {
    this.#head += 1;
    this.#tellEmpty();
    if (this.#head < 1_024 && this.#head < this.#pending.length) return;
    this.#pending = this.#pending.slice(this.#head);
    this.#head = 0;
  }

  /** All of them; none is left. */
  take(): readonly PendingAppend[] {
    const taken = this.#pending.slice(this.#head);
    this.#pending = [];
    this.#head = 0;
    this.#tellEmpty();
    return taken;
  }

  #tellEmpty(): void {
    if (this.size > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}
