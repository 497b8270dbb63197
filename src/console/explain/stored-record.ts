/** What lies at an offset now, as a reader would get it: sizes and kind of the value, never its bytes. */
import type { Partition, PartitionRange } from '../../engine/engine';
import { EngineError } from '../../engine-error';
import { batchHeaders, codecOfAttributes, isControl } from '../../protocol/record-batch';
import { readBatchRecords } from '../../protocol/record';
import { parseTraceParent } from '../../telemetry/trace/trace-links';
import type { CallContext } from '../../telemetry/trace/operation';
import type { Offset } from '../../types';

export interface StoredRecord {
  readonly kind: 'present' | 'empty' | 'null' | 'control';
  /** -1 for null. */
  readonly valueBytes: number;
  readonly keyBytes: number;
  readonly headers: number;
  /** As Kafka tells it, ms since the Unix epoch; text, since a client may write any 64 bits. */
  readonly timestampMs: string;
  readonly codec: string;
  readonly producerId: string;
  /** The trace that its `traceparent` header names, where it has one. */
  readonly traceId: string | undefined;
}

export type StoredAt =
  | { readonly state: 'stored'; readonly range: PartitionRange; readonly record: StoredRecord }
  /** Below the log start, past the end, or no record is at the offset. */
  | {
      readonly state: 'absent';
      readonly range: PartitionRange;
      /** `hole`: between records, where one may have been. */
      readonly place: 'before_start' | 'past_end' | 'hole';
      readonly why: string;
    }
  | { readonly state: 'unreadable'; readonly range: PartitionRange | undefined; readonly why: string };

/** Never rejects: that it cannot be read is the answer. */
export async function storedAt(partition: Partition, offset: Offset, context: CallContext): Promise<StoredAt> {
  let range: PartitionRange | undefined;
  try {
    range = await partition.range(context);
    const { logStartOffset, highWatermark } = range;
    if (offset < logStartOffset)
      return {
        state: 'absent',
        range,
        place: 'before_start',
        why: `the log begins at ${logStartOffset}: retention, compaction or DeleteRecords removed it`,
      };
    if (offset >= highWatermark)
      return {
        state: 'absent',
        range,
        place: 'past_end',
        why: `the log ends at ${highWatermark}: it is not written yet`,
      };
    const { chunks } = await partition.read({ offset, isolation: 'read_uncommitted', bytesMax: 1 }, context);
    const record = recordIn(chunks, offset);
    if (record !== undefined) return { state: 'stored', range, record };
    return {
      state: 'absent',
      range,
      place: 'hole',
      why: 'the log has no record at this offset: compacted away, or a gap of the engine',
    };
  } catch (error) {
    const code = error instanceof EngineError ? `${error.code}: ` : '';
    return { state: 'unreadable', range, why: `${code}${error instanceof Error ? error.message : String(error)}` };
  }
}

function recordIn(chunks: readonly Uint8Array[], offset: Offset): StoredRecord | undefined {
  for (const chunk of chunks) {
    for (const batch of batchHeaders(chunk, 'cut')) {
      if (batch.lastOffset < offset || batch.baseOffset > offset) continue;
      for (const record of readBatchRecords(chunk, batch)) {
        if (record.offset !== offset) continue;
        const { value, key, headers } = record;
        const parent = headers.find((header) => header.key === 'traceparent')?.value ?? null;
        const control = isControl(batch.attributes);
        return {
          kind: control ? 'control' : value === null ? 'null' : value.byteLength === 0 ? 'empty' : 'present',
          valueBytes: value?.byteLength ?? -1,
          keyBytes: key?.byteLength ?? -1,
          headers: headers.length,
          timestampMs: String(record.timestamp),
          codec: codecOfAttributes(batch.attributes),
          producerId: String(batch.producerId),
          traceId: parent === null ? undefined : parseTraceParent(Buffer.from(parent).toString('latin1'))?.traceId,
        };
      }
    }
  }
  return undefined;
}
