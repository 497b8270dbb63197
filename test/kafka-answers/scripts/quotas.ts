/** DescribeClientQuotas and AlterClientQuotas. */
import * as alterCodec from '../../../src/protocol/generated/alter-client-quotas';
import * as describeCodec from '../../../src/protocol/generated/describe-client-quotas';
import { ALTER_CLIENT_QUOTAS, DESCRIBE_CLIENT_QUOTAS } from '../codecs';
import type { Script } from '../script';

type Entity = readonly (readonly [type: string, name: string | null])[];
type Values = readonly (readonly [key: string, value: number | null])[];

const MATCH = { exact: 0, default: 1, any: 2 } as const;

const entry = (entity: Entity, values: Values): alterCodec.EntryData =>
  alterCodec.createEntryData({
    entity: entity.map(([entityType, entityName]) => alterCodec.createEntityData({ entityType, entityName })),
    ops: values.map(([key, value]) => alterCodec.createOpData({ key, value: value ?? 0, remove: value === null })),
  });
const alter = (entries: readonly alterCodec.EntryData[], validateOnly = false): alterCodec.AlterClientQuotasRequest =>
  alterCodec.createAlterClientQuotasRequest({ entries, validateOnly });
const filter = (
  components: readonly (readonly [type: string, matchType: number, match: string | null])[],
  strict = false,
): describeCodec.DescribeClientQuotasRequest =>
  describeCodec.createDescribeClientQuotasRequest({
    components: components.map(([entityType, matchType, match]) =>
      describeCodec.createComponentData({ entityType, matchType, match }),
    ),
    strict,
  });

export async function quotasScript(script: Script): Promise<void> {
  await script.askInAll(DESCRIBE_CLIENT_QUOTAS, 'where there are none', filter([]));
  await set(script);
  await ofHosts(script);
  await described(script);
  await refused(script);
  await takenAway(script);
}

/** In Kafka what was set is described a little later. */
async function awaitQuotas(script: Script, count: number): Promise<void> {
  for (;;) {
    const answer = await script.untold(DESCRIBE_CLIENT_QUOTAS, filter([]));
    if (answer?.entries?.length === count) return;
  }
}

async function set(script: Script): Promise<void> {
  const ofUser = entry(
    [['user', 'alice']],
    [
      ['producer_byte_rate', 1_000],
      ['request_percentage', 12.5],
    ],
  );
  await script.askInAll(ALTER_CLIENT_QUOTAS, 'of a user, only validated', alter([ofUser], true));
  await script.askInAll(ALTER_CLIENT_QUOTAS, 'of a user', alter([ofUser]));
  const pair = entry(
    [
      ['user', 'alice'],
      ['client-id', 'app'],
    ],
    [['consumer_byte_rate', 2_000]],
  );
  await script.ask(ALTER_CLIENT_QUOTAS, 'of a user and a client id', alter([pair]));
  await script.ask(
    ALTER_CLIENT_QUOTAS,
    'of any user',
    alter([entry([['user', null]], [['producer_byte_rate', 3_000]])]),
  );
  const any = entry(
    [
      ['user', null],
      ['client-id', null],
    ],
    [['controller_mutation_rate', 1.5]],
  );
  await script.ask(ALTER_CLIENT_QUOTAS, 'of any user and client id', alter([any]));
  const address = entry([['ip', '10.0.0.1']], [['connection_creation_rate', 7]]);
  await script.ask(ALTER_CLIENT_QUOTAS, 'of an address', alter([address]));
  await awaitQuotas(script, 5);
}

/** Kafka takes whatever Java can look up. */
async function ofHosts(script: Script): Promise<void> {
  const hosts = ['localhost', '127.1', '[::1]', '0:0:0:0:0:0:0:1'];
  const of = (host: string, rate: number | null): alterCodec.EntryData =>
    entry([['ip', host]], [['connection_creation_rate', rate]]);
  for (const host of hosts) await script.ask(ALTER_CLIENT_QUOTAS, `of ${host}`, alter([of(host, 9_000)]));
  await script.ask(ALTER_CLIENT_QUOTAS, 'of a host that leads nowhere', alter([of('no-such-host.invalid', 9_000)]));
  await awaitQuotas(script, 5 + hosts.length);
  const named = filter([['ip', MATCH.exact, 'localhost']]);
  await script.ask(DESCRIBE_CLIENT_QUOTAS, 'of a host, by its name', named);
  const byAddress = filter([['ip', MATCH.exact, '127.0.0.1']]);
  await script.ask(DESCRIBE_CLIENT_QUOTAS, 'of a host, by its address', byAddress);
  for (const host of hosts) await script.untold(ALTER_CLIENT_QUOTAS, alter([of(host, null)]));
  await awaitQuotas(script, 5);
}

