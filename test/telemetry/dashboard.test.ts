/**
 * Goal: the dashboard and the rules are right and alive: every panel is described, every query is scoped, parses and returns data from a
 * real Prometheus that scrapes a console. Method: rules of the dashboard linter as tests; promtool; Prometheus as a child process.
 * SEAGLASS_TEST_METRICS_URL names the /metrics of a running gateway to look at instead of a console of operations made here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { Console } from '../../src/console/console';
import { startConsole } from '../../src/console/console';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { INSTRUMENTS } from '../../src/telemetry/instruments';
import { MemorySink } from '../../src/telemetry/memory-sink';
import { toOffset, toPartitionId } from '../../src/types';
import type { Child } from '../support/child';
import { startChild } from '../support/child';
import { describeWithProgram, findProgram } from '../support/outside-program';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly options?: { readonly legend?: { readonly showLegend: boolean } };
}
const root = join(__dirname, '..', '..');
const dashboard = JSON.parse(readFileSync(join(root, 'grafana', 'seaglass.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
};
const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
const queries = panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ panel: panel.title, expr })));

test('there is one datasource variable, and every panel uses it', () => {
  expect(dashboard.templating.list.filter((each) => each.type === 'datasource')).toHaveLength(1);
  expect(panels.filter((panel) => panel.datasource?.uid !== '${datasource}')).toEqual([]);
});

test('every panel has a title of its own, a description, a unit and a visible legend', () => {
  expect(new Set(panels.map((panel) => panel.title)).size).toBe(panels.length);
  expect(panels.filter((panel) => (panel.description ?? '').length < 20)).toEqual([]);
  expect(panels.filter((panel) => panel.fieldConfig?.defaults.unit === undefined)).toEqual([]);
  const hidden = panels.filter((panel) => panel.type === 'timeseries' && panel.options?.legend?.showLegend !== true);
  expect(hidden).toEqual([]);
});

test.each(queries)('$panel: every selector matches job and instance, and rates use the rate interval', ({ expr }) => {
  for (const [selector] of expr.matchAll(/\{[^}]*\}/g)) {
    expect(selector).toContain('job=~"$job"');
    expect(selector).toContain('instance=~"$instance"');
  }
  for (const [, range] of expr.matchAll(/\[([^\]]+)\]/g)) expect(range).toBe('$__rate_interval');
});

test('every metric named in a panel or a rule is one that is declared', () => {
  const known = new Set(Object.keys(INSTRUMENTS));
  const rules = readdirSync(join(root, 'otel', 'rules'))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => readFileSync(join(root, 'otel', 'rules', name), 'utf8'))
    .join('\n');
  const named = `${queries.map((each) => each.expr).join('\n')}\n${rules}`.matchAll(/\b(seaglass|rpc|messaging)_\w+/g);
  const unknown = [...named]
    .map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
    .filter((name) => !known.has(name) && name !== 'rpc_status_code');
  expect(unknown).toEqual([]);
});

describeWithProgram('promtool', 'SEAGLASS_TEST_PROMTOOL')('promtool', () => {
  const promtool = findProgram('promtool', 'SEAGLASS_TEST_PROMTOOL') ?? 'promtool';
  const yamls = (directory: string): string[] =>
    readdirSync(join(root, directory))
      .filter((name) => name.endsWith('.yml'))
      .map((name) => join(root, directory, name));

  test.each([
    ['the rules are valid', ['check', 'rules', ...yamls('otel/rules')]],
    ['the rules fire when they should and only then', ['test', 'rules', ...yamls('otel/rules/tests')]],
    ['the configuration is valid', ['check', 'config', join(root, 'otel', 'prometheus.yml')]],
  ])('%s', (_claim, parameters) => {
    const { status, stdout, stderr } = spawnSync(promtool, parameters, { encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('a real Prometheus', () => {
  let directory: string;
  let prometheus: Child;
  let traffic: SyntheticTraffic | undefined;
  let base: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'seaglass-prometheus-'));
    const given = process.env['SEAGLASS_TEST_METRICS_URL'];
    traffic = given === undefined ? await SyntheticTraffic.start() : undefined;
    const target = given === undefined ? `127.0.0.1:${String(traffic?.port)}` : new URL(given).host;
    const config = {
      scrape_configs: [{ job_name: 'seaglass', scrape_interval: '500ms', static_configs: [{ targets: [target] }] }],
    };
    await writeFile(join(directory, 'prometheus.json'), JSON.stringify(config));
    const port = await freePort();
    base = `http://127.0.0.1:${String(port)}`;
    prometheus = startChild(
      findProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS') ?? 'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.json')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${String(port)}`,
        '--enable-feature=exemplar-storage',
      ],
      { directory },
    );
    await prometheus.printed(/Server is ready to receive web requests/, 30_000);
  }, 60_000);

  afterAll(async () => {
    await prometheus.stop();
    await traffic?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('returns data for every panel: none is dead', async () => {
    const waiting = new Map(queries.map(({ panel, expr }) => [`${panel}: ${expr}`, concrete(expr)]));
    // Scrapes come twice a second; a rate needs two of them, and what a panel shows first needs traffic in between.
    for (let attempt = 0; attempt < 40 && waiting.size > 0; attempt++) {
      await traffic?.run();
      await scrapedAgain(base);
      for (const [name, expr] of waiting) if ((await query(base, expr)).length > 0) waiting.delete(name);
    }
    expect([...waiting.keys()]).toEqual([]);
  }, 60_000);

  test('keeps exemplars that lead to exported traces only', async () => {
    if (traffic === undefined) return;
    const url = `${base}/api/v1/query_exemplars?query=seaglass_request_duration_seconds_bucket&start=0&end=9999999999`;
    const body = (await (await fetch(url)).json()) as {
      readonly data: readonly { readonly exemplars: readonly { readonly labels: Record<string, string> }[] }[];
    };
    const ids = body.data.flatMap((series) => series.exemplars.map((each) => each.labels['trace_id']));
    expect(ids.length).toBeGreaterThan(0);
    const exported = new Set(traffic.traceIds());
    expect(ids.filter((id) => !exported.has(id ?? ''))).toEqual([]);
  });
});

/** Grafana's variables as it would fill them in. */
function concrete(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+').replaceAll('$instance', '.+');
}

