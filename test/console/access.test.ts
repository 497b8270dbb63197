/**
 * Goal: off loopback the console is closed without a token and open with it, tries are bounded, a browser's session is a cookie that no
 * other site can use, and no GET changes anything. Method: HTTP over loopback, the console told that its address is none.
 */
import { type Console, startConsole } from '../../src/console/console';
import type { Route } from '../../src/console/api/route';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

const TOKEN = 'sea-glass-is-green-0123';
let web: Console;
let telemetry: RunningTelemetry;
let clock: ManualClock;
let changes: number;

async function start(options: { readonly token?: string; readonly loopback: boolean }): Promise<void> {
  clock = new ManualClock();
  changes = 0;
  telemetry = createTelemetry();
  const routes: readonly Route[] = [
    { method: 'GET', path: '/api/thing', summary: '', answer: () => ({ status: 200, body: { changes } }) },
    { method: 'POST', path: '/api/thing', summary: '', answer: () => ({ status: 200, body: { changes: ++changes } }) },
  ];
  const engine = { problems: () => Promise.resolve([]) };
  web = await startConsole({ host: '127.0.0.1', port: 0, hosts: [], clock, telemetry, engine, routes, ...options });
}
afterEach(async () => {
  telemetry.close();
  await web.close();
});

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(web.address.port)}${path}`, init);
const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test('on loopback without a token all is open', async () => {
  await start({ loopback: true });
  for (const path of ['/api/thing', '/debug/inflight', '/metrics', '/page/app.js'])
    expect((await ask(path)).status).toBe(200);
});

test('elsewhere without a token only metrics, health and the page itself are open', async () => {
  await start({ loopback: false });
  for (const path of ['/metrics', '/healthz', '/readyz', '/page/app.js']) expect((await ask(path)).status).toBe(200);
  for (const path of ['/api/thing', '/api/live', '/api/events', '/debug/inflight']) {
    const answer = await ask(path);
    expect([path, answer.status]).toEqual([path, 403]);
    expect(await answer.text()).toContain('console.token');
  }
  expect((await post('/api/session', { token: '' })).status).toBe(403);
});

test('with a token it is asked for, by header or once by the page, which is then given a cookie', async () => {
  await start({ loopback: false, token: TOKEN });
  expect((await ask('/api/thing')).status).toBe(401);
  expect((await ask(`/api/thing?token=${TOKEN}`)).status).toBe(401);
  expect((await ask('/api/thing', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  expect((await post('/api/session', { token: 'not-the-token-0123456' })).status).toBe(401);
  const opened = await post('/api/session', { token: TOKEN });
  const cookie = opened.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^seaglass_console=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  expect(cookie).not.toContain(TOKEN);
  const session = { headers: { cookie: cookie.split(';')[0] ?? '' } };
  expect((await ask('/api/thing', session)).status).toBe(200);
  await post('/api/session', {}, session.headers);
  expect((await ask('/api/thing', session)).status).toBe(401);
});

test('a session ends by itself', async () => {
  await start({ loopback: true, token: TOKEN });
  const cookie = ((await post('/api/session', { token: TOKEN })).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  expect((await ask('/api/thing', { headers: { cookie } })).status).toBe(200);
  clock.advance(12 * 3_600_000);
  expect((await ask('/api/thing', { headers: { cookie } })).status).toBe(401);
});

test('after ten wrong tokens in a minute even the right one waits', async () => {
  await start({ loopback: false, token: TOKEN });
  const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
  for (let times = 0; times < 10; times++) expect((await ask('/api/thing', bearer('wrong'))).status).toBe(401);
  expect((await ask('/api/thing', bearer(TOKEN))).status).toBe(429);
  clock.advance(60_000);
  expect((await ask('/api/thing', bearer(TOKEN))).status).toBe(200);
});

test('only JSON from its own page changes something; a form or a page of another site does not, nor does GET', async () => {
  await start({ loopback: true });
  const origin = `http://127.0.0.1:${String(web.address.port)}`;
  expect((await post('/api/thing', {})).status).toBe(200);
  expect((await post('/api/thing', {}, { origin })).status).toBe(200);
  expect((await post('/api/thing', {}, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await post('/api/thing', {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' };
  expect((await ask('/api/thing', form)).status).toBe(415);
  expect((await ask('/api/thing', { method: 'OPTIONS' })).status).toBe(405);
  for (const path of ['/api/thing?changes=9', '/api/session', '/api/thing']) await ask(path);
  expect(changes).toBe(2);
});

test('pages may run no script but their own files, be in no frame, and tell no other site', async () => {
  await start({ loopback: true });
  const page = await ask('/', { headers: { accept: 'text/html', origin: 'http://evil.example' } });
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('access-control-allow-origin')).toBeNull();
  expect(page.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(await page.text()).not.toMatch(/<script(?![^>]*src=)|style="|https?:\/\//);
});
