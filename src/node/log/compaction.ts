/**
 * cleanup.policy=compact, as Kafka's log cleaner does it: of each key the newest record stays, at its offset. A tombstone stays
 * for delete.retention.ms after the run that first met it. The segment of the last record, and what is younger than min.compaction.lag.ms, is not
 * compacted; a segment with damage is left as it is. A batch that loses all its records stays as an empty one while it is the
 * last of an idempotent producer. The work is cut into turns of about a megabyte, between which the node serves.
 */
import type { BatchHeader } from './batch-header';
import { isControlBatch, plausibleHeader } from './batch-header';
import { emptied, hasDeleteHorizon, rewriteBatch } from './compact-batch';
import { CompactionMap } from './compaction-map';
import { countCensus } from './count-census';
import { walkRecords } from './record-walk';
import { NodeError } from '../node-error';
import type { PartitionLog } from './partition-log';
import { ErrorCode } from '../../rpc/record_log';
import type { Segment, SegmentRun } from './segment';
import type { StagedBatch } from '../append/append-stage';
import { SegmentSwap } from './segment-swap';

export interface CompactionWorld {
  readonly isStopped: () => boolean;
  readonly afterTurn: (action: () => void) => void;
}

const RUN_BYTES = 1024 * 1024;
const KEYS_MAX = 500_000;
const SEGMENT_OFFSETS_MAX = 0x7fff_ffff;

/** Compacts if enough was written since the last time. Throws NodeError; the log is then as it was, or partly compacted. */
export async function compact(log: PartitionLog, world: CompactionWorld): Promise<void> {
  const plan = makePlan(log);
  if (plan === undefined) return;
  const keys = new CompactionMap(KEYS_MAX);
  const endOffset = await collectKeys(log, plan, { keys, world });
  if (endOffset === undefined) return;
  const run: CompactionRun = {
    log,
    world,
    keys,
    endOffset,
    nowMs: log.clock.nowMs(),
    tombstoneDueMs: Infinity,
    removed: { records: 0, bytes: 0 },
  };
  try {
    if (!(await compactSegments(run, plan.segments))) return;
  } finally {
    const from = plan.segments[0]?.baseOffset ?? endOffset;
    const { records, bytes } = run.removed;
    if (records > 0) log.removed({ cause: 'compaction', from, to: endOffset, records, bytes: Math.max(0, bytes) });
  }
  log.cleanedOffset = Math.max(log.cleanedOffset, endOffset);
  log.tombstoneDueMs = run.tombstoneDueMs;
  log.saveState();
}

interface CompactionPlan {
  /** Oldest first, all closed. */
  readonly segments: readonly Segment[];
  readonly dirtyOffset: number;
}

interface CompactionRun {
  readonly log: PartitionLog;
  readonly world: CompactionWorld;
  readonly keys: CompactionMap;
  /** All keys before it are known. */
  readonly endOffset: number;
  readonly nowMs: number;
  /** When the first tombstone that stayed may go. */
  tombstoneDueMs: number;
  /** By the swaps that were made. */
  readonly removed: { records: number; bytes: number };
}

function makePlan(log: PartitionLog): CompactionPlan | undefined {
  const { minCompactionLagMs, minCleanableDirtyRatio } = log.settings;
  const nowMs = log.clock.nowMs();
  const segments: Segment[] = [];
  for (const segment of beforeTheEnd(log)) {
    const tooYoung = minCompactionLagMs > 0 && segment.index.maxTimestampMs > nowMs - minCompactionLagMs;
    if (segment.nextOffset > log.highWatermark || tooYoung) break;
    segments.push(segment);
  }
  const dirtyOffset = Math.max(log.cleanedOffset, log.logStartOffset);
  const dirty = segments.filter((segment) => segment.nextOffset > dirtyOffset);
  const bytesOf = (some: readonly Segment[]): number => some.reduce((sum, segment) => sum + segment.size, 0);
  const dirtyBytes = bytesOf(dirty);
  const isDue = log.tombstoneDueMs <= nowMs;
  if (dirtyBytes === 0 && !isDue) return undefined;
  if (dirtyBytes / Math.max(1, bytesOf(segments)) < minCleanableDirtyRatio && !isDue) return undefined;
  return { segments, dirtyOffset };
}

/** The segments that may be rewritten: not the last record's, which readers that wait for the end need. */
function beforeTheEnd({ segments }: PartitionLog): readonly Segment[] {
  // Mostly the active one. A crash may have come between the beginning of a segment and its first record.
  const last = segments.findLastIndex(({ size }) => size > 0);
  return segments.slice(0, Math.max(0, last));
}

/** Answers up to where all keys are known; undefined where the run must end. */
async function collectKeys(
  log: PartitionLog,
  { segments, dirtyOffset }: CompactionPlan,
  { keys, world }: { keys: CompactionMap; world: CompactionWorld },
): Promise<number | undefined> {
  let endOffset = dirtyOffset;
  for (const segment of segments) {
    if (segment.nextOffset <= dirtyOffset) continue;
    for (const run of runsOf(log, segment)) {
      for (const { bytes, header } of batchesOf(run)) {
        if (keys.isFull) return endOffset;
        if (header.lastOffset < dirtyOffset) continue;
        if (!isControlBatch(header)) addKeys(bytes, header, keys);
        endOffset = header.lastOffset + 1;
      }
      if (!(await nextTurn(log, world))) return undefined;
    }
    endOffset = Math.max(endOffset, segment.nextOffset);
  }
  return endOffset;
}

