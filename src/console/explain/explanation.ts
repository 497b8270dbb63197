/** Why one request took as long as it did: everything that the gateway knows of it, put together. JSON of /api/explain. */
import type { ReadRow } from '../../audit/read-history';
import type { Incident } from '../../telemetry/incidents/incidents';
import { sentence } from '../../telemetry/incidents/incidents';
import type { FinishedSpan } from '../../telemetry/trace/finished-span';
import { type AskedAndGiven, askedAndGiven } from './asked-and-given';
import { type Asker, type ClientSays, clientSays } from './client-says';
import type { TraceSources } from './sources';
import { addressOf, clientOf, groupOf, isOpen, placeOf, portOf, targetOf } from './span-facts';
import { othersWaiting, type WaitedToo, type Waits, waitsByTarget } from './waited-too';
import { busyMs, type TimeSpent, timeSpent, waterfall, type WaterfallRow } from './waterfall';

/** A trace as it is explained. */
export interface TraceToExplain {
  readonly traceId: string;
  readonly spans: readonly FinishedSpan[];
  /** Why it was kept; undefined of one in flight of which nothing is wrong yet. */
  readonly reason: string | undefined;
}

export interface ShownIncident {
  readonly kind: string;
  readonly target: string;
  readonly sinceMs: number;
  readonly endedMs: number | undefined;
  readonly sentence: string;
  /** Whether it names this trace, whom it waited for, its partition, its client or its group; otherwise it only was at the same time. */
  readonly related: boolean;
}

export interface Explanation {
  readonly traceId: string;
  readonly name: string;
  readonly client: string;
  readonly group: string;
  /** Milliseconds since the Unix epoch. */
  readonly beganMs: number;
  readonly durationMs: number;
  /** Without the idleness that the client asked for. */
  readonly busyMs: number;
  readonly open: boolean;
  readonly reason: string | undefined;
  readonly error: string | undefined;
  readonly spent: readonly TimeSpent[];
  readonly waterfall: readonly WaterfallRow[];
  readonly asked: readonly AskedAndGiven[];
  /** What this client asked of these offsets until then, the newest first. */
  readonly before: readonly ReadRow[];
  readonly waitedToo: readonly WaitedToo[];
  /** What the client last said of such requests; empty where it pushes nothing. */
  readonly clientSays: readonly ClientSays[];
  readonly incidents: readonly ShownIncident[];
  /** Where the trace is looked at; undefined where no traces are exported or no address is set. */
  readonly link: string | undefined;
}

const BEFORE_MAX = 8;
const PLACES_MAX = 3;
/** Offsets before the one asked for whose reads are shown, too. */
const BEFORE_OFFSETS = 500;
const INCIDENTS_MAX = 8;
/** Reads are noted in whole milliseconds, and a trace's begin is one: its own read may seem to come after its end. */
const WHOLE_MS = 1;

/** One of each. What else waited is looked up once for all of them. */
export function explain(traces: readonly TraceToExplain[], sources: TraceSources): readonly Explanation[] {
  if (traces.length === 0) return [];
  const waits = waitsByTarget(sources);
  return traces.map((trace) => explanationOf(trace, sources, waits));
}

function explanationOf(trace: TraceToExplain, sources: TraceSources, waits: Waits): Explanation {
  const { traceId, spans, reason } = trace;
  const rows = waterfall(spans);
  const begin = Math.min(...spans.map(({ startMs }) => startMs));
  const end = Math.max(...spans.map(({ endMs }) => endMs));
  const root = spans.find(({ attributes }) => attributes['seaglass.stall'] !== true) ?? spans[0];
  const attributes = root?.attributes ?? {};
  const asked = askedAndGiven(spans);
  const client = clientOf(attributes);
  const asker = { client, address: addressOf(attributes), port: portOf(attributes) };
  const failed = spans.find(({ error }) => error !== undefined)?.error;
  return {
    traceId,
    name: root?.name ?? 'nothing',
    client,
    group: groupOf(attributes),
    beganMs: Math.round(begin),
    durationMs: end - begin,
    busyMs: busyMs(rows),
    open: spans.some((span) => isOpen(span.attributes)),
    reason,
    error: root?.error?.message ?? failed?.message,
    spent: timeSpent(rows, spans),
    waterfall: rows.map(({ own: _, ...row }) => row),
    asked,
    before: askedBefore(asked, { ...asker, endMs: end }, sources),
    clientSays: clientSays({ name: root?.name ?? '', ...asker }, sources.clientInstances()),
    waitedToo: othersWaiting({ traceId, spans, begin, end }, waits),
    incidents: incidentsOf({ traceId, spans, begin, end }, sources),
    link: sources.traceUrl?.replaceAll('{trace}', traceId),
  };
}

/** Of the partitions that it read: this client's reads at the same offset, and how it came there; each once, however often it read there. */
function askedBefore(
  asked: readonly AskedAndGiven[],
  { client, address, endMs }: Asker & { readonly endMs: number },
  { reads }: TraceSources,
): readonly ReadRow[] {
  const places = new Map<string, number>();
  for (const { kind, partition, offset } of asked)
    if (kind === 'read' && offset !== undefined && !places.has(partition)) places.set(partition, offset);
  return [...places]
    .slice(0, PLACES_MAX)
    .flatMap(([partition, offset]) =>
      reads.find(
        (row) =>
          row.offset <= offset &&
          row.offset >= offset - BEFORE_OFFSETS &&
          row.client === client &&
          row.address === address &&
          row.firstMs <= endMs + WHOLE_MS &&
          `${row.topic}-${row.partition}` === partition,
        BEFORE_MAX,
      ),
    );
}

interface Moment {
  readonly traceId: string;
  readonly spans: readonly FinishedSpan[];
  readonly begin: number;
  readonly end: number;
}

/** Incidents that were open at some time while it ran, those that concern it first. */
function incidentsOf({ traceId, spans, begin, end }: Moment, { telemetry }: TraceSources): readonly ShownIncident[] {
  const names = new Set(
    spans.flatMap(({ attributes }) => [
      ...[targetOf(attributes), placeOf(attributes).replace(/@.*/, ''), clientOf(attributes), groupOf(attributes)],
      String(attributes['messaging.destination.name'] ?? ''),
    ]),
  );
  names.delete('');
  const { incidents } = telemetry;
  const overlaps = ({ sinceMs, endedMs }: Incident): boolean =>
    sinceMs <= end + LATE_MS && (endedMs ?? Infinity) >= begin;
  return [...incidents.current(), ...incidents.ended()]
    .filter(overlaps)
    .map((incident) => ({
      kind: incident.kind,
      target: incident.target,
      sinceMs: incident.sinceMs,
      endedMs: incident.endedMs,
      sentence: sentence(incident),
      related: incident.traceIds.includes(traceId) || names.has(incident.target),
    }))
    .sort((a, b) => Number(b.related) - Number(a.related) || b.sinceMs - a.sinceMs)
    .slice(0, INCIDENTS_MAX);
}

/** An incident is found out a little after what caused it. */
const LATE_MS = 5_000;
