/** The spans of a trace as rows of a waterfall, and where the time went: the time of a span that no child of it accounts for. */
import type { FinishedSpan } from '../../telemetry/trace/finished-span';
import { isOpen, outcomeOf, partitionOf, phaseOf, placeOf, targetOf } from './span-facts';

export interface WaterfallRow {
  readonly depth: number;
  readonly name: string;
  /** After the trace's begin. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Of its own: not its children's. */
  readonly ownMs: number;
  readonly open: boolean;
  readonly phase: string;
  readonly target: string;
  readonly place: string;
  readonly outcome: string;
  readonly error: string | undefined;
}

/** One phase's share. */
export interface TimeSpent {
  readonly phase: string;
  readonly ms: number;
  readonly target: string;
  readonly place: string;
}

/** Idleness that a client asked for is no time spent. */
const IDLE_PHASE = 'long_poll';

/** In the order of their begins, children below their parents; stall spans are left out, since what they tell of is there. */
export function waterfall(spans: readonly FinishedSpan[]): readonly WaterfallRow[] {
  const shown = spans.filter(({ attributes }) => attributes['seaglass.stall'] !== true);
  const all = shown.length > 0 ? shown : spans;
  const ids = new Set(all.map(({ spanId }) => spanId));
  const children = new Map<string, FinishedSpan[]>();
  const roots: FinishedSpan[] = [];
  for (const span of [...all].sort((a, b) => a.startMs - b.startMs)) {
    const { parentSpanId } = span;
    if (parentSpanId === undefined || !ids.has(parentSpanId)) roots.push(span);
    else children.set(parentSpanId, [...(children.get(parentSpanId) ?? []), span]);
  }
  const beginMs = Math.min(...all.map(({ startMs }) => startMs));
  const rows: WaterfallRow[] = [];
  const visit = (span: FinishedSpan, depth: number): void => {
    const below = children.get(span.spanId) ?? [];
    rows.push(rowOf(span, below, { depth, beginMs }));
    for (const child of below) visit(child, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  return rows;
}

function rowOf(
  span: FinishedSpan,
  children: readonly FinishedSpan[],
  at: { readonly depth: number; readonly beginMs: number },
): WaterfallRow {
  const { name, startMs, endMs, attributes, error } = span;
  return {
    depth: at.depth,
    name,
    startMs: startMs - at.beginMs,
    durationMs: endMs - startMs,
    ownMs: endMs - startMs - coveredMs(span, children),
    open: isOpen(attributes),
    phase: phaseOf(attributes),
    // What a request's own span names is the gateway.
    target: span.kind === 'SERVER' ? '' : targetOf(attributes),
    place: placeOf(attributes),
    outcome: outcomeOf(attributes),
    error: error?.message,
  };
}

/** How much of the span is under its children, which may overlap and may end after it. `children` in the order of their begins. */
function coveredMs({ startMs, endMs }: FinishedSpan, children: readonly FinishedSpan[]): number {
  let covered = 0;
  let reached = startMs;
  for (const child of children) {
    const from = Math.max(reached, child.startMs);
    const to = Math.min(endMs, child.endMs);
    if (to > from) covered += to - from;
    reached = Math.max(reached, to);
  }
  return covered;
}

/** By phase and whom it waits for, the most first; what is under a hundredth of all is left out. */
export function timeSpent(rows: readonly WaterfallRow[], spans: readonly FinishedSpan[]): readonly TimeSpent[] {
  const totals = new Map<string, TimeSpent>();
  const partitions = spans.map(({ attributes }) => partitionOf(attributes)).filter((each) => each !== undefined);
  const only = new Set(partitions).size === 1 ? (partitions[0] ?? '') : '';
  for (const { phase, target, place, ownMs } of rows) {
    const key = `${phase}\u0000${target}`;
    const known = totals.get(key);
    totals.set(key, { phase, target, place: place === '' ? only : place, ms: (known?.ms ?? 0) + ownMs });
  }
  const all = rows.reduce((sum, { ownMs }) => sum + ownMs, 0);
  return [...totals.values()].filter(({ ms }) => ms >= all / 100).sort((a, b) => b.ms - a.ms);
}

/** How long it took without the idleness that the client asked for, ms. */
export function busyMs(rows: readonly WaterfallRow[]): number {
  return rows.reduce((sum, { phase, ownMs }) => sum + (phase === IDLE_PHASE ? 0 : ownMs), 0);
}
