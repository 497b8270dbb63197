/** The record browser: what lies in a partition from an offset or a time on. It reads as a client does, and counts nowhere as one. */
import type { Partition, PartitionRange, Topic } from '../../engine/engine';
import { faultsOf, type ValueFault } from '../../audit/proofs';
import type { Verdict } from '../../audit/verdict';
import { EngineError } from '../../engine-error';
import { BatchError } from '../../protocol/batch-error';
import { type BatchHeader, batchHeaders } from '../../protocol/record-batch';
import { type BatchRecord, readBatchRecords } from '../../protocol/record';
import type { CallContext } from '../../telemetry/trace/operation';
import { type Offset, toOffset, toPartitionId } from '../../types';
import { Slots } from '../../waiting/slots';
import type { ConsoleSources } from '../sources';
import { askEngine } from './engine-call';
import { ParameterError, required, wholeNumber } from './parameters';
import { type Judging, recordVerdicts } from './record-verdicts';
import { inWords } from './verdicts';
import { ok, type Route, type ShownContents } from './route';
import { shownRecord, type ShownRecord } from './shown-record';

/** What follows one another in a partition: records, and places where none is. */
type Row =
  | ({ readonly row: 'record'; readonly verdict: Verdict } & ShownRecord)
  /** Compacted away or deleted: no record was ever promised there. */
  | { readonly row: 'gap'; readonly from: number; readonly to: number }
  /** The engine cannot give what is there. */
  | {
      readonly row: 'unreadable';
      readonly offset: number;
      readonly code: string;
      readonly message: string;
      /** Where it is known to be wrong: how, and what was stored. */
      readonly verdict: string | undefined;
      readonly expected: string | undefined;
    };

interface ShownRecords {
  readonly topic: string;
  readonly partition: number;
  readonly range: PartitionRange;
  readonly compacted: boolean;
  readonly contents: boolean;
  readonly rows: readonly Row[];
  /** Where the next page begins. */
  readonly nextOffset: number;
}

const ROWS_MAX = 200;
const ROWS = 50;
const READS_MAX = 8;
const READ_BYTES = 1024 * 1024;
const READERS_MAX = 2;

export function recordsRoute(sources: Pick<ConsoleSources, 'engine' | 'telemetry' | 'contents'>): Route {
  const { proofs } = sources.engine;
  const slots = new Slots(READERS_MAX);
  return {
    method: 'GET',
    path: '/api/records',
    summary: 'records by size (?topic=, ?partition=, ?offset= or ?time= in ms, ?limit=)',
    answer: async ({ query, rights }) => {
      const contents = sources.contents && rights.has('contents');
      const name = required(query, 'topic');
      const id = toPartitionId(wholeNumber(query, 'partition', { max: 2 ** 31 - 1, initial: 0 }));
      const limit = wholeNumber(query, 'limit', { min: 1, max: ROWS_MAX, initial: ROWS });
      await slots.take();
      try {
        const asking = { name: 'poll', title: `console records ${name}` } as const;
        const shown = await askEngine<ShownRecords>(sources, asking, async (context) => {
          const topic = await sources.engine.topic(name, context);
          if (topic === undefined) throw new ParameterError(`there is no topic ${name}`, 404);
          if (id >= topic.partitionCount) throw new ParameterError(`${name} has no partition ${String(id)}`, 404);
          const partition = sources.engine.partition(topic, id);
          const range = await partition.range(context);
          const start = await startOf(query, { partition, range, limit, context });
          const judging = { at: { topic: name, partition: id }, proofs, context };
          const page = await pageFrom(start, { partition, range, limit, contents, context, judging });
          return { topic: name, partition: id, range, compacted: isCompacted(topic), contents, ...page };
        });
        return { ...ok(shown), contents: shownContents(shown) };
      } finally {
        slots.giveBack();
      }
    },
  };
}

function shownContents({ topic, partition, contents, rows }: ShownRecords): ShownContents | undefined {
  const offsets = rows.flatMap((each) => (each.row === 'record' ? [each.offset] : []));
  const [first] = offsets;
  if (!contents || first === undefined) return undefined;
  const places = `offsets=${String(first)}-${String(offsets.at(-1))} records=${String(offsets.length)}`;
  return { resource: { type: 'topic', name: topic }, detail: `partition=${String(partition)} ${places}` };
}

const isCompacted = ({ configs }: Topic): boolean => (configs.get('cleanup.policy') ?? '').includes('compact');

interface Reading {
  readonly partition: Partition;
  readonly range: PartitionRange;
  readonly limit: number;
  readonly context: CallContext;
}

