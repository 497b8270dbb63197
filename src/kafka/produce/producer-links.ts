/**
 * The traces of whoever made the records: their `traceparent` headers, read for links and never rewritten. Only the first records of a
 * partition's part are looked into: a link is worth a look, not a second walk over everything.
 */
import { readHeaders } from '../../protocol/record';
import { RecordCursor } from '../../protocol/record-cursor';
import { parseTraceParent, type TraceParent } from '../../telemetry/trace/trace-links';

const RECORDS_LOOKED_AT_MAX = 32;

/** Shown the records of one batch after the other, as they are once decompressed. They must be valid. */
export class ProducerLinks {
  readonly #found = new Map<string, TraceParent>();
  #left = RECORDS_LOOKED_AT_MAX;

  look(section: Uint8Array): void {
    const cursor = new RecordCursor(section, 0, section.byteLength);
    for (; cursor.hasMore && this.#left > 0; this.#left--) {
      cursor.next();
      if (cursor.headerCount === 0) continue;
      for (const { key, value } of readHeaders(section, cursor)) {
        if (key !== 'traceparent' || value === null) continue;
        const parent = parseTraceParent(
          Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'),
        );
        if (parent !== undefined) this.#found.set(parent.spanId, parent);
      }
    }
  }

  /** One for each trace context that the records name; at most 32. */
  get links(): readonly TraceParent[] {
    return this.#found.size === 0 ? NO_LINKS : [...this.#found.values()].slice(0, RECORDS_LOOKED_AT_MAX);
  }
}

const NO_LINKS: readonly TraceParent[] = [];
