/** What else waited for the same target, or the same partition where no target is named, at the same time: is it one client or everybody? */
import type { FinishedSpan } from '../../telemetry/trace/finished-span';
import { openTraces } from '../../telemetry/trace/open-traces';
import type { TraceSources } from './sources';
import { clientOf, groupOf, isOpen, partitionOf, phaseOf, placeOf, targetOf } from './span-facts';
import { busyMs, timesBy, waterfall } from './waterfall';

/** One target, and who else waited for it. */
export interface WaitedToo {
  readonly target: string;
  /** So many other traces. */
  readonly total: number;
  readonly clients: readonly string[];
  /** The longest few. */
  readonly longest: readonly {
    readonly traceId: string;
    readonly name: string;
    readonly phase: string;
    readonly place: string;
    readonly client: string;
    readonly group: string;
    readonly ms: number;
    readonly open: boolean;
  }[];
}

const SHOWN_MAX = 5;
const TRACES_LOOKED_AT_MAX = 1_000;
/** A target is worth a look where this share of the time was spent on it. */
const SHARE_MIN = 0.2;
/** Idleness that a client asked for, and the life of a session, are no waits of anybody. */
const NO_WAITS: ReadonlySet<string> = new Set(['long_poll', 'subscriber.session']);

interface Moment {
  readonly traceId: string;
  readonly spans: readonly FinishedSpan[];
  readonly begin: number;
  readonly end: number;
}

/** One span that waits for a target. */
interface Wait {
  readonly trace: Pick<Moment, 'traceId' | 'spans'>;
  readonly span: FinishedSpan;
}
/** By target, those of a trace one behind the other. */
export type Waits = ReadonlyMap<string, readonly Wait[]>;

/** Every wait that is still known, in flight and ended. */
export function waitsByTarget({ telemetry }: TraceSources): Waits {
  const open = openTraces(telemetry.operations, () => true, TRACES_LOOKED_AT_MAX);
  const known = new Set(open.map(({ traceId }) => traceId));
  const ended = telemetry.recentTraces.find().filter(({ traceId }) => !known.has(traceId));
  const waits = new Map<string, Wait[]>();
  for (const trace of [...open, ...ended])
    for (const span of trace.spans) {
      const { attributes } = span;
      const target = targetOf(attributes) || partitionOf(attributes);
      if (target === undefined || NO_WAITS.has(phaseOf(attributes))) continue;
      const of = waits.get(target);
      if (of === undefined) waits.set(target, [{ trace, span }]);
      else of.push({ trace, span });
    }
  return waits;
}

export function othersWaiting(moment: Moment, waits: Waits): readonly WaitedToo[] {
  return targetsOf(moment.spans).flatMap((target) => {
    const waiting = longestOfEach(waits.get(target) ?? [], moment).map(shown);
    if (waiting.length === 0) return [];
    const clients = [...new Set(waiting.map(({ client }) => client).filter((client) => client !== ''))].sort();
    const longest = [...waiting].sort((a, b) => b.ms - a.ms).slice(0, SHOWN_MAX);
    return [{ target, total: waiting.length, clients: clients.slice(0, 10), longest }];
  });
}

/** Whom most of the time was spent on: addresses, else partitions. */
function targetsOf(spans: readonly FinishedSpan[]): readonly string[] {
  const rows = waterfall(spans).filter(({ phase }) => !NO_WAITS.has(phase));
  const spent = timesBy(rows, ({ target, place }) => (target === '' ? place.replace(/@.*/, '') : target));
  const all = busyMs(rows);
  return [...spent].filter(([target, { ms }]) => target !== '' && ms >= all * SHARE_MIN).map(([target]) => target);
}

/** Of each other trace its longest wait within the moment. */
function longestOfEach(waits: readonly Wait[], { traceId, begin, end }: Moment): readonly Wait[] {
  const longest = new Map<string, Wait>();
  for (const wait of waits) {
    const { startMs, endMs } = wait.span;
    if (wait.trace.traceId === traceId || startMs > end || endMs < begin) continue;
    const known = longest.get(wait.trace.traceId)?.span;
    if (known === undefined || endMs - startMs > known.endMs - known.startMs) longest.set(wait.trace.traceId, wait);
  }
  return [...longest.values()];
}

function shown({ trace: { traceId, spans }, span }: Wait): WaitedToo['longest'][number] {
  const root = spans[0] ?? span;
  const places = [span, ...spans].map(({ attributes }) => placeOf(attributes));
  return {
    traceId,
    name: root.name,
    phase: phaseOf(span.attributes),
    place: places.find((place) => place !== '') ?? '',
    client: clientOf(root.attributes),
    group: groupOf(root.attributes),
    ms: span.endMs - span.startMs,
    open: isOpen(span.attributes),
  };
}
