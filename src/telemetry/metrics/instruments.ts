/**
 * THE list of metric instruments: name, type, labels, help. Code that counts takes `Instruments`; the registry behind it
 * (prom-client for /metrics, OTLP push where asked for) is made of this one declaration in `metrics.ts`.
 */
import { AUDIT_INSTRUMENTS } from './audit-instruments';
import { GROUP_INSTRUMENTS } from './group-instruments';
import { each, type InstrumentDeclaration } from './instrument-declaration';
import { QUOTA_INSTRUMENTS } from './quota-instruments';
import { INCIDENT_KINDS } from '../incidents/incident-kinds';
import { REMOVAL_CAUSES } from './removal';

/** What the engine can contradict itself in. */
export const CONTRADICTIONS = [
  'answer_null',
  'append_interleaved',
  'high_watermark_back',
  'offset_reused',
  'offsets_forgotten',
  'record_lost',
  'stateless_read',
  'stream_offset',
  'stream_position',
  'unflushed_hole',
  'value_lost',
] as const;

/** Clients that do not read and have series of their own. */
const CLIENTS_NAMED_MAX = 100;
/** Incidents that have series of their own: as many as are open at a time. */
const INCIDENTS_NAMED_MAX = 1_000;
/** Engine targets that have series of their own. */
const TARGETS_NAMED_MAX = 200;
/** Numbers of clients about themselves that have series of their own. */
const CLIENT_METRICS_NAMED_MAX = 5_000;

