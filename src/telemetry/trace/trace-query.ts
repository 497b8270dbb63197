/** A recent trace, what is asked of the recent traces, and whether a trace answers it. */
import type { FinishedSpan } from './finished-span';
import type { KeepReason } from './operation';

export interface RecentTrace {
  /** 32 hex digits. */
  readonly traceId: string;
  readonly reason: KeepReason;
  /** The API as in `seaglass.path`, for instance `fetch`, or the phase of a root that is no request. */
  readonly api: string;
  /** Unix time in ms, with fractions: from the first start to the last end. */
  readonly startMs: number;
  readonly endMs: number;
  /** The root first, unless `open`: then there are only stall spans as yet. */
  readonly spans: readonly FinishedSpan[];
  /** True while its root has not ended. */
  readonly open: boolean;
}

/** All that is given must fit. Topic, partition and offset must fit on one span. */
export interface TraceQuery {
  /** `Fetch`, in any case. */
  readonly api?: string;
  readonly topic?: string;
  readonly partition?: number;
  /** A record that the span read or wrote, or the offset that it asked for. */
  readonly offset?: number;
  readonly clientId?: string;
  readonly group?: string;
  /** Unix time in ms: it ended then or later. */
  readonly sinceMs?: number;
  /** At most so many, the newest. */
  readonly limit?: number;
}

export function matches(trace: RecentTrace, query: TraceQuery): boolean {
  const { api, clientId, group, sinceMs } = query;
  if (sinceMs !== undefined && trace.endMs < sinceMs) return false;
  if (api !== undefined && trace.api.toLowerCase() !== api.toLowerCase()) return false;
  if (clientId !== undefined && !some(trace, 'messaging.client.id', clientId)) return false;
  if (group !== undefined && !some(trace, 'messaging.consumer.group.name', group)) return false;
  return trace.spans.some((span) => isAt(span, query));
}

const some = ({ spans }: RecentTrace, key: string, value: string): boolean =>
  spans.some(({ attributes }) => attributes[key] === value);

function isAt({ attributes }: FinishedSpan, { topic, partition, offset }: TraceQuery): boolean {
  if (topic !== undefined && attributes['messaging.destination.name'] !== topic) return false;
  if (partition !== undefined && attributes['messaging.destination.partition.id'] !== String(partition)) return false;
  if (offset === undefined) return true;
  const from = attributes['kafka.offset'];
  if (typeof from !== 'number') return false;
  const count = Number(attributes['messaging.batch.message_count'] ?? 1);
  return offset >= from && offset < from + Math.max(1, count);
}
