/** What a metric instrument is declared by. */
export interface InstrumentDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  /** Series that are there at 0 before they are first counted: what only a fault counts is then an increase, and a panel of it is not empty. */
  readonly startsAt0?: readonly Readonly<Record<string, string>>[];
  /**
   * A gauge of things that come and go: its series are those that its readers name at a scrape, at most so many, and the rest add up in
   * one whose labels are all `_other`. What is named no more is gone, and makes room.
   */
  readonly namedMax?: number;
  /** Says something of one thing only: what comes past its label's cap has no series, for `_other` is many things. */
  readonly namedOnly?: boolean;
}

/** One label's values, each a series of its own. */
export const each = (label: string, ...values: readonly string[]): readonly Readonly<Record<string, string>>[] =>
  values.map((value) => ({ [label]: value }));
