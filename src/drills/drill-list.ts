/**
 * THE list of drills: what is made to go wrong, by which traffic it shows, and what must then be seen, or that nothing may be. Command
 * line, console, tests and `otel/casebook.md` read it.
 */
import type { IncidentKind } from '../telemetry/incidents/incident-kinds';
import type { InstrumentName } from '../telemetry/metrics/instruments';
import type { FaultDeclaration } from './fault';

/** What a drill's own clients do; `drills/run/traffic.ts` has each. */
export type Traffic = 'stream' | 'produce' | 'read_values' | 'commit';

export interface Expectation {
  /** A span that failed, a phase that stalled, or why a trace was kept: told by the notable traces. */
  readonly span: string;
  /** A counter, or the count of a histogram, that grows. */
  readonly metric: { readonly name: InstrumentName; readonly labels: Readonly<Record<string, string>> };
  /** A phase that somebody is seen to wait in; absent where nobody waits. */
  readonly waits?: string;
  /** Opened by it. */
  readonly incident?: IncidentKind;
  /** What may come with it and is no false alarm. */
  readonly alsoIncidents?: readonly IncidentKind[];
  /** Fires where a Prometheus is asked. */
  readonly alert?: string;
  readonly alsoAlerts?: readonly string[];
}

export interface DrillDeclaration {
  /** What happens, in one sentence. */
  readonly what: string;
  readonly faults: readonly FaultDeclaration[];
  readonly traffic: Traffic;
  /** What must be seen; `calm`: nothing may be. */
  readonly expects: Expectation | 'calm';
  /** Where it makes sense; both by default. */
  readonly engine?: 'embedded' | 'seaweedmq';
}

const on = (name: InstrumentName, labels: Readonly<Record<string, string>> = {}): Expectation['metric'] => ({
  name,
  labels,
});

export const DRILLS = {
  'init-delay': {
    what: 'The engine takes a subscriber’s stream and answers its init late.',
    faults: [{ effect: 'delay_init', delayMs: 35_000 }],
    traffic: 'read_values',
    expects: {
      span: 'subscriber.init',
      metric: on('seaglass_stalls_total', { phase: 'subscriber.init' }),
      waits: 'subscriber.init',
    },
    engine: 'embedded',
  },
  'hang-recv': {
    what: 'The engine has records and its subscriber stream brings none.',
    faults: [{ effect: 'hang_recv' }],
    traffic: 'read_values',
    expects: {
      span: 'stream.recv',
      metric: on('seaglass_session_events_total', { event: 'stalled' }),
      waits: 'stream.recv',
    },
    engine: 'embedded',
  },
  'lookup-hang': {
    what: 'The engine does not say who leads a partition.',
    faults: [{ effect: 'hang_lookup' }],
    traffic: 'produce',
    expects: {
      span: 'partition.assignment',
      metric: on('seaglass_stalls_total', { phase: 'partition.assignment' }),
      waits: 'partition.assignment',
    },
  },
  'slow-publish-ack': {
    what: 'The engine takes appends and acks them late.',
    faults: [{ effect: 'delay_ack', delayMs: 8_000 }],
    traffic: 'produce',
    expects: {
      span: 'publish.ack',
      metric: on('seaglass_stalls_total', { phase: 'publish.ack' }),
      waits: 'publish.ack',
    },
  },
  'engine-down': {
    what: 'The engine refuses connections, and those that stood break.',
    faults: [{ effect: 'refuse_connections' }],
    traffic: 'stream',
    expects: {
      span: 'engine.connect',
      metric: on('seaglass_phase_duration_seconds', { phase: 'engine.connect', outcome: 'engine_error' }),
    },
  },
  'filer-hang': {
    what: 'The filer takes calls and answers none.',
    faults: [{ effect: 'hang_call', match: { method: 'Filer' } }],
    traffic: 'commit',
    expects: {
      span: 'filer.call',
      metric: on('seaglass_stalls_total', { phase: 'filer.call' }),
      waits: 'filer.call',
    },
  },
} as const satisfies Readonly<Record<string, DrillDeclaration>>;

export type DrillName = keyof typeof DRILLS;

export const DRILL_NAMES = Object.keys(DRILLS) as readonly DrillName[];

export const drillOf = (name: DrillName): DrillDeclaration => DRILLS[name];

export const isDrill = (name: string): name is DrillName => Object.hasOwn(DRILLS, name);
