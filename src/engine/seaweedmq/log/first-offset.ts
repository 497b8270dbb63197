/**
 * Where a publisher's records really go: a broker that began anew may give offsets again that records have, and not say so
 * (log-end-state.ts). So the first record goes alone and says from which offset on it counts. Where its ack shows an offset before that, it
 * was no record, placeholders take the offsets up to there, and everything goes behind them. Costs a record of each publisher its raw
 * form, and those behind it the wait for its ack.
 */
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { encodePlaceholder } from '../records/envelope';
import type { PendingAppends } from '../publish/pending-appends';
import { frameRecords } from '../../../grpc/publish-frames';
import { NANOSECONDS_PER_MS } from '../records/record-unit';
import { validFrom } from '../records/records';
import type { StoredRecord } from '../records/records';

/** Offsets that the broker, which stands at `from`, gives again: below `end` records have them. */
export interface Forgotten {
  readonly from: Offset;
  readonly end: Offset;
}

export interface FirstOffsetOptions {
  /** Offsets below it have records. */
  readonly validFrom: Offset;
  /** Where records must be raw, a placeholder goes first, and only where the broker says itself that it is behind. */
  readonly marks: boolean;
  readonly write: (frames: Uint8Array) => void;
  readonly forgot: (forgotten: Forgotten) => void;
}

/** `record`: the ack is that of the first append's record. `placeholder`: it is of none. */
export type Acked = 'record' | 'placeholder';

const PLACEHOLDERS_PER_WRITE = 10_000;
const EMPTY = new Uint8Array(0);

export class FirstOffset {
  readonly #options: FirstOffsetOptions;
  readonly #pending: PendingAppends;
  /** Written and not acked. */
  #placeholders = 0;
  #forgot = false;
  /** True once the broker stands behind what was given. */
  found = false;

  constructor(pending: PendingAppends, options: FirstOffsetOptions) {
    this.#pending = pending;
    this.#options = options;
  }

  /** Sends the first append's first record, or a placeholder. Nothing more is sent until the place is found. */
  ask(): void {
    const { marks, write, validFrom: from } = this.#options;
    const first = this.#pending.first;
    if (first === undefined) return;
    if (!marks) return this.#fill(1);
    this.#mark(first, from, first.acked + 1);
    write(frameRecords(first.records.slice(0, first.acked + 1), first.acked));
  }

  acked(offset: Offset): Acked {
    const { validFrom: from, forgot } = this.#options;
    const placeholder = this.#placeholders > 0;
    if (placeholder) this.#placeholders -= 1;
    if (offset < from && !this.#forgot) {
      this.#forgot = true;
      forgot({ from: offset, end: from });
    }
    if (this.#placeholders > 0) return 'placeholder';
    const next = toOffset(offset + 1);
    if (next < from) {
      this.#fill(Math.min(from - next, PLACEHOLDERS_PER_WRITE));
      return 'placeholder';
    }
    this.found = true;
    const isRecord = !placeholder && offset >= from;
    this.#writeAll(isRecord ? 1 : 0);
    return isRecord ? 'record' : 'placeholder';
  }

  /** Everything that waits, but for the records of the first append that went alone. Times may have moved on where offsets were forgotten. */
  #writeAll(sent: number): void {
    const { marks, write, validFrom: from } = this.#options;
    let skip = sent;
    for (const append of this.#pending) {
      if (this.#forgot && marks) this.#mark(append, from, append.records.length);
      const start = append.acked + skip;
      if (start < append.records.length) write(frameRecords(append.records, start));
      skip = 0;
    }
  }

  #mark(append: { records: readonly StoredRecord[]; readonly acked: number }, from: Offset, end: number): void {
    append.records = append.records.map((record, index) =>
      index < append.acked || index >= end ? record : validFrom(record, from),
    );
  }

  /** Their time is that of the record that waits for them, so that the engine need not move it. */
  #fill(count: number): void {
    const first = this.#pending.first;
    const tsNs = first?.records[first.acked]?.tsNs ?? 1n;
    const placeholder = { key: EMPTY, value: encodePlaceholder(Number(tsNs / NANOSECONDS_PER_MS)), tsNs };
    this.#placeholders += count;
    this.#options.write(
      frameRecords(
        Array.from({ length: count }, () => placeholder),
        0,
      ),
    );
  }
}
