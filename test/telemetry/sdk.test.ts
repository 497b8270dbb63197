/**
 * Goal: what leaves through OTLP is what the operations said, by either protocol; stalls leave while the hang lasts; an exporter that
 * refuses, is late or never answers costs counted drops and nothing else.
 * Method: an OTLP receiver on loopback; real time, since the SDK's processors take no clock.
 */
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { systemClock } from '../../src/clock';
import { Metrics } from '../../src/telemetry/metrics/metrics';
import { RegistryProducer } from '../../src/telemetry/sdk/metric-producer';
import type { StartedTelemetry } from '../../src/telemetry/start-telemetry';
import { startTelemetry } from '../../src/telemetry/start-telemetry';
import { OtlpReceiver } from '../support/otlp-receiver';
import { expectWithin } from '../support/measured';

let receiver: OtlpReceiver;
let telemetry: StartedTelemetry | undefined;
let output = '';

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
});
afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
  await receiver.close();
});

async function start(otel: Record<string, string>, trace: 'all' | 'default' | 'off' = 'default') {
  output = '';
  const target = new PassThrough();
  target.on('data', (text: Buffer) => (output += text.toString()));
  telemetry = await startTelemetry({
    clock: systemClock,
    otel,
    trace,
    stallThresholdMs: 1_000,
    log: { level: 'info', form: 'json', target },
    version: '9.9.9',
  });
  return telemetry;
}

const PROTOCOLS = [
  ['http/protobuf', () => receiver.httpEndpoint],
  ['grpc', () => receiver.grpcEndpoint],
] as const;

describe.each(PROTOCOLS)('OTLP over %s', (protocol, endpoint) => {
  const variables = () => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=blue%20sky',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  });

  test('a kept trace arrives with its ids, kinds, status, attributes, links, scope and resource', async () => {
    const { operations } = await start(variables(), 'all');
    const fetch = operations.root('request', { spanName: 'Fetch' }).set('kafka.api.key', 1);
    const init = fetch
      .child('subscriber.init')
      .event('opening')
      .link({ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) });
    init.end('deadline', { type: 'deadline', message: 'no answer' });
    fetch.end('data');
    const root = await receiver.waitForSpan((span) => span.spanId === fetch.spanId);
    const child = await receiver.waitForSpan((span) => span.spanId === init.spanId);
    expect(root).toMatchObject({ name: 'Fetch', kind: 2, statusCode: 0, parentSpanId: '', scope: 'seaglass' });
    expect(root.attributes).toMatchObject({
      'kafka.api.key': 1,
      'seaglass.keep_reason': 'error',
      'seaglass.path': 'fetch',
    });
    expect(root.resource).toMatchObject({
      'service.name': 'seaglass',
      'service.version': '9.9.9',
      'deployment.environment.name': 'test',
    });
    expect(child).toMatchObject({ kind: 1, statusCode: 2, statusMessage: 'no answer', parentSpanId: fetch.spanId });
    expect(child.traceId).toBe(root.traceId);
    expect(child.attributes).toMatchObject({ 'error.type': 'deadline', 'seaglass.path': 'fetch>subscriber.init' });
    expect(child.links).toEqual([{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) }]);
    expect(child.events).toEqual(['opening']);
    expect(receiver.headers[0]?.['x-tenant']).toBe('blue sky');
  });

  test('a hang is seen while it lasts, and ends as one trace without orphans', async () => {
    const { operations, instruments } = await start(variables());
    const fetch = operations.root('request', { spanName: 'Fetch', attributes: { 'messaging.client.id': 'app' } });
    const init = fetch.child('subscriber.init', { budgetMs: 200 }).set('messaging.destination.name', 'orders');
    const stall = await receiver.waitForSpan((span) => span.name === 'stall subscriber.init');
    expectWithin('a hang is seen', stall.receivedAtMs - stall.startMs, 2_500);
    expect(stall).toMatchObject({ parentSpanId: init.spanId, traceId: fetch.traceId, statusCode: 2 });
    expect(stall.statusMessage).toMatch(/^subscriber\.init still waiting after \d+\.\d s$/);
    expect(stall.attributes).toMatchObject({
      'seaglass.stall': true,
      'seaglass.stall.seq': 1,
      'seaglass.path': 'fetch>subscriber.init',
      'messaging.destination.name': 'orders',
      'messaging.client.id': 'app',
    });
    expect(instruments.value('seaglass_stalls_total', { phase: 'subscriber.init' })).toBe(1);
    expect(instruments.value('seaglass_inflight_oldest_overdue_seconds', { phase: 'subscriber.init' })).toBeGreaterThan(
      0.5,
    );
    init.end('data');
    fetch.end('data');
    await receiver.waitForSpan((span) => span.spanId === fetch.spanId);
    await receiver.waitForSpan((span) => span.spanId === init.spanId);
    expect(receiver.orphans(fetch.traceId)).toEqual([]);
    expect(receiver.trace(fetch.traceId)).toHaveLength(3);
    const root = receiver.spans.find((span) => span.spanId === fetch.spanId);
    expect(root?.attributes['seaglass.keep_reason']).toBe('stalled');
    expect(output.match(/operation\.stalled/g)).toHaveLength(1);
  });

  test('metrics and logs are pushed where they are asked for', async () => {
    const running = await start({
      ...variables(),
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    });
    running.operations.root('request', { spanName: 'Fetch' }).end();
    running.log.write('info', 'test.line', 'a line', {
      trace_id: 'e'.repeat(32),
      span_id: 'f'.repeat(16),
      topic: 'orders',
    });
    await receiver.waitUntil(() => (receiver.metricNames.has('seaglass_request_duration_seconds') ? true : undefined));
    expect(receiver.metricNames).toContain('seaglass_phase_started');
    const line = await receiver.waitUntil(() => receiver.logs.find((each) => each.eventName === 'test.line'));
    expect(line).toMatchObject({ body: 'a line', traceId: 'e'.repeat(32), attributes: { topic: 'orders' } });
  });
});

