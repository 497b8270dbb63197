/**
 * Goal: what doctor says of users, certificates, engine, disk, files, memory, phases and versions is right in each state that they can be in.
 * Method: its checks, of facts and of times.
 */
import { ownCertificateCheck, timeCheck, trustCheck } from '../../src/cli/doctor/certificates';
import { diskCheck, engineCheck, engineClockCheck, filesCheck, memoryCheck } from '../../src/cli/doctor/health';
import { phaseChecks } from '../../src/cli/doctor/phases';
import { type Asking, type Security, superUsersCheck, usersCheck } from '../../src/cli/doctor/users';
import { CLIENTS, versionsCheck } from '../../src/cli/doctor/versions';
import { parseProperties } from '../../src/cli/kafka-client/properties';

const NOW_MS = Date.UTC(2030, 0, 1);
const DAY_MS = 86_400_000;

const signed = (...mechanisms: readonly string[]): Asking => ({
  ...{ listener: 'SIGNED', protocol: 'SASL_SSL', clientAuth: 'none', mechanisms },
});
const SASL = signed('SCRAM-SHA-512');
const TOKENS: Asking = { ...signed('OAUTHBEARER'), listener: 'TOKENS' };
const OPEN: Asking = { listener: 'OPEN', protocol: 'PLAINTEXT', clientAuth: 'none', mechanisms: [] };
const MUTUAL: Asking = { listener: 'MUTUAL', protocol: 'SSL', clientAuth: 'required', mechanisms: [] };
type Row = readonly [string, Partial<Security>, readonly Asking[], 'ok' | 'warn' | 'fail' | 'skip', RegExp];
const facts: Security = {
  ...{ users: 1, usersLoaded: true, authorizer: 'standard' },
  superUsers: [{ principal: 'User:admin', exists: true }],
};
const ghost = { superUsers: [{ principal: 'User:ghost', exists: false }] };
const anonymous = { superUsers: [{ principal: 'User:ANONYMOUS', exists: false }] };

test.each<Row>([
  ['nobody asks', {}, [OPEN, MUTUAL], 'skip', /no listener asks for SASL/],
  ['somebody is there', {}, [SASL], 'ok', /^1 with a password may sign in at SIGNED \(SCRAM-SHA-512\)/],
  ['nobody is there', { users: 0 }, [OPEN, SASL], 'fail', /nobody can sign in/],
  ['tokens let in, too', { users: 0 }, [signed('PLAIN', 'OAUTHBEARER'), TOKENS], 'warn', /only tokens let in/],
  ['tokens let in elsewhere', { users: 0 }, [SASL, TOKENS], 'fail', /nobody can sign in at SIGNED$/],
  ['tokens alone let in', { users: 0 }, [TOKENS], 'ok', /tokens alone are taken/],
  ['each has its own', {}, [SASL, TOKENS], 'ok', /at SIGNED \(SCRAM-SHA-512\), TOKENS \(OAUTHBEARER\)$/],
  ['stored ones were not read', { users: 0, usersLoaded: false }, [SASL], 'warn', /could not be read yet/],
])('users: %s', (_, changed, listeners, state, found) => {
  const check = usersCheck({ ...facts, ...changed }, listeners);
  expect(check).toMatchObject({ state, found: expect.stringMatching(found) });
  expect(check.fix === undefined).toBe(state === 'ok' || state === 'skip');
});

test.each<Row>([
  ['each exists', {}, [SASL], 'ok', /^User:admin: each is a user/],
  ['none is checked', { authorizer: 'none', superUsers: [] }, [SASL], 'skip', /everybody .* may do everything/],
  ['they have no effect', { authorizer: 'none' }, [SASL], 'warn', /may do no more than others/],
  ['there is none', { superUsers: [] }, [SASL], 'warn', /nobody can make ACLs/],
  ['one does not exist', ghost, [SASL, OPEN], 'warn', /User:ghost.*there is no such user/],
  ['one may be a certificate', ghost, [SASL, MUTUAL], 'ok', /only come by a certificate at MUTUAL/],
  ['one may be a token', ghost, [SASL, TOKENS], 'ok', /only come by a token at TOKENS$/],
  ['it is everybody', anonymous, [SASL, OPEN], 'warn', /whoever comes by OPEN may do everything/],
  ['it is nobody', anonymous, [SASL], 'warn', /there is no such user/],
  ['stored ones were not read', { ...ghost, usersLoaded: false }, [SASL], 'skip', /could not be read yet/],
])('super users: %s', (_, changed, listeners, state, found) => {
  const check = superUsersCheck({ ...facts, ...changed }, listeners);
  expect(check).toMatchObject({ state, found: expect.stringMatching(found) });
  expect(check.fix === undefined).toBe(state === 'ok' || state === 'skip');
});

const at = { listener: 'SIGNED', host: 'kafka.example.org', port: 9093 };
const chainUntil = (...days: readonly number[]) => ({
  ...{ names: 'DNS:kafka.example.org', nameProblem: undefined, trustProblem: undefined },
  chain: days.map((each, index) => ({
    ...{ name: `CN=${index}`, fromMs: NOW_MS - 90 * DAY_MS, untilMs: NOW_MS + each * DAY_MS },
  })),
});

