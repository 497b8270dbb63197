/** One picture of `seaglass top`: lines of text that fit a screen, made from /api/live. */
import { z } from 'zod';

const ROW = z.object({
  path: z.string(),
  place: z.string(),
  client: z.string(),
  group: z.string(),
  ageMs: z.number(),
  overdueMs: z.number(),
  traceId: z.string(),
});

/** Of /api/live what is shown. */
export const LIVE = z.object({
  atMs: z.number(),
  summary: z.object({
    state: z.string(),
    sinceMs: z.number(),
    target: z.string(),
    told: z.string(),
    about: z.object({ version: z.string() }),
  }),
  activity: z.object({
    requestsPerSecond: z.number(),
    producedBytesPerSecond: z.number(),
    fetchedBytesPerSecond: z.number(),
    connections: z.number(),
  }),
  inflight: z.object({
    total: z.number(),
    waiting: z.number(),
    overdue: z.number(),
    groups: z.array(z.object({ blame: z.string(), what: z.string(), waiting: z.number(), rows: z.array(ROW) })),
  }),
  incidents: z.object({
    current: z.array(z.object({ kind: z.string(), sinceMs: z.number(), sentence: z.string() })),
    more: z.number(),
  }),
});
type Live = z.infer<typeof LIVE>;

export interface Screen {
  readonly console: string;
  readonly columns: number;
  readonly rows: number;
}

const COLUMNS = ['AGE', 'OVERDUE', 'WAITS FOR', 'IN', 'PLACE', 'CLIENT', 'GROUP', 'TRACE'];
const INCIDENTS_MAX = 8;

/** At most as many lines as the screen has rows, none longer than it is wide. */
export function topPicture(live: Live, screen: Screen): readonly string[] {
  const incidents = live.incidents.current;
  const more = Math.max(0, incidents.length - INCIDENTS_MAX) + live.incidents.more;
  const head = [
    ...headLines(live, screen.console),
    ...incidents.slice(0, INCIDENTS_MAX).map(({ kind, sentence }) => `! ${kind}: ${sentence}`),
    ...(more > 0 ? [`! and ${more} more incidents`] : []),
    '',
  ];
  const room = Math.max(1, screen.rows - head.length - 2);
  const table = aligned([COLUMNS, ...rowsOf(live).slice(0, room)]);
  return [...head, ...table].map((line) => line.slice(0, screen.columns)).slice(0, screen.rows);
}

function headLines({ atMs, summary, activity, inflight }: Live, console: string): string[] {
  const { state, sinceMs, target, told, about } = summary;
  const { requestsPerSecond, producedBytesPerSecond, fetchedBytesPerSecond, connections } = activity;
  return [
    `seaglass ${about.version} at ${console}  ${new Date(atMs).toISOString()}`,
    `${state} for ${age(atMs - sinceMs)}: ${target}${told === '' ? '' : `; ${told}`}`,
    `${requestsPerSecond.toFixed(0)} requests/s, produced ${size(producedBytesPerSecond)}/s, fetched ${size(fetchedBytesPerSecond)}/s, ` +
      `${connections} connections, ${inflight.total} in flight, ${inflight.waiting} waiting, ${inflight.overdue} overdue`,
  ];
}

/** The most overdue first, then the oldest. */
function rowsOf({ inflight }: Live): string[][] {
  const rows = inflight.groups.flatMap(({ blame, what, rows: waiting }) =>
    waiting.map((row) => ({ ...row, blame, what })),
  );
  rows.sort((a, b) => Math.max(0, b.overdueMs) - Math.max(0, a.overdueMs) || b.ageMs - a.ageMs);
  return rows.map(({ ageMs, overdueMs, blame, what, place, client, group, traceId }) => [
    age(ageMs),
    overdueMs > 0 ? age(overdueMs) : '-',
    blame,
    what,
    ...[place, client, group, traceId].map((text) => (text === '' ? '-' : text)),
  ]);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function age(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 100) return `${seconds.toFixed(1)}s`;
  return seconds < 6_000 ? `${Math.round(seconds / 60)}m` : `${Math.round(seconds / 3_600)}h`;
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes.toFixed(0)} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
