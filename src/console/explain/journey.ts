/** The journey of one record: who produced it, how it is stored, to whom it was delivered, what was found wrong. JSON of /api/journey. */
import type { ReadRow } from '../../audit/read-history';
import type { FoundProof } from '../../audit/proofs';
import type { VerdictEntry } from '../../audit/verdict-history';
import type { WriteRow } from '../../audit/write-history';
import { EngineError } from '../../engine-error';
import type { CallContext } from '../../telemetry/trace/operation';
import { endFailed } from '../../waiting/phase';
import { type Offset, type PartitionId } from '../../types';
import type { ExplainSources } from './sources';
import { clientOf, groupOf } from './span-facts';
import { type StoredAt, storedAt } from './stored-record';

export interface RecordPlace {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly offset: Offset;
}

/** A trace that made or wrote the record, and what is known of it here. */
export interface WriterTrace {
  readonly traceId: string;
  readonly client: string;
  readonly link: string | undefined;
}

/** A run of fetches that were given the record, or were asked for it and were not. */
export interface Delivery extends ReadRow {
  /** Groups that a fetch of the time named; empty where none did. */
  readonly groups: readonly string[];
  /** The record was among what they were given, for certain: whoever reads over a hole is given what lies on either side. */
  readonly given: boolean;
  /** Traces of such fetches that are still known here. */
  readonly traceIds: readonly string[];
}

export interface Journey extends RecordPlace {
  readonly engine: string;
  readonly ackMeaning: string;
  /** Since when this gateway remembers. */
  readonly rememberedSinceMs: number;
  readonly written: readonly WriteRow[];
  readonly writers: readonly WriterTrace[];
  readonly stored: StoredAt;
  readonly deliveries: readonly Delivery[];
  /** What is kept of the value as it was produced; undefined where nothing is, or it cannot be had. */
  readonly proof: FoundProof | undefined;
  /** When the record was found other than it was produced, the newest first. */
  readonly verdicts: readonly VerdictEntry[];
}

const DELIVERIES_MAX = 50;
const TRACES_MAX = 5;
const READ_MS_MAX = 5_000;

/** Undefined where the topic or the partition is not there. Rejects with EngineError where the engine does not say. */
export async function journey(place: RecordPlace, sources: ExplainSources): Promise<Journey | undefined> {
  const { topic: name, partition: id, offset } = place;
  const { engine, telemetry, reads, writes } = sources;
  const operation = telemetry.operations.root('poll', { spanName: `journey ${name}`, budgetMs: READ_MS_MAX });
  try {
    const context = { operation, signal: AbortSignal.timeout(READ_MS_MAX) };
    const topic = await engine.topic(name, context);
    if (topic === undefined || id >= topic.partitionCount) {
      operation.end();
      return undefined;
    }
    const stored = await storedAt(engine.partition(topic, id), offset, context);
    const proof = await proofOf(place, sources, context);
    operation.end();
    const deliveries = reads
      .find((row) => concerns(row, place), DELIVERIES_MAX)
      .map((row) => delivery(row, stored, sources));
    return {
      ...place,
      engine: engine.kind,
      ackMeaning: engine.ackMeaning,
      rememberedSinceMs: sources.startedMs,
      written: writes.of(name, id, offset),
      writers: writersOf(place, stored, sources),
      stored,
      deliveries: deliveries.reverse(),
      proof,
      verdicts: sources.verdicts.list(place),
    };
  } catch (error) {
    endFailed(operation, error);
    throw error;
  }
}

/** A proof that the engine cannot bring now is none. */
async function proofOf(
  place: RecordPlace,
  { engine }: ExplainSources,
  context: CallContext,
): Promise<FoundProof | undefined> {
  try {
    return await engine.proofs.find(place, context);
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** Given the record, or asked for it and not given it. */
const concerns = (row: ReadRow, { topic, partition, offset }: RecordPlace): boolean =>
  row.topic === topic &&
  row.partition === partition &&
  ((row.offset <= offset && offset < row.nextOffset) || (row.offset === offset && row.nextOffset === offset));

function delivery(row: ReadRow, stored: StoredAt, { telemetry }: ExplainSources): Delivery {
  const { topic, partition, offset, nextOffset, records, client, firstMs, lastMs } = row;
  const traces = telemetry.recentTraces
    .find({ topic, partition, api: 'fetch', ...(client === '' ? {} : { clientId: client }) })
    .filter((trace) => trace.endMs >= firstMs - 1 && trace.startMs <= lastMs + 1);
  const groups = new Set(traces.flatMap(({ spans }) => spans.map(({ attributes }) => groupOf(attributes))));
  groups.delete('');
  const traceIds = traces.slice(0, TRACES_MAX).map(({ traceId }) => traceId);
  const hasHole = records < nextOffset - offset;
  const given = nextOffset > offset && (stored.state === 'stored' || !hasHole);
  return { ...row, groups: [...groups], given, traceIds };
}

/** The spans that wrote the record, and the application's trace that the record itself names. */
function writersOf(
  { topic, partition, offset }: RecordPlace,
  stored: StoredAt,
  { links, telemetry, traceUrl }: ExplainSources,
): readonly WriterTrace[] {
  const written = links.linksFor({ topic, partition, baseOffset: offset, lastOffset: offset });
  const named = stored.state === 'stored' ? stored.record.traceId : undefined;
  const ids = new Set([...(named === undefined ? [] : [named]), ...written.map(({ traceId }) => traceId)]);
  return [...ids].map((traceId) => {
    const known = telemetry.recentTraces.get(traceId)?.spans[0];
    const client = known === undefined ? '' : clientOf(known.attributes);
    return { traceId, client, link: traceUrl?.replaceAll('{trace}', traceId) };
  });
}
