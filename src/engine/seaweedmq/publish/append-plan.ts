/**
 * What is to be done with a batch: it is new, or it came before. It is judged, and made into records whole, before the first one is sent:
 * a bad one is refused and nothing of it is there.
 */
import { readBatchHeader } from '../../../protocol/record-batch';
import type { BatchHeader } from '../../../protocol/record-batch';
import { readBatchRecords } from '../../../protocol/record';
import { EngineError } from '../../../engine-error';
import type { ProducerBatch, ProducerBatches } from './producer-batches';
import { storeRecord } from '../records/records';
import type { StoredRecord, StoreOptions } from '../records/records';

interface Stored {
  readonly records: readonly StoredRecord[];
  /** The partition's last timestamp behind them. */
  readonly lastTsNs: bigint | undefined;
}

export type AppendPlan =
  | (Stored & {
      readonly kind: 'new';
      /** The header whose sequences are to be remembered; undefined without a producer id. */
      readonly header: BatchHeader | undefined;
    })
  /** The records are as they would be stored now, where only the log tells of the batch; none otherwise. */
  | (Stored & { readonly kind: 'known'; readonly batch: ProducerBatch });

/** Changes nothing. Throws EngineError where the batch is to be refused. */
export function planAppend(bytes: Uint8Array, producers: ProducerBatches, options: StoreOptions): AppendPlan {
  const header = readBatchHeader(bytes, 0);
  const verdict = producers.judge(header);
  if (verdict.kind === 'append') {
    return { kind: 'new', header: header.producerId < 0n ? undefined : header, ...stored(bytes, header, options) };
  }
  const { batch } = verdict;
  const { fate } = batch;
  if (fate.kind === 'sent') throw notYetAcked();
  if (fate.kind === 'logged') return { kind: 'known', batch, ...stored(bytes, header, options) };
  const lastTsNs = fate.kind === 'unknown' ? fate.records.reduce(laterOf, options.lastTsNs) : options.lastTsNs;
  return { kind: 'known', batch, records: [], lastTsNs };
}

export const notYetAcked = (): EngineError =>
  new EngineError('unavailable', 'a batch was sent before and is not yet acked');

function stored(bytes: Uint8Array, header: BatchHeader, options: StoreOptions): Stored {
  const records: StoredRecord[] = [];
  let { lastTsNs } = options;
  // Adding a property in each record's copy costs four times the rest of it.
  let storing = header.producerId >= 0n ? { ...options, mark: header } : options;
  for (const record of readBatchRecords(bytes, header)) {
    const next = storeRecord(record, { ...storing, lastTsNs });
    storing = options;
    records.push(next);
    lastTsNs = laterOf(lastTsNs, next);
  }
  return { records, lastTsNs };
}

const laterOf = (lastTsNs: bigint | undefined, { tsNs }: StoredRecord): bigint | undefined =>
  lastTsNs !== undefined && tsNs > lastTsNs ? tsNs : lastTsNs;
