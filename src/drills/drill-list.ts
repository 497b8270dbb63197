/**
 * THE list of drills: what is made to go wrong, by which traffic it shows, and what must then be seen, or that nothing may be. Command
 * line, console, tests and `otel/casebook.md` read it.
 */
import type { Fault } from '../audit/verdict';
import type { InstrumentName } from '../telemetry/metrics/instruments';
import type { Expectation, MetricSight } from './expectation';
import { type FaultDeclaration, TOPICLESS_EFFECTS, type ValueDamage } from './fault';

/** What a drill's own clients do; `drills/run/traffic.ts` has each. */
export type Traffic =
  | 'stream'
  | 'produce'
  | 'read_values'
  | 'read_while_written'
  | 'read_later'
  | 'ask_end'
  | 'follow'
  | 'commit'
  | 'not_read'
  | 'tombstones'
  | 'young_group'
  | 'many_topics';

/** What another engine makes of a drill; the rest is the same. */
export interface OtherStory {
  readonly what?: string;
  readonly faults?: readonly FaultDeclaration[];
  readonly traffic?: Traffic;
  readonly expects: Expectation;
}

export interface DrillDeclaration {
  /** What happens, in one sentence. */
  readonly what: string;
  readonly faults: readonly FaultDeclaration[];
  readonly traffic: Traffic;
  /** What must be seen; `calm`: nothing may be. */
  readonly expects: Expectation | 'calm';
  /** Strikes only where the engine is asked: what the gateway holds of the topic is given up as it begins. */
  readonly asksAnew?: boolean;
  /** Seen by a group of its own, and therefore in a topic of its own only. */
  readonly ownTopic?: boolean;
  /** The gateway is restarted between what its clients prepare and what they do then. */
  readonly restarts?: boolean;
  /** Before SeaweedMQ, where that is another story: what is otherwise there or, in words, why there is nothing to strike. */
  readonly seaweedmq?: OtherStory | string;
}

export type DrilledEngine = 'embedded' | 'seaweedmq';

const on = (name: InstrumentName, labels: MetricSight['labels'], stands?: MetricSight['stands']): MetricSight => ({
  name,
  labels,
  ...(stands === undefined ? {} : { stands }),
});

/** The consumer group of drills' own clients. */
export const DRILL_GROUP = 'seaglass-drill';

const NOBODY_ASKED =
  'the node leads all its partitions and nobody is asked who does: there is no target to be silent, and the wait is imitated';

/** Whatever the damage: the record is refused or repaired, and told as what became of it. */
const valueDrill = (what: string, effect: ValueDamage, verdict: Fault): DrillDeclaration => ({
  what,
  faults: [{ effect }],
  asksAnew: true,
  traffic: 'read_values',
  expects: {
    span: 'wrong_value',
    metric: on('seaglass_value_verdicts_total', { verdict }),
    console: { verdict },
    incident: 'engine_lost_records',
    alert: 'SeaglassRecordsLost',
    alsoAlerts: ['SeaglassRequestErrors'],
  },
});

