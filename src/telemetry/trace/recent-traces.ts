/**
 * The last notable traces (slow, late, failed, flagged, stalled, targeted), kept in the process: evidence for `explain` and the console
 * where no trace store is at hand. It does not depend on an exporter or on the trace mode. Traces that are not notable never come here.
 * What is many cannot displace what is rare: each lane has its own bound, and an API's traces of one reason come at most ten a second.
 */
import type { FinishedSpan } from './finished-span';
import { KeepQuota } from './keep-quota';
import type { KeepReason } from './operation';
import { matches, type RecentTrace, type TraceQuery } from './trace-query';

/** 1,000 traces in all, about 16 MB at most. */
const LANES = {
  trouble: { tracesMax: 400, bytesMax: 6 << 20 },
  stalled: { tracesMax: 200, bytesMax: 2 << 20 },
  targeted: { tracesMax: 200, bytesMax: 4 << 20 },
  slowest: { tracesMax: 200, bytesMax: 4 << 20 },
} as const;
type LaneName = keyof typeof LANES;

const PER_SECOND_MAX = 10;
const QUOTAS_MAX = 512;
const FOUND_MAX = 1_000;

type TraceWatcher = (reason: KeepReason, span: FinishedSpan) => void;
type Entry = { -readonly [K in keyof RecentTrace]: RecentTrace[K] } & { bytes: number };

