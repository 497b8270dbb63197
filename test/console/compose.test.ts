/**
 * Goal: the Prometheus of otel/compose.yaml gets its metrics from a gateway started as otel/README.md says, and its Jaeger the traces. Method: the command is read
 * from the documents and the targets from prometheus.yml; each target is asked for over HTTP by the name and path that Prometheus uses.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startNode } from '../../src/node/start';
import { startWholeGateway, type WholeGateway } from '../e2e/support';

const read = (...path: readonly string[]) => readFileSync(join(__dirname, '..', '..', ...path), 'utf8');
const prometheus = parse(read('otel', 'prometheus.yml')) as {
  readonly scrape_configs: readonly {
    readonly metrics_path?: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
};
const compose = parse(read('otel', 'compose.yaml')) as {
  readonly services: {
    readonly jaeger: { readonly image: string };
    readonly collector: { readonly image: string } & Readonly<
      Record<'command' | 'volumes' | 'ports' | 'depends_on', readonly string[]>
    >;
    readonly prometheus: { readonly extra_hosts: readonly string[] };
  };
};
const collector = parse(read('otel', 'collector.yml')) as {
  readonly receivers: {
    readonly otlp: { readonly protocols: Readonly<Record<string, { readonly endpoint: string }>> };
  };
  readonly processors: object;
  readonly exporters: Readonly<Record<string, { readonly endpoint: string }>>;
  readonly service: { readonly pipelines: Readonly<Record<string, Readonly<Record<Part, readonly string[]>>>> };
};
const PARTS = ['receivers', 'processors', 'exporters'] as const;
type Part = (typeof PARTS)[number];
const COMMAND = /OTEL_EXPORTER_OTLP_ENDPOINT=\S+ npm start -- (--console-listen \S+.*)$/m;
const targets = prometheus.scrape_configs.flatMap((job) =>
  job.static_configs.flatMap((each) =>
    each.targets.map((target) => ({ target, path: job.metrics_path ?? '/metrics' })),
  ),
);

/** Flags as the documents write them, by key. */
function flagsOf(document: string): Record<string, string> {
  const words = COMMAND.exec(document)?.[1]?.split(' ') ?? [];
  const flags: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 2)
    flags[(words[index] ?? '').replace('--console-', 'console.')] = words[index + 1] ?? '';
  return flags;
}

const closing: (() => unknown)[] = [];
let gateway: WholeGateway;
const documented = flagsOf(read(join('otel', 'README.md')));
const [host = '', port = ''] = (documented['console.listen'] ?? '').split(':');

