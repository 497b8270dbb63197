/**
 * The traces of whoever made the records: their `traceparent` headers, read for links and never rewritten. Only the first records of a
 * partition's part are looked into: a link is worth a look, not a second walk over everything.
 */
import { readHeaders } from '../../protocol/record';
import { RecordCursor } from '../../protocol/record-cursor';
import { parseTraceParent, type TraceParent } from '../../telemetry/trace/trace-links';

export const RECORDS_LOOKED_AT_MAX = 32;

/** Records that were made within one span. Indexes count the records of the partition's part; between them may lie others'. */
export interface MadeRecords extends TraceParent {
  readonly firstIndex: number;
  lastIndex: number;
}

/** Shown the records of one batch after the other, as they are once decompressed. They must be valid. */
export class ProducerLinks {
  readonly #found = new Map<string, MadeRecords>();
  #left = RECORDS_LOOKED_AT_MAX;

  look(section: Uint8Array): void {
    const cursor = new RecordCursor(section, 0, section.byteLength);
    for (; cursor.hasMore && this.#left > 0; this.#left--) {
      cursor.next();
      if (cursor.headerCount === 0) continue;
      const index = RECORDS_LOOKED_AT_MAX - this.#left;
      for (const parent of traceParentsOf(section, cursor)) this.#note(parent, index);
    }
  }

  /** One for each trace context that the records name; at most 32. */
  get links(): readonly MadeRecords[] {
    return this.#found.size === 0 ? NO_LINKS : [...this.#found.values()].slice(0, RECORDS_LOOKED_AT_MAX);
  }

  #note(parent: TraceParent, index: number): void {
    const known = this.#found.get(parent.spanId);
    if (known === undefined) this.#found.set(parent.spanId, { ...parent, firstIndex: index, lastIndex: index });
    else known.lastIndex = index;
  }
}

/** Those that the record at the cursor names. */
export function* traceParentsOf(section: Uint8Array, cursor: RecordCursor): Iterable<TraceParent> {
  for (const { key, value } of readHeaders(section, cursor)) {
    if (key !== 'traceparent' || value === null) continue;
    const parent = parseTraceParent(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'));
    if (parent !== undefined) yield parent;
  }
}

const NO_LINKS: readonly MadeRecords[] = [];