async function query(base: string, expr: string): Promise<readonly unknown[]> {
  const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const body = (await response.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data: { readonly result: unknown[] };
  };
  if (body.status !== 'success') throw new Error(`${expr}: ${String(body.error)}`);
  return body.data.result;
}

/** Resolves when a scrape ended that began after the call: the time of the newest sample has moved on. */
async function scrapedAgain(base: string): Promise<void> {
  const newest = async (): Promise<number> => {
    const [series] = (await query(base, 'max(timestamp(up))')) as { readonly value: readonly [number, string] }[];
    return Number(series?.value[1] ?? 0);
  };
  const before = await newest();
  const deadline = Date.now() + 10_000;
  while ((await newest()) <= before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Operations and counts as a gateway under traffic makes them. */
class SyntheticTraffic {
  readonly #telemetry: RunningTelemetry;
  readonly #sink: MemorySink;
  readonly #web: Console;

  static async start(): Promise<SyntheticTraffic> {
    const sink = new MemorySink();
    const telemetry = createTelemetry({ sink, runtimeMetrics: true });
    const web = await startConsole({ host: '127.0.0.1', port: 0, telemetry, engine: { problems: async () => [] } });
    return new SyntheticTraffic(telemetry, sink, web);
  }

  constructor(telemetry: RunningTelemetry, sink: MemorySink, web: Console) {
    this.#telemetry = telemetry;
    this.#sink = sink;
    this.#web = web;
    const { instruments, values } = telemetry;
    values.topicSeen('orders', { cleanupPolicy: 'delete', emptyAllowed: false });
    instruments.observe('seaglass_sessions', () => [[{ state: 'idle' }, 1]]);
    instruments.observe('seaglass_engine_channel_state', () => [[{ state: 'READY' }, 1]]);
  }

  get port(): number {
    return this.#web.address.port;
  }

  traceIds(): readonly string[] {
    return this.#sink.spans.map((span) => span.traceId);
  }

  async run(): Promise<void> {
    const { operations, instruments, values } = this.#telemetry;
    const fetch = operations.root('request', { spanName: 'Fetch' });
    const poll = fetch.child('poll');
    const census = { records: 2, nulls: 0, empties: 0, controls: 0, valueBytes: 622 };
    const at = { topic: 'orders', partition: toPartitionId(0), askedOffset: toOffset(1), firstOffset: toOffset(1) };
    values.delivered({ ...at, gapAllowed: false, engine: census, delivered: census }, poll);
    instruments.add('seaglass_stream_frames_total', { kind: 'data' });
    const call = { rpc_method: 'seaglass.v1.RecordLog/Read', rpc_status_code: 'OK' };
    instruments.record('rpc_client_call_duration_seconds', call, 0.002, poll);
    instruments.record('seaglass_fetch_wait_overrun_seconds', { data_available: 'true' }, 0.001, fetch);
    poll.end('data');
    fetch.end('data');
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#telemetry.close();
    await this.#web.close();
  }
}
