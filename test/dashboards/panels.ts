/**
 * Dashboards as data: panels of Grafana with what differs between them, laid out row by row. `$S` in a query stands for the selectors
 * of job and instance that every one has, `$R` for Grafana's range of a rate.
 */

/** A query and how its series are called. */
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
