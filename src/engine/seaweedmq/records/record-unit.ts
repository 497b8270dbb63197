/** One record of SeaweedMQ as the log units above see it: its true offset, its stored bytes, and what Kafka's form of it is. */
import type { EncodableRecord } from '../../../protocol/encode-batch';
import type { SequencedBatch } from '../../../protocol/producer-sequence';
import { EMPTY_CENSUS } from '../../../types';
import type { ValueFault } from '../../../audit/proofs';
import type { Verdict } from '../../../audit/verdict';
import type { Census, Int64, Offset } from '../../../types';
import type { LogUnit } from '../../dialect';
import { decodeEnvelope, isPlaceholder } from './envelope';
import { NO_RECORD, NULL_VALUE, storedValueLength } from '../log/stored-length';

/** What a record costs beside its key and value, in memory and near enough on the wire. */
const OVERHEAD_BYTES = 32;
/** Times of SeaweedMQ are in nanoseconds. */
export const NANOSECONDS_PER_MS = 1_000_000n;
const ONE_NULL: Census = { records: 1, nulls: 1, empties: 0, controls: 0, valueBytes: 0 };
const ONE_EMPTY: Census = { records: 1, nulls: 0, empties: 1, controls: 0, valueBytes: 0 };

/** Where a record lies, and its own time. */
export interface RecordTime {
  readonly offset: Offset;
  readonly timestampMs: Int64;
}

export class RecordUnit implements LogUnit {
  readonly baseOffset: Offset;
  /** The time as the engine stores it: strictly increasing in the partition. */
  readonly tsNs: bigint;
  readonly key: Uint8Array;
  /** The value as stored: raw, or an envelope. */
  readonly stored: Uint8Array;
  /** The value's length as it arrived from the engine; negative where there is none (stored-length.ts). */
  readonly arrivedLength: number;
  /** Of its value, once it was held against its proof. */
  verdict: Verdict = 'unknown';
  /** What the log has in its place, where another path brought it. */
  repairOf: ValueFault | undefined;

  constructor(offset: Offset, tsNs: bigint, key: Uint8Array, stored: Uint8Array) {
    this.baseOffset = offset;
    this.tsNs = tsNs;
    this.key = key;
    this.stored = stored;
    this.arrivedLength = storedValueLength(stored, offset);
  }

  get lastOffset(): Offset {
    return this.baseOffset;
  }

  get bytes(): number {
    return this.key.byteLength + this.stored.byteLength + OVERHEAD_BYTES;
  }

  /** True where it only takes an offset and there is no record. */
  get isPlaceholder(): boolean {
    return isPlaceholder(this.stored, this.baseOffset);
  }

  /** What the engine sent, whatever becomes of it here. */
  get census(): Census {
    const length = this.arrivedLength;
    if (length === NO_RECORD) return EMPTY_CENSUS;
    if (length === NULL_VALUE) return ONE_NULL;
    return length === 0 ? ONE_EMPTY : { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: length };
  }

  /** The batch of an idempotent producer that it begins; undefined where it begins none. */
  get mark(): SequencedBatch | undefined {
    return this.isPlaceholder ? undefined : decodeEnvelope(this.stored)?.mark;
  }

  /** The record's own time. */
  get timestampMs(): Int64 {
    return decodeEnvelope(this.stored)?.timestamp ?? Number(this.tsNs / NANOSECONDS_PER_MS);
  }

  /** As the producer sent it: a raw record's empty key or value is a null, its timestamp the engine's. */
  record(): EncodableRecord & { readonly offset: Offset } {
    const { baseOffset: offset, key, stored } = this;
    const envelope = decodeEnvelope(stored);
    if (envelope === undefined) {
      return {
        offset,
        timestamp: Number(this.tsNs / NANOSECONDS_PER_MS),
        key: key.byteLength === 0 ? null : key,
        value: stored.byteLength === 0 ? null : stored,
        headers: [],
      };
    }
    const { timestamp, value, headers } = envelope;
    return { offset, timestamp, key: envelope.keyIsNull ? null : key, value, headers };
  }
}
