/**
 * What tracing costs: the same load on gateways that trace nothing, as by default, and everything, with a receiver behind them, in short
 * interleaved rounds, on data directories in memory where there is such a file system. What is compared is each round's ratio to the
 * gateway that traces nothing: of throughput, and of CPU time, which a noisy machine changes less.
 */
import { usage } from './child';
import { rotated, type BenchSettings } from './embedded';
import { consume, createTopic, produce } from './load';
import { startSink } from './otlp-sink';
import type { Sample } from './report';
import { startGateway, type System } from './systems';

const SECTION = 'Tracing: each round’s ratio to a gateway that traces nothing';
const MODES = ['off', 'default', 'all'] as const;
const ROUNDS_FACTOR = 2;
/** Long rounds: spans are few, and code that is not warm yet makes them look dear. */
const LOAD_SHARE = 2;
const RECORD_BYTES = 100;

interface Cost {
  readonly produced: number;
  readonly consumed: number;
  readonly produceCpu: number;
  readonly fetchCpu: number;
}

export async function benchTracing(settings: BenchSettings): Promise<Sample[]> {
  const receiver = await startSink();
  const systems: System[] = [];
  const samples: Sample[] = [];
  try {
    for (const trace of MODES) systems.push(await startGateway({ trace, otlp: receiver.url, inMemory: true }));
    // The first round warms the gateways up.
    for (let round = 0; round <= settings.rounds * ROUNDS_FACTOR; round += 1) {
      const costs = new Map<System, Cost>();
      for (const system of rotated(systems, round)) costs.set(system, await costOf(system, round, settings));
      if (round > 0) samples.push(...ratios(systems, costs));
    }
    console.error(`tracing: the receiver was sent ${Math.round(receiver.bytes() / 2 ** 20)} MiB`);
  } finally {
    for (const system of systems) await system.stop();
    receiver.close();
  }
  return samples;
}

async function costOf(system: System, round: number, settings: BenchSettings): Promise<Cost> {
  const options = { ...settings, bootstrap: system.bootstrap };
  const records = Math.floor((settings.loadBytes * LOAD_SHARE) / RECORD_BYTES);
  const topic = `bench-tracing-${round}`;
  await createTopic(options, topic, 1);
  const cpu = (): number => system.pids.reduce((sum, pid) => sum + usage(pid).cpuSeconds, 0);
  const start = cpu();
  const produced = await produce(options, topic, records, RECORD_BYTES);
  const between = cpu();
  const consumed = await consume(options, topic, records);
  const cost = { produced, consumed, produceCpu: between - start, fetchCpu: cpu() - between };
  console.error(
    `round ${round} ${system.name}: produced ${Math.round(produced)}/s for ${cost.produceCpu.toFixed(2)} CPU-s, fetched ${Math.round(consumed)}/s for ${cost.fetchCpu.toFixed(2)}`,
  );
  return cost;
}

function ratios(systems: readonly System[], costs: ReadonlyMap<System, Cost>): Sample[] {
  const [off] = systems;
  const base = off && costs.get(off);
  if (base === undefined) return [];
  return systems.flatMap((system) => {
    const cost = costs.get(system) ?? base;
    const ratio = (measure: string, of: (cost: Cost) => number): Sample => ({
      section: SECTION,
      measure,
      unit: '× of tracing off',
      system: system.name,
      value: of(cost) / of(base),
    });
    return [
      ratio('produce throughput', ({ produced }) => produced),
      ratio('fetch throughput', ({ consumed }) => consumed),
      ratio('produce CPU', ({ produceCpu }) => produceCpu),
      ratio('fetch CPU', ({ fetchCpu }) => fetchCpu),
      ratio('CPU of both', ({ produceCpu, fetchCpu }) => produceCpu + fetchCpu),
    ];
  });
}