function addKeys(bytes: Uint8Array, header: BatchHeader, keys: CompactionMap): void {
  walkRecords(bytes, header, ({ keyStart, keyLength, offsetDelta }, section) => {
    if (keyLength >= 0) keys.set(section.subarray(keyStart, keyStart + keyLength), header.baseOffset + offsetDelta);
    return 'more';
  });
}

/** Neighbours that fit into one segment together; those with damage are in none. */
function groupSegments(log: PartitionLog, segments: readonly Segment[], endOffset: number): Segment[][] {
  const groups: Segment[][] = [];
  let group: Segment[] = [];
  let bytes = 0;
  for (const segment of segments) {
    if (segment.baseOffset >= endOffset) break;
    const isDamaged = segment.index.damaged.length > 0;
    const first = group[0] ?? segment;
    const fits =
      bytes + segment.size <= log.settings.segmentBytes && segment.nextOffset - first.baseOffset <= SEGMENT_OFFSETS_MAX;
    if (group.length > 0 && (isDamaged || !fits)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    if (isDamaged) continue;
    group.push(segment);
    bytes += segment.size;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Answers whether the run goes on. */
async function compactSegments(run: CompactionRun, segments: readonly Segment[]): Promise<boolean> {
  for (const group of groupSegments(run.log, segments, run.endOffset)) {
    if (!(await compactGroup(run, group))) return false;
  }
  return true;
}

async function compactGroup(run: CompactionRun, group: readonly Segment[]): Promise<boolean> {
  const { log } = run;
  const swap = new SegmentSwap(log, group);
  let records = 0;
  let bytes = 0;
  for (const segment of group) {
    for (const piece of runsOf(log, segment)) {
      const chunks: Uint8Array[] = [];
      const batches: StagedBatch[] = [];
      for (const batch of batchesOf(piece)) {
        const kept = compactBatch(run, batch);
        records += batch.header.recordCount - (kept?.header.recordCount ?? 0);
        bytes += batch.bytes.length - (kept?.bytes.length ?? 0);
        if (kept === undefined) continue;
        chunks.push(kept.bytes);
        batches.push(kept);
      }
      if (chunks.length > 0) swap.append(chunks, batches);
      if (!(await nextTurn(log, run.world))) {
        swap.abandon();
        return false;
      }
    }
    if (segment.index.damaged.length > 0) {
      swap.abandon();
      return compactSegments(run, group);
    }
  }
  swap.commit();
  run.removed.records += records;
  run.removed.bytes += bytes;
  return true;
}

type KeptBatch = StagedBatch & { readonly bytes: Uint8Array };

function compactBatch(run: CompactionRun, batch: KeptBatch): KeptBatch | undefined {
  const { bytes, header } = batch;
  if (isControlBatch(header)) return batch;
  const { log, keys, nowMs } = run;
  const horizonMs = hasDeleteHorizon(header) ? Number(header.baseTimestamp) : nowMs + log.settings.deleteRetentionMs;
  const kept = { tombstones: false };
  const result = rewriteBatch(bytes, header, {
    deleteHorizonMs: horizonMs,
    keeps: ({ keyStart, keyLength, offsetDelta, valueLength }, section) => {
      if (keyLength < 0) return false;
      const key = section.subarray(keyStart, keyStart + keyLength);
      if (!keys.isNewest(key, header.baseOffset + offsetDelta)) return false;
      if (valueLength >= 0) return true;
      if (hasDeleteHorizon(header) && nowMs >= horizonMs) return false;
      kept.tombstones = true;
      return true;
    },
  });
  if (kept.tombstones) run.tombstoneDueMs = Math.min(run.tombstoneDueMs, horizonMs);
  if (result.kind === 'same') return batch;
  if (result.kind === 'rewritten') return rewritten(result.bytes);
  return log.producers.isLastBatch(header) ? rewritten(emptied(bytes, header)) : undefined;
}

function rewritten(bytes: Uint8Array): KeptBatch {
  const header = plausibleHeader(bytes, 0);
  if (header === undefined) throw new NodeError(ErrorCode.STORAGE_ERROR, 'a compacted batch has no valid head');
  return { bytes, header, census: countCensus(bytes) };
}

/** Up to the first damage, which is then known. */
function* runsOf(log: PartitionLog, segment: Segment): Generator<SegmentRun> {
  let entry = { position: 0, ordinal: 0 };
  for (;;) {
    const limits = { offset: segment.baseOffset, bytesMax: RUN_BYTES, endOffset: Number.MAX_SAFE_INTEGER };
    const run = segment.read(limits, entry);
    if (run.summaries.length > 0) yield run;
    if (run.damage !== undefined) log.noteDamage(segment, run.damage.position);
    if (run.damage !== undefined || run.summaries.length === 0) return;
    entry = run.end;
  }
}

function* batchesOf(run: SegmentRun): Generator<KeptBatch> {
  let at = 0;
  for (const { size, census } of run.summaries) {
    const bytes = run.bytes.subarray(at, at + size);
    const header = plausibleHeader(bytes, 0);
    if (header !== undefined) yield { bytes, header, census };
    at += size;
  }
}

/** Lets the node serve. Answers whether to go on. */
async function nextTurn(log: PartitionLog, world: CompactionWorld): Promise<boolean> {
  await new Promise<void>((resolve) => world.afterTurn(resolve));
  return !log.deleted && !world.isStopped();
}