async function described(script: Script): Promise<void> {
  const ask = (what: string, ...asked: Parameters<typeof filter>): Promise<unknown> =>
    script.ask(DESCRIBE_CLIENT_QUOTAS, what, filter(...asked));
  await script.askInAll(DESCRIBE_CLIENT_QUOTAS, 'a user alone', filter([['user', MATCH.exact, 'alice']], true));
  await ask('a user and any client id', [
    ['user', MATCH.exact, 'alice'],
    ['client-id', MATCH.any, null],
  ]);
  await ask('any user alone', [['user', MATCH.default, null]], true);
  await ask('any user and client id', [
    ['user', MATCH.default, null],
    ['client-id', MATCH.default, null],
  ]);
  await ask('addresses', [['ip', MATCH.any, null]]);
  await ask('a user that has none', [['user', MATCH.exact, 'bob']]);
  await ask('nothing, strictly', [], true);
  await ask('an exact match of null', [['user', MATCH.exact, null]]);
  await ask('a default with a name', [['user', MATCH.default, 'alice']]);
  await ask('any with a name', [['user', MATCH.any, 'alice']]);
  await ask('a match that there is not', [['user', 9, null]]);
  await ask('a type that there is not', [['group', MATCH.any, null]]);
  await ask('a type without characters', [['', MATCH.any, null]]);
  await ask('a type twice', [
    ['user', MATCH.any, null],
    ['user', MATCH.any, null],
  ]);
  await ask('users with addresses', [
    ['user', MATCH.any, null],
    ['ip', MATCH.any, null],
  ]);
}

async function refused(script: Script): Promise<void> {
  const ask = (what: string, ...entries: readonly alterCodec.EntryData[]): Promise<unknown> =>
    script.ask(ALTER_CLIENT_QUOTAS, what, alter(entries));
  const bob: Entity = [['user', 'bob']];
  await ask('no entity', entry([], [['producer_byte_rate', 1]]));
  await ask('a name without characters', entry([['user', '']], [['producer_byte_rate', 1]]));
  await ask('a type that there is not', entry([['group', 'g']], [['producer_byte_rate', 1]]));
  await ask(
    'a user at an address',
    entry(
      [
        ['user', 'bob'],
        ['ip', '10.0.0.1'],
      ],
      [['connection_creation_rate', 1]],
    ),
  );
  await ask('an address that is none', entry([['ip', '300.0.0.1.']], [['connection_creation_rate', 1]]));
  await ask('a key that there is not', entry(bob, [['no_such_key', 1]]));
  await ask('a key of addresses', entry(bob, [['connection_creation_rate', 1]]));
  await ask('a key of users', entry([['ip', '10.0.0.2']], [['producer_byte_rate', 1]]));
  await ask('a rate of 0', entry(bob, [['producer_byte_rate', 0]]));
  await ask('a negative rate', entry(bob, [['request_percentage', -1]]));
  await ask('half a byte', entry(bob, [['producer_byte_rate', 0.5]]));
  await ask('more connections than an int holds', entry([['ip', '10.0.0.2']], [['connection_creation_rate', 2 ** 31]]));
  await ask('more bytes than a long holds', entry(bob, [['producer_byte_rate', 2 ** 64]]));
  await ask(
    'a key twice',
    entry(bob, [
      ['producer_byte_rate', 1],
      ['producer_byte_rate', 2],
    ]),
  );
  await ask('nothing at all', entry(bob, []));
  await ask('what is not set is taken away', entry(bob, [['producer_byte_rate', null]]));
  await ask('without entities');
}

async function takenAway(script: Script): Promise<void> {
  const ask = (what: string, ...entries: readonly alterCodec.EntryData[]): Promise<unknown> =>
    script.ask(ALTER_CLIENT_QUOTAS, what, alter(entries));
  await ask('one of two values is taken away', entry([['user', 'alice']], [['request_percentage', null]]));
  await ask(
    'an entity twice',
    entry([['user', 'carol']], [['producer_byte_rate', 1]]),
    entry([['user', 'carol']], [['producer_byte_rate', 2]]),
  );
  await awaitQuotas(script, 6);
  await script.ask(DESCRIBE_CLIENT_QUOTAS, 'what is left', filter([['user', MATCH.exact, 'alice']], true));
  await script.ask(
    DESCRIBE_CLIENT_QUOTAS,
    'of an entity that came twice',
    filter([['user', MATCH.exact, 'carol']], true),
  );
  const all: readonly Entity[] = [
    [
      ['user', 'alice'],
      ['client-id', 'app'],
    ],
    [['user', null]],
    [['ip', '10.0.0.1']],
    [['user', 'carol']],
    [['user', 'alice']],
    [
      ['user', null],
      ['client-id', null],
    ],
  ];
  const keys = ['producer_byte_rate', 'consumer_byte_rate', 'controller_mutation_rate'];
  for (const entity of all) {
    const [type] = entity[0] ?? [''];
    const values = (type === 'ip' ? ['connection_creation_rate'] : keys).map((key) => [key, null] as const);
    await script.untold(ALTER_CLIENT_QUOTAS, alter([entry(entity, values)]));
  }
  await awaitQuotas(script, 0);
}
