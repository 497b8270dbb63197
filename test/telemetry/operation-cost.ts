/**
 * What operations cost: CPU per fetch of one root and five phases, with attributes as a real fetch sets them; then what making bytes of such
 * spans costs, by our serializer and OpenTelemetry's.
 * Run by hand: `node -r ./test/support/register.cjs test/telemetry/operation-cost.ts`; prints microseconds of CPU.
 */
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { FinishedSpan, SpanSink } from '../../src/telemetry/trace/finished-span';
import type { OperationSource } from '../../src/telemetry/trace/operation';
import type { KeepSettings } from '../../src/telemetry/trace/keep';
import { readableSpan } from '../../src/telemetry/sdk/readable-span';
import { SpanSerializer } from '../../src/telemetry/sdk/span-serializer';

const FETCHES = 300_000;
const ROUNDS = 5;

/** Spans are made and thrown away: the cost of exporting is the exporter's. */
class NowhereSink implements SpanSink {
  count = 0;
  export(spans: readonly FinishedSpan[]): void {
    this.count += spans.length;
  }
  exportUrgently(): void {
    this.count++;
  }
}

/** As many as leave at once. */
const BATCH_SPANS = 512;
const BATCHES = 400;

/** As a connection has them once. */
const CLIENT = {
  'messaging.system.name': 'kafka',
  'messaging.client.id': 'invoice-svc-1',
  'client.address': '127.0.0.1',
  'client.port': 50_000,
  'server.address': '127.0.0.1',
  'server.port': 9_092,
  'seaglass.listener': 'PLAINTEXT',
  'kafka.client.software.name': 'apache-kafka-java',
  'kafka.client.software.version': '4.3.1',
};

const header = (correlationId: number) => ({
  'kafka.api.key': 1,
  'kafka.api.version': 17,
  'kafka.correlation_id': correlationId,
});

function fetch(operations: OperationSource, index: number): void {
  const root = operations.root('request', { spanName: 'Fetch', shared: CLIENT, attributes: header(index) });
  root.setBudget(500);
  root.set('messaging.consumer.group.name', 'invoice-svc').set('seaglass.group.known_by', 'client');
  root.set('messaging.destination.name', 'orders');
  root.child('decode').end();
  const poll = root.child('poll').set('kafka.offset', index);
  poll.child('session.acquire').set('seaglass.session.mode', 'reuse').end();
  poll.set('messaging.batch.message_count', 1).set('seaglass.bytes', 100).end('data');
  root.set('messaging.batch.message_count', 1).set('seaglass.bytes', 100);
  root.child('encode').end();
  root.child('response.write').end();
  root.end('data');
}

function measure(keep: Partial<KeepSettings>): number {
  const telemetry = createTelemetry({ keep, sink: new NowhereSink() });
  const { operations } = telemetry;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < FETCHES; index++) fetch(operations, index);
    const used = process.cpuUsage(before);
    best = Math.min(best, (used.user + used.system) / FETCHES);
  }
  telemetry.close();
  return best;
}

function batchOfSpans(): ReadableSpan[] {
  const finished: FinishedSpan[] = [];
  const sink: SpanSink = { export: (spans) => finished.push(...spans), exportUrgently: () => undefined };
  const telemetry = createTelemetry({ keep: { mode: 'all' }, sink });
  for (let index = 0; finished.length < BATCH_SPANS; index++) fetch(telemetry.operations, index);
  telemetry.close();
  const resource = resourceFromAttributes({ 'service.name': 'seaglass' });
  const origin = { resource, instrumentationScope: { name: 'seaglass', version: '0.3.0' } };
  return finished.slice(0, BATCH_SPANS).map((span) => readableSpan(span, origin));
}

function measureBytes(serializer: { serializeRequest(spans: ReadableSpan[]): unknown }): number {
  const spans = batchOfSpans();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let batch = 0; batch < BATCHES; batch++) serializer.serializeRequest(spans);
    const used = process.cpuUsage(before);
    best = Math.min(best, (used.user + used.system) / BATCHES / BATCH_SPANS);
  }
  return best;
}

const rows = {
  off: measure({ mode: 'off' }),
  '1 % kept': measure({ firstPerSecond: 0, baseRate: 0.01 }),
  'by default': measure({}),
  'all kept': measure({ mode: 'all' }),
};
for (const [name, microseconds] of Object.entries(rows))
  process.stdout.write(`${name}: ${microseconds.toFixed(2)} µs per fetch\n`);

const bytes = { 'OpenTelemetry’s': ProtobufTraceSerializer, ours: new SpanSerializer() };
for (const [name, serializer] of Object.entries(bytes))
  process.stdout.write(`bytes of a span, ${name}: ${measureBytes(serializer).toFixed(2)} µs\n`);
