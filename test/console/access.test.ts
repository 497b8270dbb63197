/**
 * Goal: off loopback the console is closed without credentials; what is shown brings the rights that the settings say, and no more; tries are
 * bounded, a browser's session is a cookie that no other site can use, and no GET changes anything. Method: HTTP over loopback, the console
 * told that its address is none.
 */
import { type Console, startConsole } from '../../src/console/console';
import type { ConsoleOptions } from '../../src/console/console-options';
import { networkOf, Tries } from '../../src/console/access/tries';
import type { ConsoleUsers } from '../../src/console/access/credentials';
import { rightsWith } from '../../src/console/access/rights';
import type { Route } from '../../src/console/api/route';
import { LiveEvents } from '../../src/console/events';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

const TOKEN = 'sea-glass-is-green-0123';
const whole = { token: TOKEN, name: 'console.token', rights: rightsWith(['operate', 'contents']) };
const TOKENS = (['metrics', 'view', 'operate', 'contents'] as const).map((right) => ({
  token: `${right}-token-0123456789`,
  name: `console.${right}-token`,
  rights: rightsWith([right]),
}));
let web: Console;
let telemetry: RunningTelemetry;
let clock: ManualClock;
/** Of the log: each line's event and words. */
let lines: (readonly [event: string, message: string])[];
let changes: number;

