/**
 * What is to be done with the batches of one append: some are new, some came before. All are judged and made into records before the
 * first one is sent, so that a bad one refuses the append whole.
 */
import { batchHeaders } from '../../protocol/record-batch';
import type { BatchHeader } from '../../protocol/record-batch';
import { readBatchRecords } from '../../protocol/record';
import type { AppendResult, PartitionRange } from '../engine';
import { EngineError } from '../engine-error';
import { furthest } from '../range';
import type { ProducerBatch, ProducerBatches } from './producer-batches';
import { storeRecord } from './records';
import type { StoredRecord, StoreOptions } from './records';

export type PlannedBatch =
  | {
      readonly kind: 'new';
      readonly records: StoredRecord[];
      /** Whose sequences are to be remembered; undefined for batches without a producer id. */
      readonly header: BatchHeader | undefined;
    }
  | {
      readonly kind: 'known';
      readonly batch: ProducerBatch;
      /** As they would be stored now, where only the log tells of the batch. */
      readonly records: readonly StoredRecord[];
    };

export interface AppendPlan {
  readonly batches: readonly PlannedBatch[];
  /** The partition's last timestamp behind them. */
  readonly lastTsNs: bigint | undefined;
}

/** Changes nothing. Throws EngineError where the append is to be refused. */
export function planAppend(bytes: Uint8Array, producers: ProducerBatches, options: StoreOptions): AppendPlan {
  const headers = batchHeaders(bytes);
  const verdicts = producers.judge(headers);
  const batches: PlannedBatch[] = [];
  let { lastTsNs } = options;
  const advance = (records: readonly StoredRecord[]): void => {
    for (const { tsNs } of records) if (lastTsNs !== undefined && tsNs > lastTsNs) lastTsNs = tsNs;
  };
  const store = (header: BatchHeader, records: StoredRecord[]): StoredRecord[] => {
    // Adding a property in each record's copy costs four times the rest of it.
    let storing = header.producerId >= 0n ? { ...options, mark: header } : options;
    for (const record of readBatchRecords(bytes, header)) {
      const next = storeRecord(record, { ...storing, lastTsNs });
      storing = options;
      records.push(next);
      if (lastTsNs !== undefined && next.tsNs > lastTsNs) lastTsNs = next.tsNs;
    }
    return records;
  };
  for (const [index, header] of headers.entries()) {
    const verdict = verdicts[index];
    if (verdict?.kind === 'duplicate') {
      const { batch } = verdict;
      if (batch.fate.kind === 'sent') throw notYetAcked();
      const records = batch.fate.kind === 'logged' ? store(header, []) : [];
      if (batch.fate.kind === 'unknown') advance(batch.fate.records);
      batches.push({ kind: 'known', batch, records });
    } else if (verdict?.kind === 'append') {
      store(header, recordsOf(header, batches));
    }
  }
  return { batches, lastTsNs };
}

export const notYetAcked = (): EngineError =>
  new EngineError('unavailable', 'a batch was sent before and is not yet acked');

/** Where a new batch's records go. Batches without a producer id that follow one another go as one. */
function recordsOf(header: BatchHeader, batches: PlannedBatch[]): StoredRecord[] {
  const idempotent = header.producerId < 0n ? undefined : header;
  const last = batches.at(-1);
  if (idempotent === undefined && last?.kind === 'new' && last.header === undefined) return last.records;
  const records: StoredRecord[] = [];
  batches.push({ kind: 'new', records, header: idempotent });
  return records;
}

/** The answer to an append of which each batch has its own: where the first one lies. */
export async function joinedResult(results: readonly Promise<AppendResult>[]): Promise<AppendResult> {
  const answers = await Promise.all(results);
  const [first, ...others] = answers;
  if (first === undefined) throw new EngineError('invalid_record', 'expected at least one batch, got none');
  const added = answers.filter(({ duplicate }) => !duplicate).at(-1);
  return {
    ...first,
    ...others.reduce<PartitionRange>(furthest, first),
    logAppendTimeMs: (added ?? first).logAppendTimeMs,
    duplicate: added === undefined,
  };
}
