/** Where a drill was seen, and when first; and what was seen that has nothing to do with it. */
import { INCIDENT_KINDS, type IncidentKind } from '../../telemetry/incidents/incident-kinds';
import {
  type ConsoleRow,
  type Expectation,
  metricInWords,
  type MetricSight,
  namesOf,
  rowInWords,
} from '../expectation';
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
  /** Whether its faults struck anything yet. */
  struck = false;
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
    const expected = this.#expected;
    const { running } = await gateway.drills();
    this.struck ||= running.some(({ fired }) => fired > 0);
    const sinceMs = Math.max(0, ...running.map((each) => each.sinceMs));
    const [samples, isShown, alerts] = await Promise.all([
      gateway.metrics(),
      expected === undefined ? false : shows(expected.console, gateway, sinceMs),
      gateway.alerts(),
    ]);
    this.#alarms(samples, alerts);
    if (expected === undefined) return;
    const [spans, incidents, alarms] = [expected.span, expected.incident, expected.alert].map(namesOf<string>);
    const told = running.flatMap(({ traces }) => Object.keys(traces));
    const before = this.#before.samples;
    const there: Readonly<Record<Sight, boolean>> = {
      metric: isMet(expected.metric, before, samples),
      console: isShown,
      span: told.some((name) => spans?.some((span) => isOf(name, span))),
      incident: incidents?.some((kind) => isOpen(kind, before, samples)) === true,
      alert: alerts.some(({ name }) => alarms?.includes(name)),
    };
    for (const seen of this.seen) if (there[seen.sight]) seen.afterMs ??= afterMs();
  }

  /** Nothing else may page; where nothing is expected, nothing may be told at all. */
  #alarms(samples: readonly Sample[], alerts: readonly FiringAlert[]): void {
    const incidents = new Set<string>(causedBy(this.#expected)).add(STARVED.incident);
    const { alert, alsoAlerts = [] } = this.#expected ?? {};
    const due = new Set([...(alert === undefined ? [] : namesOf(alert)), ...alsoAlerts, STARVED.alert]);
    const kinds = Object.entries(INCIDENT_KINDS) as readonly (readonly [IncidentKind, { readonly severity: string }])[];
    for (const [kind, { severity }] of kinds) {
      if (incidents.has(kind)) continue;
      if (this.#expected !== undefined && severity !== 'page') continue;
      if (opened(kind, this.#before.samples, samples)) this.strangers.add(`incident ${kind}`);
    }
    const firedBefore = new Set(this.#before.alerts.map(({ name }) => name));
    for (const { name, severity } of alerts) {
      if (due.has(name) || firedBefore.has(name)) continue;
      if (this.#expected === undefined || severity === 'page') this.strangers.add(`alert ${name}`);
    }
  }
}

/** A span itself, its stall, or one that also names a topic. */
const isOf = (name: string, span: string): boolean =>
  name === span || name === `stall ${span}` || name.startsWith(`${span} `);

function lookedFor({ span, metric, console, incident, alert }: Expectation, asksAlerts: boolean): readonly Seen[] {
  const all: readonly (readonly [Sight, readonly string[]])[] = [
    ['span', namesOf(span)],
    ['metric', [metricInWords(metric)]],
    ['console', [rowInWords(console)]],
    ['incident', namesOf(incident)],
    ['alert', asksAlerts ? namesOf(alert) : []],
  ];
  return all.flatMap(([sight, names]) =>
    names.length === 0 ? [] : [{ sight, what: names.join(' or '), afterMs: undefined }],
  );
}

/** Incidents that a drill may open. */
export const causedBy = (expected: Expectation | undefined): ReadonlySet<IncidentKind> =>
  new Set(expected === undefined ? [] : [...namesOf(expected.incident), ...(expected.alsoIncidents ?? [])]);

async function shows(row: ConsoleRow, gateway: GatewayClient, sinceMs: number): Promise<boolean> {
  if ('waits' in row) return (await gateway.inflight()).some(({ phase }) => phase === row.waits);
  if ('verdict' in row) return (await gateway.verdicts(sinceMs)).includes(row.verdict);
  if ('incident' in row) return (await gateway.incidents()).some(({ kind }) => kind === row.incident);
  return (await gateway.state()) === row.firstLine;
}

function isMet({ name, labels, is }: MetricSight, before: readonly Sample[], now: readonly Sample[]): boolean {
  return is === undefined ? grown(name, labels, before, now) > 0 : sum(name, labels, now) === is;
}

/** Opened by it, or open still from the time before and told of again. */
const isOpen = (kind: string, before: readonly Sample[], now: readonly Sample[]): boolean =>
  opened(kind, before, now) || sum('seaglass_incident_open', { kind }, now) > 0;

const opened = (kind: string, before: readonly Sample[], now: readonly Sample[]): boolean =>
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