async function start(options: Partial<ConsoleOptions> & Pick<ConsoleOptions, 'loopback'>): Promise<void> {
  clock = new ManualClock();
  lines = [];
  changes = 0;
  // By its own clock: it looks around every second, and the other is moved by half a day.
  telemetry = createTelemetry({
    log: { enabled: () => true, write: (_level, event, message) => void lines.push([event, message]) },
  });
  const answer: Route['answer'] = ({ rights }) => ({
    status: 200,
    body: { changes, contents: rights.has('contents') },
  });
  const routes: readonly Route[] = [
    { method: 'GET', path: '/api/thing', summary: '', answer },
    {
      ...{ method: 'POST', path: '/api/thing', summary: '', shows: [] },
      answer: () => ({ status: 200, body: { changes: ++changes } }),
    },
  ];
  const engine = { problems: () => Promise.resolve(['the broker is gone']) };
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
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const cookieOf = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

test('on loopback without credentials all is open', async () => {
  await start({ loopback: true });
  for (const path of ['/api/thing', '/debug/inflight', '/metrics', '/page/app.js'])
    expect((await ask(path)).status).toBe(200);
  expect(await (await ask('/readyz')).text()).toBe('the broker is gone\n');
  expect(await (await ask('/api/session')).json()).toMatchObject({
    asks: { token: false, password: false },
    rights: ['metrics', 'view', 'operate', 'contents'],
  });
});

test('elsewhere without credentials only that it lives, whether it is ready and the page itself are open', async () => {
  await start({ loopback: false });
  for (const path of ['/healthz', '/page/app.js', '/']) expect((await ask(path)).status).toBe(200);
  const ready = await ask('/readyz');
  expect([ready.status, await ready.text()]).toEqual([503, expect.not.stringContaining('broker')]);
  for (const path of ['/metrics', '/api/thing', '/api/live', '/api/events', '/debug/inflight', '/nowhere']) {
    const answer = await ask(path);
    expect([path, answer.status]).toEqual([path, 403]);
    expect(await answer.text()).toContain('console.token');
  }
  expect((await post('/api/session', { token: TOKEN })).status).toBe(403);
});

test.each([
  [true, 'ready\ndegraded: partition orders-0 has lost a value; '],
  [false, 'ready\n'],
])('what is degraded makes nobody unready, and is told to who may view (loopback %s)', async (loopback, told) => {
  await start({ loopback, engine: { problems: () => Promise.resolve([]) } });
  telemetry.incidents.open('engine_lost_records', 'orders-0', { evidence: 'has lost a value' });
  const ready = await ask('/readyz');
  const text = await ready.text();
  expect([ready.status, text.slice(0, told.length)]).toEqual([200, told]);
  expect(text.includes('orders')).toBe(loopback);
});

test('the metrics are open where console.open-metrics says so, and nothing else is', async () => {
  await start({ loopback: false, openMetrics: true });
  expect((await ask('/metrics')).status).toBe(200);
  expect((await ask('/debug/inflight')).status).toBe(403);
});

describe('rights', () => {
  /** What each token may: /metrics, looking, changing, contents. */
  test.each([
    ['metrics', [200, 403, 403], undefined],
    ['view', [200, 200, 403], false],
    ['operate', [200, 200, 200], false],
    ['contents', [200, 200, 403], true],
  ] as const)('the token for %s lets in to what it is for', async (right, statuses, contents) => {
    await start({ loopback: true, tokens: () => TOKENS });
    const headers = bearer(`${right}-token-0123456789`);
    // Who may see contents asked before: what was made for one is not given to another.
    await ask('/api/thing', { headers: bearer('contents-token-0123456789') });
    const thing = await ask('/api/thing', { headers });
    expect([
      (await ask('/metrics', { headers })).status,
      thing.status,
      (await post('/api/thing', {}, headers)).status,
    ]).toEqual(statuses);
    expect(((await thing.json()) as { contents?: boolean }).contents).toBe(contents);
    for (const path of ['/debug/inflight', '/api/events?once']) {
      const answer = await ask(path, { headers });
      expect([path, answer.status]).toEqual([path, right === 'metrics' ? 403 : path.includes('events') ? 404 : 200]);
    }
  });

  test('what is missing is said', async () => {
    await start({ loopback: true, tokens: () => TOKENS });
    const answer = await post('/api/thing', {}, bearer('view-token-0123456789'));
    expect(await answer.json()).toEqual({
      error: 'this needs the right operate, and console.view-token has view, metrics',
    });
    expect(changes).toBe(0);
  });
});

test('credentials are asked for, by header or once by the page, which is then given a cookie', async () => {
  await start({ loopback: false, tokens: () => [whole] });
  expect((await ask('/api/thing')).status).toBe(401);
  expect((await ask(`/api/thing?token=${TOKEN}`)).status).toBe(401);
  expect((await ask('/api/thing', { headers: bearer(TOKEN) })).status).toBe(200);
  expect((await post('/api/session', { token: 'not-the-token-0123456' })).status).toBe(401);
  const opened = await post('/api/session', { token: TOKEN });
  const cookie = opened.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^seaglass_console=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  expect(cookie).not.toContain(TOKEN);
  const session = { headers: { cookie: cookieOf(opened) } };
  expect((await ask('/api/thing', session)).status).toBe(200);
  expect(await (await ask('/api/session', session)).json()).toMatchObject({ name: 'console.token', signedIn: true });
  await post('/api/session', {}, session.headers);
  expect((await ask('/api/thing', session)).status).toBe(401);
});

/** As `start`, with events to watch. */
async function startWatched(options: Partial<ConsoleOptions>): Promise<LiveEvents> {
  await start({ loopback: true });
  await web.close();
  const events = new LiveEvents({
    ...{ clock, view: { look: () => ({}) as never }, incidents: telemetry.incidents },
  });
  const engine = { problems: () => Promise.resolve([]) };
  const fixed = { host: '127.0.0.1', port: 0, hosts: [], clock, telemetry, engine, events, loopback: true };
  web = await startConsole({ ...fixed, ...options });
  return events;
}

test('a session ends by itself, and with it what is watched', async () => {
  const events = await startWatched({ tokens: () => [whole] });
  const cookie = cookieOf(await post('/api/session', { token: TOKEN }));
  clock.advance(12 * 3_600_000 - 1_000);
  const stream = await ask('/api/events', { headers: { cookie } });
  expect([stream.status, events.viewers]).toEqual([200, 1]);
  clock.advance(1_000);
  expect(events.viewers).toBe(0);
  await stream.text().catch(() => undefined);
  expect((await ask('/debug/inflight', { headers: { cookie } })).status).toBe(401);
});

test('what is watched by a token or a password ends within a second of another one, or of the user’s removal', async () => {
  let token = TOKEN;
  const passwords = new Map([
    ['ann', 'of ann'],
    ['bob', 'of bob'],
  ]);
  const users: ConsoleUsers = {
    verifyPassword: (user, password) => Promise.resolve(passwords.get(user) === password),
    version: (user) => passwords.get(user),
  };
  const events = await startWatched({
    tokens: () => [{ ...whole, token }],
    users: { users, named: { view: ['*'], operate: [], contents: [] } },
  });
  const shown = [bearer(TOKEN), basic('ann', 'of ann'), basic('bob', 'of bob')];
  const streams = await Promise.all(shown.map((headers) => ask('/api/events', { headers })));
  clock.advance(5_000);
  expect(events.viewers).toBe(3);
  token = 'another-token-of-the-test';
  clock.advance(1_000);
  expect(events.viewers).toBe(2);
  passwords.set('ann', 'changed');
  clock.advance(1_000);
  expect(events.viewers).toBe(1);
  passwords.delete('bob');
  clock.advance(1_000);
  expect(events.viewers).toBe(0);
  for (const stream of streams) await stream.text().catch(() => undefined);
});

describe('users', () => {
  const passwords = new Map<string, string>();
  const users: ConsoleUsers = {
    verifyPassword: (user, password) => Promise.resolve(passwords.get(user) === password),
    version: (user) => passwords.get(user),
  };
  beforeEach(async () => {
    for (const user of ['ann', 'bob', 'eve']) passwords.set(user, `${user}'s: password`);
    await start({ loopback: false, users: { users, named: { view: ['bob'], operate: ['ann'], contents: [] } } });
  });

  test('sign in by basic authentication, each with the rights of the lists', async () => {
    const statuses = async (user: string, password: string): Promise<readonly number[]> => [
      (await ask('/api/thing', { headers: basic(user, password) })).status,
      (await post('/api/thing', {}, basic(user, password))).status,
    ];
    expect(await statuses('ann', "ann's: password")).toEqual([200, 200]);
    expect(await statuses('bob', "bob's: password")).toEqual([200, 403]);
    // Known, and named in no list.
    expect(await statuses('eve', "eve's: password")).toEqual([403, 403]);
    expect(await statuses('ann', "bob's: password")).toEqual([401, 401]);
    expect(await statuses('nobody', '')).toEqual([401, 401]);
    // A browser must not keep a password and send it along by itself.
    expect((await ask('/api/thing')).headers.get('www-authenticate')).not.toMatch(/basic/i);
  });

  test('by the page, until the password is another one', async () => {
    expect(await (await ask('/api/session')).json()).toMatchObject({ asks: { token: false, password: true } });
    const cookie = cookieOf(await post('/api/session', { user: 'ann', password: "ann's: password" }));
    expect((await ask('/api/thing', { headers: { cookie } })).status).toBe(200);
    passwords.set('ann', 'changed');
    expect((await ask('/api/thing', { headers: { cookie } })).status).toBe(401);
  });

  test('a crowd at once is no way around the bound', async () => {
    const crowd = Array.from({ length: 40 }, (_, index) =>
      ask('/api/thing', { headers: basic('ann', `guess ${String(index)}`) }),
    );
    const statuses = (await Promise.all(crowd)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    expect(lines.filter(([event]) => event === 'console.refused')).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('guess');
  });
});

test('after ten wrong tokens in a minute even the right one waits; sign-ins are counted', async () => {
  await start({ loopback: false, tokens: () => [whole] });
  const headers = bearer(TOKEN);
  for (let times = 0; times < 10; times++)
    expect((await ask('/api/thing', { headers: bearer('wrong') })).status).toBe(401);
  expect((await ask('/api/thing', { headers })).status).toBe(429);
  expect((await post('/api/session', { token: TOKEN })).status).toBe(429);
  clock.advance(60_000);
  expect((await ask('/api/thing', { headers })).status).toBe(200);
  expect((await post('/api/session', { token: TOKEN })).status).toBe(200);
  const metrics = await (await ask('/metrics', { headers })).text();
  for (const line of ['accepted"} 1', 'refused"} 10', 'limited"} 2'])
    expect(metrics).toContain(`seaglass_console_sign_ins_total{outcome="${line}`);
});

test('wrong tries of many addresses are held in bounded memory, and push nobody out', () => {
  const tries = new Tries(new ManualClock());
  for (let times = 0; times < 10; times++) tries.begin('192.0.2.1');
  for (let other = 0; other < 5_000; other++) tries.begin(`198.51.${String(other >> 8)}.${String(other & 255)}`);
  expect(tries.begin('192.0.2.1').allowed).toBe(false);
  // Those past the bound share one count.
  expect(tries.begin('203.0.113.9').allowed).toBe(false);
  expect(tries.begin('198.51.0.1').allowed).toBe(true);
});

test('the addresses of one machine are one', () => {
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::9'));
  expect(networkOf('2001:db8:1:2::9')).not.toBe(networkOf('2001:db8:1:3::9'));
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0');
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

test('another token takes the place of the one before, and sessions that were begun by that end', async () => {
  let token = TOKEN;
  await start({ loopback: true, tokens: () => [{ ...whole, token }] });
  const signedIn = await post('/api/session', { token });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const statuses = async (): Promise<readonly number[]> => {
    const shown = [{ cookie }, bearer(TOKEN), bearer('another-token-of-the-test')];
    return Promise.all(shown.map(async (headers) => (await ask('/api/thing', { headers })).status));
  };
  expect(await statuses()).toEqual([200, 200, 401]);
  token = 'another-token-of-the-test';
  expect(await statuses()).toEqual([401, 401, 200]);
});

test('every answer forbids scripts but its own files, frames, caches and guesses of its type', async () => {
  await start({ loopback: true, tokens: () => [whole] });
  const headers = bearer(TOKEN);
  const answers = [
    ask('/', { headers: { accept: 'text/html', origin: 'http://evil.example' } }),
    ...['/', '/page/app.js', '/page/style.css', '/page/icon.svg', '/healthz', '/readyz', '/metrics', '/nowhere'].map(
      (path) => ask(path, { headers }),
    ),
    ...['/api/thing', '/api/nothing', '/api/session', '/debug/inflight'].map((path) => ask(path, { headers })),
    ask('/api/thing'),
    ask('/api/thing', { method: 'DELETE', headers }),
    post('/api/thing', {}, { ...headers, origin: 'http://evil.example' }),
  ];
  for (const each of answers) {
    const answer = await each;
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect([answer.url, policy]).toEqual([answer.url, expect.stringContaining(part)]);
    expect(policy).not.toContain('unsafe');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  }
  const page = await ask('/', { headers: { accept: 'text/html' } });
  expect(await page.text()).not.toMatch(/<script(?![^>]*src=)|style="|\son\w+="|https?:\/\//);
});
