/**
 * A real Prometheus and a real Alertmanager with the configurations of otel/, whose only changes are the addresses; and a receiver of ours
 * that keeps what Alertmanager sends, with the time of its arrival.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startChild, type Child } from '../support/child';
import { findProgram } from '../support/outside-program';
import { freePorts } from '../support/weed';

const OTEL = join(__dirname, '..', '..', 'otel');

export interface Notification {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  /** performance.now() of its arrival. */
  readonly atMs: number;
}

interface WebhookBody {
  readonly receiver: string;
  readonly alerts: readonly Pick<Notification, 'status' | 'labels'>[];
}

export interface Alerting {
  /** All that was sent so far, the first first. */
  readonly notifications: readonly Notification[];
  /** The first one that fits, now or later; rejects after `deadlineMs` with what came. */
  notified(fits: (notification: Notification) => boolean, deadlineMs: number): Promise<Notification>;
  /** Labels of what a query of Prometheus brings. */
  query(expr: string): Promise<readonly Readonly<Record<string, string>>[]>;
  stop(): Promise<void>;
}

/** `targets`: host:port of each console, by the name that becomes the label `instance`. */
export async function startAlerting(targets: ReadonlyMap<string, string>): Promise<Alerting> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-alerting-'));
  const receiver = new Receiver();
  const [prometheusPort = 0, alertmanagerPort = 0] = await freePorts(2);
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.kill()));
    receiver.close();
    rmSync(directory, { recursive: true, force: true });
  };
  const write = (name: string, config: object): string => {
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify(config));
    return path;
  };
  const program = (name: string, variable: string, parameters: readonly string[]): Child => {
    const child = startChild(findProgram(name, variable) ?? name, parameters, { directory });
    children.push(child);
    return child;
  };
  try {
    const alertmanager = write('alertmanager.json', alertmanagerConfig(await receiver.listen()));
    const prometheus = write('prometheus.json', prometheusConfig(targets, alertmanagerPort));
    await program('prometheus-alertmanager', 'SEAGLASS_TEST_ALERTMANAGER', [
      `--config.file=${alertmanager}`,
      `--storage.path=${join(directory, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ]).printed(/Listening on|msg=Listening/);
    await program('prometheus', 'SEAGLASS_TEST_PROMETHEUS', [
      `--config.file=${prometheus}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ]).printed(/Server is ready to receive web requests/);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    notifications: receiver.notifications,
    notified: (fits, deadlineMs) => receiver.notified(fits, deadlineMs),
    query: async (expr) => {
      const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`;
      const body = (await (await fetch(url)).json()) as {
        readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] };
      };
      return body.data.result.map(({ metric }) => metric);
    },
    stop,
  };
}

function prometheusConfig(targets: ReadonlyMap<string, string>, alertmanagerPort: number): object {
  const shipped = parse(readFileSync(join(OTEL, 'prometheus.yml'), 'utf8')) as object;
  const job = {
    job_name: 'seaglass',
    static_configs: [...targets].map(([instance, target]) => ({ targets: [target], labels: { instance } })),
  };
  return {
    ...shipped,
    rule_files: [join(OTEL, 'rules', '*.yml')],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    scrape_configs: [job],
  };
}

function alertmanagerConfig(url: string): object {
  const shipped = parse(readFileSync(join(OTEL, 'alertmanager.yml'), 'utf8')) as {
    readonly receivers: readonly { readonly name: string }[];
  };
  return { ...shipped, receivers: shipped.receivers.map(({ name }) => ({ name, webhook_configs: [{ url }] })) };
}

class Receiver {
  readonly notifications: Notification[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { receiver, alerts } = JSON.parse(text) as WebhookBody;
      const atMs = performance.now();
      for (const { status, labels } of alerts) this.notifications.push({ receiver, status, labels, atMs });
      response.end();
      for (const watcher of [...this.#watchers]) watcher();
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  notified(fits: (notification: Notification) => boolean, deadlineMs: number): Promise<Notification> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.notifications.find(fits);
        if (found === undefined) return;
        clearTimeout(late);
        this.#watchers.delete(look);
        resolve(found);
      };
      const late = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`no such notification within ${deadlineMs} ms; came: ${JSON.stringify(this.notifications)}`));
      }, deadlineMs);
      this.#watchers.add(look);
      look();
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
