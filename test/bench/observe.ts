/**
 * What seeing through costs: the same load on gateways that observe nothing, count only, observe as by default, keep everything, and prove
 * values or not, with a receiver behind them, in short interleaved rounds, on data directories in memory where there is such a file system.
 * Throughput and latency are those of Kafka's own tools; CPU time is measured by `observe-cpu.ts`, in shorter turns. Then what a thousand
 * requests in flight hold.
 */
import { FETCH, fetchRequest, KafkaClient } from '../support/kafka-client';
import { usage } from './child';
import { rotated, type BenchSettings } from './embedded';
import { consume, createTopic, latency, produce } from './load';
import { benchObserveCpu } from './observe-cpu';
import { NO_RECORDER, OBSERVED, startObserved } from './observed';
import { startSink } from './otlp-sink';
import type { Sample } from './report';
import { portOf, startGateway, type System } from './systems';

const SECTION = 'Observing: each round’s ratio to a gateway that observes nothing';
const ROUNDS_FACTOR = 2;
/** Long rounds: spans are few, and code that is not warm yet makes them look dear. */
const LOAD_SHARE = 2;
const RECORD_BYTES = 100;
/** Turns of CPU time for each round that is asked for. */
const TURNS_FACTOR = 5;

interface Cost {
  readonly produced: number;
  readonly consumed: number;
  readonly p50Ms: number;
}

export async function benchObserve(settings: BenchSettings): Promise<Sample[]> {
  const receiver = await startSink();
  const systems: System[] = [];
  const samples: Sample[] = [];
  try {
    for (const observed of OBSERVED) systems.push(await startObserved(observed, receiver));
    // The first round warms the gateways up.
    for (let round = 0; round <= settings.rounds * ROUNDS_FACTOR; round += 1) {
      const costs = new Map<System, Cost>();
      for (const system of rotated(systems, round)) costs.set(system, await costOf(system, round, settings));
      if (round > 0) samples.push(...ratios(systems, costs));
    }
    console.error(`observe: the receiver was sent ${Math.round(receiver.bytes() / 2 ** 20)} MiB`);
  } finally {
    for (const system of systems) await system.stop();
    receiver.close();
  }
  const turns = settings.rounds * TURNS_FACTOR;
  const cpu = await benchObserveCpu({ turns, loadBytes: settings.loadBytes });
  return [...samples, ...cpu, ...(await inFlight())];
}

async function costOf(system: System, round: number, settings: BenchSettings): Promise<Cost> {
  const options = { ...settings, bootstrap: system.bootstrap };
  const records = Math.floor((settings.loadBytes * LOAD_SHARE) / RECORD_BYTES);
  const topic = `bench-observe-${round}`;
  await createTopic(options, topic, 1);
  await createTopic(options, `${topic}-latency`, 1);
  const produced = await produce(options, topic, records, RECORD_BYTES);
  const consumed = await consume(options, topic, records);
  const { p50Ms } = await latency(options, `${topic}-latency`, settings.latencyRecords, RECORD_BYTES);
  const cost = { produced, consumed, p50Ms };
  console.error(
    `round ${round} ${system.name}: produced ${Math.round(produced)}/s, fetched ${Math.round(consumed)}/s, p50 ${p50Ms} ms`,
  );
  return cost;
}

function ratios(systems: readonly System[], costs: ReadonlyMap<System, Cost>): Sample[] {
  const [nothing] = systems;
  const base = nothing && costs.get(nothing);
  if (base === undefined) return [];
  return systems.flatMap((system) => {
    const cost = costs.get(system) ?? base;
    const figure = (measure: string, unit: string, value: number): Sample => ({
      section: SECTION,
      measure,
      unit,
      system: system.name,
      value,
    });
    const ratio = (measure: string, of: (cost: Cost) => number): Sample =>
      figure(measure, '× of observing nothing', of(cost) / of(base));
    return [
      ratio('produce throughput', ({ produced }) => produced),
      ratio('fetch throughput', ({ consumed }) => consumed),
      figure('p50, produce to consume', 'ms more than observing nothing', cost.p50Ms - base.p50Ms),
    ];
  });
}

const IN_FLIGHT = 1_000;
const LONG_POLL_MS = 60_000;

/** Resident memory that a thousand long polls add, their connections included, with everything kept and with nothing. */
async function inFlight(): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const { name, ...options } of [
    { name: 'nothing', trace: 'off' as const, flags: NO_RECORDER },
    { name: 'everything', trace: 'all' as const },
  ]) {
    const system = await startGateway({ ...options, name });
    const clients: KafkaClient[] = [];
    try {
      const pid = system.pids[0] ?? -1;
      const connect = async (): Promise<KafkaClient> => {
        const client = await KafkaClient.connect(portOf(system), 'in-flight');
        clients.push(client);
        // Makes the topic, and has the connection do once what it will do for long.
        await client.fetch('in-flight', 0, { maxWaitMs: 0 });
        return client;
      };
      await connect();
      const before = usage(pid).rssMiB;
      for (let index = 0; index < IN_FLIGHT; index += 1) await connect();
      const connected = usage(pid).rssMiB;
      for (const client of clients) client.send(FETCH, fetchRequest('in-flight', 0, { maxWaitMs: LONG_POLL_MS }), 12);
      // Once another request is answered all of these have arrived: they were written before it.
      await (await connect()).fetch('in-flight', 0, { maxWaitMs: 1_000 });
      const section = `Memory of ${String(IN_FLIGHT)} long polls in flight`;
      samples.push({ section, measure: 'connections', unit: 'MiB', system: name, value: connected - before });
      samples.push({ section, measure: 'requests', unit: 'MiB', system: name, value: usage(pid).rssMiB - connected });
    } finally {
      for (const client of clients) await client.close();
      await system.stop();
    }
  }
  return samples;
}
