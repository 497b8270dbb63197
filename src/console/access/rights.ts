/** What somebody may do at the console. */

/**
 * - `metrics`: scrape /metrics
 * - `view`: see all but contents of records
 * - `operate`: change what runs: trace targets, log level and trace mode, drills
 * - `contents`: see keys, values and header values, where console.contents shows them at all
 */
export const RIGHTS = ['metrics', 'view', 'operate', 'contents'] as const;
export type Right = (typeof RIGHTS)[number];
export type Rights = ReadonlySet<Right>;

export const ALL_RIGHTS: Rights = new Set(RIGHTS);

/** With what a right is of no use without: who operates or reads contents views, and who views sees what metrics tell. */
export function rightsWith(named: Iterable<Right>): Rights {
  const rights = new Set(named);
  if (rights.has('operate') || rights.has('contents')) rights.add('view');
  if (rights.has('view')) rights.add('metrics');
  return rights;
}

/** Who asks, once it is known. */
export interface Visitor {
  /** For logs and refusals: a user, or the setting whose token was shown. */
  readonly name: string;
  readonly rights: Rights;
}
