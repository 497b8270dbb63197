/** Whether batches that were read, from a gateway or from a disk, are what the model says lies there. */
import { readBatchRecords, type BatchRecord } from '../../src/protocol/record';
import { batchHeaders } from '../../src/protocol/record-batch';
import type { ReadBatch } from '../node/support';
import { agree } from './disagreement';
import type { ModelPartition } from './model-partition';
import { isSame, type SentBatches } from './sent-batches';
import type { Now } from './simulated-time';
import { NOTICE_MS } from './told';

export interface Asked {
  readonly partition: ModelPartition;
  readonly offset: number;
  /** Who answers, in words. */
  readonly by: string;
  /** On the gateways' clock, when it was asked. */
  readonly askedMs: number;
  /** It may not know yet that the topic of this name is another one. */
  readonly mayBeOld: boolean;
}

export interface Seen {
  readonly offset: number;
  readonly key: string | null;
  readonly isTombstone: boolean;
}

export interface Read {
  readonly seen: readonly Seen[];
  readonly nextOffset: number;
}

/** Throws Disagreement. Batches that nobody acked and that are met here have their place from now on. */
export function checkRead(batches: SentBatches, asked: Asked, read: readonly ReadBatch[], now: Now): Read {
  const { partition, offset, by } = asked;
  const seen: Seen[] = [];
  let nextOffset = offset;
  for (const batch of read) {
    const { baseOffset, lastOffset, crcMatches } = batch;
    const what = `${by} gave offsets ${baseOffset} to ${lastOffset} of ${partition.name} to who asked from ${offset}`;
    agree(crcMatches, () => `${what}: the CRC is wrong`);
    agree(lastOffset >= nextOffset, () => `${what}, where ${nextOffset} was next`);
    agree(
      baseOffset <= nextOffset || nextOffset > offset || partition.topic.rules.compacts || asked.mayBeOld,
      () => `${what}: too late`,
    );
    const records = [...recordsOf(batch.bytes)];
    const present = new Set(records.map((record): number => record.offset));
    if (!asked.mayBeOld) {
      for (let each = nextOffset; each <= lastOffset; each += 1) {
        if (!present.has(each)) checkMissing(asked, each, now);
      }
    }
    for (const record of records) {
      const isOld = checkRecord(batches, asked, record, batch.bytes);
      if (!isOld && record.offset >= offset) {
        const key = record.key === null ? null : Buffer.from(record.key).toString();
        seen.push({ offset: record.offset, key, isTombstone: record.value === null });
      }
    }
    nextOffset = lastOffset + 1;
  }
  return { seen, nextOffset };
}

function recordsOf(bytes: Buffer): BatchRecord[] {
  return [...batchHeaders(bytes)].flatMap((header) => [...readBatchRecords(bytes, header)]);
}

function checkMissing({ partition, by }: Asked, offset: number, { nodeMs }: Now): void {
  const what = (): string =>
    `${by} left out offset ${offset} of ${partition.name} (batch ${partition.batchAt(offset)?.serial})`;
  agree(partition.isRemovable(offset, nodeMs), what);
}

/** Answers whether the record is of a topic of this name that was. */
function checkRecord(batches: SentBatches, asked: Asked, record: BatchRecord, bytes: Buffer): boolean {
  const { partition, by, askedMs } = asked;
  const { offset } = record;
  const what = `${by} gave offset ${offset} of ${partition.name} to who asked from ${asked.offset}`;
  const origin = batches.origin(record);
  agree(origin !== undefined, () => `${what}: nobody sent that record`);
  const { batch, index } = origin;
  const sent = batch.records[index];
  agree(sent !== undefined && isSame(record, sent), () => `${what}: it is not as batch ${batch.serial} was sent`);
  if (batch.partition !== partition) {
    const isOld = asked.mayBeOld && batch.partition.name === partition.name;
    agree(
      isOld,
      () =>
        `${what}: it is of batch ${batch.serial}, which went to ${batch.partition.name} of ${batch.partition.topic.what}`,
    );
    return true;
  }
  partition.place(batch, offset - index, `given by ${by}`);
  if (!partition.topic.rules.compacts) {
    const same = bytes.subarray(AFTER_EPOCH).equals(batch.bytes.subarray(AFTER_EPOCH));
    agree(same, () => `${what}: the bytes of batch ${batch.serial} are others`);
  }
  const goneMs = partition.goneSince(offset);
  agree(
    askedMs <= goneMs + NOTICE_MS || offset < asked.offset,
    () => `${what} ${askedMs - goneMs} ms after it had left the log`,
  );
  return false;
}

/** Base offset, length and leader epoch lie before it; the first and the last of them are the log's. */
const AFTER_EPOCH = 16;
