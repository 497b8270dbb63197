/** A log in memory of which the newest record of each key is kept, with the offsets that they were given: one partition of `__consumer_offsets`. */
import type { PartitionRange } from '../../engine/engine';
import type { EncodableRecord } from '../../protocol/encode-batch';
import { toOffset, type Offset } from '../../types';

export interface LoggedRecord extends EncodableRecord {
  readonly offset: Offset;
  readonly timestamp: number;
  readonly key: Uint8Array;
  /** Whose it is. */
  readonly group: string;
  /** Where the group committed; undefined where the record is of the group itself. */
  readonly topic: string | undefined;
}

/** How long the end of a key is told: Kafka's delete.retention.ms. */
const TOMBSTONE_MS = 86_400_000;
/** A log of fewer records is not worth compacting. */
const RECORDS_MIN = 256;

export class CompactedLog {
  #records: LoggedRecord[] = [];
  readonly #newest = new Map<string, LoggedRecord>();
  readonly #logStartOffset: Offset;
  #highWatermark: Offset;

  constructor(logStartOffset: Offset) {
    this.#logStartOffset = logStartOffset;
    this.#highWatermark = logStartOffset;
  }

  get range(): PartitionRange {
    const highWatermark = this.#highWatermark;
    return { logStartOffset: this.#logStartOffset, lastStableOffset: highWatermark, highWatermark };
  }

  /** Those that are there to be read, in the order of offsets. */
  get records(): readonly LoggedRecord[] {
    return this.#records.filter((each) => this.#isNewest(each));
  }

  /** A key without a value is told as gone; one that is not there is left out. Returns by how many bytes the log grew. */
  put(record: Omit<LoggedRecord, 'offset'>): number {
    const key = keyOf(record.key);
    const before = this.#newest.get(key);
    if (record.value === null && (before?.value ?? null) === null) return 0;
    const logged = { ...record, offset: this.#highWatermark };
    this.#highWatermark = toOffset(this.#highWatermark + 1);
    this.#newest.set(key, logged);
    this.#records.push(logged);
    if (this.#records.length > RECORDS_MIN && this.#records.length > 2 * this.#newest.size) this.#compact();
    return sizeOf(logged) - (before === undefined ? 0 : sizeOf(before));
  }

  /** From an offset of the range on, up to `bytesMax` but at least one record; empty at the end. */
  from(offset: Offset, bytesMax: number): readonly LoggedRecord[] {
    const found: LoggedRecord[] = [];
    let bytes = 0;
    for (let index = this.#indexOf(offset); index < this.#records.length; index += 1) {
      const record = this.#records[index];
      if (record === undefined || !this.#isNewest(record)) continue;
      bytes += sizeOf(record);
      if (found.length > 0 && bytes > bytesMax) break;
      found.push(record);
    }
    return found;
  }

  /** The first record at or behind the offset, wherever it is. */
  #indexOf(offset: Offset): number {
    let [low, high] = [0, this.#records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.offset ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isNewest(record: LoggedRecord): boolean {
    return this.#newest.get(keyOf(record.key)) === record;
  }

  /** The last record stays: the log must not end before its high watermark. */
  #compact(): void {
    const last = this.#records.at(-1);
    const horizonMs = (last?.timestamp ?? 0) - TOMBSTONE_MS;
    this.#records = this.#records.filter((record) => {
      if (!this.#isNewest(record)) return false;
      const isOver = record.value === null && record.timestamp < horizonMs && record !== last;
      if (isOver) this.#newest.delete(keyOf(record.key));
      return !isOver;
    });
  }
}

/** Each byte a character, so that no two keys are the same. */
const keyOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');

const sizeOf = ({ key, value }: LoggedRecord): number => key.byteLength + (value?.byteLength ?? 0) + RECORD_BYTES;
/** What a record takes beside its key and value, in memory and, less, on the wire. */
const RECORD_BYTES = 100;