beforeAll(async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-'));
  closing.push(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const node = await startNode({ dataDirectory });
  closing.push(() => node.close());
  // The one thing that is not as written: the port is a free one.
  const flags = { 'node.connect': node.address, ...documented, 'console.listen': `${host}:0` };
  gateway = await startWholeGateway({ flags });
  closing.push(() => gateway.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** As asked for by the host of the target, wherever that leads. */
function scrape(target: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: target, accept: 'application/openmetrics-text' };
    request(`${gateway.console}${path}`, { headers }, (response) => {
      let body = '';
      response.on('data', (text: Buffer) => (body += text.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('each target of prometheus.yml is answered', async () => {
  expect(targets).not.toEqual([]);
  for (const { target, path } of targets) {
    expect({ target, ...(await scrape(target, path)) }).toMatchObject({
      target,
      status: 200,
      body: expect.stringContaining('seaglass_phase_started_total') as string,
    });
  }
});

test('a name that was made to point at the console is not, on a wildcard address either', async () => {
  expect(await scrape(`rebound.example:${port}`, '/metrics')).toMatchObject({ status: 403 });
});

test('the targets are at the port that the documents open, and at names that the container knows', () => {
  expect(flagsOf(read('otel', 'compose.yaml'))).toEqual(documented);
  const known = compose.services.prometheus.extra_hosts.map((entry) => entry.split(':')[0]);
  for (const { target } of targets) {
    expect(target.split(':')[1]).toBe(port);
    expect(known).toContain(target.split(':')[0]);
  }
});

test('an exemplar opens its trace: the data source names the label that exemplars have, and a data source of traces', () => {
  const { datasources } = parse(read('otel', 'grafana', 'datasources', 'seaglass.yml')) as {
    readonly datasources: readonly {
      readonly uid: string;
      readonly type: string;
      readonly url: string;
      readonly jsonData?: {
        readonly exemplarTraceIdDestinations?: readonly { readonly name: string; readonly datasourceUid: string }[];
      };
    }[];
  };
  const metrics = datasources.find(({ type }) => type === 'prometheus');
  const [destination, ...more] = metrics?.jsonData?.exemplarTraceIdDestinations ?? [];
  expect(more).toEqual([]);
  expect(read('src', 'telemetry', 'metrics', 'exposition.ts')).toContain(
    `${destination?.name ?? 'none'}: exemplar.traceId`,
  );
  const traces = datasources.find(({ uid }) => uid === destination?.datasourceUid);
  expect([traces?.type, Object.keys(compose.services)]).toEqual([
    'jaeger',
    expect.arrayContaining([new URL(traces?.url ?? '').hostname]),
  ]);
  expect(read('grafana', 'seaglass.json')).toContain('"exemplar": true');
});

test('Jaeger and the collector are of the versions that test/jaeger runs', () => {
  const modules = read('test', 'jaeger', 'go.mod');
  const collectorVersion = /collector\/otelcol v(\S+)/.exec(modules)?.[1];
  expect(compose.services.collector.image).toBe(`otel/opentelemetry-collector:${String(collectorVersion)}`);
  // A release has two numbers: the module of 1.63 is the program of 2.0.
  const minor = Number(/jaegertracing\/jaeger v1\.(\d+)\.0/.exec(modules)?.[1]) - 63;
  expect(compose.services.jaeger.image).toBe(`jaegertracing/jaeger:2.${minor}.0`);
});

describe('the collector', () => {
  const { command, volumes, ports } = compose.services.collector;

  test('is started with collector.yml', () => {
    const [config = ''] = command.map((word) => word.replace('--config=', ''));
    expect(volumes).toContain(`./collector.yml:${config}:ro`);
  });

  test('takes OTLP at the ports that compose opens on this host, among them the one that the documents name', () => {
    const { grpc, http } = collector.receivers.otlp.protocols;
    expect([grpc?.endpoint, http?.endpoint]).toEqual(['0.0.0.0:4317', '0.0.0.0:4318']);
    expect(ports).toEqual(['127.0.0.1:4317:4317', '127.0.0.1:4318:4318']);
    for (const document of ['README.md', join('otel', 'README.md'), join('otel', 'compose.yaml')])
      for (const [, endpoint] of read(document).matchAll(/OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)/g))
        expect(endpoint).toBe('http://127.0.0.1:4318');
  });

  test('hands on to services of compose, traces to Jaeger', () => {
    const traces = collector.service.pipelines['traces'];
    expect(traces?.receivers).toEqual(['otlp']);
    expect(traces?.exporters.map((name) => collector.exporters[name]?.endpoint)).toEqual(['jaeger:4317']);
    for (const { endpoint } of Object.values(collector.exporters))
      expect(Object.keys(compose.services)).toContain(endpoint.split(':')[0]);
  });

  test('has pipelines of what it declares, and declares nothing else', () => {
    const pipelines = Object.values(collector.service.pipelines);
    expect(pipelines).not.toEqual([]);
    for (const part of PARTS) {
      const used = new Set(pipelines.flatMap((pipeline) => pipeline[part]));
      expect([part, [...used].sort()]).toEqual([part, Object.keys(collector[part]).sort()]);
    }
  });
});