test.each([
  [
    'ok',
    { aheadMs: -1_400, uncertainMs: 500 },
    /the clock of filer:8888 is 1400 ms behind the gateway's \(\+-500 ms\)/,
  ],
  ['warn', { aheadMs: 1_600, uncertainMs: 500 }, /1600 ms before/],
  ['fail', { aheadMs: -70_000, uncertainMs: 500 }, /70000 ms behind/],
] as const)('engine clock: %s for %j', (state, skew, found) => {
  const health = { engine: 'seaweedmq', engineClock: { server: 'filer:8888', ...skew } };
  expect(engineClockCheck(health)).toMatchObject({ state, found: expect.stringMatching(found) });
});

test.each([
  ['ok', [30, 400], /CN=0 holds until 2030-01-31, 30 days/],
  ['warn', [29, 400], /CN=0 holds until 2030-01-30, 29 days/],
  ['fail', [0, 400], /CN=0 has ended on 2030-01-01/],
  ['warn', [90, 5], /CN=1 holds until 2030-01-06/],
  ['fail', [90, -1], /CN=1 has ended/],
  ['skip', [], /none was shown/],
] as const)('time: %s for a chain that holds %j days', (state, days, found) => {
  expect(timeCheck(at, chainUntil(...days), NOW_MS)).toMatchObject({ state, found: expect.stringMatching(found) });
});

test('time: of a certificate that the gateway shows, as the console tells', () => {
  const own = { name: 'to SeaweedFS', subject: 'CN=gateway', notAfterMs: NOW_MS + 5 * DAY_MS };
  const told = { name: 'certificate to SeaweedFS', state: 'warn', found: expect.stringMatching(/CN=gateway holds/) };
  expect(ownCertificateCheck(own, NOW_MS)).toMatchObject(told);
  expect(ownCertificateCheck({ ...own, notAfterMs: NOW_MS + 31 * DAY_MS }, NOW_MS).state).toBe('ok');
  expect(ownCertificateCheck({ ...own, notAfterMs: NOW_MS - 1 }, NOW_MS).state).toBe('fail');
});

test('time: a certificate of the future fails', () => {
  const early = timeCheck(at, chainUntil(400), NOW_MS - 100 * DAY_MS);
  expect(early).toMatchObject({ state: 'fail', found: expect.stringMatching(/CN=0 holds from 2029-10-03 on only/) });
});

test.each([
  [undefined, undefined, 'ok'],
  ['CERT_HAS_EXPIRED', 'authorities', 'ok'],
  ['SELF_SIGNED_CERT_IN_CHAIN', undefined, 'warn'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'authorities', 'fail'],
])('trust: %s with authorities %s is %s', (trustProblem, ca, state) => {
  expect(trustCheck(at, { ...chainUntil(9), trustProblem }, ca === undefined ? {} : { ca })).toMatchObject({ state });
});

const GIB = 1024 ** 3;
const room = (usableBytes: number) => ({ path: '/data', totalBytes: 100 * GIB, usableBytes, problems: [] });
const GONE = { problems: ['broker 192.0.2.7:17777 refuses connections'] };
test.each([
  ['ok', room(10 * GIB), /^10 GiB of 100 GiB are free at \/data \(10 %\)/],
  ['warn', room(10 * GIB - 1), /are free/],
  ['warn', room(2 * GIB), /^2\.0 GiB of 100 GiB .*\(2 %\)/],
  ['fail', room(2 * GIB - 1), /are free/],
  ['fail', room(0), /^0 B of 100 GiB/],
  ['skip', { totalBytes: -1, usableBytes: -1, problems: [] }, /does not say how much room/],
  ['fail', GONE, /192\.0\.2\.7:17777 refuses/],
] as const)('disk: %s for %j', (state, disk, found) => {
  const check = diskCheck({ disk: { ...disk, problems: [...disk.problems] } });
  expect(check).toMatchObject({ state, found: expect.stringMatching(found) });
  expect(check.fix === undefined).toBe(state === 'ok' || state === 'skip');
});

test('engine: what keeps requests from it fails, and is told', () => {
  expect(engineCheck({ disk: { problems: [] }, engine: 'embedded' })).toMatchObject({ state: 'ok' });
  const told = { state: 'fail', found: GONE.problems[0], fix: expect.stringMatching(/readyz/) };
  expect(engineCheck({ disk: GONE, engine: 'seaweedmq' })).toMatchObject(told);
});

const USED = {
  residentBytes: 50,
  memoryBytesMax: 100,
  heapBytes: 50,
  heapBytesMax: 100,
  openFiles: 80,
  openFilesMax: 100,
};
test.each([
  ['ok', { openFiles: 8_000, openFilesMax: 10_000 }, 8_976],
  ['warn', { openFiles: 8_000, openFilesMax: 10_000 }, 8_977],
  ['fail', { openFiles: 8_001, openFilesMax: 10_000 }, 10],
  ['skip', { openFiles: undefined }, 10],
  ['skip', { openFilesMax: undefined }, 10],
] as const)('open files: %s for %j and %d connections at most', (state, files, connectionsMax) => {
  const check = filesCheck({ process: { ...USED, ...files }, connections: 1, connectionsMax });
  expect(check.state).toBe(state);
  if (state === 'warn') expect(check.fix).toContain('10001');
});