export class RecentTraces {
  readonly #lanes: Readonly<Record<LaneName, Lane>> = {
    trouble: new Lane(LANES.trouble),
    stalled: new Lane(LANES.stalled),
    targeted: new Lane(LANES.targeted),
    slowest: new Lane(LANES.slowest),
  };
  readonly #quotas = new Map<string, KeepQuota>();
  readonly #watchers = new Set<TraceWatcher>();

  /** Whether a trace with this reason is for the ring, and there is room for it in this second. `nowMs` is on the monotonic clock. */
  wants(traceId: string, reason: KeepReason, api: string, nowMs: number): boolean {
    if (laneOf(reason) === undefined) return false;
    return this.#begun(traceId, reason) !== undefined || this.#quota(`${reason} ${api}`).take(nowMs, PER_SECOND_MAX);
  }

  /** Spans of a trace that has ended, its root first; more of a trace that is known are added to it. */
  add(spans: readonly FinishedSpan[], reason: KeepReason): void {
    const name = laneOf(reason);
    const [first] = spans;
    if (name === undefined || first === undefined) return;
    const lane = this.#begun(first.traceId, reason) ?? this.#lanes[name];
    lane.add(spans, reason, false);
    for (const watcher of this.#watchers) watcher(reason, first);
  }

  /** A stall of a trace that is still open. Whoever watches is told also where there is no room for it in this second. */
  addStall(span: FinishedSpan, nowMs: number): void {
    const { traceId } = span;
    if (this.wants(traceId, 'stalled', apiOf(span), nowMs)) {
      const lane = this.#begun(traceId, 'stalled') ?? this.#lanes.stalled;
      lane.add([span], 'stalled', true);
    }
    for (const watcher of this.#watchers) watcher('stalled', span);
  }

  /** Told of every trace that comes here: why, and its root or its stall. Must not throw. */
  watch(watcher: TraceWatcher): void {
    this.#watchers.add(watcher);
  }

  get(traceId: string): RecentTrace | undefined {
    const { trouble, stalled, targeted, slowest } = this.#lanes;
    return trouble.get(traceId) ?? stalled.get(traceId) ?? targeted.get(traceId) ?? slowest.get(traceId);
  }

  /** Those that fit, the newest first. */
  find(query: TraceQuery = {}): readonly RecentTrace[] {
    const found = Object.values(this.#lanes).flatMap((lane) => lane.entries().filter((trace) => matches(trace, query)));
    return found.sort((a, b) => b.endMs - a.endMs).slice(0, query.limit ?? FOUND_MAX);
  }

  /** How much is held now; bytes are an estimate. */
  get held(): { readonly traces: number; readonly bytes: number } {
    const lanes = Object.values(this.#lanes);
    return {
      traces: lanes.reduce((sum, { size }) => sum + size, 0),
      bytes: lanes.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** The lane in which a trace of trouble was begun, with its stalls or its root: it is finished there. */
  #begun(traceId: string, reason: KeepReason): Lane | undefined {
    const name = laneOf(reason);
    if (name !== 'trouble' && name !== 'stalled') return undefined;
    return [this.#lanes.stalled, this.#lanes.trouble].find((lane) => lane.get(traceId) !== undefined);
  }

  #quota(key: string): KeepQuota {
    const known = this.#quotas.get(key);
    if (known !== undefined) return known;
    if (this.#quotas.size >= QUOTAS_MAX) this.#quotas.clear();
    const made = new KeepQuota();
    this.#quotas.set(key, made);
    return made;
  }
}

function laneOf(reason: KeepReason): LaneName | undefined {
  switch (reason) {
    case 'all':
    case 'client_sampled':
    case 'first':
    case 'rate':
    case 'idle':
      return undefined;
    case 'stalled':
    case 'targeted':
    case 'slowest':
      return reason;
    default:
      return 'trouble';
  }
}

/** A first-in-first-out store, bounded in traces and in bytes. */
class Lane {
  readonly #bounds: { readonly tracesMax: number; readonly bytesMax: number };
  /** The oldest first. */
  readonly #entries = new Map<string, Entry>();
  bytes = 0;

  constructor(bounds: { readonly tracesMax: number; readonly bytesMax: number }) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(traceId: string): RecentTrace | undefined {
    return this.#entries.get(traceId);
  }

  entries(): readonly RecentTrace[] {
    return [...this.#entries.values()];
  }

  add(spans: readonly FinishedSpan[], reason: KeepReason, open: boolean): void {
    const [first] = spans;
    if (first === undefined) return;
    const bytes = spans.reduce((sum, span) => sum + bytesOf(span), 0);
    const known = this.#entries.get(first.traceId);
    if (known === undefined) this.#entries.set(first.traceId, entryOf(first, spans, { reason, open, bytes }));
    else extend(known, spans, { reason, open, bytes });
    this.bytes += bytes;
    while (this.#entries.size > this.#bounds.tracesMax || this.bytes > this.#bounds.bytesMax) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#entries.values().next();
    if (oldest.done === true) return;
    this.#entries.delete(oldest.value.traceId);
    this.bytes -= oldest.value.bytes;
  }
}

function apiOf(span: FinishedSpan): string {
  const [api = ''] = String(span.attributes['seaglass.path'] ?? '').split('>');
  return api;
}

type Facts = Pick<Entry, 'reason' | 'open' | 'bytes'>;

function entryOf(first: FinishedSpan, spans: readonly FinishedSpan[], facts: Facts): Entry {
  return { traceId: first.traceId, api: apiOf(first), spans, startMs: earliest(spans), endMs: latest(spans), ...facts };
}

/** The root of a trace whose stalls came first is put before them. */
function extend(entry: Entry, spans: readonly FinishedSpan[], { reason, open, bytes }: Facts): void {
  entry.spans = entry.open && !open ? [...spans, ...entry.spans] : [...entry.spans, ...spans];
  entry.startMs = Math.min(entry.startMs, earliest(spans));
  entry.endMs = Math.max(entry.endMs, latest(spans));
  entry.open &&= open;
  entry.bytes += bytes;
  if (reason !== 'stalled') entry.reason = reason;
}

const earliest = (spans: readonly FinishedSpan[]): number => Math.min(...spans.map(({ startMs }) => startMs));
const latest = (spans: readonly FinishedSpan[]): number => Math.max(...spans.map(({ endMs }) => endMs));

const SPAN_BYTES = 400;
const ATTRIBUTE_BYTES = 24;
const LINK_BYTES = 120;

/** About what a span holds: keys are shared, so attributes count by their values. */
function bytesOf({ name, attributes, links, events }: FinishedSpan): number {
  let bytes = SPAN_BYTES + name.length + links.length * LINK_BYTES + events.length * LINK_BYTES;
  for (const value of Object.values(attributes))
    bytes += ATTRIBUTE_BYTES + (typeof value === 'string' ? value.length : 0);
  return bytes;
}
