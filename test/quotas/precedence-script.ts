/**
 * Asks a broker which of eight quotas holds for a user and a client id, and with whom it is shared: quotas are set one by one, the one that
 * Kafka looks at last first, each with a rate of its own, and the throttle of the first request of a user whom nobody has met tells the rate.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import * as alterCodec from '../../src/protocol/generated/alter-client-quotas';
import * as describeCodec from '../../src/protocol/generated/describe-client-quotas';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { ALTER_CLIENT_QUOTAS, DESCRIBE_CLIENT_QUOTAS } from '../kafka-answers/codecs';
import { FETCH, fetchRequest, type KafkaClient, METADATA, PRODUCE, produceRequest } from '../support/kafka-client';

export interface QuotaClients {
  readonly admin: () => Promise<KafkaClient>;
  /** One who signs in. */
  readonly user: (name: string, clientId: string) => Promise<KafkaClient>;
}

type Name = 'own' | 'default' | 'none';

/** From the one that Kafka looks at last. Rates of which no small multiples are near each other. */
const LEVELS: readonly { readonly user: Name; readonly clientId: Name; readonly rate: number }[] = [
  { user: 'none', clientId: 'default', rate: 2_300 },
  { user: 'none', clientId: 'own', rate: 2_100 },
  { user: 'default', clientId: 'none', rate: 1_900 },
  { user: 'default', clientId: 'default', rate: 1_700 },
  { user: 'default', clientId: 'own', rate: 1_500 },
  { user: 'own', clientId: 'none', rate: 1_300 },
  { user: 'own', clientId: 'default', rate: 1_100 },
  { user: 'own', clientId: 'own', rate: 1_000 },
];

const TOPIC = 'precedence';
const RECORD_BYTES = 100_000;
/** The rate of a first use is over all windows but the current one. */
const OVER_MS = 10_000;
/** What a request is more than its records, in time at the least rate. */
const HEADERS_MS = 500;
/** How much later a second use may come. */
const LATER_MS_MAX = 3_000;
const VERSION = 12;
const KEYS = { produce: 'producer_byte_rate', fetch: 'consumer_byte_rate' } as const;
type Kind = keyof typeof KEYS;

/** Whoever is asked about: of each level somebody new, and somebody else. */
export const USERS = LEVELS.flatMap((_, level) => [`user-${level}`, `other-${level}`]);

/** A line for each question: the throttle in ms of a first use; of others which rate it was, and how often it was used. */
export async function precedenceLines(clients: QuotaClients): Promise<readonly string[]> {
  const admin = await clients.admin();
  await createTopic(admin);
  const lines: string[] = [];
  for (const [level, { user, clientId }] of LEVELS.entries()) {
    await setQuotas(admin, level);
    for (const kind of ['produce', 'fetch'] as const) {
      const what = `${kind}, user ${user}, client id ${clientId}`;
      const ask = async (name: string, id: string): Promise<number> => throttleOf(kind, await clients.user(name, id));
      lines.push(`${what}: ${await ask(`user-${level}`, `app-${level}`)} ms`);
      const ofUser = meaningOf(await ask(`user-${level}`, `another-${level}`));
      lines.push(`${what}; another client id of the user: ${ofUser}`);
      const ofClientId = meaningOf(await ask(`other-${level}`, `app-${level}`));
      lines.push(`${what}; another user with the client id: ${ofClientId}`);
    }
  }
  await admin.close();
  return lines;
}

async function createTopic(admin: KafkaClient): Promise<void> {
  const topics = [createMetadataRequestTopic({ name: TOPIC })];
  const request = createMetadataRequest({ topics, allowAutoTopicCreation: true });
  for (;;) {
    const { topics: known } = await admin.call(METADATA, request);
    if (known[0]?.errorCode === 0 && known[0].partitions[0]?.errorCode === 0) break;
  }
  // Who leads it is known a little later still.
  while ((await admin.produce(TOPIC, batch())).errorCode !== 0);
}

const batch = (): Uint8Array => encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(RECORD_BYTES) }]);

/** Those of this level and of all that are looked at after it, for who is asked about. */
async function setQuotas(admin: KafkaClient, level: number): Promise<void> {
  const entries = LEVELS.slice(0, level + 1).map(({ user, clientId, rate }) => {
    const entity = [...part('user', user, `user-${level}`), ...part('client-id', clientId, `app-${level}`)];
    const ops = Object.values(KEYS).map((key) => alterCodec.createOpData({ key, value: rate }));
    return alterCodec.createEntryData({ entity, ops });
  });
  const answer = await admin.call(ALTER_CLIENT_QUOTAS, alterCodec.createAlterClientQuotasRequest({ entries }));
  const refused = answer.entries.find(({ errorCode }) => errorCode !== 0);
  if (refused !== undefined) throw new Error(`error ${refused.errorCode}: ${refused.errorMessage}`);
  // In Kafka what was set is described a little later.
  const last = LEVELS[level];
  for (;;) {
    const request = describeCodec.createDescribeClientQuotasRequest({ components: [], strict: false });
    const described = await admin.call(DESCRIBE_CLIENT_QUOTAS, request);
    const rates = described.entries?.flatMap(({ values }) => values.map(({ value }) => value)) ?? [];
    if (last !== undefined && rates.includes(last.rate)) return;
  }
}

function part(entityType: string, name: Name, own: string): readonly alterCodec.EntityData[] {
  if (name === 'none') return [];
  return [alterCodec.createEntityData({ entityType, entityName: name === 'own' ? own : null })];
}

/** Of one request on a connection of its own, ms. */
async function throttleOf(kind: Kind, client: KafkaClient): Promise<number> {
  try {
    if (kind === 'produce') return (await client.call(PRODUCE, produceRequest(TOPIC, batch()), VERSION)).throttleTimeMs;
    const request = fetchRequest(TOPIC, 0, { maxWaitMs: 0, partitionMaxBytes: 1 });
    return (await client.call(FETCH, request, VERSION)).throttleTimeMs;
  } finally {
    await client.close();
  }
}

/** `rate 1300, use 2`: the only rate and number of uses so far that make such a throttle. */
function meaningOf(throttleMs: number): string {
  if (throttleMs === 0) return 'no throttle';
  const fitting = LEVELS.flatMap(({ rate }) =>
    [1, 2].flatMap((uses) => {
      const overMs = (uses * RECORD_BYTES * 1_000) / rate - throttleMs;
      return overMs > OVER_MS - HEADERS_MS && overMs < OVER_MS + LATER_MS_MAX ? [`rate ${rate}, use ${uses}`] : [];
    }),
  );
  return fitting.join(' or ') || `nothing known: ${throttleMs} ms`;
}
