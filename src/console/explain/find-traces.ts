/** Which traces a question means: by id, by a place in a log, by client, group and topic; those in flight and the last notable ones. */
import { openTraces } from '../../telemetry/trace/open-traces';
import type { TraceQuery } from '../../telemetry/trace/trace-query';
import { matches } from '../../telemetry/trace/trace-query';
import type { TraceToExplain } from './explanation';
import type { TraceSources } from './sources';
import { phaseOf } from './span-facts';
import { busyMs, waterfall } from './waterfall';

export interface Question extends Omit<TraceQuery, 'limit'> {
  readonly traceId?: string;
  /** The slowest first, without idleness; otherwise the newest first. */
  readonly slowest: boolean;
  readonly limit: number;
}

const OPEN_MAX = 1_000;

export function findTraces(question: Question, { telemetry }: TraceSources): readonly TraceToExplain[] {
  const { traceId, slowest, limit, ...query } = question;
  const open = openTraces(
    telemetry.operations,
    (root) => (traceId === undefined ? root.name === 'request' : root.traceId === traceId),
    OPEN_MAX,
  );
  const running = open.filter(({ spans }) => matches(asRecent(spans), query));
  const ids = new Set(running.map((each) => each.traceId));
  const recent = telemetry.recentTraces
    .find(query)
    .filter((each) => !ids.has(each.traceId) && (traceId === undefined || each.traceId === traceId));
  const found = [
    ...running.reverse().map(({ traceId: id, spans }) => ({ traceId: id, spans, reason: reasonOf(id, telemetry) })),
    ...recent.map(({ traceId: id, spans, reason }) => ({ traceId: id, spans, reason })),
  ];
  if (slowest) {
    const slowness = new Map(found.map((each) => [each, slownessOf(each.spans)]));
    found.sort((a, b) => (slowness.get(b) ?? 0) - (slowness.get(a) ?? 0));
  }
  return found.slice(0, limit);
}

/** Of a trace in flight: what was already found out of it. */
const reasonOf = (traceId: string, telemetry: TraceSources['telemetry']): string | undefined =>
  telemetry.recentTraces.get(traceId)?.reason;

type Spans = Parameters<typeof waterfall>[0];

/** The life of a stream is nobody's wait, however long it is. */
const slownessOf = (spans: Spans): number =>
  phaseOf(spans[0]?.attributes ?? {}) === 'subscriber.session' ? 0 : busyMs(waterfall(spans));

function asRecent(spans: Spans): Parameters<typeof matches>[0] {
  const [api = ''] = String(spans[0]?.attributes['seaglass.path'] ?? '').split('>');
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(...spans.map((span) => span.endMs));
  return { traceId: spans[0]?.traceId ?? '', reason: 'all', api, startMs, endMs, spans, open: true };
}