export const DRILLS = {
  'init-delay': {
    what: 'The engine takes a subscriber’s stream and answers its init late.',
    faults: [{ effect: 'delay_init', delayMs: 35_000 }],
    asksAnew: true,
    traffic: 'read_values',
    expects: {
      span: 'subscriber.init',
      metric: on('seaglass_stalls_total', { phase: 'subscriber.init' }),
      console: { waits: 'subscriber.init' },
      incident: 'engine_withholds_data',
      alert: 'SeaglassSilentWithData',
      alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors'],
    },
    seaweedmq:
      'its broker answers no init, late or in time, and nobody waits for one: records are read from its log, and a stream only tells that there are new ones',
  },
  'hang-recv': {
    what: 'The engine has records and its subscriber stream brings none; before SeaweedMQ, reads of its log.',
    faults: [{ effect: 'hang_recv' }],
    traffic: 'read_while_written',
    expects: {
      span: 'stream.recv',
      metric: on('seaglass_session_events_total', { event: 'stalled' }),
      console: { waits: 'stream.recv' },
      incident: 'engine_withholds_data',
      alert: 'SeaglassSilentWithData',
    },
    seaweedmq: {
      expects: {
        span: 'stateless.read',
        metric: on('seaglass_stalls_total', { phase: 'stateless.read' }),
        console: { waits: 'stateless.read' },
        incident: 'engine_withholds_data',
        alert: 'SeaglassSilentWithData',
        alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors'],
      },
    },
  },
  'withhold-newest': {
    what: 'The engine keeps its newest record to itself until another one is written, by its stream and by reads.',
    faults: [{ effect: 'withhold_newest' }],
    traffic: 'follow',
    ownTopic: true,
    expects: {
      span: 'stateless.read',
      // Behind each record that is written it stands so for a moment, where all is well.
      metric: on('seaglass_group_lag', { group: DRILL_GROUP }, { at: 1, forMs: 4_000 }),
      console: { waits: 'stateless.read' },
      incident: 'engine_withholds_data',
      alert: 'SeaglassSilentWithData',
      alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors'],
    },
  },
  'lookup-hang': {
    what: 'The engine does not say who leads a partition.',
    faults: [{ effect: 'hang_lookup' }],
    asksAnew: true,
    traffic: 'produce',
    expects: {
      span: 'partition.assignment',
      metric: on('seaglass_stalls_total', { phase: 'partition.assignment' }),
      console: { waits: 'partition.assignment' },
      incident: { none: NOBODY_ASKED },
      alert: { none: NOBODY_ASKED },
      alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors'],
    },
    seaweedmq: {
      faults: [{ effect: 'hang_call', match: { method: 'LookupTopicBrokers' } }],
      expects: {
        span: 'partition.assignment',
        metric: on('seaglass_stalls_total', { phase: 'partition.assignment' }),
        console: { waits: 'partition.assignment' },
        incident: 'engine_silent',
        alsoIncidents: ['breaker_open'],
        alert: 'SeaglassEngineDown',
        alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors', 'SeaglassBreakerOpen'],
      },
    },
  },
  'slow-publish-ack': {
    what: 'The engine takes appends and acks them late.',
    faults: [{ effect: 'delay_ack', delayMs: 8_000 }],
    traffic: 'produce',
    expects: {
      span: 'publish.ack',
      metric: on('seaglass_stalls_total', { phase: 'publish.ack' }),
      console: { waits: 'publish.ack' },
      incident: 'publisher_not_acked',
      alsoIncidents: ['engine_silent'],
      alert: 'SeaglassPublisherNotAcked',
      alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors'],
    },
  },
  'engine-down': {
    what: 'The engine refuses connections, and those that stood break.',
    faults: [{ effect: 'refuse_connections' }],
    traffic: 'stream',
    expects: {
      span: 'engine.connect',
      metric: on('seaglass_incidents_total', { kind: 'engine_unreachable' }),
      console: { firstLine: 'failing' },
      incident: 'engine_unreachable',
      alert: 'SeaglassEngineDown',
      alsoAlerts: ['SeaglassRequestErrors'],
    },
  },
  'filer-hang': {
    what: 'The filer takes calls and answers none.',
    faults: [{ effect: 'hang_call', match: { method: 'Filer' } }],
    traffic: 'commit',
    expects: {
      span: 'filer.call',
      metric: on('seaglass_stalls_total', { phase: 'filer.call' }),
      console: { waits: 'filer.call' },
      // Of a target that is asked for nothing else it is the target that is silent.
      incident: ['engine_silent', 'filer_failing'],
      alert: ['SeaglassEngineDown', 'SeaglassFilerFailing'],
      alsoAlerts: ['SeaglassOperationOverdue', 'SeaglassRequestErrors'],
    },
  },
  'stale-session': {
    what: 'A subscriber stream stands at another offset than was asked, and brings its neighbours’ records.',
    faults: [{ effect: 'shift_offsets' }],
    traffic: 'read_later',
    expects: {
      span: 'subscriber session',
      metric: on('seaglass_engine_contradictions_total', { kind: 'stream_offset' }),
      console: { incident: 'engine_contradicts_itself' },
      incident: 'engine_contradicts_itself',
      alert: 'SeaglassEngineContradicts',
    },
    seaweedmq:
      'no stream is kept for another reader, and no record is taken from one by its place: each is read from the log by its offset',
  },
  'null-answer': {
    what: 'The engine answers a reader with a null: neither records, be they none, nor an error.',
    faults: [{ effect: 'null_answer' }],
    asksAnew: true,
    traffic: 'read_values',
    expects: {
      span: 'subscriber.init',
      metric: on('seaglass_engine_contradictions_total', { kind: 'answer_null' }),
      console: { incident: 'engine_contradicts_itself' },
      incident: 'engine_contradicts_itself',
      alert: 'SeaglassEngineContradicts',
      alsoAlerts: ['SeaglassRequestErrors'],
    },
    seaweedmq:
      'its answers are lists and streams of records: where there are none they are empty, and a frame that holds nothing is passed over',
  },
  'zero-end': {
    what: 'The engine answers 0 for the end of a log of which it has acked records.',
    faults: [{ effect: 'zero_end' }],
    traffic: 'ask_end',
    expects: {
      span: 'contradiction',
      metric: on('seaglass_engine_contradictions_total', { kind: 'high_watermark_back' }),
      console: { incident: 'engine_contradicts_itself' },
      incident: 'engine_contradicts_itself',
      alert: 'SeaglassEngineContradicts',
    },
  },
  'drop-value': valueDrill('A stored value is gone: the record comes with a null in its place.', 'drop_value', 'lost'),
  'truncate-value': valueDrill('A stored value is cut to a quarter of its length.', 'truncate_value', 'truncated'),
  'flip-bit': valueDrill('One bit of a stored value is another.', 'flip_bit', 'altered'),
  'mid-batch-empty': valueDrill('A record in the middle of a batch comes with an empty value.', 'empty_value', 'lost'),
  'disk-full': {
    what: 'The disk of the embedded node has no room for another record.',
    faults: [{ effect: 'fill_disk' }],
    traffic: 'produce',
    expects: {
      span: 'send',
      metric: on('seaglass_request_errors_total', { api: 'Produce', error: 'KAFKA_STORAGE_ERROR' }),
      console: { firstLine: 'failing' },
      incident: 'disk_full',
      alsoIncidents: ['disk_failing', 'filer_failing'],
      alert: 'SeaglassDiskFull',
      alsoAlerts: ['SeaglassStorageError', 'SeaglassFilerFailing', 'SeaglassRequestErrors'],
    },
    seaweedmq: {
      what: 'The disk of SeaweedFS is full: its filer takes no entry.',
      faults: [{ effect: 'refuse_entries' }],
      traffic: 'commit',
      expects: {
        span: 'filer.call',
        metric: on('seaglass_request_errors_total', { api: 'OffsetCommit', error: 'COORDINATOR_NOT_AVAILABLE' }),
        console: { firstLine: 'failing' },
        incident: 'filer_failing',
        alert: 'SeaglassFilerFailing',
        alsoAlerts: ['SeaglassRequestErrors'],
      },
    },
  },
  'lazy-client': {
    what: 'A client asks for much and takes none of it from its socket.',
    faults: [],
    traffic: 'not_read',
    expects: {
      span: 'response.write',
      metric: on('seaglass_stalls_total', { phase: 'response.write' }),
      console: { waits: 'response.write' },
      incident: 'client_not_reading',
      alert: 'SeaglassClientNotReading',
    },
  },
  'blocked-loop': {
    what: 'The gateway’s own event loop stands still.',
    faults: [{ effect: 'block_loop', count: 1, delayMs: 3_000 }],
    traffic: 'stream',
    expects: {
      span: { none: 'whatever waited then waited for the gateway, and no phase is blamed for it' },
      metric: on('seaglass_incidents_total', { kind: 'event_loop_late' }),
      console: { incident: 'event_loop_late' },
      incident: 'event_loop_late',
      alsoIncidents: ['machine_starved'],
      alert: 'SeaglassEventLoopLate',
      alsoAlerts: ['SeaglassOperationOverdue'],
    },
  },
  'restart-with-tombstones': {
    what: 'The gateway is restarted, and a compacted topic has tombstones from before and from after.',
    faults: [],
    traffic: 'tombstones',
    expects: 'calm',
    restarts: true,
  },
  'young-group': {
    what: 'A group that has just begun reads and has committed nothing yet.',
    faults: [],
    traffic: 'young_group',
    expects: 'calm',
  },
  '201st-topic': {
    what: 'There are more topics than metrics have names for, and those past the cap have tombstones and empty values that are theirs to have.',
    faults: [],
    traffic: 'many_topics',
    expects: 'calm',
  },
} as const satisfies Readonly<Record<string, DrillDeclaration>>;

