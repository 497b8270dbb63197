/**
 * Every alert with the trouble that it is for: which series tell of it, how soon it must fire, how soon after the trouble it must be over.
 * `scenarios.ts` makes promtool's tests of it; alerts.test.ts holds it complete.
 */
import type { IncidentKind } from '../../src/telemetry/incidents/incident-kinds';

/** One series in trouble and out of it. A counter's numbers are its steps from sample to sample; undefined: it is not there. */
export interface Signal {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: 'gauge' | 'counter';
  readonly calm: number | undefined;
  readonly bad: number;
}

export interface AlertTrouble {
  readonly alert: string;
  readonly severity: 'page' | 'ticket';
  readonly signals: readonly Signal[];
  /** What the alert names, beside job and instance. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds from the first sample in trouble until it must fire, and from the last one until it must be over. */
  readonly firesS: number;
  readonly overS: number;
  /** The label that names a topic, where one does. */
  readonly topicLabel?: 'topic' | 'target';
}

/** A page must be there within 15 s of its metrics; scrapes and evaluations are 2 s apart. */
const PAGE_S = 14;
/** What a cause stays for, so that it covers what it caused. */
const KEPT_S = 44;

const gauge = (
  name: string,
  labels: Readonly<Record<string, string>>,
  calm: number | undefined,
  bad: number,
): Signal => ({
  name,
  labels,
  type: 'gauge',
  calm,
  bad,
});
const counter = (name: string, labels: Readonly<Record<string, string>>, calm: number, bad: number): Signal => ({
  name,
  labels,
  type: 'counter',
  calm,
  bad,
});

interface Times {
  readonly firesS?: number;
  readonly overS?: number;
  readonly topicLabel?: 'target';
  /** That the incident is about, where the alert names it. */
  readonly topic?: string;
}

/** An alert that says what an incident says. */
function ofIncident(
  alert: string,
  kind: IncidentKind,
  severity: 'page' | 'ticket',
  target: string,
  times: Times = {},
): AlertTrouble {
  const { topic, ...rest } = times;
  const named = topic === undefined ? {} : { topic };
  const signals = [gauge('seaglass_incident_open', { kind, target, ...named, severity }, undefined, 1)];
  return { alert, severity, signals, labels: { target, ...named }, firesS: PAGE_S, overS: 4, ...rest };
}

const TARGET = { target: '127.0.0.1:17777', role: 'broker' };
const TOPIC = { topicLabel: 'target' } as const;