test('without an endpoint nothing is exported and nothing complains', async () => {
  const running = await start({});
  running.operations.root('request', { spanName: 'Fetch' }).end();
  expect(running.destinations.traces).toMatch(/nowhere/);
  await running.shutdown();
  expect(running.instruments.value('seaglass_traces_total', { keep_reason: 'no_exporter' })).toBe(1);
  expect(output).toBe('');
});

test('a sampler that is off exports nothing, and one that is on everything', async () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint };
  const off = await start({ ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' });
  off.operations.root('request', { spanName: 'Fetch' }).flag('mismatch').end('error');
  await off.shutdown();
  expect(receiver.spans).toHaveLength(0);
  const on = await start({ ...endpoint, OTEL_TRACES_SAMPLER: 'always_on' });
  for (let index = 0; index < 50; index++) on.operations.root('request', { spanName: 'Fetch' }).end();
  await on.shutdown();
  expect(receiver.spans).toHaveLength(50);
});

test('an endpoint that is no URL is refused by name', async () => {
  await expect(start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://[' })).rejects.toThrow(
    'OTEL_EXPORTER_OTLP_ENDPOINT: "http://[/v1/traces" is not a URL',
  );
});

describe.each(PROTOCOLS)('over %s an exporter that', (protocol, endpoint) => {
  const SPANS = 3_000;
  const SIGNALS = ['traces', 'metrics', 'logs'];
  const startAll = (variables: Record<string, string>) =>
    start(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_BSP_MAX_QUEUE_SIZE: '1000',
        ...variables,
      },
      'all',
    );
  const work = (running: StartedTelemetry): void => {
    for (let index = 0; index < SPANS; index++) running.operations.root('request', { spanName: 'Fetch' }).end();
    running.log.write('info', 'test.line', 'a line');
  };
  /** Lines that were never handed to the exporter are counted as logs, too. */
  const dropped = (running: StartedTelemetry, signal: string): number =>
    running.instruments
      .numbers('seaglass_telemetry_dropped_total')
      .snapshot()
      .values.filter(({ labels }) => labels['signal'] === signal && labels['reason'] !== 'suppressed')
      .reduce((sum, { value }) => sum + value, 0);

  test('never answers costs a shutdown of at most two seconds', async () => {
    receiver.behaviour = 'silent';
    const running = await startAll({ OTEL_EXPORTER_OTLP_TIMEOUT: '120000' });
    work(running);
    expect(dropped(running, 'traces')).toBeGreaterThanOrEqual(SPANS - 2_000);
    const before = Date.now();
    await running.shutdown();
    expectWithin('a shutdown with an exporter that never answers', Date.now() - before, 4_000);
    expect(output).toMatch(/telemetry\.shutdown/);
  });

  test.each([
    ['never answers', 'silent'],
    ['refuses', 'refuse'],
  ] as const)('%s costs drops of every signal, counted', async (_what, behaviour) => {
    receiver.behaviour = behaviour;
    const running = await startAll({ OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    work(running);
    await running.shutdown();
    // A shutdown ends with the first export that failed; the others fail beside it.
    const settled = () =>
      dropped(running, 'traces') >= SPANS && SIGNALS.every((signal) => dropped(running, signal) > 0);
    for (const deadline = Date.now() + 20_000; !settled() && Date.now() < deadline;) await setTimeout(10);
    expect(dropped(running, 'traces')).toBe(SPANS);
    expect(SIGNALS.filter((signal) => dropped(running, signal) === 0)).toEqual([]);
    expect(output).toMatch(/telemetry\.export|telemetry\.shutdown/);
  });

  test('answers late costs what its queue could not hold, and nothing else', async () => {
    receiver.behaviour = 'late';
    const running = await startAll({ OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '200' });
    work(running);
    const lost = dropped(running, 'traces');
    expect(lost).toBeGreaterThan(0);
    // Before a shutdown, which gives exporters two seconds and no more.
    const isWhole = (): boolean =>
      receiver.spans.length + lost >= SPANS &&
      receiver.logs.some(({ eventName }) => eventName === 'test.line') &&
      receiver.metricNames.has('seaglass_request_duration_seconds');
    await receiver.waitUntil(() => (isWhole() ? true : undefined));
    expect(receiver.spans.length + dropped(running, 'traces')).toBe(SPANS);
    expect([dropped(running, 'logs'), dropped(running, 'metrics')]).toEqual([0, 0]);
    await running.shutdown();
  });
});

test('pushed metrics have a name each: only a counter loses its suffix', async () => {
  const metrics = new Metrics({ clock: systemClock, runtimeMetrics: true });
  const resource = resourceFromAttributes({});
  const producer = new RegistryProducer({ metrics, clock: systemClock, resource, scope: { name: 'test' } });
  const { resourceMetrics } = await producer.collect();
  const names = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names).toContain('seaglass_phase_started');
  expect(names).toContain('nodejs_active_handles');
});

