/**
 * Kafka's records as SeaweedMQ's and back: raw where the engine's form can carry a record exactly, in an envelope where it cannot
 * (headers, an empty key or value that is not null, a timestamp the engine would change, the mark of an idempotent producer's batch).
 *
 * The engine stores max(timestamp, last + 1 ns). A raw timestamp of ms × 1,000,000 therefore comes back exactly only while the
 * partition's last one lies in the same millisecond or before; an ack does not tell what was stored. So a raw record needs to know
 * the last timestamp: the publisher does while it is the partition's only writer, and envelopes everything when it is not.
 */
import { proofOf, type ValueProof } from '../../../audit/verdict';
import { encodeBatch } from '../../../protocol/encode-batch';
import type { EncodableRecord } from '../../../protocol/encode-batch';
import { maxInt64 } from '../../../protocol/int64';
import type { SequencedBatch } from '../../../protocol/producer-sequence';
import type { RecordHeader } from '../../../protocol/record';
import { censusOfSection } from '../../../protocol/section-census';
import type { EnvelopeMode, ValueProofMode } from '../../../topic-settings/topic-config';
import { EMPTY_CENSUS, toLeaderEpoch } from '../../../types';
import type { Census, Int64, Offset } from '../../../types';
import { addCensuses } from '../../../audit/census';
import { EngineError } from '../../../engine-error';
import { decodeEnvelope, encodeEnvelope, startsWithMagic } from './envelope';
import type { EnvelopeContent } from './envelope';
import type { RecordSettings } from '../topics/record-settings';
import { NANOSECONDS_PER_MS, type RecordUnit } from './record-unit';

/** What goes into a DataMessage. */
export interface StoredRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly tsNs: bigint;
  /** Of the value as it was produced; undefined where none is kept. */
  readonly proof?: ValueProof | undefined;
}

export interface PlainRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds; -1 for none. */
  readonly timestamp: Int64;
}

export interface StoreOptions {
  readonly mode: EnvelopeMode;
  /** The partition's last timestamp, or undefined where another writer may have moved it. */
  readonly lastTsNs: bigint | undefined;
  readonly nowMs: number;
  /** True where the log's time counts: then the producer's is not kept. */
  readonly logAppendTime: boolean;
  /** The batch of an idempotent producer that the record begins. */
  readonly mark?: SequencedBatch | undefined;
  readonly valueProof?: ValueProofMode;
}

/** A producer's clock further ahead than this must not drag the partition's timestamps with it. */
const FUTURE_MS_MAX = 60_000;
const EMPTY = new Uint8Array(0);
/** A batch of an answer is closed at about this size, so that a client can decode it in pieces. */
const BATCH_BYTES_MAX = 1024 * 1024;

/** Throws EngineError('invalid_record') where the topic allows no envelope and the record needs one. */
export function storeRecord(record: PlainRecord, options: StoreOptions): StoredRecord {
  const timestamp = options.logAppendTime ? options.nowMs : record.timestamp;
  const mark = options.mode === 'never' ? undefined : options.mark;
  const isProven = options.valueProof !== undefined && options.valueProof !== 'off';
  const proof = isProven ? proofOf(record.value) : undefined;
  const isAsked = options.mode === 'always' || mark !== undefined || isAskedByProof(options);
  const why = isAsked ? 'an envelope is asked for' : needsEnvelope(record, timestamp, options);
  const key = record.key ?? EMPTY;
  if (why === undefined) {
    return { key, value: record.value ?? EMPTY, tsNs: rawTsNs(timestamp, options.lastTsNs), proof };
  }
  if (options.mode === 'never') {
    throw new EngineError(
      'invalid_record',
      `a record cannot be stored as it is (${why}) and seaglass.record.envelope is never`,
    );
  }
  const value = encodeEnvelope({
    keyIsNull: record.key === null,
    value: record.value,
    headers: record.headers,
    timestamp,
    mark,
    proof,
  });
  return { key, value, tsNs: envelopeTsNs(timestamp, options), proof };
}

const isAskedByProof = ({ mode, valueProof }: StoreOptions): boolean => valueProof === 'always' && mode !== 'never';

/** The same record, but only at `offset` or behind it: before that it is a placeholder. */
export function validFrom(record: StoredRecord, offset: Offset): StoredRecord {
  const { key, tsNs, proof } = record;
  return { key, value: encodeEnvelope({ ...contentOf(record), proof, validFrom: offset }), tsNs, proof };
}

/** Whether both are the same to a consumer, in whatever form they are stored. */
export function sameContent(one: StoredRecord, other: StoredRecord, compared: 'with time' | 'without time'): boolean {
  const comparable = (record: StoredRecord): Buffer => {
    const content = { ...contentOf(record), validFrom: undefined, mark: undefined, proof: undefined };
    return encodeEnvelope(compared === 'with time' ? content : { ...content, timestamp: 0 });
  };
  return Buffer.compare(one.key, other.key) === 0 && Buffer.compare(comparable(one), comparable(other)) === 0;
}

