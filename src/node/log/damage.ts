/**
 * Where a segment's bytes are no batch: how far that goes. The next batch is the first place behind it whose head is plausible
 * (an offset that fits) and whose CRC is right. What lies between is reported and left as it is.
 */
import { BATCH_HEADER_BYTES, crcMatches, plausibleHeader } from './batch-header';
import type { BatchHeader } from './batch-header';
import type { Segment } from './segment';
import type { DamagedRange, IndexEntry } from './segment-index';

const WINDOW_BYTES = 1024 * 1024;
const MAGIC_POSITION = 16;

/** The damaged range that starts at `position` of a segment whose index is known. `endOffset`: the first offset of the next segment. */
export function findDamageEnd(segment: Segment, position: number, endOffset: number): DamagedRange {
  const firstOffset = offsetAt(segment, position);
  const search = { position: position + 1, end: segment.size, offsetMin: firstOffset, offsetEnd: endOffset };
  const next = findNextBatch(segment, search);
  return {
    firstOffset,
    nextOffset: next?.header.baseOffset ?? endOffset,
    position,
    endPosition: next?.position ?? segment.size,
  };
}

/** What a look at a damaged range reads at most: the node does nothing else meanwhile. */
const LOOK_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The file may have been restored: what of a damaged range is no whole batches still, from its begin on; undefined where nothing is. A
 * range of more than one look is shortened by what was read.
 */
export function stillDamaged(segment: Segment, range: DamagedRange): DamagedRange | undefined {
  const { nextOffset, endPosition } = range;
  let { firstOffset, position } = range;
  while (position < endPosition && position - range.position < LOOK_BYTES_MAX) {
    const header = plausibleHeader(segment.readRaw(position, BATCH_HEADER_BYTES, endPosition), 0);
    const fits = header !== undefined && header.baseOffset >= firstOffset && header.lastOffset < nextOffset;
    if (!fits || !isWholeBatch(segment, { position, end: endPosition, header })) break;
    firstOffset = header.lastOffset + 1;
    position += header.bytes;
  }
  if (position === endPosition) return undefined;
  return position === range.position ? range : { firstOffset, nextOffset, position, endPosition };
}

/** The first whole batch at or after a position, with a base offset within the bounds. */
export function findNextBatch(
  segment: Segment,
  search: { readonly position: number; readonly end: number; readonly offsetMin: number; readonly offsetEnd: number },
): { readonly position: number; readonly header: BatchHeader } | undefined {
  let from = search.position;
  while (from + BATCH_HEADER_BYTES <= search.end) {
    const bytes = segment.readRaw(from, WINDOW_BYTES, search.end);
    if (bytes.length < BATCH_HEADER_BYTES) return undefined;
    const startEnd = bytes.length - BATCH_HEADER_BYTES + 1;
    let at = 0;
    while (at < startEnd) {
      const magic = bytes.indexOf(2, at + MAGIC_POSITION);
      if (magic === -1 || magic - MAGIC_POSITION >= startEnd) break;
      at = magic - MAGIC_POSITION;
      const header = plausibleHeader(bytes, at);
      const fits =
        header !== undefined && header.baseOffset >= search.offsetMin && header.lastOffset < search.offsetEnd;
      if (fits && isWholeBatch(segment, { position: from + at, end: search.end, header }))
        return { position: from + at, header };
      at += 1;
    }
    from += startEnd;
  }
  return undefined;
}

function isWholeBatch(
  segment: Segment,
  { position, end, header }: { readonly position: number; readonly end: number; readonly header: BatchHeader },
): boolean {
  if (position + header.bytes > end) return false;
  const bytes = segment.readRaw(position, header.bytes, end);
  return bytes.length === header.bytes && crcMatches(bytes, { ...header, position: 0 });
}

/** The offset that is due at a position: the one after the last batch before it. */
function offsetAt(segment: Segment, position: number): number {
  let entry: IndexEntry = segment.index.findPosition(position);
  let nextOffset = segment.baseOffset;
  while (entry.position < position) {
    const damaged = segment.index.damaged.find((range) => range.position === entry.position);
    if (damaged !== undefined) {
      nextOffset = damaged.nextOffset;
      entry = { position: damaged.endPosition, ordinal: entry.ordinal };
      continue;
    }
    const bytes = segment.readRaw(entry.position, BATCH_HEADER_BYTES);
    const header = plausibleHeader(bytes, 0);
    if (header === undefined) break;
    nextOffset = header.lastOffset + 1;
    entry = { position: entry.position + header.bytes, ordinal: entry.ordinal + 1 };
  }
  return nextOffset;
}