export const ALERTS: readonly AlertTrouble[] = [
  {
    alert: 'SeaglassGatewayDown',
    severity: 'page',
    signals: [gauge('up', {}, 1, 0)],
    labels: {},
    firesS: PAGE_S,
    overS: 4,
  },
  ofIncident('SeaglassEventLoopLate', 'event_loop_late', 'page', 'gateway', { overS: 34 }),
  ofIncident('SeaglassMachineStarved', 'machine_starved', 'ticket', 'cpu', { firesS: 34 }),
  {
    alert: 'SeaglassTelemetryDropped',
    severity: 'ticket',
    signals: [counter('seaglass_telemetry_dropped_total', { signal: 'traces', reason: 'queue_full' }, 0, 10)],
    labels: { signal: 'traces' },
    firesS: 310,
    overS: 610,
  },
  {
    alert: 'SeaglassAuditDropped',
    severity: 'ticket',
    signals: [counter('seaglass_audit_events_dropped_total', { output: 'file', reason: 'queue_full' }, 0, 10)],
    labels: { output: 'file' },
    firesS: 64,
    overS: 610,
  },
  {
    alert: 'SeaglassEngineDown',
    severity: 'page',
    signals: [gauge('seaglass_engine_up', TARGET, 1, 0)],
    labels: TARGET,
    firesS: 8,
    overS: KEPT_S + 10,
  },
  {
    alert: 'SeaglassBreakerOpen',
    severity: 'ticket',
    signals: [gauge('seaglass_engine_breakers_open', TARGET, 0, 1)],
    labels: TARGET,
    firesS: 64,
    overS: 4,
  },
  ofIncident('SeaglassSilentWithData', 'engine_withholds_data', 'page', 'orders-0', { overS: KEPT_S }),
  ofIncident('SeaglassPublisherNotAcked', 'publisher_not_acked', 'page', '127.0.0.1:17777', { overS: KEPT_S }),
  ofIncident('SeaglassFilerFailing', 'filer_failing', 'page', '127.0.0.1:18888', { overS: KEPT_S }),
  ofIncident('SeaglassRecordsLost', 'engine_lost_records', 'page', 'orders-11', { overS: KEPT_S, topic: 'orders' }),
  // The engine tells of topics as a whole, whatever their names end with.
  ofIncident('SeaglassRecordsLost', 'engine_lost_records', 'page', 'orders-2024', {
    overS: KEPT_S,
    topic: 'orders-2024',
    ...TOPIC,
  }),
  ofIncident('SeaglassDamagedRange', 'damaged_range', 'page', 'orders-0'),
  ofIncident('SeaglassDiskFull', 'disk_full', 'page', '/var/lib/seaglass', { overS: KEPT_S }),
  {
    alert: 'SeaglassDiskLow',
    severity: 'ticket',
    signals: [
      gauge('seaglass_disk_free_bytes', { directory: '/var/lib/seaglass' }, 50e9, 5e9),
      gauge('seaglass_disk_size_bytes', { directory: '/var/lib/seaglass' }, 100e9, 100e9),
    ],
    labels: { directory: '/var/lib/seaglass' },
    firesS: 64,
    overS: 4,
  },
  {
    alert: 'SeaglassCertificateEnds',
    severity: 'ticket',
    // The clock of the scenarios begins at 0.
    signals: [gauge('seaglass_certificate_not_after_seconds', { listener: 'EXTERNAL' }, 90 * 86_400, 86_400)],
    labels: { listener: 'EXTERNAL' },
    firesS: 64,
    overS: 4,
  },
  ofIncident('SeaglassStorageError', 'disk_failing', 'page', '/var/lib/seaglass', { overS: KEPT_S }),
  {
    alert: 'SeaglassRequestErrors',
    severity: 'page',
    signals: [
      counter('seaglass_request_errors_total', { api: 'Fetch', error: 'NOT_LEADER_OR_FOLLOWER' }, 0, 2),
      counter('seaglass_request_duration_seconds_count', { api: 'Fetch', outcome: 'engine_error' }, 0, 2),
      counter('seaglass_request_duration_seconds_count', { api: 'Fetch', outcome: 'data' }, 4, 2),
    ],
    labels: { api: 'Fetch' },
    firesS: 30,
    overS: 34,
  },
  {
    alert: 'SeaglassOperationOverdue',
    severity: 'page',
    signals: [gauge('seaglass_inflight_oldest_overdue_seconds', { phase: 'stream.recv' }, 0, 6)],
    labels: { phase: 'stream.recv' },
    firesS: PAGE_S,
    overS: 4,
  },
  {
    alert: 'SeaglassStalls',
    severity: 'ticket',
    signals: [counter('seaglass_stalls_total', { phase: 'stream.recv' }, 0, 1)],
    labels: { phase: 'stream.recv' },
    firesS: 90,
    overS: 610,
  },
  {
    alert: 'SeaglassClientNotReading',
    severity: 'ticket',
    signals: [gauge('seaglass_client_unread_bytes', { client: 'audit', address: '10.0.0.7' }, undefined, 3_000_000)],
    labels: { client: 'audit', address: '10.0.0.7' },
    firesS: PAGE_S,
    overS: 4,
  },
  ofIncident('SeaglassValuesLost', 'values_differ', 'page', 'orders', TOPIC),
  ofIncident('SeaglassUnexpectedEmptyValues', 'unexpected_empty', 'ticket', 'orders', TOPIC),
  ofIncident('SeaglassUnexpectedNullValues', 'unexpected_null', 'ticket', 'orders', TOPIC),
  ofIncident('SeaglassOffsetGaps', 'offset_gap', 'ticket', 'orders', TOPIC),
  {
    alert: 'SeaglassStuckOffset',
    severity: 'ticket',
    signals: [gauge('seaglass_stuck_offsets', { topic: 'orders' }, 0, 1)],
    labels: { topic: 'orders' },
    firesS: 64,
    overS: 4,
    topicLabel: 'topic',
  },
  {
    alert: 'SeaglassGroupsNotLoaded',
    severity: 'page',
    signals: [gauge('seaglass_groups_loaded', {}, 1, 0)],
    labels: {},
    firesS: 64,
    overS: 4,
  },
  {
    alert: 'SeaglassGroupStuck',
    severity: 'ticket',
    signals: [
      gauge('seaglass_group_lag', { group: 'billing', topic: 'orders', partition: '0' }, 0, 5),
      // It is told from the first unread record on, so that it grows: as good as a counter that begins anew when all is read.
      counter('seaglass_group_lag_seconds', { group: 'billing', topic: 'orders', partition: '0' }, 0, 2),
      gauge('seaglass_group_committed_offset', { group: 'billing', topic: 'orders', partition: '0' }, 10, 10),
      gauge('seaglass_group_members', { group: 'billing' }, 2, 2),
    ],
    labels: { group: 'billing', topic: 'orders' },
    firesS: 964,
    overS: 4,
  },
  ofIncident('SeaglassGroupNeverCommits', 'group_never_commits', 'ticket', 'billing'),
  ofIncident('SeaglassGhostMember', 'ghost_member', 'ticket', 'billing'),
  ofIncident('SeaglassRebalanceStorm', 'rebalance_storm', 'ticket', 'billing'),
  {
    alert: 'SeaglassCommitsFail',
    severity: 'ticket',
    signals: [counter('seaglass_group_commits_total', { error: 'COORDINATOR_NOT_AVAILABLE' }, 0, 1)],
    labels: { error: 'COORDINATOR_NOT_AVAILABLE' },
    firesS: 70,
    overS: 670,
  },
];
