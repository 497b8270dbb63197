/** What the page shows without being asked: the first line, what is in flight, incidents, how much goes on. One for all viewers. */
import { engineReadiness, type Readiness } from '../readiness';
import type { ShoutedDrill } from '../../drills/drills';
import type { ConsoleSources } from '../sources';
import { Activities, type Activity } from './activity';
import { ok, type Route } from './route';
import { openIncidents, type ShownIncidents } from './incidents';
import { Summaries, type Summary } from './summary';
import { type Waiting, waiting } from './inflight';

export interface Live {
  /** The gateway's time, milliseconds since the Unix epoch: ages are counted from it. */
  readonly atMs: number;
  /** Where a trace is looked at, with {trace} for its id. */
  readonly traceUrl: string | undefined;
  readonly summary: Summary;
  /** What is made to fail on purpose; none unless the gateway was started for it. */
  readonly drills: readonly ShoutedDrill[];
  readonly activity: Activity;
  readonly inflight: Waiting;
  readonly incidents: ShownIncidents;
}

/** It is sent every second, to every viewer. */
const INCIDENTS_SHOWN = 30;
/** The engine's own check costs calls, so it is not made at every look. */
const READINESS_MS = 5_000;

export class LiveView {
  readonly #sources: ConsoleSources;
  readonly #summaries: Summaries;
  readonly #activities: Activities;
  readonly #askReadiness: () => Promise<Readiness>;
  #readiness: Readiness | undefined;
  #askedMs = -Infinity;

  constructor(sources: ConsoleSources) {
    this.#sources = sources;
    this.#summaries = new Summaries(sources);
    this.#activities = new Activities(sources.telemetry.instruments, sources.clock);
    this.#askReadiness = engineReadiness(sources.engine, sources.telemetry);
  }

  /** Does not wait for the engine: its check is begun, and told at a later look. */
  look(): Live {
    const { clock, traceUrl, drills } = this.#sources;
    this.#checkReadiness();
    return {
      atMs: clock.nowMs(),
      traceUrl,
      summary: this.#summaries.summary(this.#readiness),
      drills: drills?.shouted() ?? [],
      activity: this.#activities.now(),
      inflight: waiting(this.#sources),
      incidents: openIncidents(this.#sources, INCIDENTS_SHOWN),
    };
  }

  /** As `look`, once the engine's check has answered, for whoever asks once. */
  async lookOnce(): Promise<Live> {
    this.#readiness = await this.#askReadiness();
    return this.look();
  }

  #checkReadiness(): void {
    const nowMs = this.#sources.clock.monotonicMs();
    if (nowMs - this.#askedMs < READINESS_MS) return;
    this.#askedMs = nowMs;
    void this.#askReadiness().then((readiness) => (this.#readiness = readiness));
  }
}

export const liveRoute = (view: LiveView): Route => ({
  method: 'GET',
  path: '/api/live',
  summary: 'what the page shows at its top: state, what waits, incidents',
  answer: async () => ok(await view.lookOnce()),
});
