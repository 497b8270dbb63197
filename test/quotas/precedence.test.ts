/**
 * Goal: of several quotas the one holds that Kafka's order says, and those share it who do in Kafka. Method: a row for each pair of quotas
 * that fit a client, and who else would use up the same.
 */
import type { EntityType, QuotaEntity } from '../../src/kafka/quotas/quota-entity';
import { QuotaTable } from '../../src/kafka/quotas/quota-table';

const entity = (user?: string | null, clientId?: string | null): QuotaEntity =>
  new Map<EntityType, string | null>([
    ...(user === undefined ? [] : [['user', user] as const]),
    ...(clientId === undefined ? [] : [['client-id', clientId] as const]),
  ]);

/** Kafka's order, as ClientQuotaManager's documentation lists it; and whether another user, another client id share it. */
const ORDER = [
  ['/config/users/<user>/clients/<client-id>', entity('alice', 'app'), { user: false, clientId: false }],
  ['/config/users/<user>/clients/<default>', entity('alice', null), { user: false, clientId: false }],
  ['/config/users/<user>', entity('alice'), { user: false, clientId: true }],
  ['/config/users/<default>/clients/<client-id>', entity(null, 'app'), { user: false, clientId: false }],
  ['/config/users/<default>/clients/<default>', entity(null, null), { user: false, clientId: false }],
  ['/config/users/<default>', entity(null), { user: false, clientId: true }],
  ['/config/clients/<client-id>', entity(undefined, 'app'), { user: true, clientId: false }],
  ['/config/clients/<default>', entity(undefined, null), { user: true, clientId: false }],
] as const;

test.each(ORDER.map(([name, , shared], index) => [name, index, shared] as const))(
  '%s holds before all that follow it',
  (_name, index, shared) => {
    const table = new QuotaTable(ORDER.slice(index).map(([, each], at) => [each, 100 + at] as const));
    const found = table.find('alice', 'app');
    expect(found?.limit).toBe(100);
    const alone = new QuotaTable([[ORDER[index]?.[1] ?? entity(), 1]]);
    const sharedBy = alone.find('alice', 'app')?.sharedBy;
    expect(sharedBy).toBeDefined();
    expect(alone.find('bob', 'app')?.sharedBy === sharedBy).toBe(shared.user);
    expect(alone.find('alice', 'other')?.sharedBy === sharedBy).toBe(shared.clientId);
  },
);

test('a quota of others does not hold', () => {
  const table = new QuotaTable([
    [entity('bob'), 1],
    [entity('alice', 'other'), 1],
    [entity(undefined, 'other'), 1],
    [entity('bob', null), 1],
  ]);
  expect(table.find('alice', 'app')).toBeUndefined();
});

test('a client without an id has the quota of its user, and none of client ids', () => {
  const table = new QuotaTable(ORDER.map(([, each], at) => [each, at] as const));
  expect(table.find('alice', '')?.limit).toBe(2);
  expect(new QuotaTable([[entity(undefined, null), 1]]).find('alice', '')).toBeUndefined();
});

test('names that hold anything are not mistaken for one another', () => {
  const table = new QuotaTable([
    [entity('a\u0000=b'), 1],
    [entity('*', '-'), 2],
    [entity(null, 'x'), 3],
  ]);
  expect(table.find('a', 'b')).toBeUndefined();
  expect(table.find('*', '-')?.limit).toBe(2);
  expect(table.find('somebody', '-')).toBeUndefined();
});
