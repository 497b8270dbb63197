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
  readonly annotations: Readonly<Record<string, string>>;
  /** performance.now() of its arrival. */
  readonly atMs: number;
}

interface WebhookBody {
  readonly receiver: string;
  readonly alerts: readonly Pick<Notification, 'status' | 'labels' | 'annotations'>[];
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
  const receiver = new Receiver();
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((each) => each.stop()));
    receiver.close();
  };
  try {
    const alertmanager = await startAlertmanager(await receiver.listen());
    started.push(alertmanager);
    const prometheus = await startRules(targets, alertmanager.address);
    started.push(prometheus);
    return {
      notifications: receiver.notifications,
      notified: (fits, deadlineMs) => receiver.notified(fits, deadlineMs),
      query: async (expr) => {
        const parameters = new URLSearchParams({ query: expr }).toString();
        const body = (await (await fetch(`http://${prometheus.address}/api/v1/query?${parameters}`)).json()) as {
          readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] };
        };
        return body.data.result.map(({ metric }) => metric);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface StartedProgram {
  /** host:port */
  readonly address: string;
  stop(): Promise<void>;
}

const ALERTMANAGER = ['prometheus-alertmanager', 'SEAGLASS_TEST_ALERTMANAGER', /Listening on|msg=Listening/] as const;
/** It listens before it answers. */
const PROMETHEUS = ['prometheus', 'SEAGLASS_TEST_PROMETHEUS', /Server is ready to receive web requests/] as const;

/** With the shipped configuration; both of its receivers are at `url`. */
export async function startAlertmanager(url: string): Promise<StartedProgram> {
  const [port = 0] = await freePorts(1);
  const config = alertmanagerConfig(url);
  return startProgram(ALERTMANAGER, config, port, (directory) => [
    `--storage.path=${join(directory, 'data')}`,
    '--cluster.listen-address=',
  ]);
}

async function startRules(targets: ReadonlyMap<string, string>, alertmanager: string): Promise<StartedProgram> {
  const [port = 0] = await freePorts(1);
  const config = prometheusConfig(targets, alertmanager);
  return startProgram(PROMETHEUS, config, port, (directory) => [`--storage.tsdb.path=${join(directory, 'data')}`]);
}

async function startProgram(
  [name, variable, ready]: readonly [name: string, variable: string, ready: RegExp],
  config: object,
  port: number,
  flags: (directory: string) => readonly string[],
): Promise<StartedProgram> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-alerting-'));
  const file = join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const address = `127.0.0.1:${port}`;
  const child: Child = startChild(
    findProgram(name, variable) ?? name,
    [`--config.file=${file}`, `--web.listen-address=${address}`, ...flags(directory)],
    { directory },
  );
  const stop = async (): Promise<void> => {
    await child.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await child.printed(ready);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

function prometheusConfig(targets: ReadonlyMap<string, string>, alertmanager: string): object {
  const shipped = parse(readFileSync(join(OTEL, 'prometheus.yml'), 'utf8')) as object;
  const job = {
    job_name: 'seaglass',
    static_configs: [...targets].map(([instance, target]) => ({ targets: [target], labels: { instance } })),
  };
  return {
    ...shipped,
    rule_files: [join(OTEL, 'rules', '*.yml')],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
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
      for (const { status, labels, annotations } of alerts)
        this.notifications.push({ receiver, status, labels, annotations, atMs });
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
