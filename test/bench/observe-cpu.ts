/**
 * What seeing through costs in CPU time: the very same requests on every gateway, by turns of about a second each, since what a machine takes for
 * the same work changes by a third within minutes. There are two gateways of each kind, since two of one kind differ too, by where their memory
 * lies. Compared are sums over both, within each turn. Requests of one record, each behind the answer to the one before, are measured apart:
 * what a request costs to see through is the same however little it carries.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { batchHeaders } from '../../src/protocol/record-batch';
import { awaitTopic, deleteTopic } from '../e2e/support';
import { KafkaClient, PRODUCE, produceRequest } from '../support/kafka-client';
import { rotated } from './embedded';
import { OBSERVED, startObserved } from './observed';
import { startSink } from './otlp-sink';
import type { Sample } from './report';
import { cpuSecondsOf, portOf, type System } from './systems';

const SECTION = 'CPU of observing: ratio to a gateway that observes nothing, of the same requests within each turn';
const GATEWAYS_OF_A_KIND = 2;
const RECORD_BYTES = 100;
/** As many as Kafka's producer puts into a batch of 256 KiB. */
const RECORDS_OF_A_BATCH = 2_400;
const PRODUCES_IN_FLIGHT = 5;
const VERSION = 12;
/** Of one record; many, since CPU time is told in hundredths of a second. */
const SMALL_REQUESTS = 4_000;

export interface CpuSettings {
  readonly turns: number;
  /** Of record values, produced to and then fetched from each gateway in each turn. */
  readonly loadBytes: number;
}

interface Gateway {
  readonly kind: string;
  readonly system: System;
}

/** CPU seconds. */
interface Turn {
  readonly produce: number;
  readonly fetch: number;
  readonly smallProduce: number;
  readonly smallFetch: number;
}

interface Load {
  readonly batch: Uint8Array;
  readonly batches: number;
  /** Of one record. */
  readonly small: Uint8Array;
}

export async function benchObserveCpu({ turns, loadBytes }: CpuSettings): Promise<Sample[]> {
  const receiver = await startSink();
  const batches = Math.ceil(loadBytes / (RECORDS_OF_A_BATCH * RECORD_BYTES));
  const gateways: Gateway[] = [];
  const samples: Sample[] = [];
  const load = { batch: batchOfRecords(RECORDS_OF_A_BATCH), batches, small: batchOfRecords(1) };
  try {
    for (let each = 0; each < GATEWAYS_OF_A_KIND; each += 1) {
      for (const observed of OBSERVED) {
        const system = await startObserved(observed, receiver);
        gateways.push({ kind: observed.name, system });
      }
    }
    // The first turn warms the gateways up.
    for (let turn = 0; turn <= turns; turn += 1) {
      const costs = new Map<string, Turn[]>();
      for (const gateway of rotated(gateways, turn)) {
        const cost = await costOf(gateway, `turn-${String(turn)}`, load);
        costs.set(gateway.kind, [...(costs.get(gateway.kind) ?? []), cost]);
      }
      if (turn > 0) samples.push(...ratios(costs));
    }
  } finally {
    for (const { system } of gateways) await system.stop();
    receiver.close();
  }
  return samples;
}

const batchOfRecords = (count: number): Uint8Array =>
  encodeBatch(
    Array.from({ length: count }, (_, index) => {
      const value = Buffer.alloc(RECORD_BYTES, index);
      return { timestamp: Date.now(), key: null, value };
    }),
  );

async function costOf({ system }: Gateway, topic: string, { batch, batches, small }: Load): Promise<Turn> {
  const client = await KafkaClient.connect(portOf(system), 'bench');
  const topics = { large: topic, small: `${topic}-small` };
  for (const each of Object.values(topics)) await awaitTopic(client, each);
  const costOfAll = async (requests: () => Promise<void>): Promise<number> => {
    const start = cpuSecondsOf(system);
    await requests();
    return cpuSecondsOf(system) - start;
  };
  const cost = {
    produce: await costOfAll(() => produceAll(client, topics.large, batch, batches)),
    fetch: await costOfAll(() => fetchAll(client, topics.large, batches * RECORDS_OF_A_BATCH)),
    smallProduce: await costOfAll(() => produceAll(client, topics.small, small, SMALL_REQUESTS, 1)),
    smallFetch: await costOfAll(() => fetchAll(client, topics.small, SMALL_REQUESTS, 1)),
  };
  for (const each of Object.values(topics)) await deleteTopic(client, each);
  await client.close();
  return cost;
}

async function produceAll(
  client: KafkaClient,
  topic: string,
  batch: Uint8Array,
  batches: number,
  inFlight = PRODUCES_IN_FLIGHT,
): Promise<void> {
  const sent: number[] = [];
  for (let left = batches; left > 0 || sent.length > 0;) {
    if (left > 0) {
      sent.push(client.send(PRODUCE, produceRequest(topic, batch), VERSION));
      left -= 1;
    }
    if (left > 0 && sent.length < inFlight) continue;
    const { responses } = await client.answer(PRODUCE, sent.shift() ?? -1, VERSION);
    const errorCode = responses[0]?.partitionResponses[0]?.errorCode;
    if (errorCode !== 0) throw new Error(`produce to ${topic}: expected no error, got ${String(errorCode)}`);
  }
}

/** With a bound of one byte each fetch brings one batch. */
async function fetchAll(client: KafkaClient, topic: string, end: number, bytesMax?: number): Promise<void> {
  const options = bytesMax === undefined ? {} : { partitionMaxBytes: bytesMax };
  for (let offset = 0; offset < end;) {
    const { partition, records } = await client.fetch(topic, offset, options);
    const last = batchHeaders(records, 'cut').at(-1);
    if (last === undefined)
      throw new Error(`fetch of ${topic} at ${String(offset)}: no batch, error ${String(partition.errorCode)}`);
    offset = last.baseOffset + last.lastOffsetDelta + 1;
  }
}

function ratios(costs: ReadonlyMap<string, readonly Turn[]>): Sample[] {
  const measures: readonly (readonly [string, (turn: Turn) => number])[] = [
    ['produce', ({ produce }) => produce],
    ['fetch', ({ fetch }) => fetch],
    ['both', ({ produce, fetch }) => produce + fetch],
    ['produce, one record each', ({ smallProduce }) => smallProduce],
    ['fetch, one record each', ({ smallFetch }) => smallFetch],
  ];
  const kinds = OBSERVED.map(({ name }) => name);
  return measures.flatMap(([measure, of]) => {
    const sum = (kind: string): number => (costs.get(kind) ?? []).reduce((total, turn) => total + of(turn), 0);
    const base = sum(kinds[0] ?? '');
    return kinds.map((system) => ({
      section: SECTION,
      measure,
      unit: '× of observing nothing',
      system,
      value: sum(system) / base,
    }));
  });
}
