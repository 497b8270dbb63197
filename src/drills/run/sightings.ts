/** Where a drill was seen, and when first; and what was seen that has nothing to do with it. */
import { INCIDENT_KINDS, type IncidentKind } from '../../telemetry/incidents/incident-kinds';
import type { Expectation } from '../drill-list';
import type { FiringAlert, GatewayClient, Sample } from './gateway-client';

/** The places where a trouble shows, as somebody on call would look. */
export type Sight = 'span' | 'metric' | 'console' | 'incident' | 'alert';

export interface Seen {
  readonly sight: Sight;
  /** What was looked for, in words. */
  readonly what: string;
  /** From the start of the drill; undefined while it is not seen. */
  afterMs: number | undefined;
}

/** How things stood before a drill. */
export interface Before {
  readonly samples: readonly Sample[];
  readonly alerts: readonly FiringAlert[];
}

/** Told of a machine that has no time for anybody: true, and no drill's doing. */
const STARVED = { incident: 'machine_starved', alert: 'SeaglassMachineStarved' };

export class Sightings {
  readonly seen: readonly Seen[];
  /** Pages that nobody expected, each once. */
  readonly strangers = new Set<string>();
  readonly #expected: Expectation | undefined;
  readonly #before: Before;

  /** `expected` undefined: nothing may be seen. */
  constructor(expected: Expectation | undefined, before: Before, asks: { readonly alerts: boolean }) {
    this.#expected = expected;
    this.#before = before;
    this.seen = expected === undefined ? [] : lookedFor(expected, asks.alerts);
  }

  get complete(): boolean {
    return this.seen.every(({ afterMs }) => afterMs !== undefined);
  }

  /** When the last of it was seen. */
  get detectMs(): number {
    return Math.max(0, ...this.seen.map(({ afterMs }) => afterMs ?? 0));
  }

  /** Looks everywhere once. A console that does not answer shows nothing. */
  async look(gateway: GatewayClient, afterMs: () => number): Promise<void> {
    const [samples, inflight, { running }, alerts] = await Promise.all([
      gateway.metrics(),
      gateway.inflight(),
      gateway.drills(),
      gateway.alerts(),
    ]);
    const expected = this.#expected;
    this.#alarms(samples, alerts);
    if (expected === undefined) return;
    const { metric, waits, span, incident, alert } = expected;
    const told = running.flatMap(({ traces }) => Object.keys(traces));
    this.#saw('metric', grown(metric.name, metric.labels, this.#before.samples, samples) > 0, afterMs());
    this.#saw(
      'console',
      inflight.some(({ phase }) => phase === waits),
      afterMs(),
    );
    this.#saw('span', span !== undefined && told.some((name) => isOf(name, span)), afterMs());
    this.#saw('incident', incident !== undefined && isOpen(incident, this.#before.samples, samples), afterMs());
    this.#saw(
      'alert',
      alerts.some(({ name }) => name === alert),
      afterMs(),
    );
  }

  #saw(sight: Sight, there: boolean, afterMs: number): void {
    const seen = this.seen.find((each) => each.sight === sight);
    if (there && seen !== undefined) seen.afterMs ??= afterMs;
  }

  /** Nothing else may page; where nothing is expected, nothing may be told at all. */
  #alarms(samples: readonly Sample[], alerts: readonly FiringAlert[]): void {
    const { incident, alsoIncidents = [], alert, alsoAlerts = [] } = this.#expected ?? {};
    const kinds = Object.entries(INCIDENT_KINDS) as readonly (readonly [IncidentKind, { readonly severity: string }])[];
    for (const [kind, { severity }] of kinds) {
      if (kind === incident || kind === STARVED.incident || alsoIncidents.includes(kind)) continue;
      if (this.#expected !== undefined && severity !== 'page') continue;
      if (opened(kind, this.#before.samples, samples)) this.strangers.add(`incident ${kind}`);
    }
    const firedBefore = new Set(this.#before.alerts.map(({ name }) => name));
    for (const { name, severity } of alerts) {
      if (name === alert || name === STARVED.alert || alsoAlerts.includes(name) || firedBefore.has(name)) continue;
      if (this.#expected === undefined || severity === 'page') this.strangers.add(`alert ${name}`);
    }
  }
}

/** A span itself, its stall, or one that also names a topic. */
const isOf = (name: string, span: string): boolean =>
  name === span || name === `stall ${span}` || name.startsWith(`${span} `);

function lookedFor({ span, metric, waits, incident, alert }: Expectation, asksAlerts: boolean): readonly Seen[] {
  const labels = Object.entries(metric.labels).map(([key, value]) => `${key}="${value}"`);
  const all: readonly (readonly [Sight, string | undefined])[] = [
    ['span', span],
    ['metric', `${metric.name}{${labels.join(',')}}`],
    ['console', waits],
    ['incident', incident],
    ['alert', asksAlerts ? alert : undefined],
  ];
  return all.flatMap(([sight, what]) => (what === undefined ? [] : [{ sight, what, afterMs: undefined }]));
}

/** Opened by it, or open still from the time before and told of again. */
const isOpen = (kind: IncidentKind, before: readonly Sample[], now: readonly Sample[]): boolean =>
  opened(kind, before, now) || sum('seaglass_incident_open', { kind }, now) > 0;

const opened = (kind: IncidentKind, before: readonly Sample[], now: readonly Sample[]): boolean =>
  grown('seaglass_incidents_total', { kind }, before, now) > 0;

function grown(
  name: string,
  labels: Readonly<Record<string, string>>,
  before: readonly Sample[],
  now: readonly Sample[],
): number {
  const [then, since] = [sum(name, labels, before), sum(name, labels, now)];
  // A gateway that was restarted counts from 0.
  return since >= then ? since - then : since;
}

function sum(name: string, labels: Readonly<Record<string, string>>, samples: readonly Sample[]): number {
  return samples
    .filter(
      (each) =>
        (each.name === name || each.name === `${name}_count`) &&
        Object.entries(labels).every(([key, value]) => each.labels[key] === value),
    )
    .reduce((total, { value }) => total + value, 0);
}
