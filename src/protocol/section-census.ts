/** What encoded records hold, told from the lengths that stand in them: nobody's word for it but the bytes' own. */
import type { Census } from '../types';
import { RecordCursor } from './record-cursor';

/** Of the (not compressed) records of a batch. Throws BatchError where their lengths contradict one another. */
export function censusOfSection(section: Uint8Array): Census {
  const cursor = new RecordCursor(section, 0, section.byteLength);
  let nulls = 0;
  let empties = 0;
  let valueBytes = 0;
  while (cursor.hasMore) {
    cursor.next();
    if (cursor.valueLength < 0) nulls++;
    else if (cursor.valueLength === 0) empties++;
    else valueBytes += cursor.valueLength;
  }
  return { records: cursor.count, nulls, empties, controls: 0, valueBytes };
}
