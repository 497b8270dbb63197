/** Which records of a refused batch are to blame: found by walking it again, which only a refusal does. */
import { BATCH_HEADER_BYTES, timestampOf } from '../../protocol/record-batch';
import { RecordCursor } from '../../protocol/record-cursor';
import { recordsSection, type ValidatedBatch } from '../../protocol/validate-batch';

export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

/** Records named in one answer; more would tell the client nothing new. */
const ERRORS_MAX = 1_000;

export function keylessRecords(bytes: Uint8Array, batch: ValidatedBatch, message: string): readonly RecordError[] {
  return collect(bytes, batch, (cursor) => (cursor.keyLength < 0 ? message : undefined));
}

export const everyRecord = (bytes: Uint8Array, batch: ValidatedBatch, message: string): readonly RecordError[] =>
  collect(bytes, batch, () => message);

export function untimelyRecords(
  bytes: Uint8Array,
  batch: ValidatedBatch,
  { earliest, latest }: { readonly earliest: bigint; readonly latest: bigint },
): readonly RecordError[] {
  return collect(bytes, batch, (cursor) => {
    const timestamp = timestampOf(batch.header, cursor.timestampDelta);
    if (timestamp === -1 || (timestamp >= earliest && timestamp <= latest)) return undefined;
    return `Timestamp ${timestamp} of message with offset ${cursor.offsetDelta} is out of range. The timestamp should be within [${earliest}, ${latest}]`;
  });
}

function collect(
  bytes: Uint8Array,
  batch: ValidatedBatch,
  problemOf: (cursor: RecordCursor) => string | undefined,
): readonly RecordError[] {
  const bytesMax = Math.max(batch.recordsBytes, batch.header.bytes - BATCH_HEADER_BYTES);
  const section = recordsSection(bytes, batch.header, bytesMax);
  const cursor = new RecordCursor(section, 0, section.byteLength);
  const errors: RecordError[] = [];
  for (let index = 0; index < batch.header.recordCount && errors.length < ERRORS_MAX; index++) {
    cursor.next();
    const message = problemOf(cursor);
    if (message !== undefined) errors.push({ batchIndex: index, message });
  }
  return errors;
}