/** `?offset=earliest`, `latest` (so that a page of records is before the end) or a number; `?time=` in ms. */
async function startOf(query: URLSearchParams, { partition, range, limit, context }: Reading): Promise<Offset> {
  const { logStartOffset, highWatermark } = range;
  if (query.has('time')) {
    const timestampMs = wholeNumber(query, 'time', { initial: 0 });
    return (await partition.findOffset({ timestampMs }, context))?.offset ?? highWatermark;
  }
  const asked = query.get('offset') ?? 'latest';
  if (asked === 'earliest') return logStartOffset;
  if (asked === 'latest') return toOffset(Math.max(logStartOffset, highWatermark - limit));
  const offset = wholeNumber(query, 'offset', { initial: 0 });
  return toOffset(Math.min(Math.max(offset, logStartOffset), highWatermark));
}

interface Showing extends Reading {
  readonly contents: boolean;
  readonly judging: Judging;
}

async function pageFrom(
  start: Offset,
  { partition, range, limit, contents, context, judging }: Showing,
): Promise<{ readonly rows: readonly Row[]; readonly nextOffset: number }> {
  const rows: Row[] = [];
  let next = start;
  for (let reads = 0; reads < READS_MAX && rows.length < limit && next < range.highWatermark; reads++) {
    try {
      const result = await partition.read(
        { offset: next, isolation: 'read_uncommitted', bytesMax: READ_BYTES },
        context,
      );
      if (result.chunks.length === 0) break;
      const found = recordsFrom(result.chunks, next, limit - rows.length);
      const verdicts = await recordVerdicts(
        found.records.map(({ record }) => record),
        result.verdicts,
        judging,
      );
      addRows(rows, found, { next, contents, verdicts });
      if (found.unreadable !== undefined) rows.push(unreadableRow(found.unreadable));
      next = found.nextOffset;
    } catch (error) {
      if (!(error instanceof EngineError) || UNASKED.has(error.code)) throw error;
      const [fault] = faultsOf(error);
      rows.push(unreadableRow({ offset: fault?.offset ?? next, error, fault }));
      next = toOffset(Math.max(next + 1, fault?.readOnAt ?? 0));
    }
  }
  return { rows, nextOffset: next };
}

/** Codes that say nothing of the record. */
const UNASKED: ReadonlySet<string> = new Set(['cancelled', 'shutting_down', 'unavailable', 'topic_not_found']);

interface Unreadable {
  readonly offset: number;
  readonly error: EngineError | BatchError;
  readonly fault?: ValueFault | undefined;
}

const unreadableRow = ({ offset, error: { code, message }, fault }: Unreadable): Row => ({
  row: 'unreadable',
  ...{ offset, code, message, verdict: fault?.verdict, expected: inWords(fault?.expected) },
});

interface FoundRecords {
  readonly records: readonly { readonly record: BatchRecord; readonly batch: BatchHeader }[];
  /** Behind the last of them, and what is known to be no record or cannot be read. */
  readonly nextOffset: Offset;
  /** Where there are no records, and a batch is why: a producer's fault, or one that is too large to be unpacked here. */
  readonly unreadable?: Unreadable;
}

/** At most `room` records and gaps, from `next` on, up to the first batch that cannot be read. */
function recordsFrom(chunks: readonly Uint8Array[], next: Offset, room: number): FoundRecords {
  const records: { record: BatchRecord; batch: BatchHeader }[] = [];
  let expected: number = next;
  let rows = 0;
  for (const chunk of chunks) {
    for (const batch of batchHeaders(chunk, 'cut')) {
      const behind = Math.min(batch.lastOffset + 1, Number.MAX_SAFE_INTEGER);
      try {
        for (const record of readBatchRecords(chunk, batch)) {
          if (record.offset < expected) continue;
          if (rows >= room) return { records, nextOffset: toOffset(expected) };
          rows += record.offset > expected ? 2 : 1;
          records.push({ record, batch });
          expected = record.offset + 1;
        }
      } catch (error) {
        if (!(error instanceof BatchError)) throw error;
        // It is met again, first, where the page goes on behind the records before it.
        if (records.length > 0) return { records, nextOffset: toOffset(expected) };
        const offset = Math.max(expected, batch.baseOffset);
        return { records, nextOffset: toOffset(Math.max(offset + 1, behind)), unreadable: { offset, error } };
      }
      expected = Math.max(expected, behind);
    }
  }
  return { records, nextOffset: toOffset(expected) };
}

function addRows(
  rows: Row[],
  { records }: FoundRecords,
  { next, contents, verdicts }: { next: Offset; contents: boolean; verdicts: ReadonlyMap<number, Verdict> },
): void {
  let expected: number = next;
  for (const { record, batch } of records) {
    if (record.offset > expected) rows.push({ row: 'gap', from: expected, to: record.offset - 1 });
    const verdict = verdicts.get(record.offset) ?? 'unknown';
    rows.push({ row: 'record', verdict, ...shownRecord(record, batch, contents) });
    expected = record.offset + 1;
  }
}
