/**
 * Goal: the Prometheus of otel/compose.yaml gets its metrics from a gateway started as otel/README.md says, its Jaeger the traces, and its Grafana both.
 * Method: the command is read from the documents and the targets from prometheus.yml; each target is asked for over HTTP by the name and path that
 * Prometheus uses. The files of the other services are held against one another.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startNode } from '../../src/node/start';
import { startWholeGateway, type WholeGateway } from '../e2e/support';

const root = join(__dirname, '..', '..');
const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8');
const prometheus = parse(read('otel', 'prometheus.yml')) as {
  readonly global: { readonly scrape_interval: string };
  readonly alerting: {
    readonly alertmanagers: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[];
  };
  readonly scrape_configs: readonly {
    readonly metrics_path?: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
};
interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports: readonly string[];
  readonly depends_on?: readonly string[];
  readonly extra_hosts?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}
const compose = parse(read('otel', 'compose.yaml')) as {
  readonly services: Readonly<Record<'jaeger' | 'collector' | 'prometheus' | 'alertmanager' | 'grafana', Service>>;
};
const { datasources } = parse(read('otel', 'grafana', 'datasources', 'seaglass.yml')) as {
  readonly datasources: readonly {
    readonly uid: string;
    readonly type: string;
    readonly url: string;
    readonly jsonData?: {
      readonly timeInterval?: string;
      readonly alertmanagerUid?: string;
      readonly exemplarTraceIdDestinations?: readonly { readonly name: string; readonly datasourceUid: string }[];
    };
  }[];
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
  const known = compose.services.prometheus.extra_hosts?.map((entry) => entry.split(':')[0]);
  for (const { target } of targets) {
    expect(target.split(':')[1]).toBe(port);
    expect(known).toContain(target.split(':')[0]);
  }
});

test('an exemplar opens its trace: the data source names the label that exemplars have, and a data source of traces', () => {
  const metrics = datasources.find(({ type }) => type === 'prometheus');
  const [destination, ...more] = metrics?.jsonData?.exemplarTraceIdDestinations ?? [];
  expect(more).toEqual([]);
  expect(read('src', 'telemetry', 'metrics', 'exposition.ts')).toContain(
    `${destination?.name ?? 'none'}: exemplar.traceId`,
  );
  const traces = datasources.find(({ uid }) => uid === destination?.datasourceUid);
  expect(traces?.type).toBe('jaeger');
  expect(read('grafana', 'seaglass.json')).toContain('"exemplar": true');
  // Explore, where it opens, is closed to viewers; Prometheus keeps exemplars only where it is told to.
  expect(compose.services.grafana.environment).toMatchObject({ GF_AUTH_ANONYMOUS_ORG_ROLE: 'Editor' });
  expect(compose.services.prometheus.command).toContain('--enable-feature=exemplar-storage');
  expect(metrics?.jsonData?.timeInterval).toBe(prometheus.global.scrape_interval);
});

describe('the stack', () => {
  const { services } = compose;

  test('is of images with a version, and has its ports on loopback alone', () => {
    for (const [name, { image, ports }] of Object.entries(services)) {
      expect([name, image]).toEqual([name, expect.stringMatching(/^[\w./-]+:v?\d+\.\d+\.\d+$/)]);
      for (const opened of ports)
        expect([name, opened]).toEqual([name, expect.stringMatching(/^127\.0\.0\.1:(\d+):\1$/)]);
    }
  });

  test('mounts what is there, to be read only, and waits for services that are', () => {
    for (const { volumes = [], depends_on = [] } of Object.values(services)) {
      for (const mount of volumes) {
        const [from = '', , mode] = mount.split(':');
        expect([mount, existsSync(join(root, 'otel', from)), mode]).toEqual([mount, true, 'ro']);
      }
      expect(Object.keys(services)).toEqual(expect.arrayContaining([...depends_on]));
    }
  });

  test('sends alerts and asks data sources at the ports that their services open', () => {
    const alertmanagers = prometheus.alerting.alertmanagers.flatMap((each) =>
      each.static_configs.flatMap(({ targets: known }) => known),
    );
    const asked = [...alertmanagers, ...datasources.map(({ url }) => new URL(url).host)];
    const opened = Object.entries(services).flatMap(([name, { ports }]) =>
      ports.map((port) => `${name}:${String(port.split(':')[2])}`),
    );
    expect(opened).toEqual(expect.arrayContaining(asked));
    const uids = datasources.map(({ uid }) => uid);
    expect(uids).toEqual(
      expect.arrayContaining(datasources.flatMap(({ jsonData }) => jsonData?.alertmanagerUid ?? [])),
    );
  });

  test('Grafana is given the data sources, the dashboards, and the overview as its first page', () => {
    const { volumes = [], environment = {} } = services.grafana;
    const mounted = new Map(volumes.map((mount) => [mount.split(':')[0], mount.split(':')[1] ?? '']));
    for (const kind of ['datasources', 'dashboards'])
      expect(mounted.get(`./grafana/${kind}`)).toBe(`/etc/grafana/provisioning/${kind}`);
    const { providers } = parse(read('otel', 'grafana', 'dashboards', 'seaglass.yml')) as {
      readonly providers: readonly { readonly type: string; readonly options: { readonly path: string } }[];
    };
    const path = mounted.get('../grafana');
    expect(providers).toMatchObject([{ type: 'file', options: { path } }]);
    const home = environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    expect(existsSync(home.replace(`${String(path)}/`, `${join(root, 'grafana')}/`))).toBe(true);
  });
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
  const { command = [], volumes, ports } = compose.services.collector;

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
