/**
 * Dashboards as data: panels of Grafana with what differs between them, laid out row by row. `$S` in a query stands for the selectors
 * of job and instance that every one has, `$R` for Grafana's range of a rate.
 */

/** A query and how its series are called; of a table, how the column of its values is. */
export type Query = readonly [expr: string, legend: string];

interface PanelBase {
  readonly title: string;
  readonly description: string;
  /** Columns of 24. */
  readonly width: number;
}
export interface QueryPanel extends PanelBase {
  readonly type: 'timeseries' | 'table' | 'stat' | 'state-timeline';
  /** One of Grafana's. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Its numbers are one of these words. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}
export interface AlertPanel extends PanelBase {
  readonly type: 'alertlist';
}
export type Panel = QueryPanel | AlertPanel;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

/**
 * How often it was counted in the range, by `labels`. A series that begins above 0, as all do whose labels clients bring, has no increase
 * for what it began with: where its gateway was scraped a range ago and it was not there, all of it is new.
 */
export const counted = (labels: string, counter: string): string =>
  `sum by (${labels}) (${counter} unless ${counter} offset $R and on (job, instance) seaglass_connections{$S} offset $R or increase(${counter}[$R]))`;

/** Stands for what is not there as long as the gateways are: 0, and the label says none. */
const NONE = ' or on() label_replace(0 * sum(seaglass_connections{$S}), ';
export const orNone = (expr: string, label: string): string => `${expr}${NONE}"${label}", "none", "", "")`;
/** The query without what stands for none; undefined where nothing does. */
export function withoutNone(expr: string): string | undefined {
  const at = expr.indexOf(NONE.slice(0, NONE.indexOf('{')));
  return at < 0 ? undefined : expr.slice(0, at);
}

const WIDTH = 8;

export const series = (title: string, unit: string, description: string, queries: readonly Query[]): QueryPanel => ({
  type: 'timeseries',
  title,
  unit,
  description,
  queries,
  width: WIDTH,
});

export const table = (title: string, unit: string, description: string, queries: readonly Query[]): QueryPanel => ({
  ...series(title, unit, description, queries),
  type: 'table',
  width: WIDTH * 1.5,
});

export const wide = <P extends Panel>(panel: P, width = WIDTH * 1.5): P => ({ ...panel, width });

/** One line of states in words. */
export const states = (
  title: string,
  description: string,
  queries: readonly Query[],
  words: NonNullable<QueryPanel['words']>,
): QueryPanel => ({ ...series(title, 'short', description, queries), type: 'state-timeline', words, width: 24 });