function contentOf({ key, value, tsNs }: StoredRecord): EnvelopeContent {
  return (
    decodeEnvelope(value) ?? {
      keyIsNull: key.byteLength === 0,
      value: value.byteLength === 0 ? null : value,
      headers: [],
      timestamp: Number(tsNs / NANOSECONDS_PER_MS),
    }
  );
}

/** What readers of a LogAppendTime topic will see as the time of the last of these records; -1 where there is none. */
export function storedTimeMs(records: readonly StoredRecord[]): number {
  const last = records.at(-1);
  return last === undefined ? -1 : Number(last.tsNs / NANOSECONDS_PER_MS);
}

function needsEnvelope(record: PlainRecord, timestamp: Int64, options: StoreOptions): string | undefined {
  if (record.headers.length > 0) return 'it has headers';
  if (record.key?.byteLength === 0) return 'its key is empty and not null';
  if (record.value?.byteLength === 0) return 'its value is empty and not null';
  if (record.value !== null && startsWithMagic(record.value)) return 'its value begins like an envelope';
  // What the engine keeps is its log's time then, whatever it makes of ours.
  if (options.logAppendTime) return undefined;
  if (timestamp <= 0) return 'it has no timestamp';
  if (timestamp > options.nowMs + FUTURE_MS_MAX) return 'its timestamp lies in the future';
  if (options.lastTsNs === undefined) return 'another writer may be ahead of its timestamp';
  if ((options.lastTsNs + 1n) / NANOSECONDS_PER_MS > BigInt(timestamp)) return 'its timestamp is before the last one';
  return undefined;
}

function rawTsNs(timestamp: Int64, lastTsNs: bigint | undefined): bigint {
  const wanted = BigInt(timestamp) * NANOSECONDS_PER_MS;
  return lastTsNs !== undefined && wanted <= lastTsNs ? lastTsNs + 1n : wanted;
}

/** As near to the record's own time as the order allows, so that the records behind it may still be raw; never 0, which the engine takes for now. */
function envelopeTsNs(timestamp: Int64, { lastTsNs, nowMs }: StoreOptions): bigint {
  const now = BigInt(nowMs) * NANOSECONDS_PER_MS;
  const wanted = timestamp <= 0 ? 1n : BigInt(timestamp) * NANOSECONDS_PER_MS;
  const notAhead = wanted < now ? wanted : now;
  return lastTsNs !== undefined && notAhead <= lastTsNs ? lastTsNs + 1n : notAhead;
}

/** Wire batches of the units from `offset` on, and what they hold as encoded. */
export function assembleBatches(
  units: readonly RecordUnit[],
  { codec, logAppendTime }: RecordSettings,
  offset: Offset,
): { readonly chunks: readonly Uint8Array[]; readonly bytes: number; readonly census: Census } {
  const chunks: Uint8Array[] = [];
  let census = EMPTY_CENSUS;
  let bytes = 0;
  let pending: (EncodableRecord & { readonly offset: Offset })[] = [];
  let pendingBytes = 0;
  /** Where placeholders begin, and up to where everything is answered. */
  let gap: Offset | undefined;
  let lastOffset = offset;
  const inspect = (section: Uint8Array): void => {
    census = addCensuses(census, censusOfSection(section));
  };
  const close = (): void => {
    const first = pending[0];
    if (first === undefined) return;
    const newest = pending.reduce((max, { timestamp }) => maxInt64(max, timestamp), first.timestamp);
    const batch = encodeBatch(pending, {
      baseOffset: first.offset,
      lastOffset,
      codec,
      partitionLeaderEpoch: toLeaderEpoch(0),
      inspect,
      ...(logAppendTime ? { logAppendTime: newest } : {}),
    });
    chunks.push(batch);
    bytes += batch.byteLength;
    pending = [];
    pendingBytes = 0;
  };
  for (const unit of units) {
    if (unit.lastOffset < offset) continue;
    if (unit.isPlaceholder) {
      gap ??= unit.baseOffset;
      lastOffset = unit.lastOffset;
      continue;
    }
    const record = unit.record();
    // A batch of log append time has one time for all its records.
    if (pendingBytes >= BATCH_BYTES_MAX || (logAppendTime && pending[0]?.timestamp !== record.timestamp)) close();
    pending.push(record);
    lastOffset = unit.lastOffset;
    pendingBytes += unit.bytes;
  }
  close();
  if (chunks.length === 0 && gap !== undefined) {
    // A batch of no records, as compaction leaves: a consumer goes on behind it.
    const batch = encodeBatch([], { baseOffset: gap, lastOffset, partitionLeaderEpoch: toLeaderEpoch(0) });
    chunks.push(batch);
    bytes += batch.byteLength;
  }
  return { chunks, bytes, census };
}
