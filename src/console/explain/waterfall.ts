/** The spans of a trace as rows of a waterfall, and where the time went: the time of a span that no child of it accounts for. */
import type { FinishedSpan } from '../../telemetry/trace/finished-span';
import { isOpen, outcomeOf, partitionOf, phaseOf, placeOf, targetOf, waitsForOf } from './span-facts';

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
  /** Whom it waits for but the engine; empty where that is nobody. */
  readonly waitsFor: string;
  readonly outcome: string;
  readonly error: string | undefined;
}

/** From and to, ms after the trace's begin. */
type Interval = readonly [fromMs: number, toMs: number];

/** A row, and when no child of its span was under way. */
export interface TimedRow extends WaterfallRow {
  readonly own: readonly Interval[];
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
export function waterfall(spans: readonly FinishedSpan[]): readonly TimedRow[] {
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
  const rows: TimedRow[] = [];
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
): TimedRow {
  const { name, startMs, endMs, attributes, error } = span;
  const own = ownTimes(span, children).map(([from, to]): Interval => [from - at.beginMs, to - at.beginMs]);
  return {
    depth: at.depth,
    name,
    startMs: startMs - at.beginMs,
    durationMs: endMs - startMs,
    ownMs: lengthOf(own),
    own,
    open: isOpen(attributes),
    phase: phaseOf(attributes),
    // What a request's own span names is the gateway.
    target: span.kind === 'SERVER' ? '' : targetOf(attributes),
    place: placeOf(attributes),
    waitsFor: waitsForOf(attributes),
    outcome: outcomeOf(attributes),
    error: error?.message,
  };
}

/** When the span is under way and none of its children, which may overlap and may end after it. `children` in the order of their begins. */
function ownTimes({ startMs, endMs }: FinishedSpan, children: readonly FinishedSpan[]): readonly Interval[] {
  const own: Interval[] = [];
  let reached = startMs;
  for (const child of children) {
    const until = Math.min(endMs, child.startMs);
    if (until > reached) own.push([reached, until]);
    reached = Math.max(reached, child.endMs);
  }
  if (endMs > reached) own.push([reached, endMs]);
  return own;
}

/** How long any of them lasts: what overlaps counts once. */
function lengthOf(intervals: readonly Interval[]): number {
  let length = 0;
  let reached = -Infinity;
  for (const [from, to] of [...intervals].sort(([a], [b]) => a - b)) {
    length += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return length;
}

/** The rows by key, and how long each key's own time is, ms: what waits side by side waits once. In the order of their first rows. */
export function timesBy(
  rows: readonly TimedRow[],
  keyOf: (row: TimedRow) => string,
): ReadonlyMap<string, { readonly first: TimedRow; readonly ms: number }> {
  const groups = new Map<string, TimedRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  return new Map(
    [...groups].flatMap(([key, of]) => {
      const [first] = of;
      return first === undefined ? [] : [[key, { first, ms: lengthOf(of.flatMap(({ own }) => own)) }]];
    }),
  );
}

/** By phase and whom it waits for, the most first; what is under a hundredth of all is left out. What is side by side may be more than all. */
export function timeSpent(rows: readonly TimedRow[], spans: readonly FinishedSpan[]): readonly TimeSpent[] {
  const partitions = new Set(spans.flatMap(({ attributes }) => partitionOf(attributes) ?? []));
  const [only = ''] = partitions.size === 1 ? partitions : [];
  const all = lengthOf(rows.flatMap(({ own }) => own));
  return [...timesBy(rows, ({ phase, target }) => `${phase}\u0000${target}`).values()]
    .filter(({ ms }) => ms >= all / 100)
    .map(({ first: { phase, target, place }, ms }) => ({ phase, target, place: place === '' ? only : place, ms }))
    .sort((a, b) => b.ms - a.ms);
}

/** How long it took without the idleness that the client asked for, ms. */
export const busyMs = (rows: readonly TimedRow[]): number =>
  lengthOf(rows.flatMap(({ phase, own }) => (phase === IDLE_PHASE ? [] : own)));
