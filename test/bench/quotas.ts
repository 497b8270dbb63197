/**
 * What quotas cost a request: where none is set, where others have some, and where its own client has all of them and is far below, interleaved
 * on one connection; and what is asked where none is set, alone.
 *
 *     node -r ./test/support/register.cjs test/bench/quotas.ts [--rounds 9]
 *
 * µs of CPU of a request, of gateway, client and node in one process; medians of the rounds, and of the ratios to the first within each.
 */
import { parseArgs } from 'node:util';
import { QUOTA_KEYS } from '../../src/kafka/quotas/quota-keys';
import type { EntityType, StoredQuota } from '../../src/kafka/quotas/quota-entity';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { type KafkaClient, METADATA } from '../support/kafka-client';

const { values } = parseArgs({ options: { rounds: { type: 'string' } } });
const ROUNDS = Number(values.rounds ?? 9);
const REQUESTS = 3_000;
const ALONE = 20_000_000;
const CLIENT = 'bench';

const quotaOf = (type: EntityType, name: string): StoredQuota => ({
  entity: new Map([[type, name]]),
  values: new Map(Object.values(QUOTA_KEYS).map((key) => [key, 2 ** 30])),
});
const SITUATIONS: readonly (readonly [string, readonly StoredQuota[]])[] = [
  ['no quota is set', []],
  ['others have quotas', [quotaOf('user', 'alice'), quotaOf('client-id', 'other'), quotaOf('ip', '10.0.0.1')]],
  ['the client has all, and is below', [quotaOf('client-id', CLIENT)]],
];

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

type Ask = (client: KafkaClient, topic: string) => Promise<unknown>;
const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(100) }]);
const REQUESTS_OF: Readonly<Record<string, Ask>> = {
  Metadata: (client) => client.call(METADATA, createMetadataRequest({ topics: [] })),
  Produce: (client, topic) => client.produce(topic, batch, { acks: 1 }),
  Fetch: (client, topic) => client.fetch(topic, 0, { maxWaitMs: 0, partitionMaxBytes: 1 }),
};

/** By situation, µs a request of each round. */
async function costsOf(ask: Ask, gateway: TestGateway): Promise<readonly (readonly number[])[]> {
  const client = await gateway.client(CLIENT);
  const topic = await gateway.topic();
  await client.produce(topic, batch);
  const costs = SITUATIONS.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, [, quotas]] of SITUATIONS.entries()) {
      gateway.services.quotas.become(quotas);
      const begun = cpuMicros();
      for (let request = 0; request < REQUESTS; request++) await ask(client, topic);
      // The first round warms up.
      if (round >= 0) costs[index]?.push((cpuMicros() - begun) / REQUESTS);
    }
  }
  gateway.services.quotas.become([]);
  return costs;
}

/** All that is asked of one Fetch, which is asked most, where no quota is set; ns. */
function checksAlone({ services: { quotas } }: TestGateway): number {
  let active = 0;
  const begun = cpuMicros();
  for (let request = 0; request < ALONE; request++) {
    if (quotas.fetch.isActive || quotas.request.isActive) active++;
    if (quotas.fetch.isActive) active++;
    if (quotas.request.isActive) active++;
    if (quotas.produce.isActive) active++;
  }
  if (active > 0) throw new Error('there are quotas');
  return ((cpuMicros() - begun) * 1_000) / ALONE;
}

async function main(): Promise<void> {
  const gateway = await startTestGateway();
  try {
    for (const [name, ask] of Object.entries(REQUESTS_OF)) {
      const costs = await costsOf(ask, gateway);
      for (const [index, [situation]] of SITUATIONS.entries()) {
        const ratio = median((costs[index] ?? []).map((cost, round) => cost / (costs[0]?.[round] ?? cost)));
        console.log(`${name}, ${situation}: ${median(costs[index] ?? []).toFixed(1)} µs (${ratio.toFixed(3)}×)`);
      }
    }
    console.log(`what is asked where no quota is set, alone: ${checksAlone(gateway).toFixed(1)} ns`);
  } finally {
    await gateway.close();
  }
}

void main();
