/** The records of a stored batch, one after the other, decompressed where they are compressed. */
import { RecordCursor } from '../../protocol/record-cursor';
import { recordsSection } from '../../protocol/validate-batch';
import type { BatchHeader } from './batch-header';

/** Calls `visit` for each record until it answers `stop`. Throws BatchError where the records cannot be read. */
export function walkRecords(
  bytes: Uint8Array,
  header: BatchHeader,
  visit: (cursor: RecordCursor, section: Uint8Array) => 'more' | 'stop',
): void {
  const section = recordsSection(bytes, header);
  const cursor = new RecordCursor(section, 0, section.length);
  for (let left = header.recordCount; left > 0; left -= 1) {
    cursor.next();
    if (visit(cursor, section) === 'stop') return;
  }
}
