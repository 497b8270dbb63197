/**
 * The idempotent producers of one partition, as Kafka's ProducerStateManager keeps them: of each producer id the epoch and the last
 * five batches. Appends can be undone until they are stored, and all of it is kept beside the log.
 */
import { crc32c } from '@node-rs/crc32';
import { BATCHES_REMEMBERED, judgeSequence, sequencesOf } from '../../protocol/producer-sequence';
import type { SequenceRange } from '../../protocol/producer-sequence';
import { timestampTypeOf } from '../../protocol/record-batch';
import { ErrorCode } from '../../rpc/record_log';
import { isControlBatch } from '../log/batch-header';
import type { BatchHeader } from '../log/batch-header';
import { NodeError } from '../node-error';

interface ProducerBatch extends SequenceRange {
  readonly baseOffset: number;
  /** The log's own time of it; -1 where it has its producer's. */
  readonly timestampMs: number;
}

/** Never changed: an append replaces it. */
interface ProducerEntry {
  readonly epoch: number;
  /** Oldest first, at most five, of this epoch. */
  readonly batches: readonly ProducerBatch[];
  readonly usedMs: number;
}

type BatchVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly timestampMs: number };

export class Producers {
  #entries = new Map<bigint, ProducerEntry>();
  /** The producers as they were before the appends since the last commit. */
  readonly #before = new Map<bigint, ProducerEntry | undefined>();

  get count(): number {
    return this.#entries.size;
  }

  /** Throws INVALID_PRODUCER_EPOCH or OUT_OF_ORDER_SEQUENCE where the batch is to be refused. */
  judge(header: BatchHeader): BatchVerdict {
    if (isControlBatch(header)) return { kind: 'append' };
    const verdict = judgeSequence(this.#entries.get(header.producerId), header);
    switch (verdict.kind) {
      case 'append':
        return verdict;
      case 'duplicate':
        return { kind: 'duplicate', baseOffset: verdict.batch.baseOffset, timestampMs: verdict.batch.timestampMs };
      case 'invalid_producer_epoch':
        throw new NodeError(ErrorCode.INVALID_PRODUCER_EPOCH, verdict.message);
      case 'out_of_order_sequence':
        throw new NodeError(ErrorCode.OUT_OF_ORDER_SEQUENCE, verdict.message);
    }
  }

  /** A checked batch that has its offset. Undone by `rollback` until `commit`. */
  append(header: BatchHeader, nowMs: number): void {
    const { producerId } = header;
    if (producerId < 0n) return;
    const entry = this.#entries.get(producerId);
    if (!this.#before.has(producerId)) this.#before.set(producerId, entry);
    this.#entries.set(producerId, withBatch(entry, header, nowMs));
  }

  commit(): void {
    this.#before.clear();
  }

  rollback(): void {
    for (const [producerId, entry] of this.#before) {
      if (entry === undefined) this.#entries.delete(producerId);
      else this.#entries.set(producerId, entry);
    }
    this.#before.clear();
  }

  /** A batch of the log itself: it is believed. */
  replay(header: BatchHeader, nowMs: number): void {
    this.append(header, nowMs);
    this.#before.clear();
  }

  /** Whether a producer's next sequence is known by this batch. */
  isLastBatch({ producerId, baseOffset }: BatchHeader): boolean {
    return producerId >= 0n && this.#entries.get(producerId)?.batches.at(-1)?.baseOffset === baseOffset;
  }

  /** Forgets who was silent since then. */
  expire(sinceMs: number): void {
    for (const [producerId, { usedMs }] of this.#entries) if (usedMs < sinceMs) this.#entries.delete(producerId);
  }

  clear(): void {
    this.#entries.clear();
    this.#before.clear();
  }

  /** A snapshot: 8 hex digits of CRC-32C, a line feed, JSON. Of `before` an offset: what its batches from there on add is left out. */
  encode(before = Infinity): Buffer {
    const producers = [...this.#entries].flatMap(([producerId, entry]) => {
      const batches = entry.batches.filter(({ baseOffset }) => baseOffset < before);
      const isOfLater = batches.length === 0 && entry.batches.length > 0;
      return isOfLater ? [] : [{ producerId: String(producerId), ...entry, batches }];
    });
    const body = Buffer.from(JSON.stringify({ version: 1, producers }));
    return Buffer.from(`${checksum(body)}\n${body.toString()}`);
  }

  /** Answers whether the bytes are a whole snapshot; what was known before is then replaced. */
  restore(snapshot: Buffer): boolean {
    const body = snapshot.subarray(9);
    if (snapshot.toString('latin1', 0, 9) !== `${checksum(body)}\n`) return false;
    const value: unknown = JSON.parse(body.toString());
    if (!isSnapshot(value)) return false;
    this.clear();
    for (const { producerId, epoch, batches, usedMs } of value.producers) {
      this.#entries.set(BigInt(producerId), { epoch, batches, usedMs });
    }
    return true;
  }
}

function withBatch(entry: ProducerEntry | undefined, header: BatchHeader, nowMs: number): ProducerEntry {
  const epoch = header.producerEpoch;
  const known = entry?.epoch === epoch ? entry.batches : [];
  // A transaction marker has no sequence: it may only raise the epoch.
  if (isControlBatch(header)) return { epoch, batches: known, usedMs: nowMs };
  const batch = {
    ...sequencesOf(header),
    baseOffset: header.baseOffset,
    timestampMs: timestampTypeOf(header.attributes) === 'log_append_time' ? Number(header.maxTimestamp) : -1,
  };
  return { epoch, batches: [...known, batch].slice(-BATCHES_REMEMBERED), usedMs: nowMs };
}

function checksum(body: Buffer): string {
  return crc32c(body).toString(16).padStart(8, '0');
}

interface Snapshot {
  readonly producers: readonly ({ readonly producerId: string } & ProducerEntry)[];
}

function isSnapshot(value: unknown): value is Snapshot {
  return typeof value === 'object' && value !== null && 'producers' in value && Array.isArray(value.producers);
}