export const INSTRUMENTS = {
  ...GROUP_INSTRUMENTS,
  ...AUDIT_INSTRUMENTS,
  ...QUOTA_INSTRUMENTS,
  seaglass_request_duration_seconds: {
    type: 'histogram',
    labels: ['api', 'outcome'],
    help: 'Kafka requests, from the whole frame read to the response written.',
  },
  seaglass_request_errors_total: {
    type: 'counter',
    labels: ['api', 'error'],
    help: 'Kafka requests that were answered with an error, by the first Kafka error of the answer.',
  },
  seaglass_denied_total: {
    type: 'counter',
    labels: ['api', 'operation', 'resource'],
    help: 'What clients asked for and were not allowed, by API, the operation that they lack, and the type of resource. Of a list each item counts.',
  },
  seaglass_acls: { type: 'gauge', labels: [], help: 'Access control entries that this gateway knows.' },
  seaglass_wait_seconds_total: {
    type: 'counter',
    labels: ['api', 'blame'],
    help: 'Where the time of Kafka requests went: client, gateway, engine, or idle where there was nothing to do.',
  },
  seaglass_phase_duration_seconds: {
    type: 'histogram',
    labels: ['phase', 'outcome'],
    help: 'Phases of requests and sessions that ended.',
  },
  seaglass_phase_started_total: {
    type: 'counter',
    labels: ['phase'],
    help: 'Phases started; started minus ended is in flight.',
  },
  seaglass_fetch_wait_overrun_seconds: {
    type: 'histogram',
    labels: ['data_available'],
    help: 'How much longer than its max.wait a fetch took.',
  },
  seaglass_inflight: { type: 'gauge', labels: ['phase'], help: 'Operations in flight.' },
  seaglass_inflight_oldest_age_seconds: {
    type: 'gauge',
    labels: ['phase'],
    help: 'Age of the oldest operation in flight.',
  },
  seaglass_inflight_oldest_overdue_seconds: {
    type: 'gauge',
    labels: ['phase'],
    help: 'Greatest age beyond its budget of an operation in flight.',
  },
  seaglass_stalls_total: { type: 'counter', labels: ['phase'], help: 'Stall spans exported for operations that hang.' },
  seaglass_record_values_total: {
    type: 'counter',
    labels: ['topic', 'kind', 'side'],
    help: 'Record values by kind (present, empty, null, control, mismatch) and side (engine, delivered).',
  },
  seaglass_value_bytes_total: { type: 'counter', labels: ['topic', 'side'], help: 'Bytes of record values by side.' },
  seaglass_empty_last_seen_timestamp_seconds: {
    type: 'gauge',
    labels: ['topic'],
    help: 'When a value of length 0 was last delivered.',
  },
  seaglass_topic_info: {
    type: 'gauge',
    namedOnly: true,
    labels: ['topic', 'cleanup_policy'],
    help: 'Always 1; joins topics to their cleanup policy.',
  },
  seaglass_topic_empty_values_allowed: {
    type: 'gauge',
    namedOnly: true,
    labels: ['topic'],
    help: '1 where seaglass.values.expected, or seaglass.empty.values, allows values of length 0.',
  },
  seaglass_unexpected_values_total: {
    type: 'counter',
    labels: ['topic', 'kind'],
    help: 'Nulls and values of length 0 (null, empty) delivered where seaglass.values.expected expects none.',
  },
  seaglass_value_verdicts_total: {
    type: 'counter',
    labels: ['topic', 'verdict'],
    help: 'Records by what the proof of their value says: match, unknown, and lost, truncated, altered, wrong_offset, which are not delivered.',
  },
  seaglass_value_proofs_dropped_total: {
    type: 'counter',
    labels: [],
    help: 'Proofs of values that were dropped because the filer of SeaweedMQ did not take them in time: such records are unknown.',
  },
  seaglass_offset_gaps_total: {
    type: 'counter',
    labels: ['topic'],
    help: 'Fetches whose first record was not the one asked for.',
  },
  seaglass_stuck_offsets: {
    type: 'gauge',
    labels: ['topic'],
    help: 'Offsets asked five times in a row with data there and no progress.',
  },
  seaglass_stream_frames_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'Frames received from the engine: data, ctrl, heartbeat, init, end.',
    startsAt0: each('kind', 'data', 'ctrl', 'heartbeat', 'init', 'end'),
  },
  seaglass_sessions: { type: 'gauge', labels: ['state'], help: 'Subscriber sessions by state.' },
  seaglass_session_events_total: {
    type: 'counter',
    labels: ['event'],
    help: 'Transitions and decisions of subscriber sessions.',
  },
  seaglass_engine_contradictions_total: {
    type: 'counter',
    labels: ['topic', 'kind'],
    help: 'Answers of the engine that contradict what it said elsewhere, by topic; none is delivered. Of each kind there is one series without a topic, at 0.',
    startsAt0: each('kind', ...CONTRADICTIONS),
  },
  seaglass_connections: { type: 'gauge', labels: [], help: 'Open Kafka connections.' },
  seaglass_connections_closed_total: {
    type: 'counter',
    labels: ['cause'],
    help: 'Kafka connections closed, by cause.',
  },
  seaglass_authentications_total: {
    type: 'counter',
    labels: ['mechanism', 'again'],
    help: 'Clients that signed in by SASL, and again on the same connection (KIP-368).',
  },
  seaglass_authentication_failures_total: {
    type: 'counter',
    labels: ['mechanism', 'reason'],
    help: 'Clients that were not let in by SASL, by the mechanism that they chose and why.',
  },
  seaglass_certificate_not_after_seconds: {
    type: 'gauge',
    labels: ['listener'],
    help: 'When the certificate of a listener ends, or one that the gateway shows (`to SeaweedFS`, `to the node`, `to the OTLP receiver`), seconds since the Unix epoch.',
  },
  seaglass_console_sign_ins_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Credentials shown to the console: sessions begun (accepted), wrong ones (refused), too many (limited).',
    startsAt0: each('outcome', 'accepted', 'refused', 'limited'),
  },
  seaglass_engine_channel_state: { type: 'gauge', labels: ['state'], help: 'gRPC channels by connectivity state.' },
  seaglass_engine_up: {
    type: 'gauge',
    labels: ['target', 'role'],
    help: '1 while the engine target answers, 0 while it is unreachable or silent.',
    namedMax: TARGETS_NAMED_MAX,
  },
  seaglass_engine_breakers_open: {
    type: 'gauge',
    labels: ['target', 'role'],
    help: 'Kinds of calls that the engine target is asked for once a second only, because five in a row failed.',
    namedMax: TARGETS_NAMED_MAX,
  },
  seaglass_disk_free_bytes: {
    type: 'gauge',
    labels: ['directory'],
    help: 'Bytes that are free on the disk of the embedded node.',
  },
  seaglass_disk_size_bytes: {
    type: 'gauge',
    labels: ['directory'],
    help: 'Bytes that the disk of the embedded node has, full or free.',
  },
  seaglass_damaged_ranges: {
    type: 'gauge',
    labels: ['directory'],
    help: 'Damaged ranges of logs that the embedded node found when it opened its data.',
  },
  seaglass_event_loop_late_max_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How late a timer came, the greatest within the last minute; a scrape does not reset it.',
  },
  seaglass_build_info: { type: 'gauge', labels: ['version', 'node'], help: 'Always 1; names versions.' },
  seaglass_frame_bytes_held: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of request frames that have arrived and are not yet answered.',
  },
  seaglass_client_unread_bytes: {
    type: 'gauge',
    labels: ['client', 'address'],
    help: 'Bytes of an answer that a client has not taken from its socket, where it has been written for longer than two seconds.',
    namedMax: CLIENTS_NAMED_MAX,
  },
  seaglass_client_bytes: {
    type: 'gauge',
    labels: ['client', 'address'],
    help: 'Bytes to and from the clients that have moved most, over the connections that they have open now.',
    namedMax: CLIENTS_NAMED_MAX,
  },
  seaglass_response_bytes_held: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of responses not yet taken by their sockets.',
  },
  seaglass_produced_bytes_total: { type: 'counter', labels: ['topic'], help: 'Bytes of record batches appended.' },
  seaglass_fetched_bytes_total: {
    type: 'counter',
    labels: ['topic'],
    help: 'Bytes of record batches returned to fetches.',
  },
  seaglass_records_removed_total: {
    type: 'counter',
    labels: ['cause'],
    help: 'Records that can be read no more, by what removed them.',
    startsAt0: each('cause', ...REMOVAL_CAUSES),
  },
  seaglass_removed_bytes_total: {
    type: 'counter',
    labels: ['cause'],
    help: 'Bytes that the storage has free again, by what removed the records.',
    startsAt0: each('cause', ...REMOVAL_CAUSES),
  },
  seaglass_log_start_offset: {
    type: 'gauge',
    labels: ['topic'],
    help: 'Where the log of a topic begins: the log starts of its partitions, added up; topics whose logs begin at 0 are left out.',
  },
  seaglass_traces_total: { type: 'counter', labels: ['keep_reason'], help: 'Traces kept, by reason, and dropped.' },
  seaglass_telemetry_dropped_total: {
    type: 'counter',
    labels: ['signal', 'reason'],
    help: 'Spans, metrics and logs that could not be exported.',
    startsAt0: [
      { signal: 'traces', reason: 'queue_full' },
      { signal: 'logs', reason: 'queue_full' },
      { signal: 'logs', reason: 'slow_reader' },
      { signal: 'logs', reason: 'suppressed' },
    ],
  },
  seaglass_client_metric: {
    type: 'gauge',
    labels: ['client_instance_id', 'client_id', 'metric', 'topic', 'partition', 'node'],
    help: 'What clients say of themselves (KIP-714), as last pushed; sums since the start of the client.',
    namedMax: CLIENT_METRICS_NAMED_MAX,
  },
  seaglass_client_instances: {
    type: 'gauge',
    labels: [],
    help: 'Clients that asked what to tell of themselves, or told, within three intervals.',
  },
  seaglass_client_telemetry_pushes_total: {
    type: 'counter',
    labels: ['error'],
    help: 'Pushes of what clients say of themselves, by Kafka error.',
    startsAt0: each('error', 'NONE'),
  },
  seaglass_incident_open: {
    type: 'gauge',
    labels: ['kind', 'target', 'topic', 'severity'],
    help: 'Incidents that are open now, each 1.',
    namedMax: INCIDENTS_NAMED_MAX,
  },
  seaglass_incidents_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'Incidents that were opened, by kind.',
    startsAt0: each('kind', ...Object.keys(INCIDENT_KINDS)),
  },
  seaglass_drill_active: {
    type: 'gauge',
    labels: ['drill'],
    help: '1 while a drill makes this gateway fail on purpose; no series where it was not started for drills.',
  },
  seaglass_drill_fired_total: {
    type: 'counter',
    labels: ['drill'],
    help: 'How often the faults of a drill struck.',
  },
  seaglass_drill_result: {
    type: 'gauge',
    labels: ['drill'],
    help: '1 where the last run of a drill was seen everywhere that it had to be and nowhere else, 0 where not.',
  },
  rpc_client_call_duration_seconds: {
    type: 'histogram',
    labels: ['rpc_method', 'rpc_status_code'],
    help: 'gRPC calls to the engine; streams count when they end.',
  },
  messaging_client_operation_duration_seconds: {
    type: 'histogram',
    labels: ['messaging_operation_name', 'error_type'],
    help: 'Receives and sends towards the engine.',
  },
} as const satisfies Readonly<Record<string, InstrumentDeclaration>>;

