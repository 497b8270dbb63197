/** What a drill asks of the gateway from outside, as an operator would: its console and metrics; and of a Prometheus, where given. */
import { z } from 'zod';
import type { DrillName } from '../drill-list';

const RUNNING = z.object({
  drill: z.string(),
  sinceMs: z.number(),
  fired: z.number(),
  traces: z.record(z.string(), z.string()),
});
const DRILLS = z.object({
  enabled: z.boolean(),
  bootstrap: z.string(),
  /** Absent where drills are not enabled. */
  engine: z.enum(['embedded', 'seaweedmq']).optional(),
  running: z.array(RUNNING),
});
const INFLIGHT = z.object({
  operations: z.array(
    z.object({ phase: z.string(), overdueMs: z.number(), attributes: z.record(z.string(), z.unknown()) }),
  ),
});
const ALERTS = z.object({
  data: z.object({
    alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.enum(['firing', 'pending']) })),
  }),
});
const RULES = z.object({
  data: z.object({ groups: z.array(z.object({ interval: z.number(), lastEvaluation: z.string() })) }),
});

const INCIDENT = z.object({
  id: z.number(),
  kind: z.string(),
  target: z.string(),
  /** Empty where it concerns none. */
  topic: z.string(),
  /** How often it was told of. */
  times: z.number(),
  quietSinceMs: z.number().optional(),
  holdsUntilMs: z.number().optional(),
});
const INCIDENTS = z.object({ current: z.array(INCIDENT), ended: z.array(INCIDENT) });

const VERDICTS = z.object({
  verdicts: z.array(z.object({ topic: z.string(), verdict: z.string(), lastMs: z.number() })),
});
const LIVE = z.object({ summary: z.object({ state: z.string() }) });

/** Where it is open: quiet since then, or to end by itself then, Unix ms. */
export type ShownIncident = z.infer<typeof INCIDENT>;

export type DrillCommand =
  | { do: 'start'; drill: DrillName; forMs: number; topic?: string; delayMs?: number }
  | { do: 'stop'; drill: DrillName }
  | { do: 'result'; drill: DrillName; passed: boolean; detectMs?: number };

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Alert {
  readonly name: string;
  readonly severity: string;
  /** `pending`: its condition holds, and it fires when it has held for long enough. */
  readonly state: 'firing' | 'pending';
  /** What tells it from others of its name. */
  readonly key: string;
}

/** How far Prometheus has come with its rules; Unix ms by its clock. */
export interface Evaluated {
  /** Of all groups, and of the one that is furthest. */
  readonly allMs: number;
  readonly anyMs: number;
  /** Between two evaluations. */
  readonly everyMs: number;
}

const ANSWER_MS_MAX = 20_000;
const ENDED_LOOKED_AT = '100';

/** The console of the gateway; whoever runs the drill says how it is reached. What is refused is thrown, with its words. */
export interface AskedConsole {
  json(path: string, query?: Readonly<Record<string, string>>, post?: object): Promise<unknown>;
  text(path: string): Promise<string>;
}

export class GatewayClient {
  readonly #console: AskedConsole;
  readonly #prometheus: string | undefined;

  /** `prometheus` as http://host:port. */
  constructor(console: AskedConsole, prometheus: string | undefined) {
    this.#console = console;
    this.#prometheus = prometheus?.replace(/\/+$/, '');
  }

  get asksPrometheus(): boolean {
    return this.#prometheus !== undefined;
  }

  async drills(): Promise<z.infer<typeof DRILLS>> {
    return DRILLS.parse(await this.#console.json('/api/drills'));
  }

  async command(command: DrillCommand): Promise<void> {
    await this.#console.json('/api/drills', {}, command);
  }

  async inflight(): Promise<z.infer<typeof INFLIGHT>['operations']> {
    return INFLIGHT.parse(await this.#console.json('/debug/inflight', { format: 'json' })).operations;
  }

  /** Those that are open; with the newest of those that are over. */
  async incidents(): Promise<{ readonly open: readonly ShownIncident[]; readonly all: readonly ShownIncident[] }> {
    const { current, ended } = INCIDENTS.parse(await this.#console.json('/api/incidents', { ended: ENDED_LOOKED_AT }));
    return { open: current, all: [...current, ...ended] };
  }

  /** Of records of the topic that were found wrong since then, Unix ms of the gateway. */
  async verdicts(topic: string, sinceMs: number): Promise<readonly string[]> {
    const { verdicts } = VERDICTS.parse(await this.#console.json('/api/verdicts', { topic }));
    return verdicts.filter(({ lastMs }) => lastMs >= sinceMs).map(({ verdict }) => verdict);
  }

  /** What the first line of the console says. */
  async state(): Promise<string> {
    return LIVE.parse(await this.#console.json('/api/live')).summary.state;
  }

  async metrics(): Promise<readonly Sample[]> {
    return samplesOf(await this.#console.text('/metrics'));
  }

  /** Alerts that fire or are about to; none where no Prometheus was given. */
  async alerts(): Promise<readonly Alert[]> {
    if (this.#prometheus === undefined) return [];
    const { data } = ALERTS.parse(await this.#askPrometheus('/api/v1/alerts'));
    return data.alerts.map(({ labels, state }) => ({
      ...{ name: labels['alertname'] ?? '', severity: labels['severity'] ?? '', state },
      key: JSON.stringify(Object.entries(labels).sort(([a], [b]) => a.localeCompare(b))),
    }));
  }

  /** Undefined where no Prometheus was given, or it has no alerts. */
  async evaluated(): Promise<Evaluated | undefined> {
    if (this.#prometheus === undefined) return undefined;
    const { groups } = RULES.parse(await this.#askPrometheus('/api/v1/rules?type=alert')).data;
    if (groups.length === 0) return undefined;
    const timesMs = groups.map(({ lastEvaluation }) => Date.parse(lastEvaluation));
    const everyMs = Math.max(...groups.map(({ interval }) => interval)) * 1_000;
    return { allMs: Math.min(...timesMs), anyMs: Math.max(...timesMs), everyMs };
  }

  async #askPrometheus(path: string): Promise<unknown> {
    const url = `${this.#prometheus ?? ''}${path}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    return answer.json();
  }
}

/** The text exposition format, as the gateway writes it. */
export function samplesOf(exposition: string): readonly Sample[] {
  return exposition.split('\n').flatMap((line) => {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match === null) return [];
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    return [{ name: match[1] ?? '', labels, value: Number(match[3]) }];
  });
}
