/** What is told beside a drill and has nothing to do with it: looked for from its begin until it is over and Prometheus has weighed all of it. */
import { INCIDENT_KINDS, type IncidentKind } from '../../telemetry/incidents/incident-kinds';
import { causedBy, type Expectation, namesOf } from '../expectation';
import type { Alert, Evaluated, Sample } from './gateway-client';
import { grown } from './samples';

/** Told of a machine that has no time for anybody: true, and no drill's doing. */
const STARVED = { incident: 'machine_starved', alert: 'SeaglassMachineStarved' } as const;
/** Told of a gateway that is away for long: where it is restarted so slowly that is true, too. */
const AWAY = 'SeaglassGatewayDown';

export class Strangers {
  /** Each once, in words. */
  readonly found = new Set<string>();
  readonly #expected: Expectation | undefined;
  readonly #samples: readonly Sample[];
  readonly #alertsBefore: ReadonlySet<string>;
  readonly #incidentsDue: ReadonlySet<string>;
  readonly #alertsDue: ReadonlySet<string>;

  /** `expected` undefined: nothing may be told, not even a ticket. */
  constructor(
    expected: Expectation | undefined,
    before: { readonly samples: readonly Sample[]; readonly alerts: readonly Alert[] },
    { restarts }: { readonly restarts: boolean },
  ) {
    this.#expected = expected;
    this.#samples = before.samples;
    this.#alertsBefore = new Set(before.alerts.map(({ key }) => key));
    this.#incidentsDue = new Set<string>([...causedBy(expected), STARVED.incident]);
    const { alert, alsoAlerts = [] } = expected ?? {};
    this.#alertsDue = new Set([
      ...(alert === undefined ? [] : namesOf(alert)),
      ...alsoAlerts,
      STARVED.alert,
      ...(restarts ? [AWAY] : []),
    ]);
  }

  look(samples: readonly Sample[], alerts: readonly Alert[]): void {
    for (const kind of Object.keys(INCIDENT_KINDS) as IncidentKind[]) {
      if (this.#incidentsDue.has(kind) || !this.#isTold(INCIDENT_KINDS[kind].severity)) continue;
      if (grown('seaglass_incidents_total', { kind }, this.#samples, samples) > 0) this.found.add(`incident ${kind}`);
    }
    for (const { name } of this.#strange(alerts).filter(({ state }) => state === 'firing'))
      this.found.add(`alert ${name}`);
  }

  /** Whether one is about to fire. */
  weighed(alerts: readonly Alert[]): boolean {
    return this.#strange(alerts).some(({ state }) => state === 'pending');
  }

  #strange(alerts: readonly Alert[]): readonly Alert[] {
    return alerts.filter(
      ({ name, severity, key }) => !this.#alertsDue.has(name) && !this.#alertsBefore.has(key) && this.#isTold(severity),
    );
  }

  #isTold(severity: string): boolean {
    return this.#expected === undefined || severity === 'page';
  }
}

/** Every rule was evaluated twice since: what was there then is scraped, and weighed. */
export const isEvaluated = (since: Evaluated | undefined, now: Evaluated | undefined): boolean =>
  since === undefined || now === undefined || now.allMs >= since.anyMs + 2 * now.everyMs;
