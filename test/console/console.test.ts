/**
 * Goal: the console shows what it promises, to whom it should, and nothing else. Method: HTTP over loopback.
 */
import { request } from 'node:http';
import { type Console, startConsole } from '../../src/console/console';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';

import { ManualClock } from '../support/manual-clock';
import { MemorySink } from '../support/memory-sink';

let web: Console;
let telemetry: RunningTelemetry;
let clock: ManualClock;
let problems: () => Promise<readonly string[]>;

beforeEach(async () => {
  clock = new ManualClock();
  problems = async () => [];
  telemetry = createTelemetry({ clock, sink: new MemorySink() });
  const engine = { problems: () => problems() };
  web = await startConsole({
    host: '127.0.0.1',
    port: 0,
    hosts: ['console.example'],
    loopback: true,
    clock,
    telemetry,
    engine,
  });
});
afterEach(async () => {
  telemetry.close();
  await web.close();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: web.address.port, path, ...options }, (response) => {
      let body = '';
      response.on('data', (text: Buffer) => (body += text.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          headers: response.headers,
          body,
        }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('metrics come as text, or as OpenMetrics to who accepts it, and either as often as asked', async () => {
  telemetry.operations.root('request', { spanName: 'Fetch' }).end();
  for (let times = 0; times < 2; times++) {
    const open = await ask('/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
    expect(open.type).toContain('application/openmetrics-text');
    expect(open.body).toMatch(/^# TYPE seaglass_phase_started counter$/m);
    expect(open.body).toMatch(/^seaglass_phase_started_total\{phase="request"\} 1$/m);
    expect(open.body).toMatch(/# \{trace_id="[0-9a-f]{32}",span_id="[0-9a-f]{16}"\}/);
    expect(open.body.endsWith('# EOF\n')).toBe(true);
    const plain = await ask('/metrics');
    expect(plain.type).toContain('text/plain; version=0.0.4');
    expect(plain.body).toMatch(/^# TYPE seaglass_phase_started_total counter$/m);
    expect(plain.body).not.toContain('trace_id');
  }
});

test('it lives when it lives, and is ready when the engine has no problems', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: 'ready\n' });
  problems = async () => ['the filer does not answer', 'no broker'];
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'the filer does not answer\nno broker\n' });
  problems = () => Promise.reject(new Error('connection refused'));
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'the engine does not answer: connection refused\n' });
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
});

test('what is in flight shows phase, age, budget, place, client, trace, stream and channel', async () => {
  const fetch = telemetry.operations.root('request', {
    spanName: 'Fetch',
    attributes: { 'messaging.client.id': 'app' },
  });
  const poll = fetch.child('poll', { spanName: 'poll orders' });
  poll.set('messaging.destination.name', 'orders').set('messaging.destination.partition.id', '3');
  const recv = poll.child('stream.recv', { budgetMs: 200 }).set('kafka.offset', 42);
  recv.set('seaglass.stream.frames', 7).set('seaglass.engine.channel_state', 'CONNECTING');
  clock.advance(3_200);
  const json = JSON.parse((await ask('/debug/inflight')).body) as {
    total: number;
    operations: Record<string, unknown>[];
  };
  expect(json.total).toBe(3);
  expect(json.operations[0]).toMatchObject({
    path: 'fetch>stream.recv',
    chain: 'Fetch > poll orders > stream.recv',
    ageMs: 3_200,
    budgetMs: 200,
    overdueMs: 3_000,
    topic: 'orders',
    partition: '3',
    offset: 42,
    client: 'app',
    traceId: fetch.traceId,
    stream: { frames: 7 },
    channelState: 'CONNECTING',
  });
  const text = await ask('/debug/inflight?format=text');
  expect(text.type).toContain('text/plain');
  expect(text.body).toMatch(
    /3\.2s\s+0\.2s\s+3\.0s\s+fetch>stream\.recv\s+orders-3@42\s+app\s+-\s+CONNECTING\s+frames=7/,
  );
  expect((await ask('/debug/inflight', { headers: { accept: 'text/html' } })).type).toContain('text/plain');
});

test('another name in the Host header is refused; addresses, localhost and names it was told are not', async () => {
  const status = async (host: string) => (await ask('/metrics', { headers: { host } })).status;
  expect(await status('evil.example:9464')).toBe(403);
  expect(await status('localhost:9464')).toBe(200);
  expect(await status('[::1]:9464')).toBe(200);
  expect(await status('Console.Example:9464')).toBe(200);
  expect(await status('console.example.evil.example:9464')).toBe(403);
  expect(await status('127.0.0.1.evil.example')).toBe(403);
});

test('only GET and HEAD, no CORS, nothing cached, unknown paths are 404', async () => {
  expect(await ask('/metrics', { method: 'POST' })).toMatchObject({ status: 405 });
  const head = await ask('/healthz', { method: 'HEAD', headers: { origin: 'http://evil.example' } });
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers['access-control-allow-origin']).toBeUndefined();
  expect(head.headers['cache-control']).toBe('no-store');
  expect((await ask('/nowhere')).status).toBe(404);
  expect((await ask('/')).body).toContain('/debug/inflight');
});
