/**
 * Goal: what otel/README.md says of traces is so in Jaeger itself: a hang is there while it hangs, slow fetches of a topic by a client are one
 * search, an exemplar opens its trace, an application's trace holds what became of its record. Method: a whole gateway on the embedded node
 * exports to a collector that runs otel/collector.yml, and that to a Jaeger, whose query API is asked.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { post } from '../drills/support';
import { awaitTopic, batchOf, startWholeGateway, type WholeGateway } from '../e2e/support';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { GroupMember } from '../support/group-member';
import { describeWithProgram } from '../support/outside-program';
import { type Jaeger, type JaegerSpan, type JaegerTrace, startJaeger } from './jaeger';

/** Past which nothing here ends by a deadline: the test ends what hangs. */
const HANG_MS = 110_000;
const SLOW_MS = 3_000;

describeWithProgram('jaeger', 'SEAGLASS_TEST_JAEGER')('in Jaeger, behind the collector', () => {
  let data: string;
  let jaeger: Jaeger;
  let gateway: WholeGateway;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'seaglass-jaeger-'));
    jaeger = await startJaeger();
    gateway = await startWholeGateway({
      flags: {
        data,
        'drills.enabled': 'true',
        // A reader whose stream brings nothing is otherwise served by another way after two seconds.
        'deadlines.first-message-ms': String(HANG_MS),
        'groups.initial-rebalance-delay-ms': '0',
      },
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.endpoints.http },
    });
  });
  afterAll(async () => {
    await gateway?.close();
    await jaeger?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test('a fetch that hangs is found by its stall while it hangs, and is one whole trace once it has ended', async () => {
    const client = await gateway.client('audit-svc');
    await awaitTopic(client, 'hung');
    await client.produce('hung', batchOf('zero'));
    const drill = { drill: 'hang-recv', topic: 'hung' };
    expect((await post(gateway.console, { do: 'start', ...drill, forMs: HANG_MS })).status).toBe(200);
    const begun = performance.now();
    let answered = false;
    const answer = client.fetch('hung', 0, { maxWaitMs: HANG_MS }).finally(() => (answered = true));
    const tags = { 'seaglass.stall': 'true', 'messaging.client.id': 'audit-svc' };
    const { traceID, spans } = await jaeger.eventually(async () => (await jaeger.search({ tags }))[0]);
    expect(answered).toBe(false);
    process.stdout.write(`the stall was found ${Math.round(performance.now() - begun)} ms after the fetch was sent\n`);
    const stall = spans.find(({ operationName }) => operationName === 'stall stream.recv');
    expect(tagsOf(stall)).toMatchObject({ 'seaglass.path': 'fetch>stream.recv', 'messaging.destination.name': 'hung' });
    expect(spans.map(({ operationName }) => operationName)).not.toContain('Fetch hung');

    expect((await post(gateway.console, { do: 'stop', drill: drill.drill })).status).toBe(200);
    expect((await answer).records.byteLength).toBeGreaterThan(0);
    const whole = await jaeger.eventually(() => rooted(traceID, 'Fetch hung'));
    expect(ancestors(whole, 'stall stream.recv')).toEqual(['stream.recv', 'poll hung', 'Fetch hung']);
    for (const { references } of whole.spans)
      for (const parent of references.filter(({ refType }) => refType === 'CHILD_OF'))
        expect(whole.spans.map(({ spanID }) => spanID)).toContain(parent.spanID);
  });

  test('slow fetches of a topic by a client are one search by tags, which finds those and no others', async () => {
    const own = mkdtempSync(join(tmpdir(), 'seaglass-jaeger-'));
    // By gRPC, the other protocol that the collector takes.
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.endpoints.grpc,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_SERVICE_NAME: 'seaglass-slow',
    };
    const traced = await startWholeGateway({ flags: { data: own, trace: 'all' }, environment });
    try {
      const [audit, other] = [await traced.client('audit-svc'), await traced.client('invoice-svc')];
      for (const topic of ['orders', 'invoices']) {
        await awaitTopic(audit, topic);
        await audit.produce(topic, batchOf('zero'));
      }
      const slowly = { maxWaitMs: SLOW_MS };
      await audit.fetch('orders', 0);
      await Promise.all([audit.fetch('orders', 1, slowly), other.fetch('orders', 1, slowly)]);
      await audit.fetch('orders', 1, slowly);
      await audit.fetch('invoices', 1, slowly);
      const found = async (operation: string, search = {}) =>
        jaeger.search({ service: 'seaglass-slow', operation, ...search });
      await jaeger.eventually(async () => {
        const traces = [...(await found('Fetch orders')), ...(await found('Fetch invoices'))];
        return traces.length === 5 ? traces : undefined;
      });
      const tags = { 'messaging.client.id': 'audit-svc' };
      const slow = await found('Fetch orders', { tags, minDuration: `${SLOW_MS - 500}ms` });
      expect(slow).toHaveLength(2);
      const roots = slow.map(({ spans }) => spans.find(({ operationName }) => operationName === 'Fetch orders'));
      for (const root of roots) {
        expect(root?.duration).toBeGreaterThanOrEqual((SLOW_MS - 500) * 1_000);
        expect(tagsOf(root)).toMatchObject({ ...tags, 'messaging.destination.name': 'orders' });
      }
      expect(await found('Fetch orders', { tags })).toHaveLength(3);
    } finally {
      await traced.close();
      rmSync(own, { recursive: true, force: true });
    }
  });

  test('every exemplar on /metrics is a trace that Jaeger has', async () => {
    const client = await gateway.client('exemplary');
    await awaitTopic(client, 'exemplars');
    await client.produce('exemplars', batchOf('zero'));
    await client.fetch('exemplars', 0);
    const accept = { headers: { accept: 'application/openmetrics-text' } };
    const exposition = await (await fetch(`${gateway.console}/metrics`, accept)).text();
    const ids = new Set([...exposition.matchAll(/ # \{trace_id="([0-9a-f]{32})"/g)].map((match) => match[1] ?? ''));
    expect(ids.size).toBeGreaterThan(0);
    for (const id of ids) {
      const trace = await jaeger.eventually(() => jaeger.trace(id));
      expect(trace.traceID).toBe(id);
    }
  });

  test('an application’s own trace has the storage of its record beneath its span, and beneath that the delivery', async () => {
    const producer = await gateway.client('shop');
    await awaitTopic(producer, 'orders');
    const consumer = await gateway.client('invoice-svc-1');
    await new GroupMember(await gateway.client('invoice-svc-1'), 'invoice-svc').enter();
    const span = { traceId: 'c0ffee'.padEnd(32, '1'), spanId: 'c0ffee'.padEnd(16, '2'), name: 'checkout' };
    await applicationSpan(jaeger.endpoints.http, span);
    const traceparent = { key: 'traceparent', value: Buffer.from(`00-${span.traceId}-${span.spanId}-01`) };
    const record = { timestamp: Date.now(), key: null, value: Buffer.from('v'), headers: [traceparent] };
    expect(await producer.produce('orders', encodeBatch([record]))).toMatchObject({ baseOffset: 0 });
    await consumer.fetch('orders', 0);

    const trace = await jaeger.eventually(async () => {
      const known = await jaeger.trace(span.traceId);
      return known?.spans.length === 3 ? known : undefined;
    });
    expect(ancestors(trace, 'delivered to invoice-svc')).toEqual(['stored orders-0@0', 'checkout']);
    expect(await jaeger.search({ service: 'shop', operation: 'checkout' })).toMatchObject([{ traceID: span.traceId }]);
    // The service map: the application leads to the gateway, once for what was stored of its trace.
    const leads = await jaeger.eventually(async () =>
      (await jaeger.dependencies()).find(({ parent, child }) => parent === 'shop' && child === 'seaglass'),
    );
    expect(leads.callCount).toBe(1);
  });

  /** The trace, once a span of that name has no parent in it. */
  async function rooted(traceId: string, name: string): Promise<JaegerTrace | undefined> {
    const trace = await jaeger.trace(traceId);
    const root = trace?.spans.find(({ operationName }) => operationName === name);
    return root?.references.length === 0 ? trace : undefined;
  }
});

const tagsOf = (span: JaegerSpan | undefined): Readonly<Record<string, unknown>> =>
  Object.fromEntries((span?.tags ?? []).map(({ key, value }) => [key, value]));

/** Names from the parent of the span of that name up to the root. */
function ancestors({ spans }: JaegerTrace, name: string): readonly string[] {
  const names: string[] = [];
  const parentOf = (span: JaegerSpan | undefined): JaegerSpan | undefined => {
    const parent = span?.references.find(({ refType }) => refType === 'CHILD_OF');
    return spans.find(({ spanID }) => spanID === parent?.spanID);
  };
  let at = parentOf(spans.find(({ operationName }) => operationName === name));
  for (; at !== undefined; at = parentOf(at)) names.push(at.operationName);
  return names;
}

/** What an application that exports by OTLP sends of itself. */
async function applicationSpan(
  endpoint: string,
  { traceId, spanId, name }: { readonly traceId: string; readonly spanId: string; readonly name: string },
): Promise<void> {
  const nanoseconds = `${Date.now()}000000`;
  const span = { traceId, spanId, name, kind: 2, startTimeUnixNano: nanoseconds, endTimeUnixNano: nanoseconds };
  const service = { key: 'service.name', value: { stringValue: 'shop' } };
  const body = { resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }] };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}
