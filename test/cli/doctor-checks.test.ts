/** Goal: what doctor says of users and certificates is right in each state that they can be in. Method: its checks, of facts and of times. */
import { ownCertificateCheck, timeCheck, trustCheck } from '../../src/cli/doctor/certificates';
import { engineClockCheck } from '../../src/cli/doctor/health';
import { type Asking, type Security, superUsersCheck, usersCheck } from '../../src/cli/doctor/users';
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

test('files of properties are read as Java reads them', () => {
  const text = '# note\n! note\n\n a=b=c \nd : e\\:f\ng\\=h i\nlong=one, \\\n   two\\\\\nlast=\\u00e4\\t.\nempty\n';
  expect(Object.fromEntries(parseProperties(text))).toEqual({
    ...{ a: 'b=c', d: 'e:f', 'g=h': 'i', long: 'one, two\\', last: 'ä\t.', empty: '' },
  });
});
