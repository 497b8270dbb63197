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
  operations: z.array(z.object({ phase: z.string(), path: z.string(), traceId: z.string(), overdueMs: z.number() })),
});
const ALERTS = z.object({
  data: z.object({
    alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })),
  }),
});

const INCIDENT = z.object({
  id: z.number(),
  kind: z.string(),
  target: z.string(),
  quietSinceMs: z.number().optional(),
  holdsUntilMs: z.number().optional(),
});
const INCIDENTS = z.object({ current: z.array(INCIDENT) });

const VERDICTS = z.object({ verdicts: z.array(z.object({ verdict: z.string(), lastMs: z.number() })) });
const LIVE = z.object({ summary: z.object({ state: z.string() }) });

/** One that is open: quiet since then, or to end by itself then, Unix ms. */
export type OpenIncident = z.infer<typeof INCIDENT>;

export type DrillCommand =
  | { do: 'start'; drill: DrillName; forMs: number; topic?: string; delayMs?: number }
  | { do: 'stop'; drill: DrillName }
  | { do: 'result'; drill: DrillName; passed: boolean; detectMs?: number };

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface FiringAlert {
  readonly name: string;
  readonly severity: string;
}

const ANSWER_MS_MAX = 20_000;

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

  async incidents(): Promise<readonly OpenIncident[]> {
    return INCIDENTS.parse(await this.#console.json('/api/incidents', { ended: '0' })).current;
  }

  /** Of records that were found wrong since then, Unix ms of the gateway. */
  async verdicts(sinceMs: number): Promise<readonly string[]> {
    const { verdicts } = VERDICTS.parse(await this.#console.json('/api/verdicts'));
    return verdicts.filter(({ lastMs }) => lastMs >= sinceMs).map(({ verdict }) => verdict);
  }

  /** What the first line of the console says. */
  async state(): Promise<string> {
    return LIVE.parse(await this.#console.json('/api/live')).summary.state;
  }

  async metrics(): Promise<readonly Sample[]> {
    return samplesOf(await this.#console.text('/metrics'));
  }

  /** Alerts that fire now; none where no Prometheus was given. */
  async alerts(): Promise<readonly FiringAlert[]> {
    if (this.#prometheus === undefined) return [];
    const url = `${this.#prometheus}/api/v1/alerts`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    const { data } = ALERTS.parse(await answer.json());
    return data.alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => ({ name: labels['alertname'] ?? '', severity: labels['severity'] ?? '' }));
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
