/**
 * Goal: while the entries cannot be read whole nobody but super users is served; decisions name what decided; hosts are compared as Java
 * writes them; denials are counted and told. Method: an authorizer over an embedded node's filer, by gRPC.
 */
import { systemClock } from '../../src/clock';
import { EngineError } from '../../src/engine-error';
import type { Filer } from '../../src/engine/engine';
import type { Acl } from '../../src/kafka/security/acl';
import type { Authorizer } from '../../src/kafka/security/authorizer';
import type { ConnectionSession } from '../../src/kafka/connection-session';
import { AUTHORIZATION } from '../../src/kafka/security/authorization-table';
import { createAuthorizer } from '../../src/kafka/security/create-authorizer';
import { DenialWatch } from '../../src/kafka/security/denials';
import { normalHost } from '../../src/kafka/security/host';
import { StoredState } from '../../src/kafka/state/stored-state';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { CallContext } from '../../src/telemetry/trace/operation';
import { embeddedFiler, type OpenFiler } from '../kafka-group/filers';

const ACLS = '/topics/kafka/.meta/seaglass/acls';
const telemetry = createTelemetry();
let open: OpenFiler;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  open = await embeddedFiler();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await open.close();
  telemetry.close();
});

const context = (): CallContext => ({
  operation: telemetry.operations.root('filer.call'),
  signal: new AbortController().signal,
});

const ALICE = { principal: 'alice', clientAddress: '127.0.0.1' };
const READ = { operation: 'READ', resourceType: 'TOPIC', resourceName: 'orders' } as const;
const rule = (fields: Partial<Acl> = {}): Acl => ({
  resourceType: 'TOPIC',
  resourceName: 'orders',
  patternType: 'LITERAL',
  principal: 'User:alice',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW',
  ...fields,
});

/** One over this filer, whose state is started but not waited for. */
function authorizerOver(filer: Filer): { readonly authorizer: Authorizer; readonly state: StoredState } {
  const { operations, log } = telemetry;
  const state = new StoredState({ filer, clock: systemClock, operations, log });
  closing.push(() => state.close());
  const settings = { className: 'standard', superUsers: ['User:admin'], allowEveryoneIfNoAclFound: false };
  const authorizer = createAuthorizer(settings, { state, telemetry, clock: systemClock });
  if (authorizer === undefined) throw new Error('no authorizer');
  return { authorizer, state };
}

const verdict = (authorizer: Authorizer, who: typeof ALICE) => authorizer.decide(authorizer.decisionsOf(who), READ);

test('what decided is named, and a change is obeyed at once', async () => {
  const { authorizer, state } = authorizerOver(open.filer);
  await state.start();
  expect(verdict(authorizer, ALICE)).toEqual({ allowed: false, rule: 'no ACL found' });
  expect(verdict(authorizer, { ...ALICE, principal: 'admin' })).toEqual({ allowed: true, rule: 'super user' });
  await authorizer.acls.add([rule()], context());
  expect(verdict(authorizer, ALICE)).toEqual({
    allowed: true,
    rule: 'ALLOW User:alice READ on TOPIC LITERAL orders from *',
  });
  expect(verdict(authorizer, { ...ALICE, principal: 'bob' })).toEqual({ allowed: false, rule: 'no ACL matches' });
  await authorizer.acls.add([rule({ permission: 'DENY', host: '127.0.0.1' })], context());
  expect(verdict(authorizer, ALICE)).toEqual({
    allowed: false,
    rule: 'DENY User:alice READ on TOPIC LITERAL orders from 127.0.0.1',
  });
  expect(verdict(authorizer, { ...ALICE, clientAddress: '192.0.2.7' }).allowed).toBe(true);
  await authorizer.acls.remove([...authorizer.acls.all()], context());
  expect(verdict(authorizer, ALICE).allowed).toBe(false);
});

test('before the entries are read super users alone are served, and others are told to come again', async () => {
  const down: Filer = { ...unavailable, list: () => failing() };
  const { authorizer, state } = authorizerOver(down);
  await state.start();
  expect(authorizer.isReady(ALICE)).toBe(false);
  expect(authorizer.isReady({ principal: 'admin' })).toBe(true);
  expect(verdict(authorizer, ALICE)).toEqual({ allowed: false, rule: 'the ACLs are not loaded' });
  await expect(authorizer.whenReady(context())).rejects.toMatchObject({ code: 'unavailable' });
});

test('an entry that cannot be read may be one that denies: nobody but super users is served until it is gone', async () => {
  await open.filer.put(ACLS, 'damaged', Buffer.from('{"version":1'), context());
  const { authorizer, state } = authorizerOver(open.filer);
  await state.start();
  await authorizer.acls.add([rule()], context());
  expect([authorizer.isReady(ALICE), verdict(authorizer, ALICE).allowed]).toEqual([false, false]);
  await open.filer.delete(ACLS, 'damaged', { recursive: false }, context());
  await authorizer.acls.remove([rule()], context());
  const { authorizer: next, state: nextState } = authorizerOver(open.filer);
  await nextState.start();
  expect(next.isReady(ALICE)).toBe(true);
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['2001:DB8::00ff', '2001:db8:0:0:0:0:0:ff'],
  ['2001:db8::192.0.2.7', '2001:db8:0:0:0:0:c000:207'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1%eth0'],
  ['a host', 'a host'],
  [':', ':'],
])('the host %s is %s in Java', (host, java) => {
  expect(normalHost(host)).toBe(java);
});

test('a denial is told to the operator in full, and to who watches; what only hides is not told', () => {
  const lines: string[] = [];
  const log = {
    write: (level: string, event: string, message: string) => void lines.push(`${level} ${event}: ${message}`),
    enabled: () => true,
  };
  const denials = new DenialWatch({ log, instruments: telemetry.instruments });
  const seen: string[] = [];
  denials.watch(
    ({ wanted, resourceName, rule: decided }) => void seen.push(`${wanted.api} ${resourceName} ${decided}`),
  );
  const session = { principal: 'alice', clientAddress: '192.0.2.7', listener: { name: 'SSL' } };
  const request = { ...context(), clientId: 'client', session: session as unknown as ConnectionSession };
  const verdictOn = (resourceName: string) => ({ allowed: false, rule: 'no ACL matches', resourceName });
  denials.denied(AUTHORIZATION.fetch.topic, verdictOn('orders\n2026 forged line'), request);
  denials.denied(AUTHORIZATION.metadata.listed, verdictOn('hidden'), request);
  expect(lines).toEqual([
    'debug request.denied: User:alice from 192.0.2.7 lacks READ on TOPIC orders\\u{a}2026 forged line for Fetch: no ACL matches',
  ]);
  expect(seen).toEqual(['Fetch orders\n2026 forged line no ACL matches']);
});

const refused = (): Promise<never> => Promise.reject(new EngineError('unavailable', 'the filer is away'));
async function* failing(): AsyncIterable<never> {
  await refused();
  yield* [];
}
const unavailable = { get: refused, put: refused, delete: refused } as unknown as Filer;
