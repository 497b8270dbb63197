/**
 * A real Prometheus that scrapes one gateway, through a door of ours that tells when it comes: scrapes of a target follow
 * one another, so when one begins, the one before it has been stored. Nothing here asks again and again.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child';
import { findProgram } from './outside-program';
import { freePorts } from './weed';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface ExemplarSeries {
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

export interface Prometheus {
  /** http://host:port */
  readonly url: string;
  /**
   * Resolves when a scrape that began after the call is stored, with a time at which it is the newest, Unix seconds. One that came too late
   * for Prometheus is none.
   */
  scraped(): Promise<number>;
  /** As of now, unless a time is given: a scrape that fails ends every series until the next. */
  query(expr: string, at?: number): Promise<readonly Sample[]>;
  /** Of the series that match the selector. */
  labelValues(selector: string, label: string): Promise<readonly string[]>;
  /** The trace ids of a metric's exemplars. */
  exemplars(metric: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const SCRAPE_DEADLINE_MS = 60_000;

/**
 * Scrapes `metricsUrl` (http://host:port/metrics), twice a second unless it says otherwise; with `rules`, files of alert rules, these are
 * evaluated each second. `withItself` scrapes Prometheus as well, as another job.
 */
export async function startPrometheus(
  metricsUrl: string,
  {
    rules = [],
    scrapeSeconds = 0.5,
    withItself = false,
  }: { readonly rules?: readonly string[]; readonly scrapeSeconds?: number; readonly withItself?: boolean } = {},
): Promise<Prometheus> {
  const door = await ScrapeDoor.open(metricsUrl);
  const directory = await mkdtemp(join(tmpdir(), 'seaglass-prometheus-'));
  const [port = 0] = await freePorts(1);
  const scrape_interval = `${scrapeSeconds * 1_000}ms`;
  const jobOf = (job_name: string, target: string) => ({
    job_name,
    scrape_interval,
    static_configs: [{ targets: [target] }],
  });
  const jobs = [jobOf('seaglass', door.address), ...(withItself ? [jobOf('prometheus', `127.0.0.1:${port}`)] : [])];
  const config = { global: { evaluation_interval: '1s' }, rule_files: rules, scrape_configs: jobs };
  await writeFile(join(directory, 'prometheus.json'), JSON.stringify(config));
  const base = `http://127.0.0.1:${port}`;
  const child = startChild(
    findProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS') ?? 'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.json')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    { directory },
  );
  const stop = async (): Promise<void> => {
    await child.stop();
    door.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await child.printed(/Server is ready to receive web requests/);
  } catch (error) {
    await stop();
    throw error;
  }
  const asked = async <T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> => {
    const response = await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: T };
    if (body.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${String(body.error)}`);
    return body.data;
  };
  return {
    url: base,
    scraped: () => door.scraped(),
    async query(expr, at) {
      const time = at === undefined ? {} : { time: String(at) };
      return (await asked<{ readonly result: readonly Sample[] }>('query', { query: expr, ...time })).result;
    },
    labelValues: (selector, label) => asked<readonly string[]>(`label/${label}/values`, { 'match[]': selector }),
    exemplars: async (metric) => {
      const found = await asked<readonly ExemplarSeries[]>('query_exemplars', {
        query: metric,
        start: '0',
        end: '9999999999',
      });
      return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id'] ?? ''));
    },
    stop,
  };
}

/** Passes each scrape on as it came and each answer as it is. */
class ScrapeDoor {
  readonly address: string;
  readonly #server: Server;
  readonly #waiting = new Set<(answeredMs: number | undefined) => void>();
  /** When the newest was answered, Unix ms; undefined while it is not, and where nobody waited for the answer any more. */
  #newest: { answeredMs: number | undefined } = { answeredMs: undefined };

  static async open(metricsUrl: string): Promise<ScrapeDoor> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScrapeDoor(server, metricsUrl);
  }

  constructor(server: Server, metricsUrl: string) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (scrape, answer) => {
      for (const began of [...this.#waiting]) began(this.#newest.answeredMs);
      const newest: { answeredMs: number | undefined } = { answeredMs: undefined };
      this.#newest = newest;
      answer.on('finish', () => {
        if (answer.statusCode === 200 && !scrape.socket.destroyed) newest.answeredMs = Date.now();
      });
      const passed = request(metricsUrl, { headers: scrape.headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      passed.end();
    });
  }

  async scraped(): Promise<number> {
    const deadlineMs = performance.now() + SCRAPE_DEADLINE_MS;
    for (await this.#began(); performance.now() < deadlineMs;) {
      const answeredMs = await this.#began();
      if (answeredMs !== undefined) return answeredMs / 1_000;
    }
    throw new Error('no scrape was answered in time');
  }

  /** Resolves when the next begins, with when the one before it was answered. */
  #began(): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('Prometheus does not scrape')), SCRAPE_DEADLINE_MS);
      const began = (answeredMs: number | undefined): void => {
        clearTimeout(late);
        this.#waiting.delete(began);
        resolve(answeredMs);
      };
      this.#waiting.add(began);
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