test.each([
  ['OTEL_TRACES_EXPORTER', 'zipkin,otlp', 'traces', /OTLP http/, 'zipkin'],
  ['OTEL_TRACES_EXPORTER', 'OTLP, console', 'traces', /OTLP http/, 'console'],
  ['OTEL_TRACES_EXPORTER', 'jaeger', 'traces', /^nowhere \(OTEL_TRACES_EXPORTER/, 'jaeger'],
  ['OTEL_METRICS_EXPORTER', 'prometheus', 'metrics', /^nowhere/, 'prometheus'],
  ['OTEL_METRICS_EXPORTER', 'prometheus,otlp', 'metrics', /OTLP http/, 'prometheus'],
  ['OTEL_LOGS_EXPORTER', 'none', 'logs', /^nowhere/, undefined],
  ['OTEL_LOGS_EXPORTER', 'otlp,', 'logs', /OTLP http/, undefined],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', 'traces', /OTLP http\/protobuf/, 'http/json'],
] as const)('%s=%s: what is served is taken, the rest is one warning', async (variable, value, signal, where, left) => {
  const { destinations } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint, [variable]: value });
  expect(destinations[signal]).toMatch(where);
  const warnings = output.split('\n').filter((line) => line.includes(variable));
  expect(warnings).toHaveLength(left === undefined ? 0 : 1);
  if (left !== undefined) expect(warnings[0]).toContain(left);
});
