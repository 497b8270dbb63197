/** The embedded engine beside Apache Kafka: the same load on each, interleaved, round by round. */
import { usage } from './child';
import { consume, createTopic, latency, produce } from './load';
import { startSink } from './otlp-sink';
import type { Sample } from './report';
import { cpuSecondsOf, startGateway, startKafka, type System } from './systems';

export interface BenchSettings {
  readonly repository: string;
  readonly classPath: string;
  readonly rounds: number;
  /** Bytes of record values per throughput run. */
  readonly loadBytes: number;
  readonly latencyRecords: number;
  /** No round of the embedded section begins later than this after its first. */
  readonly minutesMax: number;
}

interface Workload {
  readonly recordBytes: number;
  readonly partitions: number;
}

const WORKLOADS: readonly Workload[] = [
  { recordBytes: 100, partitions: 1 },
  { recordBytes: 100, partitions: 8 },
  { recordBytes: 1024, partitions: 1 },
  { recordBytes: 1024, partitions: 8 },
];

const SECTION = 'Embedded engine beside Apache Kafka';

export async function benchEmbedded(settings: BenchSettings): Promise<Sample[]> {
  const { classPath } = settings;
  const receiver = await startSink();
  const systems: System[] = [];
  const samples: Sample[] = [];
  try {
    systems.push(await startKafka(classPath));
    for (const trace of ['default', 'off', 'all'] as const) {
      systems.push(await startGateway({ trace, otlp: receiver.url }));
    }
    const startedMs = performance.now();
    for (let round = 0; round < settings.rounds; round += 1) {
      if (performance.now() - startedMs > settings.minutesMax * 60_000) {
        console.error(`${round} of ${settings.rounds} rounds: ${settings.minutesMax} minutes are over (--minutes)`);
        break;
      }
      for (const workload of WORKLOADS) {
        for (const system of rotated(systems, round))
          samples.push(...(await throughput(system, workload, round, settings)));
      }
      for (const system of rotated(systems, round)) samples.push(...(await latencies(system, round, settings)));
    }
    for (const system of systems) {
      for (const pid of system.pids)
        samples.push(
          sample(system, 'RSS at the end', 'MiB', usage(pid).rssMiB),
          sample(system, 'RSS peak', 'MiB', usage(pid).rssPeakMiB),
        );
    }
  } finally {
    for (const system of systems) await system.stop();
    receiver.close();
  }
  return samples;
}

/** Another system begins each round, so that none always runs on the quieter or warmer machine. */
export function rotated<T>(items: readonly T[], by: number): T[] {
  return items.map((_, index) => items[(index + by) % items.length]).filter((item) => item !== undefined);
}

function sample(system: System, measure: string, unit: string, value: number): Sample {
  return { section: SECTION, measure, unit, system: system.name, value };
}

async function throughput(
  system: System,
  workload: Workload,
  round: number,
  settings: BenchSettings,
): Promise<Sample[]> {
  const options = { ...settings, bootstrap: system.bootstrap };
  const { recordBytes, partitions } = workload;
  const records = Math.floor(settings.loadBytes / recordBytes);
  const topic = `bench-${recordBytes}-${partitions}-${round}`;
  const label = `${recordBytes} B, ${partitions} partition${partitions > 1 ? 's' : ''}`;
  await createTopic(options, topic, partitions);
  const cpu = (): number => cpuSecondsOf(system);
  const start = cpu();
  const produced = await produce(options, topic, records, recordBytes);
  const between = cpu();
  const consumed = await consume(options, topic, records);
  const end = cpu();
  console.error(
    `round ${round + 1} ${system.name}: ${label}: produced ${Math.round(produced)}/s, fetched ${Math.round(consumed)}/s`,
  );
  const perGibibyte = 2 ** 30 / (records * recordBytes);
  return [
    sample(system, `produce, ${label}`, 'records/s', produced),
    sample(system, `fetch, ${label}`, 'records/s', consumed),
    sample(system, `produce CPU, ${label}`, 'CPU-s per GiB', (between - start) * perGibibyte),
    sample(system, `fetch CPU, ${label}`, 'CPU-s per GiB', (end - between) * perGibibyte),
  ];
}

async function latencies(system: System, round: number, settings: BenchSettings): Promise<Sample[]> {
  const options = { ...settings, bootstrap: system.bootstrap };
  const topic = `bench-latency-${round}`;
  await createTopic(options, topic, 1);
  const result = await latency(options, topic, settings.latencyRecords, 100);
  console.error(
    `round ${round + 1} ${system.name}: latency p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms, p99.9 ${result.p999Ms} ms`,
  );
  return [
    sample(system, 'produce to consume p50', 'ms', result.p50Ms),
    sample(system, 'produce to consume p99', 'ms', result.p99Ms),
    sample(system, 'produce to consume p99.9', 'ms', result.p999Ms),
  ];
}
