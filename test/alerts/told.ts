/**
 * Troubles and what is told of them at Alertmanager's receivers, with times: from the trouble to the notification, and from its end to the
 * notification of that. They are the table of otel/alerts.md.
 */
import { pause } from '../e2e/load';
import type { Alerting, Notification } from './alerting';

export interface Trouble {
  readonly trouble: string;
  readonly instance: string;
  readonly alert: string;
  readonly target?: string;
  /** Of the requests that it makes fail: then it lasts until these are seen by the net below the causes. */
  readonly fails?: string;
  begin(): unknown;
  end(): unknown;
}

export interface Row {
  readonly trouble: string;
  readonly alert: string;
  readonly receiver: string;
  readonly firedMs: number;
  /** Until failed requests alone would have paged: SeaglassRequestErrors fires in Prometheus, silenced or not. */
  readonly netMs: number | undefined;
  readonly overMs: number;
}

/** Long enough for a busy machine; what must be sooner is held to that by who asks. */
const FIRES_MS_MAX = 180_000;
const OVER_MS_MAX = 240_000;
const LOOK_MS = 500;

type Named = Pick<Trouble, 'instance' | 'alert' | 'target'>;

export class ToldTroubles {
  readonly rows: Row[] = [];
  readonly #alerting: Alerting;

  constructor(alerting: Alerting) {
    this.#alerting = alerting;
  }

  /** From its beginning to the notification that it is over. */
  async seen(trouble: Trouble): Promise<void> {
    await (
      await this.fired(trouble)
    )();
  }

  /** Resolves when it is told and ended; what comes back waits for the notification of the end. */
  async fired(trouble: Trouble): Promise<() => Promise<Row>> {
    const { instance, fails, begin, end } = trouble;
    const startedMs = performance.now();
    await begin();
    const [fired, netMs] = await Promise.all([
      this.notified(trouble, 'firing', startedMs),
      fails === undefined ? undefined : this.#caught(instance, fails, startedMs),
    ]);
    const endedMs = performance.now();
    await end();
    return () => this.over(trouble, { startedMs, fired, endedMs, netMs });
  }

  /** Notes what was told, once it is told to be over. */
  async over(
    { trouble, ...named }: Named & Pick<Trouble, 'trouble'>,
    times: {
      readonly startedMs: number;
      readonly fired: Notification;
      readonly endedMs: number;
      readonly netMs?: number | undefined;
    },
  ): Promise<Row> {
    const { startedMs, fired, endedMs, netMs } = times;
    const over = await this.notified(named, 'resolved', fired.atMs);
    const [firedMs, overMs] = [fired.atMs - startedMs, over.atMs - endedMs];
    const row = { trouble, alert: named.alert, receiver: fired.receiver, firedMs, netMs, overMs };
    this.rows.push(row);
    return row;
  }

  /** Rejects with what is open at the gateway, where it is not told in time. */
  async notified({ instance, alert, target }: Named, status: Notification['status'], sinceMs: number) {
    try {
      return await this.#alerting.notified(
        ({ labels, atMs, ...notification }) =>
          notification.status === status &&
          atMs > sinceMs &&
          labels['instance'] === instance &&
          labels['alertname'] === alert &&
          (target === undefined || labels['target'] === target),
        status === 'firing' ? FIRES_MS_MAX : OVER_MS_MAX,
      );
    } catch (error) {
      const open = await this.#alerting.query(`seaglass_incident_open{instance="${instance}"}`);
      const text = `${alert} ${target ?? ''} at ${instance} is not ${status}; open there: ${JSON.stringify(open)}`;
      throw new Error(text, { cause: error });
    }
  }

  async #caught(instance: string, api: string, startedMs: number): Promise<number> {
    const alert = `ALERTS{alertname="SeaglassRequestErrors", alertstate="firing", instance="${instance}", api="${api}"}`;
    const deadlineMs = performance.now() + FIRES_MS_MAX;
    while ((await this.#alerting.query(alert)).length === 0) {
      if (performance.now() > deadlineMs) throw new Error(`${api} that fails at ${instance} was not seen`);
      await pause(LOOK_MS);
    }
    return performance.now() - startedMs;
  }

  /** As in the document. */
  table(): string {
    const lines = [...this.rows]
      .sort((one, other) => one.firedMs - other.firedMs)
      .map(({ trouble, alert, firedMs, netMs, overMs }) => [
        ...[trouble, alert, seconds(firedMs), netMs === undefined ? '' : seconds(netMs)],
        seconds(overMs),
      ]);
    const head = ['trouble', 'alert', 'told after', 'failed requests alone, after', 'told to be over after'];
    return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