export type DrillName = keyof typeof DRILLS;

export const DRILL_NAMES = Object.keys(DRILLS) as readonly DrillName[];

/** As it is before this engine. */
export function drillOf(name: DrillName, engine: DrilledEngine = 'embedded'): DrillDeclaration {
  const declared: DrillDeclaration = DRILLS[name];
  const { seaweedmq } = declared;
  return engine === 'seaweedmq' && typeof seaweedmq === 'object' ? { ...declared, ...seaweedmq } : declared;
}

/** Why it has nothing to strike before this engine; undefined where it has. */
export function refusalOf(name: DrillName, engine: DrilledEngine): string | undefined {
  const { seaweedmq }: DrillDeclaration = drillOf(name);
  return engine === 'seaweedmq' && typeof seaweedmq === 'string'
    ? `${name} has nothing to strike before SeaweedMQ: ${seaweedmq}`
    : undefined;
}

/** Whether it strikes whatever the topic, its own and others'. */
export function isTopicless(name: DrillName): boolean {
  const { faults } = drillOf(name);
  return faults.length > 0 && faults.every(({ effect }) => TOPICLESS_EFFECTS.has(effect));
}

/** Why it cannot be held to one topic; undefined where it can. */
export function topicRefusalOf(name: DrillName): string | undefined {
  const { faults, ownTopic = false } = drillOf(name);
  if (ownTopic) return `${name} takes no topic: a group of its own shows it, in a topic of its own`;
  if (faults.length === 0) return `${name} takes no topic: clients of its own make it, in topics of its own`;
  return isTopicless(name) ? `${name} takes no topic: it strikes whatever the topic` : undefined;
}

export const isDrill = (name: string): name is DrillName => Object.hasOwn(DRILLS, name);
