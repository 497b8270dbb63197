/**
 * What the proof of values costs: records produced and fetched with `seaglass.value.proof` off, auto and always, interleaved in one run, on the
 * embedded node and, where there is one, on a real SeaweedFS.
 *
 *     node -r ./test/support/register.cjs test/bench/proof.ts [--only node|seaweedmq] [--rounds 6]
 *
 * CPU is that of the process: gateway, client and node together. Medians of the rounds, and of the ratios to `off` within each; µs a record.
 */
import { parseArgs } from 'node:util';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { batchHeaders } from '../../src/protocol/record-batch';
import { openMqEngine } from '../engine/seaweedmq/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import type { KafkaClient } from '../support/kafka-client';
import { findProgram } from '../support/outside-program';
import { startWeed } from '../support/weed';

const MODES = ['off', 'auto', 'always'] as const;
type Mode = (typeof MODES)[number];
const { values } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string' } } });
const ROUNDS = Number(values.rounds ?? 6);
const VALUE_BYTES = 384;
const FETCH_BYTES = 4 * 1024 * 1024;
/** Behind the writes of proofs. */
const SETTLE_MS = 700;

interface Load {
  readonly batches: number;
  readonly perBatch: number;
}

/** µs a record. */
interface Cost {
  readonly produceCpu: number;
  readonly produce: number;
  readonly fetchCpu: number;
  readonly fetch: number;
}

async function measured(records: number, work: () => Promise<void>): Promise<readonly [cpu: number, wall: number]> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / records, ((performance.now() - begun) * 1_000) / records];
}

function batchOf(records: number): Uint8Array {
  const timestamp = Date.now();
  return encodeBatch(
    Array.from({ length: records }, (_, index) => ({
      timestamp,
      key: Buffer.from(`k${index}`),
      value: Buffer.alloc(VALUE_BYTES, index),
    })),
  );
}

async function produceOne(client: KafkaClient, topic: string, perBatch: number): Promise<void> {
  const { errorCode } = await client.produce(topic, batchOf(perBatch));
  if (errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) return produceOne(client, topic, perBatch);
  if (errorCode !== ErrorCode.NONE) throw new Error(`produce: error ${errorCode}`);
}

async function round(gateway: TestGateway, mode: Mode, { batches, perBatch }: Load): Promise<Cost> {
  const topic = await gateway.topic({ configs: { 'seaglass.value.proof': mode } });
  const client = await gateway.client('bench');
  await produceOne(client, topic, perBatch);
  const [produceCpu, produce] = await measured(batches * perBatch, async () => {
    for (let left = batches; left > 0; left -= 1) await produceOne(client, topic, perBatch);
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const end = (batches + 1) * perBatch;
  const [fetchCpu, fetch] = await measured(end, async () => {
    let offset = 0;
    while (offset < end) {
      const limits = { partitionMaxBytes: FETCH_BYTES, maxBytes: FETCH_BYTES };
      const { records } = await client.fetch(topic, offset, limits);
      for (const { lastOffset } of batchHeaders(records, 'cut')) offset = lastOffset + 1;
    }
  });
  await client.close();
  return { produceCpu, produce, fetchCpu, fetch };
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

async function compare(name: string, gateway: TestGateway, load: Load): Promise<void> {
  const costs: Record<Mode, Cost[]> = { off: [], auto: [], always: [] };
  for (const mode of MODES) await round(gateway, mode, load);
  for (let index = 0; index < ROUNDS; index += 1) {
    const order = index % 2 === 0 ? MODES : [...MODES].reverse();
    for (const mode of order) costs[mode].push(await round(gateway, mode, load));
  }
  for (const mode of MODES) {
    const told = (of: keyof Cost): string => {
      const ratio = medianOf(costs[mode].map((cost, index) => cost[of] / (costs.off[index]?.[of] ?? Number.NaN)));
      return `${medianOf(costs[mode].map((cost) => cost[of])).toFixed(2)} µs (${ratio.toFixed(2)}×)`;
    };
    const produced = `produce ${told('produceCpu')} CPU, ${told('produce')}`;
    process.stdout.write(`${name} ${mode}: ${produced}; fetch ${told('fetchCpu')} CPU, ${told('fetch')}\n`);
  }
}

async function main(): Promise<void> {
  if (values.only !== 'seaweedmq') {
    const onNode = await startTestGateway();
    await compare('node', onNode, { batches: 60, perBatch: 500 });
    await onNode.close();
  }
  if (values.only === 'node' || findProgram('weed', 'SEAGLASS_TEST_WEED') === undefined) return;
  const weed = await startWeed();
  let close = (): Promise<void> => Promise.resolve();
  const onMq = await startTestGateway({
    engine: (telemetry) => {
      const mq = openMqEngine({ brokers: [weed.broker.address], filer: weed.filer }, {}, undefined, telemetry);
      close = () => mq.close();
      return mq.engine;
    },
  });
  await compare('seaweedmq', onMq, { batches: 60, perBatch: 500 });
  await onMq.close();
  await close();
  await weed.stop();
}

void main();
