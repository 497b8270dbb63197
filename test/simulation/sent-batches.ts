/**
 * Batches that writers send. Every record carries, in a header, the batch's serial number and its place in it, so that whatever comes
 * back, compacted or not, is known by what it says of itself.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { EncodableRecord } from '../../src/protocol/encode-batch';
import type { BatchRecord } from '../../src/protocol/record';
import type { Draws } from './draws';
import type { ModelPartition } from './model-partition';

export interface SentRecord {
  readonly key: string | null;
  /** Null: a tombstone. */
  readonly value: Buffer | null;
  readonly timestamp: number;
}

export interface SentBatch {
  readonly serial: number;
  readonly partition: ModelPartition;
  readonly records: readonly SentRecord[];
  /** As they were sent: base offset 0. */
  readonly bytes: Buffer;
  readonly maxTimestamp: number;
  readonly idempotent: boolean;
  /** Where it lies, once that is known. */
  baseOffset: number | undefined;
  /** When it was acked, on the node's clock. */
  ackedMs: number | undefined;
}

export interface Producing {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

const HEADER = 's';
const KEYS = 8;

export class SentBatches {
  readonly #bySerial = new Map<number, SentBatch>();
  #last = 0;

  get count(): number {
    return this.#last;
  }

  make(partition: ModelPartition, draws: Draws, nowMs: number, producing?: Producing): SentBatch {
    const serial = (this.#last += 1);
    const { compacts } = partition.topic.rules;
    const records = Array.from({ length: draws.weighted(COUNTS) }, (_, index): SentRecord => {
      const isTombstone = compacts && draws.percent(20);
      return {
        key: compacts || draws.percent(50) ? `k${draws.below(KEYS)}` : null,
        value: isTombstone ? null : valueOf(`${serial}:${index}`, draws.weighted(SIZES)),
        timestamp: nowMs - draws.below(2_000),
      };
    });
    const codec = draws.weighted(CODECS);
    const bytes = Buffer.from(
      encodeBatch(
        records.map((record, index) => encodable(record, serial, index)),
        { codec, ...producing },
      ),
    );
    const batch: SentBatch = {
      ...{ serial, partition, records, bytes, idempotent: producing !== undefined },
      maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
      ...{ baseOffset: undefined, ackedMs: undefined },
    };
    this.#bySerial.set(serial, batch);
    return batch;
  }

  /** The batch that a record says it is of, and its place there. */
  origin({ headers: [header] }: BatchRecord): { readonly batch: SentBatch; readonly index: number } | undefined {
    const [serial = NaN, index = NaN] = Buffer.from(header?.value ?? [])
      .toString()
      .split(':')
      .map(Number);
    const batch = this.#bySerial.get(serial);
    return batch === undefined ? undefined : { batch, index };
  }
}

const COUNTS = [
  [1, 5],
  [2, 3],
  [5, 2],
  [12, 1],
] as const;
/** In bytes; from 16 KiB on a batch is handed over by reference. */
const SIZES = [
  [20, 10],
  [300, 10],
  [3_000, 3],
  [20_000, 1],
] as const;
const CODECS = [
  ['none', 8],
  ['gzip', 1],
  ['zstd', 1],
  ['lz4', 1],
  ['snappy', 1],
] as const;

function valueOf(name: string, size: number): Buffer {
  return Buffer.alloc(size, `${name} `);
}

function encodable({ key, value, timestamp }: SentRecord, serial: number, index: number): EncodableRecord {
  const header = { key: HEADER, value: Buffer.from(`${serial}:${index}`) };
  return { timestamp, key: key === null ? null : Buffer.from(key), value, headers: [header] };
}

export function isSame(record: BatchRecord, sent: SentRecord): boolean {
  const key = record.key === null ? null : Buffer.from(record.key).toString();
  const sameValue =
    record.value === null || sent.value === null ? record.value === sent.value : sent.value.equals(record.value);
  return key === sent.key && sameValue && record.timestamp === sent.timestamp;
}
