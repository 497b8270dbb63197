/**
 * The traces of whoever made the records: their `traceparent` headers, read for links and never rewritten. Only batches that are not
 * compressed are looked into, and of those only the first records: a link is worth a look, not a second walk over everything.
 */
import { BATCH_HEADER_BYTES, codecOfAttributes } from '../../protocol/record-batch';
import { readHeaders } from '../../protocol/record';
import { RecordCursor } from '../../protocol/record-cursor';
import type { ValidatedBatch } from '../../protocol/validate-batch';
import type { SpanLink } from '../../telemetry/operation';
import { parseTraceParent } from '../../telemetry/trace-links';

const RECORDS_LOOKED_AT_MAX = 32;

/** At most 32 links, one for each trace context that the records name. */
export function producerLinks(bytes: Uint8Array, batches: readonly ValidatedBatch[]): readonly SpanLink[] {
  const links = new Map<string, SpanLink>();
  let left = RECORDS_LOOKED_AT_MAX;
  for (const { header } of batches) {
    if (left <= 0) break;
    if (codecOfAttributes(header.attributes) !== 'none') continue;
    const section = bytes.subarray(header.position + BATCH_HEADER_BYTES, header.position + header.bytes);
    const cursor = new RecordCursor(section, 0, section.byteLength);
    for (let index = 0; index < header.recordCount && left > 0; index++, left--) {
      cursor.next();
      if (cursor.headerCount === 0) continue;
      for (const { key, value } of readHeaders(section, cursor)) {
        if (key !== 'traceparent' || value === null) continue;
        const parent = parseTraceParent(
          Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'),
        );
        if (parent !== undefined) links.set(parent.spanId, { traceId: parent.traceId, spanId: parent.spanId });
      }
    }
  }
  return [...links.values()];
}
