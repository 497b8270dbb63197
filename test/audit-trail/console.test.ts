/**
 * Goal: the trail says who came to the console, who did not, what they changed and what they may not, and never what they showed for it.
 * Method: HTTP to a console that asks for tokens, the trail in memory.
 */
import { rightsWith } from '../../src/console/access/rights';
import type { Route } from '../../src/console/api/route';
import { type Console, startConsole } from '../../src/console/console';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';
import { memoryTrail } from './memory-trail';

const SECRET = 'canary-token-0123456789';
const { trail, output } = memoryTrail();
const telemetry = createTelemetry({ clock: new ManualClock() });
const changing: Route = {
  ...{ method: 'POST', path: '/api/thing', summary: '', shows: ['do', 'forMs'] },
  answer: ({ body }) => ({ status: (body as { readonly do?: string }).do === 'start' ? 200 : 400, body: {} }),
};
const reading: Route = {
  ...{ method: 'GET', path: '/api/contents', summary: '' },
  answer: ({ query, rights }) => {
    const resource = { type: 'topic', name: 'orders' } as const;
    const contents = rights.has('contents') ? { resource, detail: `offsets=${query.get('offset') ?? ''}` } : undefined;
    return { status: 200, body: {}, contents };
  },
};
let web: Console;

beforeAll(async () => {
  web = await startConsole({
    ...{ host: '127.0.0.1', port: 0, hosts: [], loopback: false, clock: new ManualClock(), telemetry },
    tokens: () => [
      { token: SECRET, name: 'console.operate-token', rights: rightsWith(['operate']) },
      { token: 'contents-token-0123456789', name: 'console.contents-token', rights: rightsWith(['contents']) },
      { token: 'view-token-0123456789', name: 'console.view-token', rights: rightsWith(['view']) },
    ],
    engine: { problems: () => Promise.resolve([]) },
    routes: [changing, reading],
    auditTrail: trail,
  });
});
afterAll(async () => {
  telemetry.close();
  await web.close();
});

const post = (path: string, body: object, token?: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(web.address.port)}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

test('sign-ins, changes and refusals are told, and no credential is', async () => {
  expect((await post('/api/session', { token: SECRET })).status).toBe(200);
  expect((await post('/api/session', { token: `${SECRET}-not` })).status).toBe(401);
  expect((await post('/api/thing', { do: 'start', forMs: 5, password: SECRET }, SECRET)).status).toBe(200);
  expect((await post('/api/thing', { do: 'nothing' }, SECRET)).status).toBe(400);
  expect((await post('/api/thing', { do: 'start' }, 'view-token-0123456789')).status).toBe(403);
  await output.has(5);
  const told = output.lines.map(({ event, principal, api, verdict, detail, error }) => ({
    ...{ event, principal, api, verdict },
    ...(detail === undefined ? {} : { detail }),
    ...(error === undefined ? {} : { error }),
  }));
  const operator = { principal: 'User:console.operate-token', api: '/api/thing' };
  const session = { api: '/api/session' };
  expect(told).toEqual([
    { ...session, event: 'audit.sign_in', principal: 'User:console.operate-token', verdict: 'allowed' },
    {
      ...{ ...session, event: 'audit.sign_in_failed', principal: 'User:ANONYMOUS', verdict: 'denied' },
      error: 'wrong credentials',
    },
    { ...operator, event: 'audit.console_changed', verdict: 'allowed', detail: 'do=start forMs=5' },
    { ...operator, event: 'audit.console_changed', verdict: 'failed', detail: 'do=nothing', error: 'HTTP 400' },
    {
      ...{ event: 'audit.request_denied', principal: 'User:console.view-token', api: '/api/thing', verdict: 'denied' },
      detail: 'operation=operate',
    },
  ]);
  expect(output.text).not.toContain(SECRET);
  expect(
    new Set(output.lines.map(({ listener, client_address: address }) => `${String(listener)} ${String(address)}`)),
  ).toEqual(new Set(['console 127.0.0.1']));
});

test('who is shown contents is told, each place once an interval, and who is not shown them is not', async () => {
  const before = output.lines.length;
  const get = (offset: number, token: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(web.address.port)}/api/contents?offset=${String(offset)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  await get(1, 'view-token-0123456789');
  for (const offset of [1, 1, 2]) await get(offset, 'contents-token-0123456789');
  await output.has(before + 2);
  const read = { event: 'audit.contents_read', api: '/api/contents', resource_type: 'topic', resource_name: 'orders' };
  const told = { ...read, principal: 'User:console.contents-token', verdict: 'allowed' };
  expect(output.lines.slice(before)).toMatchObject([
    { ...told, detail: 'offsets=1' },
    { ...told, detail: 'offsets=2' },
  ]);
});
