/**
 * Every alert with the trouble that it is for: which series tell of it, how long it must be silent, how soon it must fire, how soon after
 * the trouble it must be over, and what is too little of it. `scenarios.ts` makes promtool's tests of it; alerts.test.ts holds it complete.
 */
import { INCIDENT_KINDS, type IncidentKind } from '../../src/telemetry/incidents/incident-kinds';

/** One series in trouble and out of it. A counter's numbers are its steps from sample to sample; undefined: it is not there. */
export interface Signal {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly type: 'gauge' | 'counter';
  readonly calm: number | undefined;
  readonly bad: number;
}

/** Signals that are no trouble yet, or another's: it must not fire at any time. */
export interface Almost {
  readonly what: string;
  readonly signals: readonly Signal[];
  /** How long; as long as it takes to fire, and more, unless given. */
  readonly seconds?: number;
}

export interface AlertTrouble {
  readonly alert: string;
  readonly severity: 'page' | 'ticket';
  readonly signals: readonly Signal[];
  /** What the alert names, beside job and instance. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds from the first sample in trouble for which it must be silent, until it must fire, and from the last one until it must be over. */
  readonly quietS: number;
  readonly firesS: number;
  readonly overS: number;
  readonly almost: readonly Almost[];
  /** The label that names a topic, where one does. */
  readonly topicLabel?: 'topic' | 'target';
}

/** A page is told within 15 s: its incident takes 3 s, scrape and evaluation 2 s each, and Alertmanager one. */
const PAGE_S = 7;
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
  readonly quietS?: number;
  readonly firesS?: number;
  readonly overS?: number;
  readonly almost?: readonly Almost[];
  readonly topicLabel?: 'topic' | 'target';
  /** That the incident is about, where the alert names it. */
  readonly topic?: string;
}

/** One that is open in trouble only. */
const incident = (kind: IncidentKind, target: string, severity: 'page' | 'ticket', topic?: string): Signal =>
  gauge('seaglass_incident_open', { kind, target, ...(topic === undefined ? {} : { topic }), severity }, undefined, 1);

/** Every kind open at what the alert is about, but for those that its rule asks for. */
export function otherIncidents({ labels }: AlertTrouble, expr: string): readonly Signal[] {
  const { target = 'gateway', topic } = labels;
  const others = (Object.keys(INCIDENT_KINDS) as IncidentKind[]).filter((kind) => !expr.includes(kind));
  return others.map((kind) => ({ ...incident(kind, target, INCIDENT_KINDS[kind].severity, topic), calm: 1 }));
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
  const labels = { target, ...(topic === undefined ? {} : { topic }) };
  const signals = [incident(kind, target, severity, topic)];
  return { alert, severity, signals, labels, ...timesOf(rest) };
}

const timesOf = ({
  quietS = 0,
  firesS = quietS < 10 ? PAGE_S : quietS + 4,
  overS = 4,
  almost = [],
  ...rest
}: Times) => ({
  ...rest,
  ...{ quietS, firesS, overS, almost },
});

const TARGET = { target: '127.0.0.1:17777', role: 'broker' };
const TOPIC = { topicLabel: 'target' } as const;
const DISK = { directory: '/var/lib/seaglass' };
/** What waits for its cause to be told. */
const EFFECT: Times = { quietS: 4, overS: KEPT_S };

const failing = (error: string, errors: number, requests: number): readonly Signal[] => [
  counter('seaglass_request_errors_total', { api: 'Fetch', error }, 0, errors),
  counter('seaglass_request_duration_seconds_count', { api: 'Fetch', outcome: 'engine_error' }, 0, errors),
  counter('seaglass_request_duration_seconds_count', { api: 'Fetch', outcome: 'data' }, requests, requests - errors),
];
const overdue = (phase: string, seconds: number): Signal =>
  gauge('seaglass_inflight_oldest_overdue_seconds', { phase }, 0, seconds);
const stalls = (phase: string): Signal => counter('seaglass_stalls_total', { phase }, 0, 1);
const commits = (error: string): Signal => counter('seaglass_group_commits_total', { error }, 0, 1);

