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

export function othersWaiting(moment: Moment, { telemetry }: TraceSources): readonly WaitedToo[] {
  const targets = targetsOf(moment.spans);
  if (targets.length === 0) return [];
  const open = openTraces(telemetry.operations, () => true, TRACES_LOOKED_AT_MAX);
  const known = new Set(open.map(({ traceId }) => traceId));
  const others = [...open, ...telemetry.recentTraces.find({ sinceMs: moment.begin })].filter(
    (each, index) => each.traceId !== moment.traceId && (index < open.length || !known.has(each.traceId)),
  );
  return targets.flatMap((target) => {
    const waiting = others.flatMap((trace) => waitOf(trace, target, moment));
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

/** The longest wait of a trace for the target within the moment. */
function waitOf(
  { traceId, spans }: { readonly traceId: string; readonly spans: readonly FinishedSpan[] },
  target: string,
  { begin, end }: Moment,
): WaitedToo['longest'] {
  const [root] = spans;
  const waits = spans.filter(
    ({ startMs, endMs, attributes }) =>
      startMs <= end &&
      endMs >= begin &&
      !NO_WAITS.has(phaseOf(attributes)) &&
      (targetOf(attributes) === target || (targetOf(attributes) === '' && partitionOf(attributes) === target)),
  );
  const [longest] = waits.sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs));
  if (root === undefined || longest === undefined) return [];
  const places = [longest, ...spans].map(({ attributes }) => placeOf(attributes));
  return [
    {
      traceId,
      name: root.name,
      phase: phaseOf(longest.attributes),
      place: places.find((place) => place !== '') ?? '',
      client: clientOf(root.attributes),
      group: groupOf(root.attributes),
      ms: longest.endMs - longest.startMs,
      open: isOpen(longest.attributes),
    },
  ];
}