export type InstrumentName = keyof typeof INSTRUMENTS;
export type LabelsOf<N extends InstrumentName> = Readonly<Record<(typeof INSTRUMENTS)[N]['labels'][number], string>>;
type NameOfType<T> = { [N in InstrumentName]: (typeof INSTRUMENTS)[N]['type'] extends T ? N : never }[InstrumentName];
export type CounterName = NameOfType<'counter'>;
export type GaugeName = NameOfType<'gauge'>;
export type HistogramName = NameOfType<'histogram'>;

/** The trace an exemplar points at; attached only where the trace is certain to be exported. */
export interface ExemplarSource {
  readonly traceId: string;
  readonly spanId: string;
  readonly kept: boolean;
  /** Runs the action once the trace is kept, and never where it is dropped: most are decided after they were counted. */
  whenKept?(action: () => void): void;
}

/** Counting. Label values that come from clients (topics) are capped in number here: past the cap they become `_other`. */
export interface Instruments {
  add<N extends CounterName>(name: N, labels: LabelsOf<N>, value?: number, exemplar?: ExemplarSource): void;
  set<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Asked at each scrape, so that a gauge costs nothing in between. */
  observe<N extends GaugeName>(name: N, read: () => Iterable<readonly [LabelsOf<N>, number]>): void;
  record<N extends HistogramName>(name: N, labels: LabelsOf<N>, value: number, exemplar?: ExemplarSource): void;
  /** The topic is in trouble: past the cap it takes the place of one that is not. */
  topicInTrouble(topic: string): void;
  /** The topic is in trouble no more. */
  topicCalm(topic: string): void;
  /** The topic is no more: its series end. */
  topicEnded(topic: string): void;
  /** Told of each topic that has series of its own from now on, before its first one is there. */
  whenTopicNamed(listener: (topic: string) => void): void;
  /** Told of each topic that ended. */
  whenTopicEnds(listener: (topic: string) => void): void;
}