test.each([
  ['ok', { residentBytes: 85, heapBytes: 85 }],
  ['warn', { residentBytes: 86 }],
  ['fail', { heapBytes: 86 }],
  ['fail', { residentBytes: 86, heapBytes: 86 }],
] as const)('memory: %s for %j of 100', (state, used) => {
  expect(memoryCheck({ process: { ...USED, ...used } }).state).toBe(state);
});

const timed = (phase: string, outcome: string, count: number, seconds: number): string =>
  ['count', 'sum']
    .map(
      (part) =>
        `seaglass_phase_duration_seconds_${part}{phase="${phase}",outcome="${outcome}"} ${part === 'count' ? count : seconds}\n`,
    )
    .join('');
test('phases: what the probe itself took, over all outcomes, against what is usual', () => {
  // Slow before, and often: that is not what was asked now.
  const before = timed('range.info', 'ok', 1_000, 9_000) + timed('filer.call', 'ok', 3, 1);
  const after = (ok: number, deadline: number): string =>
    timed('range.info', 'ok', 1_001, 9_000 + ok) +
    timed('range.info', 'deadline', 1, deadline) +
    timed('filer.call', 'ok', 3, 1) +
    timed('long_poll', 'ok', 1, 30);
  const [usual, ...none] = phaseChecks(before, after(0.2, 0.8));
  expect([usual, none]).toMatchObject([
    { name: 'phase range.info', state: 'ok', found: '500 ms in the mean of 2' },
    [],
  ]);
  expect(phaseChecks(before, after(0.2, 0.802))).toMatchObject([
    { state: 'warn', found: '501 ms in the mean of 2; up to 500 ms are usual', fix: expect.stringMatching(/explain/) },
  ]);
  expect(phaseChecks(before, before)).toMatchObject([{ state: 'skip' }]);
});

const OFFERED = [
  { apiKey: 1, minVersion: 4, maxVersion: 17 },
  { apiKey: 18, minVersion: 0, maxVersion: 4 },
];
const asking = (apiVersions: Readonly<Record<string, number>>) => ({
  ...{
    clientId: 'audit',
    clientAddress: '192.0.2.1',
    softwareName: 'librdkafka',
    softwareVersion: '2.16.0',
    apiVersions,
  },
});
const refused = (version: number) => ({
  ...{ clientId: 'old', clientAddress: '192.0.2.2', api: 'Produce', version, times: 2 },
  ...{ served: { min: 3, max: 13 }, lastMs: NOW_MS },
});
test.each([
  [
    'ok',
    { clients: [asking({ Fetch: 4 }), asking({ Fetch: 17 })] },
    /2 connections speak 1 APIs.*librdkafka 2\.16\.0 \(2\)/,
  ],
  // Newer than what is served: it is asked down.
  ['ok', { clients: [asking({ ApiVersions: 5 })] }, /all in versions that are offered/],
  [
    'warn',
    { clients: [asking({ Fetch: 18 })] },
    /^client audit \(librdkafka 2\.16\.0, at 192\.0\.2\.1\) asks Fetch v18, offered are v4 to v17$/,
  ],
  ['warn', { clients: [asking({ Fetch: 3 })] }, /Fetch v3/],
  ['warn', { clients: [asking({ Produce: 9 })] }, /Produce v9, nothing of it is offered/],
  [
    'warn',
    { clients: [], refusedVersions: [refused(2)] },
    /^client old \(software unknown, at 192\.0\.2\.2\) asked Produce v2, served are v3 to v13: 2 times, last 2030-/,
  ],
  ['warn', { clients: [], refusedVersions: [0, 1, 2, 14, 15].map(refused) }, /v0, .*v1, .*v2, .*; and 2 more$/],
  ['skip', { clients: [] }, /no client is connected/],
] as const)('versions: %s for %j', (state, told, found) => {
  const check = versionsCheck(CLIENTS.parse(told), OFFERED);
  expect(check).toMatchObject({ state, found: expect.stringMatching(found) });
  expect(check.fix === undefined).toBe(state !== 'warn');
});

test('versions: where nobody is there to be asked nothing is claimed', () => {
  expect(versionsCheck(CLIENTS.parse({ clients: [asking({ Fetch: 99 })] }), undefined)).toMatchObject({
    state: 'skip',
  });
});

test('files of properties are read as Java reads them', () => {
  const text = '# note\n! note\n\n a=b=c \nd : e\\:f\ng\\=h i\nlong=one, \\\n   two\\\\\nlast=\\u00e4\\t.\nempty\n';
  expect(Object.fromEntries(parseProperties(text))).toEqual({
    ...{ a: 'b=c', d: 'e:f', 'g=h': 'i', long: 'one, two\\', last: 'ä\t.', empty: '' },
  });
});