export const ALERTS: readonly AlertTrouble[] = [
  {
    alert: 'SeaglassGatewayDown',
    severity: 'page',
    signals: [gauge('up', {}, 1, 0)],
    labels: {},
    ...timesOf({
      ...{ quietS: 8, firesS: 8 },
      almost: [{ what: 'that another job is down', signals: [gauge('up', { job: 'billing' }, 1, 0)] }],
    }),
  },
  ofIncident('SeaglassEventLoopLate', 'event_loop_late', 'page', 'gateway', { overS: 34 }),
  ofIncident('SeaglassMachineStarved', 'machine_starved', 'ticket', 'cpu', {
    quietS: 360,
    almost: [{ what: 'of a moment', signals: [incident('machine_starved', 'cpu', 'ticket')], seconds: 304 }],
  }),
  ofIncident('SeaglassTelemetryDropped', 'telemetry_not_exported', 'ticket', 'traces', { quietS: 60 }),
  {
    alert: 'SeaglassAuditDropped',
    severity: 'ticket',
    signals: [counter('seaglass_audit_events_dropped_total', { output: 'file', reason: 'queue_full' }, 0, 10)],
    labels: { output: 'file' },
    ...timesOf({ quietS: 60, overS: 610 }),
  },
  {
    alert: 'SeaglassEngineDown',
    severity: 'page',
    signals: [gauge('seaglass_engine_up', TARGET, 1, 0), incident('engine_silent', TARGET.target, 'page')],
    labels: TARGET,
    ...timesOf({
      ...{ quietS: 4, overS: KEPT_S + 10 },
      almost: [
        {
          what: 'of a filer that answers errors',
          signals: [
            gauge('seaglass_engine_up', { ...TARGET, role: 'filer' }, 1, 1),
            incident('filer_failing', TARGET.target, 'page'),
          ],
        },
      ],
    }),
  },
  ofIncident('SeaglassBreakerOpen', 'breaker_open', 'ticket', '127.0.0.1:17777', { quietS: 60 }),
  ofIncident('SeaglassSilentWithData', 'engine_withholds_data', 'page', 'orders-0', EFFECT),
  ofIncident('SeaglassPublisherNotAcked', 'publisher_not_acked', 'page', '127.0.0.1:17777', EFFECT),
  ofIncident('SeaglassNotFlushing', 'engine_not_flushing', 'page', '127.0.0.1:17777', { overS: KEPT_S }),
  ofIncident('SeaglassFilerFailing', 'filer_failing', 'page', '127.0.0.1:18888', { ...EFFECT, quietS: 6, firesS: 6 }),
  ofIncident('SeaglassRecordsLost', 'engine_lost_records', 'page', 'orders-11', { overS: KEPT_S, topic: 'orders' }),
  // The engine tells of topics as a whole, whatever their names end with.
  ofIncident('SeaglassRecordsLost', 'engine_lost_records', 'page', 'orders-2024', {
    overS: KEPT_S,
    topic: 'orders-2024',
    ...TOPIC,
  }),
  ofIncident('SeaglassEngineContradicts', 'engine_contradicts_itself', 'ticket', 'orders', {
    topic: 'orders',
    ...TOPIC,
    almost: [
      {
        what: 'where records of the topic are lost',
        signals: [
          incident('engine_contradicts_itself', 'orders', 'ticket', 'orders'),
          incident('engine_lost_records', 'orders-1', 'page', 'orders'),
        ],
      },
    ],
  }),
  ofIncident('SeaglassDamagedRange', 'damaged_range', 'page', 'orders-0'),
  ofIncident('SeaglassDiskFull', 'disk_full', 'page', '/var/lib/seaglass', { overS: KEPT_S }),
  {
    alert: 'SeaglassDiskLow',
    severity: 'ticket',
    signals: [
      gauge('seaglass_disk_free_bytes', DISK, 50e9, 5e9),
      gauge('seaglass_disk_size_bytes', DISK, 100e9, 100e9),
    ],
    labels: DISK,
    ...timesOf({
      quietS: 60,
      almost: [
        {
          what: 'of a disk with an eighth left',
          signals: [
            gauge('seaglass_disk_free_bytes', DISK, 50e9, 12.5e9),
            gauge('seaglass_disk_size_bytes', DISK, 100e9, 100e9),
          ],
        },
      ],
    }),
  },
  {
    alert: 'SeaglassCertificateEnds',
    severity: 'ticket',
    // The clock of the scenarios begins at 0.
    signals: [gauge('seaglass_certificate_not_after_seconds', { listener: 'EXTERNAL' }, 90 * 86_400, 86_400)],
    labels: { listener: 'EXTERNAL' },
    ...timesOf({
      quietS: 60,
      almost: [
        {
          what: 'of a certificate that has fifteen days left',
          signals: [
            gauge('seaglass_certificate_not_after_seconds', { listener: 'EXTERNAL' }, 90 * 86_400, 15 * 86_400),
          ],
        },
      ],
    }),
  },
  ofIncident('SeaglassStorageError', 'disk_failing', 'page', '/var/lib/seaglass', { overS: KEPT_S }),
  {
    alert: 'SeaglassRequestErrors',
    severity: 'page',
    signals: failing('NOT_LEADER_OR_FOLLOWER', 2, 4),
    labels: { api: 'Fetch', error: 'NOT_LEADER_OR_FOLLOWER' },
    ...timesOf({
      ...{ quietS: 10, firesS: 30, overS: 34 },
      almost: [
        { what: 'when one request in twenty fails', signals: failing('NOT_LEADER_OR_FOLLOWER', 1, 20) },
        { what: 'below the floor of traffic', signals: failing('NOT_LEADER_OR_FOLLOWER', 0.3, 0.3) },
        { what: 'of a moment', signals: failing('NOT_LEADER_OR_FOLLOWER', 2, 200), seconds: 4 },
        { what: 'of what is a part of a rebalance', signals: failing('ILLEGAL_GENERATION', 2, 4) },
      ],
    }),
  },
  {
    alert: 'SeaglassOperationOverdue',
    severity: 'ticket',
    signals: [overdue('stream.recv', 6)],
    labels: { phase: 'stream.recv' },
    ...timesOf({
      quietS: 10,
      almost: [
        { what: 'four seconds past a budget', signals: [overdue('stream.recv', 4)] },
        { what: 'of a client that does not read', signals: [overdue('response.write', 60)] },
      ],
    }),
  },
  {
    alert: 'SeaglassStalls',
    severity: 'ticket',
    signals: [stalls('stream.recv')],
    labels: { phase: 'stream.recv' },
    ...timesOf({
      ...{ quietS: 70, firesS: 90, overS: 610 },
      almost: [
        { what: 'of eight in a row', signals: [stalls('stream.recv')], seconds: 16 },
        { what: 'of a client that does not read', signals: [stalls('response.write')] },
        {
          what: 'of an outage that is told',
          signals: [stalls('stream.recv'), incident('engine_silent', TARGET.target, 'page')],
        },
        {
          what: 'of records that are withheld',
          signals: [stalls('stateless.read'), incident('engine_withholds_data', 'orders-0', 'page')],
        },
      ],
    }),
  },
  ofIncident('SeaglassClientNotReading', 'client_not_reading', 'ticket', 'audit', {
    quietS: 10,
    almost: [
      {
        what: 'of a client that reads slowly',
        signals: [
          gauge('seaglass_client_unread_bytes', { client: 'audit', address: '10.0.0.7' }, undefined, 3_000_000),
        ],
      },
    ],
  }),
  ofIncident('SeaglassValuesLost', 'values_differ', 'page', 'orders', TOPIC),
  ofIncident('SeaglassUnexpectedEmptyValues', 'unexpected_empty', 'ticket', 'orders', TOPIC),
  ofIncident('SeaglassUnexpectedNullValues', 'unexpected_null', 'ticket', 'orders', TOPIC),
  ofIncident('SeaglassOffsetGaps', 'offset_gap', 'ticket', 'orders', TOPIC),
  ofIncident('SeaglassStuckOffset', 'offset_repeated', 'ticket', 'audit', {
    ...{ quietS: 60, topic: 'orders', topicLabel: 'topic' },
  }),
  {
    alert: 'SeaglassGroupsNotLoaded',
    severity: 'page',
    signals: [gauge('seaglass_groups_loaded', {}, 1, 0)],
    labels: {},
    ...timesOf({
      ...{ quietS: 8, firesS: 8 },
      almost: [
        {
          what: 'of a filer that keeps them from loading and is told',
          signals: [gauge('seaglass_groups_loaded', {}, 1, 0), incident('filer_failing', '127.0.0.1:18888', 'page')],
        },
      ],
    }),
  },
  ofIncident('SeaglassGroupStuck', 'group_stuck', 'ticket', 'billing', {
    almost: [
      {
        what: 'of a group that began 70 s ago and has committed nothing since',
        signals: [
          gauge('seaglass_group_members', { group: 'billing' }, undefined, 2),
          gauge('seaglass_group_lag', { group: 'billing', topic: 'orders', partition: '0' }, undefined, 5),
          gauge(
            'seaglass_group_committed_offset',
            { group: 'billing', topic: 'orders', partition: '0' },
            undefined,
            10,
          ),
          gauge('seaglass_group_lag_seconds', { group: 'billing', topic: 'orders', partition: '0' }, undefined, 4_000),
        ],
        seconds: 70,
      },
    ],
  }),
  ofIncident('SeaglassGroupNeverCommits', 'group_never_commits', 'ticket', 'billing'),
  ofIncident('SeaglassGhostMember', 'ghost_member', 'ticket', 'billing', { quietS: 10 }),
  ofIncident('SeaglassRebalanceStorm', 'rebalance_storm', 'ticket', 'billing'),
  {
    alert: 'SeaglassCommitsFail',
    severity: 'ticket',
    signals: [commits('COORDINATOR_NOT_AVAILABLE')],
    labels: { error: 'COORDINATOR_NOT_AVAILABLE' },
    ...timesOf({
      ...{ quietS: 60, firesS: 70, overS: 670 },
      almost: [
        { what: 'of what is a part of a rebalance', signals: [commits('REBALANCE_IN_PROGRESS')] },
        {
          what: 'of an outage that is told',
          signals: [commits('COORDINATOR_NOT_AVAILABLE'), incident('filer_failing', '127.0.0.1:18888', 'page')],
        },
      ],
    }),
  },
];
