/**
 * Goal: over TLS the console answers HTTPS alone, its cookie goes nowhere else, and a new certificate is used without a restart or a lost
 * connection. Method: HTTPS with certificates of an authority made here.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import { get as plainGet } from 'node:http';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { type Console, startConsole } from '../../src/console/console';
import { ALL_RIGHTS } from '../../src/console/access/rights';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { type Certificates, makeCertificates } from '../support/certificates';
import { ManualClock } from '../support/manual-clock';

const TOKEN = 'sea-glass-is-green-0123';
let certificates: Certificates;
let keystore: string;
let web: Console;
let telemetry: RunningTelemetry;
let clock: ManualClock;
/** Of the log: each line's event and words. */
let lines: (readonly [event: string, message: string])[];
let agent: Agent;

beforeAll(async () => {
  certificates = makeCertificates();
  keystore = join(certificates.directory, 'console.pem');
  copyFileSync(certificates.issue('first', '/CN=first').keystore, keystore);
  clock = new ManualClock();
  lines = [];
  telemetry = createTelemetry({
    clock,
    log: { enabled: () => true, write: (_level, event, message) => void lines.push([event, message]) },
  });
  agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(certificates.authority) });
  web = await startConsole({
    ...{ host: '127.0.0.1', port: 0, hosts: [], clock, telemetry, loopback: false },
    engine: { problems: () => Promise.resolve([]) },
    tokens: () => [{ token: TOKEN, name: 'console.token', rights: ALL_RIGHTS }],
    tls: {
      ...{ keystoreLocation: keystore, keyLocation: undefined, keyPassword: undefined, truststoreLocation: undefined },
      ...{ clientAuth: 'none', enabledProtocols: ['TLSv1.2', 'TLSv1.3'] },
    },
  });
});
afterAll(async () => {
  agent.destroy();
  telemetry.close();
  await web.close();
  certificates.remove();
});

interface Answer {
  readonly status: number | undefined;
  readonly cookie: string;
  readonly subject: string;
  readonly port: number | undefined;
}

function ask(path: string, options: RequestOptions = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: web.address.port, path, agent, ...options }, (response) => {
      const { socket } = response;
      const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : 'no TLS';
      response.resume().on('end', () =>
        resolve({
          status: response.statusCode,
          cookie: response.headers['set-cookie']?.[0] ?? '',
          subject: String(subject),
          port: socket.localPort,
        }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

test('the cookie of a session is bound to TLS, to the host and to no other site', async () => {
  const headers = { 'content-type': 'application/json' };
  const { status, cookie } = await ask('/api/session', { method: 'POST', headers }, JSON.stringify({ token: TOKEN }));
  expect(status).toBe(200);
  expect(cookie).toMatch(
    /^__Host-seaglass_console=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
  );
  expect(await ask('/metrics', { headers: { cookie: cookie.split(';')[0] } })).toMatchObject({ status: 200 });
});

test('plain HTTP is not answered', async () => {
  const answer = new Promise((resolve, reject) => {
    plainGet({ host: '127.0.0.1', port: web.address.port, path: '/healthz' }, resolve).on('error', reject);
  });
  await expect(answer).rejects.toThrow();
});

test('a new certificate is used by new connections, and those that stand go on; one that is none changes nothing', async () => {
  const before = await ask('/healthz');
  expect(before.subject).toBe('first');
  copyFileSync(certificates.issue('second', '/CN=second').keystore, keystore);
  clock.advance(1_000);
  expect(await ask('/healthz')).toEqual(before);
  expect(await ask('/healthz', { agent: false, ca: readFileSync(certificates.authority) })).toMatchObject({
    subject: 'second',
  });
  copyFileSync(certificates.authority, keystore);
  clock.advance(1_000);
  expect(await ask('/healthz', { agent: false, ca: readFileSync(certificates.authority) })).toMatchObject({
    subject: 'second',
  });
  expect(lines.map(([event]) => event).filter((event) => event.startsWith('console.tls_reload'))).toEqual([
    'console.tls_reloaded',
    'console.tls_reload_failed',
  ]);
});

test('when its certificate ends is a metric', async () => {
  const seconds = /seaglass_certificate_not_after_seconds\{listener="CONSOLE"\} (\S+)/.exec(await metrics())?.[1];
  expect(Number(seconds) * 1_000).toBeGreaterThan(Date.now());
});

async function metrics(): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    request({ host: '127.0.0.1', port: web.address.port, path: '/metrics', agent, headers }, (response) => {
      let body = '';
      response.on('data', (text: Buffer) => (body += text.toString())).on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
}
