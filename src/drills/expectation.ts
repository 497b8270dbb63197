/** What a drill must be seen by, as data: each place where somebody on call looks, or why there is nothing to be seen there. */
import type { Fault } from '../audit/verdict';
import type { IncidentKind } from '../telemetry/incidents/incident-kinds';
import type { InstrumentName } from '../telemetry/metrics/instruments';

/** Nothing shows there, and why. */
export interface Unseen {
  readonly none: string;
}

/** Where several are given, any one of them. */
export type Seen<Name extends string> = Name | readonly Name[] | Unseen;

export interface MetricSight {
  readonly name: InstrumentName;
  readonly labels: Readonly<Record<string, string>>;
  /** Of a gauge: what it stands at, and for how long at least, ms. A counter, and the count of a histogram, has to grow. */
  readonly stands?: { readonly at: number; readonly forMs: number };
}

export type ConsoleRow =
  /** Somebody waits in this phase, of the drill's topic where it is held to one, and longer than one may: the list of what is in flight. */
  | { readonly waits: string }
  /** A record of the drill's topic with this verdict: the list of those found wrong. */
  | { readonly verdict: Fault }
  /** A line in the timeline. */
  | { readonly incident: IncidentKind }
  /** What the first line says. */
  | { readonly firstLine: 'failing' };

export interface Expectation {
  /** A span that failed, a phase that stalled, or why a trace was kept: told by the notable traces. */
  readonly span: Seen<string>;
  readonly metric: MetricSight;
  readonly console: ConsoleRow;
  /** Opened by it. */
  readonly incident: Seen<IncidentKind>;
  /** What may come with it and is no false alarm. */
  readonly alsoIncidents?: readonly IncidentKind[];
  /** Fires where a Prometheus is asked. */
  readonly alert: Seen<string>;
  readonly alsoAlerts?: readonly string[];
}

/** The names of which one has to be seen; none where nothing shows. */
export function namesOf<Name extends string>(seen: Seen<Name>): readonly Name[] {
  if (typeof seen === 'string') return [seen];
  return isUnseen(seen) ? [] : seen;
}

export const isUnseen = (seen: Seen<string>): seen is Unseen => typeof seen === 'object' && 'none' in seen;

/** Incidents that a drill may open. */
export const causedBy = (expected: Expectation | undefined): ReadonlySet<IncidentKind> =>
  new Set(expected === undefined ? [] : [...namesOf(expected.incident), ...(expected.alsoIncidents ?? [])]);

/** In words: `seaglass_stalls_total{phase="poll"}`, `seaglass_group_lag{group="a"} = 1 for 4 s`. */
export function metricInWords({ name, labels, stands }: MetricSight): string {
  const shown = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return `${name}${shown.length === 0 ? '' : `{${shown.join(',')}}`}${stands === undefined ? '' : ` = ${stands.at} for ${stands.forMs / 1_000} s`}`;
}

/** In words: `subscriber.init`, `verdict lost`, `incident event_loop_late`, `first line: failing`. */
export function rowInWords(row: ConsoleRow): string {
  if ('waits' in row) return row.waits;
  if ('verdict' in row) return `verdict ${row.verdict}`;
  return 'incident' in row ? `incident ${row.incident}` : `first line: ${row.firstLine}`;
}
