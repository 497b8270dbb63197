/** Where a drill was seen, and when first. */
import type { Clock } from '../../clock';
import { type Expectation, metricInWords, type MetricSight, namesOf, rowInWords } from '../expectation';
import { shows, toldSince } from './console-rows';
import type { Alert, GatewayClient, ShownIncident, Sample } from './gateway-client';
import { grown, sum } from './samples';

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
  readonly alerts: readonly Alert[];
  readonly incidents: readonly ShownIncident[];
  /** What the first line of the console said. */
  readonly state: string;
}

export interface SightingsOptions {
  readonly before: Before;
  readonly asksAlerts: boolean;
  /** Undefined where the drill strikes whatever the topic. */
  readonly topic: string | undefined;
  readonly clock: Clock;
}

export class Sightings {
  readonly seen: readonly Seen[];
  /** Whether its faults struck anything yet. */
  struck = false;
  readonly #expected: Expectation | undefined;
  readonly #options: SightingsOptions;
  /** Whether the row that is looked for has been there since before. */
  #stoodBefore: boolean;
  /** Since when the gauge that is looked for stands where it should. */
  #standsSinceMs: number | undefined;

  /** `expected` undefined: nothing may be seen. */
  constructor(expected: Expectation | undefined, options: SightingsOptions) {
    this.#expected = expected;
    this.#options = options;
    this.seen = expected === undefined ? [] : lookedFor(expected, options.asksAlerts);
    const row = expected?.console;
    this.#stoodBefore = row !== undefined && 'firstLine' in row && options.before.state === row.firstLine;
  }

  get complete(): boolean {
    return this.seen.every(({ afterMs }) => afterMs !== undefined);
  }

  /** When the last of it was seen. */
  get detectMs(): number {
    return Math.max(0, ...this.seen.map(({ afterMs }) => afterMs ?? 0));
  }

  /** Looks everywhere once. A console that does not answer shows nothing. */
  async look(
    gateway: GatewayClient,
    { samples, alerts }: { readonly samples: readonly Sample[]; readonly alerts: readonly Alert[] },
    afterMs: () => number,
  ): Promise<void> {
    const expected = this.#expected;
    const { running } = await gateway.drills();
    this.struck ||= running.some(({ fired }) => fired > 0);
    if (expected === undefined) return;
    const { before, topic } = this.#options;
    const told = toldSince((await gateway.incidents()).all, before.incidents, topic);
    const sinceMs = Math.max(0, ...running.map((each) => each.sinceMs));
    const isShown = await this.#shows(expected, gateway, { sinceMs, told });
    const [spans, incidents, alarms] = [expected.span, expected.incident, expected.alert].map(namesOf<string>);
    const traced = running.flatMap(({ traces }) => Object.keys(traces));
    const there: Readonly<Record<Sight, boolean>> = {
      metric: this.#isMet(expected.metric, samples, afterMs()),
      console: isShown,
      span: traced.some((name) => spans?.some((span) => isOf(name, span))),
      incident: told.some(({ kind }) => incidents?.includes(kind)),
      alert: alerts.some(({ name, state }) => state === 'firing' && alarms?.includes(name)),
    };
    for (const seen of this.seen) if (there[seen.sight]) seen.afterMs ??= afterMs();
  }

  async #shows(
    { console: row }: Expectation,
    gateway: GatewayClient,
    since: { readonly sinceMs: number; readonly told: readonly ShownIncident[] },
  ): Promise<boolean> {
    const { topic, clock } = this.#options;
    const isThere = await shows(row, gateway, { ...since, topic, nowMs: clock.nowMs() });
    this.#stoodBefore &&= isThere;
    return isThere && !this.#stoodBefore;
  }

  #isMet({ name, labels, stands }: MetricSight, now: readonly Sample[], atMs: number): boolean {
    if (stands === undefined) return grown(name, labels, this.#options.before.samples, now) > 0;
    this.#standsSinceMs = sum(name, labels, now) === stands.at ? (this.#standsSinceMs ?? atMs) : undefined;
    return this.#standsSinceMs !== undefined && atMs - this.#standsSinceMs >= stands.forMs;
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
